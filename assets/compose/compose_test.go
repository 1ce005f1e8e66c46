package compose

import (
	"testing"

	"cairn/assets"
)

// The life of an asset: issued, handed on, split and burnt, with fees paid by the node
// and without.
func TestLifeOfAnAsset(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		for _, sponsored := range []bool{true, false} {
			b := newBench(t, b.db)
			shop, customer := b.wallet("shop"), b.wallet("customer")
			first := shop.fund(50_000)
			issue := Order{
				Operation: Issue, Protocol: assets.OpenAssets, Coins: []Coin{first}, Change: first.Script, Sponsored: sponsored,
				Payments: []assets.Payment{{Script: shop.script(), Units: 20}}, Metadata: []byte("u=https://cpr.sm/FoykwrH6UY"),
			}
			id, err := b.Identify(issue)
			if err != nil {
				t.Fatal(err)
			}
			d := b.do(shop, issue)
			if d.Asset != id || d.State != Sent || shop.units(id) != 20 {
				t.Fatalf("%s %s, %d units", d.State, d.Asset, shop.units(id))
			}
			if (d.Sponsored != nil) != sponsored {
				t.Errorf("sponsored: %v", d.Sponsored)
			}
			b.mine()
			if d, err = b.Get(t.Context(), d.ID); err != nil || d.State != Confirmed {
				t.Errorf("it is %s, %v", d.State, err)
			}

			coloured, plain := shop.coins()
			pay := Order{
				Operation: Transfer, Coins: append([]Coin{coinOf(coloured[0])}, plain...), Change: shop.script(), Sponsored: sponsored,
				Payments: []assets.Payment{{Script: customer.script(), Asset: id, Units: 3}},
			}
			b.do(shop, pay)
			if shop.units(id) != 17 || customer.units(id) != 3 {
				t.Fatalf("%d and %d units", shop.units(id), customer.units(id))
			}
			coloured, plain = shop.coins()
			burn := Order{
				Operation: Burn, Burn: []assets.Holding{{Asset: id, Units: 1}}, Coins: append([]Coin{coinOf(coloured[0])}, plain...),
				Change: shop.script(), Sponsored: sponsored,
			}
			b.do(shop, burn)
			if shop.units(id) != 16 {
				t.Fatalf("%d units", shop.units(id))
			}
			if b.seen != 3 {
				t.Errorf("the ledger was told of %d transactions", b.seen)
			}
		}
	})
}

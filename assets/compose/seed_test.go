package compose

import (
	"errors"
	"fmt"
	"testing"

	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
)

// vouchers are payments of one unit each to addresses of somebody's.
func vouchers(to *wallet, n int) []assets.Payment {
	out := make([]assets.Payment, n)
	for i := range out {
		out[i] = assets.Payment{Script: to.script(), Units: 1}
	}
	return out
}

// Somebody without any coin issues units to many: the node makes the first coin, and
// nothing is sent before it is paid for.
func TestIssueWithoutACoin(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		for _, n := range []int{1, 20, 150} {
			b.sponsor.paid = false
			shop, people := b.wallet(fmt.Sprint("shop", n)), b.wallet(fmt.Sprint("people", n))
			o := Order{
				Operation: Issue, Protocol: assets.OpenAssets, Seed: shop.script(), Change: shop.script(), Sponsored: true,
				Payments: vouchers(people, n), Metadata: append([]byte{'h'}, make([]byte, 20)...),
			}
			id, err := b.Identify(o)
			if err != nil {
				t.Fatal(err)
			}
			b.cfg.Seed = 100_000
			d, err := b.Prepare(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if d.Asset != id || len(d.Parts) < 2 || d.Parts[0].Visitors != 0 || d.Sponsored == nil {
				t.Fatalf("%+v", d)
			}
			signed := [][]byte{d.Parts[0].PSBT}
			for _, part := range d.Parts[1:] {
				signed = append(signed, shop.sign(part.PSBT))
			}
			if d, err = b.Accept(t.Context(), d.ID, signed); err != nil || d.State != Signed || len(b.pool) != 0 {
				t.Fatalf("%d vouchers: %s, %d sent, %v", n, d.State, len(b.pool), err)
			}
			b.restart(t) // nothing hangs on what is remembered
			b.sponsor.pay(d.Sponsored.ID)
			if err := b.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if people.units(id) != int64(n) || shop.units(id) != 0 {
				t.Fatalf("%d units with the people, %d with the shop", people.units(id), shop.units(id))
			}
			// What the visitor had no part in comes to nothing for him: he paid for what was
			// needed, and no more.
			if _, left := shop.coins(); len(left) != 0 {
				t.Errorf("coins are left: %+v", left)
			}
			b.mine()
			if d, err = b.Get(t.Context(), d.ID); err != nil || d.State != Confirmed {
				t.Fatalf("%s, %v", d.State, err)
			}
		}
	})
}

// Coins of one's own make the first coin as well: two issues from the same address
// have ids of their own.
func TestIssuesFromOneAddress(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		shop, people := b.wallet("shop"), b.wallet("people")
		same := shop.script()
		ids := map[assets.ID]bool{}
		for range 2 {
			o := Order{
				Operation: Issue, Protocol: assets.OpenAssets, Coins: []Coin{shop.fundAt(same, 60_000)}, Seed: shop.script(), Change: shop.script(),
				Payments: vouchers(people, 60),
			}
			d := b.do(shop, o)
			ids[d.Asset] = true
			if people.units(d.Asset) != 60 || d.State != Sent {
				t.Fatalf("%d units, %s", people.units(d.Asset), d.State)
			}
			rate := chain.SatPerVByte(2)
			sum := btcutil.Amount(0)
			for _, part := range d.Parts {
				if weight := int64(part.Tx.SerializeSizeStripped()) * 4; part.Fee < rate.Fee(weight) || part.Fee > 2*rate.Fee(weight) {
					t.Errorf("a part of %d weight units pays %d sat", weight, part.Fee)
				}
				sum += part.Fee
			}
			if d.Fee != sum {
				t.Errorf("%d sat instead of %d", d.Fee, sum)
			}
		}
		if len(ids) != 2 {
			t.Errorf("%d ids", len(ids))
		}
	})
}

// A first coin is made for what has its id from a script, by one who pays.
func TestSeedsThatAreRefused(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		shop := b.wallet("shop")
		good := Order{Operation: Issue, Protocol: assets.OpenAssets, Seed: shop.script(), Change: shop.script(), Sponsored: true, Payments: vouchers(shop, 2)}
		for name, change := range map[string]func(*Order){
			"nobody pays":  func(o *Order) { o.Sponsored = false },
			"both pay":     func(o *Order) { o.Coins = []Coin{shop.fund(9_000)} },
			"a transfer":   func(o *Order) { o.Operation = Transfer },
			"no address":   func(o *Order) { o.Seed = []byte{0x6a} },
			"as change":    func(o *Order) { o.Change = o.Seed },
			"an old one":   func(o *Order) { o.Seed = append(append([]byte{0x76, 0xa9, 20}, make([]byte, 20)...), 0x88, 0xac) },
			"a fixed Colu": func(o *Order) { o.Protocol, o.Locked = assets.Colu, true },
			"EPOBC":        func(o *Order) { o.Protocol = assets.EPOBC },
			"too large":    func(o *Order) { o.Payments = vouchers(shop, 400) },
		} {
			o := good
			change(&o)
			_, err := b.Prepare(t.Context(), o)
			if !errors.Is(err, ErrOrder) && !errors.Is(err, ErrProtocolLimit) && !errors.Is(err, ErrGift) {
				t.Errorf("%s: %v", name, err)
			}
		}
		colored := b.do(shop, Order{Operation: Issue, Protocol: assets.OpenAssets, Coins: []Coin{shop.fund(60_000)}, Change: shop.script(), Payments: vouchers(shop, 1)})
		held, _ := shop.coins()
		if len(held) == 0 {
			t.Fatal(colored)
		}
		o := good
		o.Sponsored, o.Coins = false, []Coin{coinOf(held[0])}
		_, err := b.Prepare(t.Context(), o)
		wantKind(t, "a coin with units", err, ErrOtherColor)
	})
}

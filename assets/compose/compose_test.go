package compose

import (
	"fmt"
	"testing"
	"time"

	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
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

			colored, plain := shop.coins()
			pay := Order{
				Operation: Transfer, Coins: append([]Coin{coinOf(colored[0])}, plain...), Change: shop.script(), Sponsored: sponsored,
				Payments: []assets.Payment{{Script: customer.script(), Asset: id, Units: 3}},
			}
			b.do(shop, pay)
			if shop.units(id) != 17 || customer.units(id) != 3 {
				t.Fatalf("%d and %d units", shop.units(id), customer.units(id))
			}
			colored, plain = shop.coins()
			burn := Order{
				Operation: Burn, Burn: []assets.Holding{{Asset: id, Units: 1}}, Coins: append([]Coin{coinOf(colored[0])}, plain...),
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

// More recipients than one marker holds are a chain of transactions, all signed before
// the first is sent; the node pays for the first, and that for the others.
func TestBatches(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		for _, c := range []struct {
			protocol  assets.Protocol
			sponsored bool
			n, parts  int
		}{
			{assets.OpenAssets, true, 40, 1}, {assets.OpenAssets, true, 200, 3}, {assets.OpenAssets, false, 200, 3}, {assets.Colu, true, 70, 3},
		} {
			name := fmt.Sprint(c)
			shop, people := b.wallet("shop"+name), b.wallet("people"+name)
			first := shop.fund(500_000)
			o := Order{Operation: Issue, Protocol: c.protocol, Coins: []Coin{first}, Change: shop.script(), Sponsored: c.sponsored, Locked: true}
			for range c.n {
				o.Payments = append(o.Payments, assets.Payment{Script: people.script(), Units: 1})
			}
			b.cfg.Gift = 200_000
			d, err := b.Prepare(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Parts) != c.parts {
				t.Errorf("%s: %d parts, want %d", c.protocol, len(d.Parts), c.parts)
			}
			for i, part := range d.Parts {
				if part.Txid == (chainhash.Hash{}) || part.Fee < 200 || part.Fee > 20_000 {
					t.Errorf("part %d: %s pays %d sat", i, part.Txid, part.Fee)
				}
			}
			if d, err = b.Accept(t.Context(), d.ID, shop.signAll(d)); err != nil || d.State != Sent {
				t.Fatalf("%s, %v", d.State, err)
			}
			colored, _ := people.coins()
			if people.units(d.Asset) != int64(c.n) || len(colored) != c.n || shop.units(d.Asset) != 0 {
				t.Errorf("%s: %d units in %d coins", c.protocol, people.units(d.Asset), len(colored))
			}
			b.mine()
			if d, err = b.Get(t.Context(), d.ID); err != nil || d.State != Confirmed {
				t.Errorf("%s, %v", d.State, err)
			}
		}
		b.cfg.Gift = 40_000
		shop := b.wallet("poor")
		o := Order{Operation: Issue, Protocol: assets.OpenAssets, Coins: []Coin{shop.fund(1_000)}, Change: shop.script(), Sponsored: true}
		for range 200 {
			o.Payments = append(o.Payments, assets.Payment{Script: shop.script(), Units: 1})
		}
		_, err := b.Prepare(t.Context(), o)
		wantKind(t, "too much of a gift", err, ErrGift)
	})
}

// What waits for its price is sent by the payment alone; a crash on the way changes
// nothing; signing twice is no error.
func TestPaidLater(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.sponsor.paid = false
		shop := b.wallet("shop")
		o := Order{Operation: Issue, Protocol: assets.OpenAssets, Coins: []Coin{shop.fund(9_000)}, Change: shop.script(), Sponsored: true}
		for range 120 {
			o.Payments = append(o.Payments, assets.Payment{Script: shop.script(), Units: 2})
		}
		b.cfg.Gift = 200_000
		d, err := b.Prepare(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		signed := shop.signAll(d)
		died := func(step string, do func()) {
			t.Helper()
			b.failpoint = func(at string) {
				if at == step {
					panic(at)
				}
			}
			defer func() {
				if recover() == nil {
					t.Errorf("nothing died at %s", step)
				}
				b.restart(t)
			}()
			do()
		}
		died("signed", func() { _, _ = b.Accept(t.Context(), d.ID, signed) })
		if d, err = b.Accept(t.Context(), d.ID, signed); err != nil || d.State != Signed {
			t.Fatalf("%s, %v", d.State, err)
		}
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if shop.units(d.Asset) != 0 {
			t.Error("it was sent without being paid for")
		}
		b.sponsor.pay(d.Sponsored.ID)
		died("sent", func() { _ = b.Sweep(t.Context()) })
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d, err = b.Get(t.Context(), d.ID); err != nil || d.State != Sent || shop.units(d.Asset) != 240 {
			t.Errorf("%s, %d units, %v", d.State, shop.units(d.Asset), err)
		}
		if again, err := b.Accept(t.Context(), d.ID, shop.signAll(d)); err != nil || again.State != Sent || again.Parts[0].Txid != d.Parts[0].Txid {
			t.Errorf("again: %s, %v", again.State, err)
		}
	})
}

// A part that the network does not take yet is sent when it does; a first one that it
// refuses leaves the draft open.
func TestRefusedByTheNetwork(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		shop := b.wallet("shop")
		coin := shop.fund(90_000)
		o := Order{Operation: Issue, Protocol: assets.OpenAssets, Coins: []Coin{coin}, Change: shop.script()}
		for range 100 {
			o.Payments = append(o.Payments, assets.Payment{Script: shop.script(), Units: 1})
		}
		d, err := b.Prepare(t.Context(), o)
		if err != nil || len(d.Parts) != 2 {
			t.Fatal(len(d.Parts), err)
		}
		b.refuse = chain.ErrRejected
		_, err = b.Accept(t.Context(), d.ID, shop.signAll(d))
		wantKind(t, "refused", err, chain.ErrRejected)
		if d, err = b.Get(t.Context(), d.ID); err != nil || d.State != Open {
			t.Fatalf("%s, %v", d.State, err)
		}
		b.refuse = nil
		b.failpoint = func(at string) {
			if at == "sent" {
				b.refuse = chain.ErrRejected
			}
		}
		if d, err = b.Accept(t.Context(), d.ID, shop.signAll(d)); err != nil || d.State != Signed || !d.Parts[0].Sent || d.Parts[1].Sent {
			t.Fatalf("%s, %v", d.State, err)
		}
		b.failpoint, b.refuse = nil, nil
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d, err = b.Get(t.Context(), d.ID); err != nil || d.State != Sent {
			t.Errorf("%s, %v", d.State, err)
		}
	})
}

// What comes back changed is refused by name, and changes nothing.
func TestChanged(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		shop, thief := b.wallet("shop"), b.wallet("thief")
		d, err := b.Prepare(t.Context(), Order{
			Operation: Issue, Protocol: assets.OpenAssets, Coins: []Coin{shop.fund(30_000)}, Change: shop.script(),
			Payments: []assets.Payment{{Script: shop.script(), Units: 5}, {Script: shop.script(), Units: 7}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(tx *wire.MsgTx){
			"order":    func(tx *wire.MsgTx) { tx.TxOut[0], tx.TxOut[1] = tx.TxOut[1], tx.TxOut[0] },
			"payee":    func(tx *wire.MsgTx) { tx.TxOut[0].PkScript = thief.script() },
			"value":    func(tx *wire.MsgTx) { tx.TxOut[0].Value++ },
			"marker":   func(tx *wire.MsgTx) { tx.TxOut[2].PkScript[len(tx.TxOut[2].PkScript)-2]++ },
			"more":     func(tx *wire.MsgTx) { tx.AddTxOut(wire.NewTxOut(600, thief.script())) },
			"fewer":    func(tx *wire.MsgTx) { tx.TxOut = tx.TxOut[:2] },
			"input":    func(tx *wire.MsgTx) { tx.TxIn[0].PreviousOutPoint.Index++ },
			"sequence": func(tx *wire.MsgTx) { tx.TxIn[0].Sequence = 7 },
			"version":  func(tx *wire.MsgTx) { tx.Version = 1 },
			"locktime": func(tx *wire.MsgTx) { tx.LockTime = 7 },
		} {
			tx := d.Parts[0].Tx.Copy()
			change(tx)
			p, err := psbt.NewFromUnsignedTx(tx)
			if err != nil {
				t.Fatal(err)
			}
			if p.Inputs[0].WitnessUtxo, err = b.Unspent(t.Context(), d.Parts[0].Tx.TxIn[0].PreviousOutPoint, nil); err != nil {
				t.Fatal(err)
			}
			raw, err := serialize(p)
			if err != nil {
				t.Fatal(err)
			}
			_, err = b.Accept(t.Context(), d.ID, [][]byte{shop.sign(raw)})
			wantKind(t, name, err, ErrChanged)
		}
		_, err = b.Accept(t.Context(), d.ID, [][]byte{d.Parts[0].PSBT})
		wantKind(t, "unsigned", err, ErrSignature)
		_, err = b.Accept(t.Context(), d.ID, [][]byte{thief.sign(d.Parts[0].PSBT)})
		wantKind(t, "signed by another", err, ErrSignature)
		_, err = b.Accept(t.Context(), d.ID, [][]byte{[]byte("psbt")})
		wantKind(t, "no PSBT", err, ErrPSBT)
		_, err = b.Accept(t.Context(), d.ID, nil)
		wantKind(t, "nothing", err, ErrPSBT)
		_, err = b.Accept(t.Context(), ID{9}, nil)
		wantKind(t, "another draft", err, ErrUnknownDraft)
		b.at = b.at.Add(31 * time.Minute)
		_, err = b.Accept(t.Context(), d.ID, shop.signAll(d))
		wantKind(t, "too late", err, ErrExpired)
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d, err = b.Get(t.Context(), d.ID); err != nil || d.State != Ended || shop.units(d.Asset) != 0 {
			t.Errorf("%s, %v", d.State, err)
		}
		b.at = b.at.Add(forgetAfter)
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err = b.Get(t.Context(), d.ID)
		wantKind(t, "forgotten", err, ErrUnknownDraft)
	})
}

// Who may issue more, and how that ends.
func TestReissueAndLock(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		shop := b.wallet("shop")
		seed := shop.fund(80_000)
		issued := b.do(shop, Order{
			Operation: Issue, Protocol: assets.OpenAssets, Coins: []Coin{seed}, Change: seed.Script, Payments: []assets.Payment{{Script: seed.Script, Units: 5}},
		})
		id := issued.Asset
		again := Order{
			Operation: Reissue, Asset: id, Coins: []Coin{shop.fundAt(seed.Script, 9_000)}, Change: seed.Script, Payments: []assets.Payment{{Script: shop.script(), Units: 4}},
		}
		b.do(shop, again)
		if shop.units(id) != 9 {
			t.Fatalf("%d units", shop.units(id))
		}
		again.Coins = []Coin{shop.fund(9_000)}
		_, err := b.Prepare(t.Context(), again)
		wantKind(t, "another's coin", err, ErrNotIssuer)

		// All coins go away from the issuing address, colored and not.
		colored, plain := shop.coins()
		lock := Order{Operation: Lock, Asset: id, Change: seed.Script}
		for _, c := range colored {
			if string(c.Script) == string(seed.Script) {
				lock.Coins = append(lock.Coins, coinOf(c))
			}
		}
		for _, c := range plain {
			if string(c.Script) == string(seed.Script) {
				lock.Coins = append(lock.Coins, c)
			}
		}
		_, err = b.Prepare(t.Context(), lock)
		wantKind(t, "to the same address", err, ErrOrder)
		lock.Change = shop.script()
		b.do(shop, lock)
		colored, plain = shop.coins()
		for _, c := range colored {
			plain = append(plain, coinOf(c))
		}
		for _, c := range plain {
			if string(c.Script) == string(seed.Script) {
				t.Errorf("%s is still there", c.OutPoint)
			}
		}
		if shop.units(id) != 9 {
			t.Errorf("%d units", shop.units(id))
		}

		locked := b.do(shop, Order{
			Operation: Issue, Protocol: assets.Colu, Locked: true, Divisibility: 2, Coins: []Coin{shop.fund(20_000)}, Change: shop.script(),
			Payments: []assets.Payment{{Script: shop.script(), Units: 500}},
		})
		_, err = b.Prepare(t.Context(), Order{
			Operation: Reissue, Asset: locked.Asset, Coins: []Coin{shop.fund(20_000)}, Change: shop.script(), Payments: again.Payments,
		})
		wantKind(t, "locked for good", err, ErrNotReissuable)
		_, err = b.Prepare(t.Context(), Order{Operation: Lock, Asset: locked.Asset, Coins: []Coin{shop.fund(20_000)}, Change: shop.script()})
		wantKind(t, "Colu locks at once", err, ErrProtocolLimit)
		genesis := b.do(shop, Order{
			Operation: Issue, Protocol: assets.EPOBC, Coins: []Coin{shop.fund(50_000)}, Change: shop.script(), Payments: []assets.Payment{{Script: shop.script(), Units: 700}},
		})
		color := genesis.Parts[0].Coloring.Issued
		if shop.units(color) != 700 || color.Raw()[0] != genesis.Parts[0].Txid[0] {
			t.Errorf("%d units of %s", shop.units(color), color)
		}
		_, err = b.Prepare(t.Context(), Order{
			Operation: Reissue, Asset: color, Coins: []Coin{shop.fund(50_000)}, Change: shop.script(), Payments: []assets.Payment{{Script: shop.script(), Units: 700}},
		})
		wantKind(t, "EPOBC begins once", err, ErrNotReissuable)
	})
}

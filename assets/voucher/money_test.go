package voucher

import (
	"testing"
	"time"

	"cairn/assets"
	"cairn/assets/voucher/bearer"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// A dividend to a voucher lies at its script: the coin that holds the units is none of
// it, nor are units of anything else, and who has the code takes it.
func TestMoneyAtAVoucher(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		_, list := w.issued(plain(), 10, 10)
		w.mine(1)
		v := list[0]
		script, err := v.Output.Script()
		must(t, err)
		w.hasMoney(v)

		for _, sat := range []btcutil.Amount{2_000, 3_000} {
			_, err := w.chain.Faucet(t.Context(), script, sat)
			must(t, err)
		}
		w.hasMoney(v) // no block has it
		_, other := w.issuing(w.funds(50_000)[0], []assets.Payment{{Script: script, Units: 3}})
		must(t, w.chain.Submit(other))
		w.mine(1)
		w.hasMoney(v, 3_000, 2_000)
		w.hasMoney(list[1])

		// What is redeemed of it changes nothing.
		w.redeemed(v, 10)
		w.pass(time.Minute)
		w.settle()
		w.is(v, Redeemed, 0)
		w.hasMoney(v, 3_000, 2_000)

		money, err := w.service.Money(t.Context(), v.Name)
		must(t, err)
		tx := wire.NewMsgTx(2)
		tx.AddTxIn(wire.NewTxIn(&money[0].OutPoint, nil, nil))
		tx.AddTxOut(wire.NewTxOut(2_800, p2tr(t, key("home"))))
		secret, err := v.secret.Key()
		must(t, err)
		prevout := txscript.NewCannedPrevOutputFetcher(script, int64(money[0].Value))
		witness, err := txscript.TaprootWitnessSignature(tx, txscript.NewTxSigHashes(tx, prevout), 0, int64(money[0].Value), script, txscript.SigHashDefault, secret)
		must(t, err)
		tx.TxIn[0].Witness = witness
		must(t, w.chain.Submit(tx))
		w.hasMoney(v, 2_000) // gone before its block
		w.mine(1)
		w.hasMoney(v, 2_000)

		_, err = w.service.Money(t.Context(), bearer.Name{1})
		isKind(t, err, ErrUnknown)
	})
}

func (w *world) hasMoney(v given, want ...btcutil.Amount) {
	w.Helper()
	money, err := w.service.Money(w.Context(), v.Name)
	must(w, err)
	if len(money) != len(want) {
		w.Fatalf("%v lies at the voucher, want %v", money, want)
	}
	for i, m := range money {
		if m.Value != want[i] {
			w.Fatalf("%v lies at the voucher, want %v", money, want)
		}
	}
}

// While the ledger has not taken a block in, nobody can say what its coins hold.
func TestMoneyWaitsForTheLedger(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		_, list := w.issued(plain(), 10)
		lag := &behind{Ledger: w.ledger}
		w.cfg.Ledger = lag
		w.restart()
		w.mine(1)
		tip, err := w.ledger.Tip(t.Context())
		must(t, err)
		if tip == (chain.BlockRef{}) {
			t.Fatal("the ledger has no block")
		}
		lag.on = true
		w.hasMoney(list[0])
		lag.on = false
		w.hasMoney(list[0])
	})
}

func TestNamesAtScripts(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		_, list := w.issued(plain(), 10, 10)
		script, err := list[1].Output.Script()
		must(t, err)
		names, err := w.service.NamesAt(t.Context(), [][]byte{p2tr(t, key("home")), script})
		must(t, err)
		if len(names) != 1 || names[string(script)] != list[1].Name {
			t.Errorf("got %v", names)
		}
	})
}

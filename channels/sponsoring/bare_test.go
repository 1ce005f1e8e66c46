package sponsoring

import (
	"bytes"
	"testing"

	"cairn/channels/sponsor"

	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/wire"
)

// A coin for somebody who has none: the node's alone, once it is paid for, and only
// where another part of Cairn asks for it.
func TestBare(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.cfg.Seed = 150_000
		b.restart()
		who := newVisitor(t, "nobody", true)
		tx := wire.NewMsgTx(2)
		tx.AddTxOut(wire.NewTxOut(120_000, who.script))
		packet, err := psbt.NewFromUnsignedTx(tx)
		if err != nil {
			t.Fatal(err)
		}
		var raw bytes.Buffer
		if err := packet.Serialize(&raw); err != nil {
			t.Fatal(err)
		}
		_, err = b.Propose(t.Context(), Request{PSBT: raw.Bytes(), Gift: 1_000, Source: "a visitor"})
		isKind(t, "from a visitor", err, sponsor.ErrPSBT)
		_, err = b.Propose(t.Context(), Request{PSBT: raw.Bytes(), Bare: true, Gift: 150_001})
		isKind(t, "too much", err, sponsor.ErrTerms)
		_, err = b.Propose(t.Context(), Request{PSBT: raw.Bytes(), Bare: true, Gift: 119_999})
		isKind(t, "more than was said", err, sponsor.ErrGift)
		_, err = b.Propose(t.Context(), Request{PSBT: b.newJob("coins").psbt(t), Bare: true, Gift: 120_000})
		isKind(t, "with coins", err, sponsor.ErrPSBT)
		if b.leased() != 0 {
			t.Fatalf("%d sat are set aside", b.leased())
		}

		p := b.propose(Request{PSBT: raw.Bytes(), Bare: true, Gift: 120_000, Source: "a visitor"})
		if p.Pays <= 120_000 || p.Price.SatoshiFloor() <= p.Pays {
			t.Fatalf("%+v", p)
		}
		_, err = b.Accept(t.Context(), p.ID, p.PSBT)
		isKind(t, "before it is paid", err, ErrUnpaid)
		b.restart()
		b.pay(p)
		if waits, err := b.Paid(t.Context(), p.Quote.ID); waits || err != nil {
			t.Fatalf("waits %v, %v", waits, err)
		}
		done := b.get(p.ID)
		b.inMempool(done.Txid)
		sent, err := b.chain.Tx(done.Txid)
		if err != nil {
			t.Fatal(err)
		}
		if out := sent.Msg.TxOut[0]; out.Value != 120_000 || !bytes.Equal(out.PkScript, who.script) {
			t.Errorf("it pays %+v", out)
		}
	})
}

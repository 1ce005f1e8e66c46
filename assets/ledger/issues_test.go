package ledger_test

import (
	"bytes"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets/openassets"

	"github.com/btcsuite/btcd/wire"
)

// The first issue of an asset whose issuer is the hash of a script is told, with
// the input that shows the script.
func TestIssuesOfScripts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(6)
		l := w.open(d)
		hashed := append(append([]byte{0xa9, 0x14}, bytes.Repeat([]byte{7}, 20)...), 0x87)
		pays := wire.NewMsgTx(1)
		pays.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: [32]byte{9}}, nil, nil))
		pays.AddTxOut(wire.NewTxOut(1000, hashed))
		pays.AddTxOut(wire.NewTxOut(1000, hashed))
		var issues []*wire.MsgTx
		for n := range uint32(2) {
			tx := wire.NewMsgTx(1)
			at := wire.OutPoint{Hash: pays.TxHash(), Index: n}
			tx.AddTxIn(wire.NewTxIn(&at, []byte{0x51 + byte(n)}, nil))
			tx.AddTxOut(wire.NewTxOut(600, script(1)))
			tx.AddTxOut(opReturn([]byte{0x4f, 0x41, 1, 0, 1, 20, 0}))
			issues = append(issues, tx)
		}
		connect(t, d, l, w.mineThese(pays), w.mineThese(issues[0]), w.mineThese(issues[1]))
		list, err := l.ScriptIssuesFrom(t.Context(), 0)
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		got := list[0]
		if got.Asset != openassets.AssetID(hashed) || !bytes.Equal(got.Script, hashed) || !bytes.Equal(got.Input.SignatureScript, issues[0].TxIn[0].SignatureScript) {
			t.Errorf("%+v", got)
		}
		if list, err := l.ScriptIssuesFrom(t.Context(), 2); err != nil || len(list) != 0 {
			t.Errorf("from the second issue on: %+v, %v", list, err)
		}
	})
}

// What issues say is listed in the order of the chain, also after a reorganisation,
// and the blocks that hold colored transactions name them.
func TestSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(6)
		l := w.open(d)
		if said, next, err := l.SaidFrom(t.Context(), 0); err != nil || len(said) != 0 || next != 0 {
			t.Fatalf("before the first block %+v, %d, %v", said, next, err)
		}
		pays := wire.NewMsgTx(1)
		pays.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: [32]byte{9}}, nil, nil))
		for range 3 {
			pays.AddTxOut(wire.NewTxOut(1000, script(2)))
		}
		says := func(n uint32, text string) *wire.MsgTx {
			tx := wire.NewMsgTx(1)
			at := wire.OutPoint{Hash: pays.TxHash(), Index: n}
			tx.AddTxIn(wire.NewTxIn(&at, nil, nil))
			tx.AddTxOut(wire.NewTxOut(600, script(1)))
			tx.AddTxOut(opReturn(append([]byte{0x4f, 0x41, 1, 0, 1, 20, byte(len(text))}, text...)))
			return tx
		}
		first, second := says(0, "one"), says(1, "two")
		connect(t, d, l, w.mineThese(pays), w.mineThese(first), w.mineThese(second, says(2, "three")))
		want := func(from int32, texts ...string) {
			t.Helper()
			said, next, err := l.SaidFrom(t.Context(), from)
			if err != nil || len(said) != len(texts) || next != 3 {
				t.Fatalf("from %d: %+v, %d, %v", from, said, next, err)
			}
			for i, s := range said {
				if string(s.Metadata) != texts[i] || s.Asset != openassets.AssetID(script(2)) {
					t.Errorf("from %d: %q of %s, want %q", from, s.Metadata, s.Asset, texts[i])
				}
			}
		}
		want(0, "one", "two", "three")
		want(2, "two", "three")
		want(3)
		w.reorg(t, d, l, 1)
		connect(t, d, l, w.mineThese(says(2, "four"), second))
		want(1, "one", "four", "two")
		in, err := l.InBlock(t.Context(), 2)
		if err != nil || len(in) != 2 || in[1].Txid != second.TxHash() || in[0].Height != 2 || in[1].Place <= in[0].Place {
			t.Errorf("%+v, %v", in, err)
		}
		for _, height := range []int32{0, 3} {
			if in, err := l.InBlock(t.Context(), height); err != nil || len(in) != 0 {
				t.Errorf("block %d has %+v, %v", height, in, err)
			}
		}
	})
}

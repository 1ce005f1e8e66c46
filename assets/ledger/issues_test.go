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

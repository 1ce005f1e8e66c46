package visitor

import (
	"bytes"
	"errors"
	"testing"

	"github.com/btcsuite/btcd/wire"
)

// Whatever a visitor posts, it is a transaction that goes out byte for byte, or a
// named error.
func FuzzParse(f *testing.F) {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: 1}, []byte{1}, nil))
	tx.AddTxOut(wire.NewTxOut(1000, bytes.Repeat([]byte{0x51}, 22)))
	var raw bytes.Buffer
	if err := tx.Serialize(&raw); err != nil {
		f.Fatal(err)
	}
	f.Add(raw.Bytes())
	f.Add([]byte{})
	f.Add([]byte{2, 0, 0, 0, 0, 1, 1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		tx, err := parse(raw)
		if err != nil {
			if !errors.Is(err, ErrTransaction) {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		var again bytes.Buffer
		if err := tx.Serialize(&again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Bytes(), raw) {
			t.Fatalf("%x became %x", raw, again.Bytes())
		}
	})
}

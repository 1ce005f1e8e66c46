package anchor

import (
	"cairn/notary/carrier"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// book names the tables of anchors.
var book = carrier.Book{Owners: "anchors", Carried: "root", Attempts: "anchor_attempts", Key: "anchor_id"}

// Output carries a root: no value, OP_RETURN and 32 bytes
// (otsserver/stamper.py).
func Output(root [32]byte) *wire.TxOut {
	script := append([]byte{txscript.OP_RETURN, txscript.OP_DATA_32}, root[:]...)
	return wire.NewTxOut(0, script)
}

// load is what is carried for an anchor.
func (r anchorRecord) load() carrier.Load {
	return carrier.Load{ID: r.ID, Name: "anchor", Output: Output(r.root()), Carried: r.Root}
}

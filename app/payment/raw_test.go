package payment

import (
	"bytes"

	"github.com/btcsuite/btcd/wire"
)

func rawOf(tx *wire.MsgTx) []byte {
	var b bytes.Buffer
	if err := tx.Serialize(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

package assets

import (
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Unsigned is a transaction that a protocol's package built. Uncolored inputs
// may be added behind its own, and one uncolored output behind its last: they
// change nothing of its colors.
type Unsigned struct {
	Tx *wire.MsgTx
	// Coins are what its inputs spend, in their order.
	Coins []Coin
	// Coloring is what the protocol makes of it.
	Coloring Coloring
}

// What Bitcoin Core reckons that spending an output takes, in virtual bytes.
const (
	spendWitness = 32 + 4 + 1 + 107/4 + 4
	spendPlain   = 32 + 4 + 1 + 107 + 4
)

// Dust is the least value at which the network relays an output with this script:
// three times what it costs at 1 sat/vB to make and to spend it (Bitcoin Core,
// GetDustThreshold).
func Dust(script []byte) btcutil.Amount {
	if txscript.IsNullData(script) {
		return 0
	}
	size := wire.NewTxOut(0, script).SerializeSize()
	if txscript.IsWitnessProgram(script) {
		return btcutil.Amount(3 * (size + spendWitness))
	}
	return btcutil.Amount(3 * (size + spendPlain))
}

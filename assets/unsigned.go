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

// Dust is the least value at which the network relays an output with this
// script, by Bitcoin Core's rule at 3 sat/vB.
func Dust(script []byte) btcutil.Amount {
	switch {
	case txscript.IsNullData(script):
		return 0
	case txscript.IsPayToWitnessPubKeyHash(script):
		return 294
	case txscript.IsPayToTaproot(script), txscript.IsPayToWitnessScriptHash(script):
		return 330
	case txscript.IsPayToScriptHash(script):
		return 540
	}
	return 546
}

package engine

import (
	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
)

// Rules is a protocol as the engine applies it.
type Rules struct {
	Protocol assets.Protocol
	// Touches reports whether a transaction has anything of the protocol in it. It
	// is asked of every transaction of the chain, and must not allocate.
	Touches func(*wire.MsgTx) bool
	// Needs names the inputs whose coins have to be known to color the
	// transaction, and of which nothing is known yet. Inputs have their holdings
	// set; Prevout and HasTag only where a colored coin told them.
	Needs func(*wire.MsgTx, []assets.Input) []int
	// Color never panics; inputs are as many as the transaction's.
	Color func(*wire.MsgTx, []assets.Input, assets.Reading) assets.Coloring
	// Readings are the other implementations' readings, under which a
	// transaction that touches the protocol is colored as well, to tell forks.
	Readings []assets.Reading
}

package coins

import (
	"context"

	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// ErrorKind names why a coin was not found; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNone: there is no such coin, as far as was looked.
	ErrNone = ErrorKind("no such coin was found")
	// ErrNoHint: the coin's script and the height of its block, or of one a
	// little below, have to be known to find it.
	ErrNoHint = ErrorKind("it is not known where to look for the coin")
	// ErrTooDeep: the coin is older than what is searched for anybody.
	ErrTooDeep = ErrorKind("the coin is too old to be looked for")
	// ErrBusy: too many look-ups are under way, or this visitor's are used up.
	ErrBusy = ErrorKind("too many coins are being looked for")
	// ErrSlow: the answer was not there in time; asking again goes on from there.
	ErrSlow = ErrorKind("looking for the coin takes longer than usual")
)

// Hint is where to look for a coin.
type Hint struct {
	// Script is the coin's output script.
	Script []byte
	// Height is that of the block that holds the coin, or of one below; 0 when it
	// is not known.
	Height int32
	// Client is who asks, for limits; empty for ourselves.
	Client string
}

// Found is a coin as of a block.
type Found struct {
	// Tx is the transaction it is an output of, and Out the output.
	Tx  *wire.MsgTx
	Out *wire.TxOut
	// Block holds Tx; zero while it waits for one.
	Block chain.BlockRef
	// Coinbase coins cannot be spent before they are 100 blocks deep.
	Coinbase bool
	// Spent: a block up to Tip, or where the mempool is known a transaction that
	// waits, spends the coin; Spender is which, SpentAt is zero while it waits.
	Spent   bool
	Spender chainhash.Hash
	SpentAt chain.BlockRef
	// Tip is up to where it was looked.
	Tip chain.BlockRef
}

// Finder looks coins up. Errors: ErrNone, ErrNoHint, ErrTooDeep, ErrBusy,
// ErrSlow; chain.ErrEngineDown; the context's.
type Finder interface {
	Look(ctx context.Context, at wire.OutPoint, hint Hint) (Found, error)
}

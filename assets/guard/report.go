package guard

import (
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Verdict is the answer in one word.
type Verdict string

const (
	// Safe: no colored coin is spent, no units are moved.
	Safe Verdict = "safe"
	// Moves: units are moved or issued, and none is destroyed.
	Moves Verdict = "moves"
	// Destroys: units are destroyed, on purpose or not.
	Destroys Verdict = "destroys"
	// Unsure: it cannot be told, as too little is known of a coin.
	Unsure Verdict = "unsure"
)

// Report is what a transaction would do to colored coins, or has done.
type Report struct {
	Verdict Verdict
	Format  Format
	Tx      *wire.MsgTx
	Txid    chainhash.Hash
	// Block holds it already; zero for one that no block holds.
	Block chain.BlockRef
	// AsOf is the last block of the ledger, and Base the height of its first: coins
	// of blocks below it are not known.
	AsOf chain.BlockRef
	Base int32
	// Inputs and Outputs are those of the transaction.
	Inputs  []Input
	Outputs []Output
	// Losses are the units that would be destroyed, Issues those that would be made.
	Losses []Loss
	Issues []assets.Holding
	// Colorings are those of the protocols concerned.
	Colorings []assets.Coloring
	// Rivals are transactions that wait for a block and spend the same coins.
	Rivals []chainhash.Hash
}

// Input is a coin that would be spent.
type Input struct {
	wire.OutPoint
	State State
	// Value and Script are those of the coin; Script is nil when not known.
	Value  btcutil.Amount
	Script []byte
	// Holdings are its units, under all protocols.
	Holdings []assets.Holding
}

// State is what is known of a coin.
type State string

const (
	// Colored: it holds units.
	Colored State = "coloured"
	// Plain: it holds none.
	Plain State = "plain"
	// Unknown: nobody here can tell.
	Unknown State = "unknown"
)

// Output is an output of the transaction.
type Output struct {
	Value    btcutil.Amount
	Script   []byte
	Holdings []assets.Holding
	Care     Care
}

// Care is what should be thought about before units are sent to an output.
type Care string

const (
	// NoCare: it has units of Open Assets, and an address that says so.
	NoCare Care = ""
	// Nobody can spend from it, so that its units are lost.
	Nobody Care = "nobody"
	// NoForm: its kind of address has no form that only wallets with a sense for
	// units accept, so that whoever owns it may spend the units without knowing.
	NoForm Care = "no-form"
)

// Loss is units of one asset that would be destroyed.
type Loss struct {
	Asset assets.ID
	Units int64
	// Input is whose they are, or -1 for new ones; Output is where they would be
	// locked up for good, or -1.
	Input, Output int
	Why           Why
}

// Why is how units get lost.
type Why string

const (
	// WhyOrdinary: the transaction says nothing to the protocol, as if it had been
	// made by an ordinary wallet.
	WhyOrdinary Why = "ordinary"
	// WhyRejected: what it says to the protocol does not hold.
	WhyRejected Why = "rejected"
	// WhyLeft: no output takes them.
	WhyLeft Why = "left"
	// WhyNobody: nobody can spend the output that takes them.
	WhyNobody Why = "nobody"
)

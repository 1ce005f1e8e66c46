package chain

import (
	"time"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// Coin is one unspent output.
type Coin struct {
	wire.OutPoint
	Value  btcutil.Amount
	Script []byte
}

// LoanRequest asks for fee coins to be set aside for a transaction that
// somebody else has made.
type LoanRequest struct {
	// Purpose names what it is for, 1 to 200 bytes, unique for all time.
	Purpose string
	// Need is what the coins have to bring beyond what spending them costs at
	// Rate.
	Need btcutil.Amount
	Rate FeeRate
	// Exact asks for the one coin that comes nearest, as there can be no change.
	Exact bool
	// Until is when the coins are free again unless they were signed away.
	Until time.Time
}

// Loan is what was set aside: coins, and a script of the node's for change.
type Loan struct {
	Coins  []Coin
	Change []byte
}

// CosignRequest asks for the node's signatures on a transaction that spends a
// loan and coins of others.
type CosignRequest struct {
	// Purpose is that of the loan.
	Purpose string
	// PSBT is the transaction (BIP-0174); the inputs of others are final.
	PSBT []byte
	// Prevouts are the coins of all inputs, in their order.
	Prevouts []*wire.TxOut
	// Change is the index of the node's change, or -1.
	Change int
	// Fee is what the miners get, and Charge what of it counts against the day's
	// budget for fees.
	Fee, Charge btcutil.Amount
	// Check is asked of the signed transaction before anything is kept.
	Check func(*wire.MsgTx) error
}

package lighthouse

import (
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// ClaimState is how far a claim is.
type ClaimState string

// The states of a claim.
const (
	// Claiming: made, stored, and being sent until a block holds it.
	Claiming ClaimState = "claiming"
	// Rebuilding: a pledge it spends has left; it is put together anew.
	Rebuilding ClaimState = "rebuilding"
	// InBlock: a block holds it.
	InBlock ClaimState = "in-block"
	// Failed: too many have left before a block held it; the campaign is open
	// again, or closed if its date has passed.
	Failed ClaimState = "failed"
)

// Claim is the transaction that pays a campaign's beneficiaries.
type Claim struct {
	Campaign ID
	State    ClaimState
	Level    int
	// Tx is the one that is sent now, or that a block holds.
	Tx      *wire.MsgTx
	Pledges []PledgeID // in the order of Tx.TxIn; the zero value for a fee input
	Fee     btcutil.Amount
	Weight  int64
	Rate    chain.FeeRate
	// Attempts is how many transactions were made, this one included.
	Attempts int
	At       time.Time
	// Block holds it; zero while none does.
	Block chain.BlockRef
}

package lighthouse

import (
	"time"

	"cairn/chain"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Coin is how a pledged coin is, as of the last block that was looked at.
type CoinState string

// The states of a coin.
const (
	// Seen: its transaction waits for a block.
	Seen CoinState = "seen"
	// Confirmed: a block holds it, and nothing spends it.
	Confirmed CoinState = "confirmed"
	// Leaving: a transaction that waits for a block spends it, which is not the
	// claim.
	Leaving CoinState = "leaving"
	// Spent: a block holds a transaction that spends it, which is not the claim.
	Spent CoinState = "spent"
	// Taken: the claim spends it.
	Taken CoinState = "taken"
	// Gone: a reorganisation took its own transaction away.
	Gone CoinState = "gone"
)

// Door is how a pledge came in.
type Door string

// The doors.
const (
	ByWallet Door = "wallet" // the wallet in the page
	ByPSBT   Door = "psbt"
	ByFile   Door = "file"
)

// Pledge is a coin that its owner signed for a campaign.
type Pledge struct {
	ID       PledgeID
	Campaign ID
	Outpoint wire.OutPoint
	Coin     contract.Coin
	Kind     contract.Kind
	Weight   int64 // of its input in the claim
	// Signed are the inputs by level, which may leave levels out: one of a
	// matching sponsor is good in its own level only.
	Signed map[int]contract.Pledge
	// Refund is the signed transaction that sends the coin home from
	// Terms.RefundHeight on; nil for none.
	Refund *wire.MsgTx

	Name, Message string // both may be empty
	Door          Door
	At            time.Time

	State CoinState
	// Created is the block that holds the coin; zero while none does.
	Created chain.BlockRef
	// SpentBy is set in Leaving, Spent and Taken; SpentAt in the last two.
	SpentBy chainhash.Hash
	SpentAt chain.BlockRef
	// Replaced says that its owner changed it: the coin pays for another pledge
	// to the same campaign.
	Replaced bool
}

// Firm says that the coin cannot be taken back before the refunds' block.
func (p Pledge) Firm() bool { return p.Kind == contract.FirmP2WSH || p.Kind == contract.FirmP2TR }

// Counts says that the pledge can be claimed in a level as of the last block.
func (p Pledge) Counts(level int) bool {
	_, signed := p.Signed[level]
	return signed && p.State == Confirmed
}

// Tally is the sum of some pledges.
type Tally struct {
	Pledges int
	Amount  btcutil.Amount
}

// Progress is how far a campaign is, as of a block.
type Progress struct {
	// Checked is the block up to which every pledged coin was looked at.
	Checked chain.BlockRef
	// Confirmed counts for the goal; Firm is the part of it that cannot be taken
	// back; Pending will count with a block.
	Confirmed, Firm, Pending Tally
	// Waiting is the part of Confirmed beyond what the claim needs: it steps in
	// for whoever leaves.
	Waiting Tally
	// Revoked were taken back, and Taken by the claim.
	Revoked, Taken Tally
	// Matched counts in higher levels only; it is no part of Confirmed.
	Matched Tally
	// Level is the highest level that could be claimed now; -1 below the goal.
	Level int
	// Missing is what the next level still lacks at the fee rate of now; 0 with
	// all levels reached.
	Missing btcutil.Amount
	// Slots is how many more pledges of P2TR coins one transaction can hold.
	Slots int
	// Least is the smallest pledge that is taken now.
	Least btcutil.Amount
}

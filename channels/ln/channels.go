package ln

import (
	"cairn/channels/amount"

	"github.com/btcsuite/btcd/btcutil"
)

// Channel is one open channel.
type Channel struct {
	// Point is the funding output, "txid:index".
	Point string
	// Peer is the other node's public key, 33 bytes; Alias what it calls itself.
	Peer  []byte
	Alias string
	// Active: the peer is connected and the channel can be used now.
	Active bool
	// Private channels are not announced to the network.
	Private bool
	// Initiator: we opened it and pay its commitment fee.
	Initiator bool
	// Capacity is Local + Remote + Unsettled + the commitment fee and anchors.
	Capacity, Local, Remote, Unsettled btcutil.Amount
	// LocalReserve and RemoteReserve are what each side may not spend while the
	// channel is open.
	LocalReserve, RemoteReserve btcutil.Amount
	// Fee is the opener's for the commitment transaction, with its anchors.
	Fee btcutil.Amount
	// InFlight counts the payments under way.
	InFlight int
	// Sendable and Receivable are what one payment can carry now, with reserves
	// and fees left out; 0 when not active.
	Sendable, Receivable amount.MilliSatoshi
}

// Balance is what the node has in channels.
type Balance struct {
	// Local is ours and Remote the peers', in open channels.
	Local, Remote amount.MilliSatoshi
	// Unsettled is in payments under way, ours and theirs.
	Unsettled amount.MilliSatoshi
	// Opening is ours in channels that wait for confirmation.
	Opening amount.MilliSatoshi
}

// Stage is how far a channel is from being usable, or from being gone.
type Stage string

// The stages of channels that are not open.
const (
	// Opening: its transaction waits for confirmations.
	StageOpening Stage = "opening"
	// Closing: both sides agreed, and the closing transaction waits for a block.
	StageClosing Stage = "closing"
	// Forcing: one side has sent its commitment, which waits for a block.
	StageForcing Stage = "forcing"
	// Maturing: the commitment is in a block, and our part is locked for some
	// blocks more.
	StageMaturing Stage = "maturing"
	// Restored: known from a backup alone; the other side is asked to close.
	StageRestored Stage = "restored"
)

// Pending is a channel on its way in or out.
type Pending struct {
	Stage Stage
	Point string
	Peer  []byte
	// Alias is what the peer calls itself, or empty.
	Alias                   string
	Capacity, Local, Remote btcutil.Amount
	// Private and Initiator are as in Channel.
	Private, Initiator bool
	// BlocksLeft are those until the channel is open (Opening), or until our
	// part can be spent (Maturing); 0 when not known or none.
	BlocksLeft int32
	// Limbo is what we cannot spend yet, Recovered what came back already.
	Limbo, Recovered btcutil.Amount
	// Txid is the closing transaction's, or empty.
	Txid string
}

// Closed is a channel that is no more.
type Closed struct {
	Point    string
	Peer     []byte
	Capacity btcutil.Amount
	// Ours is what came back to us.
	Ours btcutil.Amount
	// Txid is the closing transaction's; Height its block.
	Txid   string
	Height uint32
	How    Ending
}

// Ending is how a channel ended.
type Ending string

// The endings.
const (
	EndedTogether Ending = "together" // both sides agreed
	EndedByUs     Ending = "us"       // we forced it
	EndedByPeer   Ending = "peer"     // the other side forced it
	EndedByCheat  Ending = "cheat"    // an old state was sent, and punished
	EndedUnborn   Ending = "unborn"   // it was never opened
)

// Bounds of a channel, in satoshi: lnd opens none below 20,000 (funding.
// MinChanFundingSize), and without large channels none above 2^24 − 1 (BOLT 2).
const (
	LeastChannel = btcutil.Amount(20_000)
	MostChannel  = btcutil.Amount(1<<24 - 1)
)

// MostFeeRate is the highest fee rate taken from a person, in sat/vB: above it
// somebody has typed an amount.
const MostFeeRate = 1000

// Opening says which channel to open.
type Opening struct {
	Peer PeerAddress
	// Amount goes into the channel: LeastChannel to MostChannel.
	Amount btcutil.Amount
	// Push of it belongs to the other side from the start: what the operator
	// gives away to be able to receive.
	Push btcutil.Amount
	// Private channels are not announced.
	Private bool
	// FeeRate of the transaction in sat/vB, 1 to MostFeeRate.
	FeeRate int64
}

// Forwarding says whether the node forwards payments of strangers, and what it
// has earned with that.
type Forwarding struct {
	// On is the node's own word for it; off unless the operator switched it on.
	On bool
	// Known is false when the node does not tell how it is set up.
	Known bool
	// Payments forwarded and the fees they brought, of the time asked for.
	Payments int
	Amount   amount.MilliSatoshi
	Fees     amount.MilliSatoshi
}

// Check sees that an opening can be asked for at all. Errors: ErrTooSmall,
// ErrTooLarge, ErrAmount, ErrFeeRate.
func (o Opening) Check() error {
	switch {
	case o.Amount < LeastChannel:
		return kindf(ErrTooSmall, "%d of at least %d sat", int64(o.Amount), int64(LeastChannel))
	case o.Amount > MostChannel:
		return kindf(ErrTooLarge, "%d of at most %d sat", int64(o.Amount), int64(MostChannel))
	case o.Push < 0 || o.Push > o.Amount/2:
		return kindf(ErrAmount, "%d of %d sat given away: at most half", int64(o.Push), int64(o.Amount))
	}
	return CheckFeeRate(o.FeeRate)
}

// CheckFeeRate takes 1 to MostFeeRate sat/vB. Errors: ErrFeeRate.
func CheckFeeRate(rate int64) error {
	if rate < 1 || rate > MostFeeRate {
		return kindf(ErrFeeRate, "%d sat/vB", rate)
	}
	return nil
}

package operator

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
)

// WalletView is the wallet's page.
type WalletView struct {
	Frame
	// Coffer is nil while the node cannot be asked.
	Coffer   *Coffer
	Payments []Payment
	Form     SendForm
}

// SendForm is what was typed, and what was wrong with it.
type SendForm struct {
	To, Amount, Label string
	Whole             bool
	Problem           string
}

// Coffer is what the node's wallet holds, by what it may be used for.
type Coffer struct {
	// Fee coins pay for whatever the node does; Reserved ones are held by
	// payments under way; Protected ones carry more than satoshi and pay for
	// nothing; Unconfirmed ones wait for a block. Channels is ours in channels.
	Fee, Reserved, Protected, Unconfirmed, Channels btcutil.Amount
	// Reserve, of Fee, is kept for the fees of channels that close.
	Reserve   btcutil.Amount
	Coins     []Coin
	Movements []Movement
}

func (c *Coffer) total() btcutil.Amount {
	return c.Fee + c.Reserved + c.Protected + c.Unconfirmed + c.Channels
}

// The classes of a coin.
const (
	CoinFee         = "fee"
	CoinReserved    = "reserved"
	CoinProtected   = "protected"
	CoinUnconfirmed = "unconfirmed"
)

// Coin is one unspent output.
type Coin struct {
	// Outpoint is "txid:index", Class one of the constants above.
	Outpoint      string
	Value         btcutil.Amount
	Confirmations int64
	Class         string
	// Purpose is what a reserved coin is for, as the wallet calls it; Reason why
	// one is protected.
	Purpose, Reason string
}

// Movement is a transaction of the wallet.
type Movement struct {
	Txid          string
	At            time.Time
	Confirmations int32
	// Amount came in, or went out if it is below zero, the fee included.
	Amount, Fee btcutil.Amount
	// Purpose is what it was signed for, Label lnd's name for it; either may be
	// empty. Note is what the operator wrote beside it.
	Purpose, Label, Note string
}

// what is the key of the words for a movement.
func (m Movement) what() string {
	switch {
	case strings.HasPrefix(m.Purpose, "anchor/"), strings.HasPrefix(m.Purpose, "express/"):
		return "operator.move.anchor"
	case strings.HasPrefix(m.Purpose, "payment/"):
		return "operator.move.payment"
	case strings.HasPrefix(m.Purpose, "sponsor"):
		return "operator.move.sponsor"
	case strings.Contains(m.Label, "openchannel"):
		return "operator.move.open"
	case strings.Contains(m.Label, "closechannel"), strings.Contains(m.Label, "justicetx"):
		return "operator.move.close"
	case strings.Contains(m.Label, "sweep"):
		return "operator.move.sweep"
	case m.Amount > 0:
		return "operator.move.in"
	}
	return "operator.move.out"
}

// holds is the key of the words for what a reserved coin is held for.
func (c Coin) holds() string {
	switch {
	case strings.HasPrefix(c.Purpose, "anchor/"), strings.HasPrefix(c.Purpose, "express/"):
		return "operator.move.anchor"
	case strings.HasPrefix(c.Purpose, "payment/"):
		return "operator.move.payment"
	case strings.HasPrefix(c.Purpose, "sponsor"):
		return "operator.move.sponsor"
	}
	return "operator.coin.node"
}

// ReceiveView shows addresses given out, the newest first with its code.
type ReceiveView struct {
	Frame
	Addresses []Address
	// Problem says why no address can be given out.
	Problem string
}

// Address is one that was given out.
type Address struct {
	Address, Label string
	CreatedAt      time.Time
	// Link is its payment link, for the code.
	Link string
}

// PaymentView is one payment: to be confirmed, or under way.
type PaymentView struct {
	Frame
	Payment Payment
	// Speeds are the fees to choose from while it is a draft; Problem says why
	// there are none.
	Speeds  []Speed
	Problem string
	// Own is the rate of the operator's own that was typed, or empty.
	Own string
	// BumpRate and BumpFee are what it would be sent again at; 0 when it does
	// not wait.
	BumpRate chain.FeeRate
	BumpFee  btcutil.Amount
}

// Payment is one of the operator's.
type Payment struct {
	ID, Address, Label string
	Whole              bool
	Amount, Fee        btcutil.Amount
	Rate               chain.FeeRate
	// State is draft, chosen, waiting, confirmed or lost.
	State     string
	By        string
	CreatedAt time.Time
	Txid      string
	Height    int32
	Bumps     int
	// Choice repeats the fee agreed to of a payment that was confirmed and not
	// sent.
	Choice string
}

// The states of a payment on the pages.
const (
	PaymentDraft     = "draft"
	PaymentChosen    = "chosen"
	PaymentWaiting   = "waiting"
	PaymentConfirmed = "confirmed"
	PaymentLost      = "lost"
)

// state is the key of the words for a payment's state.
func (p Payment) state() string {
	switch p.State {
	case PaymentDraft:
		return "operator.payment.draft"
	case PaymentChosen:
		return "operator.payment.chosen"
	case PaymentWaiting:
		return "operator.payment.waiting"
	case PaymentConfirmed:
		return "operator.payment.confirmed"
	}
	return "operator.payment.lost"
}

// Speed is a fee to choose.
type Speed struct {
	// Span is about how long it takes; 0 when it is not known.
	Span              time.Duration
	Rate              chain.FeeRate
	Fee, Amount, Left btcutil.Amount
}

// Choice is what the form sends back.
func (s Speed) Choice() string {
	return fmt.Sprintf("%d-%d-%d", int64(s.Rate), int64(s.Fee), int64(s.Amount))
}

// perVByte writes a rate in sat/vB.
func perVByte(r chain.FeeRate) string {
	return strings.TrimSuffix(strconv.FormatFloat(float64(r)/250, 'f', 1, 64), ".0") + " sat/vB"
}

// part is a stretch of a bar.
type part struct {
	Class string
	X, W  int
}

// parts lays the classes of the coffer side by side on a bar of 1,000 units;
// what is there at all is at least seen.
func (c *Coffer) parts() []part {
	total := c.total()
	if total <= 0 {
		return nil
	}
	var out []part
	x := 0
	for _, p := range []struct {
		class string
		value btcutil.Amount
	}{{CoinFee, c.Fee}, {CoinReserved, c.Reserved}, {CoinUnconfirmed, c.Unconfirmed}, {CoinProtected, c.Protected}, {"channels", c.Channels}} {
		if p.value <= 0 {
			continue
		}
		w := max(8, int(p.value*1000/total))
		out = append(out, part{p.class, x, w})
		x += w
	}
	return out
}

// width is the bar's, of whole parts.
func width(parts []part) int {
	if len(parts) == 0 {
		return 1
	}
	last := parts[len(parts)-1]
	return last.X + last.W
}

// Package line is the five-node line of the chapter's routed payment (Mastering
// Bitcoin, 12.7.1) as figures and pictures: who stands where, what the chapter
// says the balances are, and the state that a run's events make of it. It is
// pure: package lab plays the run on real nodes and hands the events over, the
// command line and the page draw them.
package line

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/btcutil"
)

// Who is one of the five, in the order of the line.
type Who int

// The five.
const (
	Alice Who = iota
	Bob
	Carol
	Diana
	Eric
	// Nobody: an event that is nobody's.
	Nobody Who = -1
)

// Nodes and Hops are how many nodes and channels the line has. Hop i is the
// channel between node i, on its left, and node i+1.
const (
	Nodes = 5
	Hops  = Nodes - 1
)

var names = [Nodes]string{"Alice", "Bob", "Carol", "Diana", "Eric"}

// String is the name; empty for nobody.
func (w Who) String() string {
	if !w.Valid() {
		return ""
	}
	return names[w]
}

// Parse reads a name or its first letters.
func Parse(name string) (Who, error) {
	for _, w := range All() {
		if name != "" && strings.HasPrefix(strings.ToLower(w.String()), strings.ToLower(name)) {
			return w, nil
		}
	}
	return Nobody, fmt.Errorf("%w: %q", ErrWho, name)
}

// ParseBTC reads an amount in bitcoin, above 0 and with at most eight decimals.
func ParseBTC(text string) (btcutil.Amount, error) {
	whole, decimals, _ := strings.Cut(text, ".")
	if len(decimals) > 8 || len(whole) > 8 || whole+decimals == "" {
		return 0, fmt.Errorf("%w: %q", ErrAmount, text)
	}
	sat, err := strconv.ParseUint(whole+decimals+strings.Repeat("0", 8-len(decimals)), 10, 63)
	if err != nil || sat == 0 {
		return 0, fmt.Errorf("%w: %q", ErrAmount, text)
	}
	return btcutil.Amount(sat), nil
}

// Valid reports whether w is one of the five.
func (w Who) Valid() bool { return w >= Alice && w <= Eric }

// All are the five in order.
func All() []Who { return []Who{Alice, Bob, Carol, Diana, Eric} }

// The chapter's figures.
const (
	// Each is what either side has in every channel at first.
	Each btcutil.Amount = 2 * btcutil.SatoshiPerBitcoin
	// Price is what Eric gets.
	Price btcutil.Amount = btcutil.SatoshiPerBitcoin
	// HopFee is what Bob, Carol and Diana each keep of a payment they forward.
	HopFee btcutil.Amount = 100_000
)

// The part of a channel that is neither side's: the fee of the commitment
// transaction and two anchor outputs, which the opener sets aside. With it on
// top of 4 BTC either side has its 2 BTC to the satoshi.
const (
	// CommitFee is lnd's at its cap for channels with anchors, set to 2 sat/vB:
	// 1,124 weight units (BOLT 3, appendix A) at 500 sat per 1,000.
	CommitFee btcutil.Amount = 562
	// Anchor is the value of one of the two (BOLT 3).
	Anchor btcutil.Amount = 330
	// Capacity is what a channel of the line is opened with.
	Capacity = 2*Each + CommitFee + 2*Anchor
)

// Carried is what a hop carries of a payment of Price to Eric: on the first all
// fees are still on top, on the last none.
func Carried(hop int) btcutil.Amount {
	return Price + btcutil.Amount(Hops-1-hop)*HopFee
}

// Chapter is what the two sides of a channel have in the end, as printed there.
func Chapter(hop int) (left, right btcutil.Amount) {
	return Each - Carried(hop), Each + Carried(hop)
}

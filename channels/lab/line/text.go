package line

import (
	"fmt"
	"strings"
	"time"

	"github.com/btcsuite/btcd/btcutil"
)

// BTC renders an amount in bitcoin with three decimals at least, and no more
// than it needs.
func BTC(a btcutil.Amount) string {
	sign := ""
	if a < 0 {
		sign, a = "-", -a
	}
	text := fmt.Sprintf("%d.%08d", a/btcutil.SatoshiPerBitcoin, a%btcutil.SatoshiPerBitcoin)
	for strings.HasSuffix(text, "0") && len(text)-strings.IndexByte(text, '.') > 4 {
		text = text[:len(text)-1]
	}
	return sign + text
}

// Tell says in one line of English what happened, for a terminal; empty for
// what needs no words there.
func Tell(e Event) string {
	switch e.Kind {
	case Chain:
		return fmt.Sprintf("A chain of their own, %d blocks high.", e.Height)
	case Up:
		return fmt.Sprintf("%s is up.", e.Who)
	case Down:
		return fmt.Sprintf("%s is gone: the process was killed.", e.Who)
	case Funded:
		return fmt.Sprintf("%s has %s BTC on the chain.", e.Who, BTC(e.Amount))
	case Opened:
		return fmt.Sprintf("A channel: %s and %s, %s BTC each.", Who(e.Hop), Who(e.Hop+1), BTC(Each))
	case Asked:
		return fmt.Sprintf("%s draws a secret and shows its hash: whoever learns the secret may ask for %s BTC.", e.Who, BTC(e.Amount))
	case Peeled:
		return fmt.Sprintf("%s opens a layer of the onion: %s came from %s, pass %s on to %s by block %d. That is all it says.",
			e.Who, BTC(e.Incoming), e.Who-1, BTC(e.Amount), e.Who+1, e.Height)
	case Offered:
		return fmt.Sprintf("%s promises %s %s BTC for the secret, until block %d.", e.Who, e.to(), BTC(e.Amount), e.Height)
	case Held:
		return fmt.Sprintf("%s could take the money now.", e.Who)
	case Settled:
		return fmt.Sprintf("%s shows %s the secret: %s BTC change sides.", e.to(), e.Who, BTC(e.Amount))
	case Returned:
		return fmt.Sprintf("%s has its %s BTC back.", e.Who, BTC(e.Amount))
	case Paid:
		return fmt.Sprintf("%s has the receipt. %s BTC with the fees, in %s.", e.Who, BTC(e.Amount), e.Took.Round(time.Millisecond))
	case Lost:
		return fmt.Sprintf("%s knows that the payment failed, and promises nothing any more.", e.Who)
	case Broken:
		return fmt.Sprintf("%s closes the channel with %s by itself, on the chain (block %d).", Who(e.Hop), Who(e.Hop+1), e.Height)
	case Closed:
		return fmt.Sprintf("The coins of %s's and %s's channel are back in their wallets.", Who(e.Hop), Who(e.Hop+1))
	case Counted:
		return "The books of both sides of every channel were read; they agree."
	case Cost:
		if e.Amount == 0 {
			return fmt.Sprintf("It cost %s nothing.", e.Who)
		}
		return fmt.Sprintf("It cost %s %d sat, all of it fees of the chain.", e.Who, e.Amount)
	}
	return ""
}

// to is the other side of the channel an event is about.
func (e Event) to() Who {
	if e.Who == Who(e.Hop) {
		return Who(e.Hop + 1)
	}
	return Who(e.Hop)
}

// barWidth is the width of a channel's bar, in characters.
const barWidth = 32

// Draw is the picture for a terminal of at least 72 columns: a line for each
// channel, with a bar of who has how much of it.
func Draw(s State) string {
	var b strings.Builder
	for i, c := range s.Channels {
		fmt.Fprintf(&b, "  %-6s %8s  %s  %-8s %-6s", person(s, Who(i)), figure(c, c.Left), bar(c), figure(c, c.Right), person(s, Who(i+1)))
		if c.Flight != 0 {
			fmt.Fprintf(&b, " %s promised until block %d", BTC(c.Flight), c.Until)
		}
		if c.Standing == OnChain || c.Standing == Gone {
			b.WriteString(" closed on the chain")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// person is a name, crossed while its node is away.
func person(s State, w Who) string {
	if s.Up[w] || s.Phase == Over || s.Phase == Broke {
		return w.String()
	}
	return "✗" + w.String()
}

func figure(c Channel, a btcutil.Amount) string {
	if c.Standing == NotYet {
		return "–"
	}
	return BTC(a)
}

// bar shows the left side's part as full blocks, what is promised as half ones.
func bar(c Channel) string {
	whole := c.Left + c.Flight + c.Right
	if c.Standing == NotYet || whole <= 0 {
		return strings.Repeat("·", barWidth)
	}
	left := int(c.Left * barWidth / whole)
	flight := int((c.Left+c.Flight)*barWidth/whole) - left
	return strings.Repeat("█", left) + strings.Repeat("▒", flight) + strings.Repeat("░", barWidth-left-flight)
}

// Table compares the balances with the chapter's.
func Table(s State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %-13s  %-17s  %-17s\n", "", "here", "in the chapter")
	for i, c := range s.Channels {
		left, right := Chapter(i)
		mark := "✓"
		if c.Left != left || c.Right != right {
			mark = "✗"
		}
		fmt.Fprintf(&b, "  %-13s  %-17s  %-17s  %s\n", Who(i).String()+" – "+Who(i+1).String(),
			BTC(c.Left)+" | "+BTC(c.Right), BTC(left)+" | "+BTC(right), mark)
	}
	return b.String()
}

package operator

import (
	"context"
	"encoding/hex"
	"time"

	"cairn/channels/desk"
	"cairn/channels/ln"
	"cairn/templates/i18n"

	"github.com/btcsuite/btcd/btcutil"
)

// Light says at a glance how something stands.
type Light string

// The lights, in words beside them always.
const (
	Green  Light = "good"
	Yellow Light = "wait"
	Red    Light = "bad"
)

// Liquidity is what the channels can carry now, all together.
type Liquidity struct {
	// Receivable and Sendable are sums over channels that can be used; one
	// payment may be split over several. Largest is the most that one channel
	// alone can receive.
	Receivable, Sendable, Largest btcutil.Amount
	// Open channels, those of them whose peer is Away, and those that are being
	// opened.
	Open, Away, Opening int
	Bar                 Bar
}

// comfortable is from when on receiving needs no thought: enough for some
// hundred visitors who buy the dearest thing there is.
const comfortable = btcutil.Amount(100_000)

// NewLiquidity adds channels up.
func NewLiquidity(channels []ln.Channel, pending []ln.Pending) Liquidity {
	var l Liquidity
	for _, c := range channels {
		l.Open++
		if !c.Active {
			l.Away++
		}
		l.Receivable += c.Receivable.SatoshiFloor()
		l.Sendable += c.Sendable.SatoshiFloor()
		l.Largest = max(l.Largest, c.Receivable.SatoshiFloor())
		l.Bar = l.Bar.plus(barOf(c))
	}
	for _, p := range pending {
		if p.Stage == ln.StageOpening {
			l.Opening++
		}
	}
	return l
}

// Light is green when receiving needs no thought, red when nothing can be
// received.
func (l Liquidity) Light() Light {
	switch {
	case l.Receivable >= comfortable:
		return Green
	case l.Receivable > 0 || l.Opening > 0 || l.Away > 0:
		return Yellow
	}
	return Red
}

// Bar is whose a channel's coins are, from our side to theirs.
type Bar struct {
	// Ours and Theirs can be spent; the reserves of both stay while the channel
	// is open; Flight is in payments under way, Fee kept for closing.
	Ours, OurReserve, Flight, Fee, TheirReserve, Theirs btcutil.Amount
}

func barOf(c ln.Channel) Bar {
	ourReserve, theirReserve := min(c.Local, c.LocalReserve), min(c.Remote, c.RemoteReserve)
	return Bar{
		Ours: c.Local - ourReserve, OurReserve: ourReserve, Flight: c.Unsettled, Fee: c.Fee,
		TheirReserve: theirReserve, Theirs: c.Remote - theirReserve,
	}
}

func (b Bar) plus(o Bar) Bar {
	return Bar{
		b.Ours + o.Ours, b.OurReserve + o.OurReserve, b.Flight + o.Flight, b.Fee + o.Fee,
		b.TheirReserve + o.TheirReserve, b.Theirs + o.Theirs,
	}
}

// barPiece is one piece of a drawn bar, in thousandths of its width.
type barPiece struct {
	class       string
	at, breadth int64
}

// parts divide the bar. What is there at all is at least visible.
func (b Bar) parts() []barPiece {
	pieces := []struct {
		class string
		value btcutil.Amount
	}{{"ours", b.Ours}, {"ours held", b.OurReserve}, {"flight", b.Flight}, {"fee", b.Fee}, {"theirs held", b.TheirReserve}, {"theirs", b.Theirs}}
	var whole btcutil.Amount
	for _, p := range pieces {
		whole += max(p.value, 0)
	}
	if whole == 0 {
		return nil
	}
	const width, least = 1000, 4
	var out []barPiece
	var sum, at int64
	for _, p := range pieces {
		if p.value <= 0 {
			continue
		}
		sum += int64(p.value)
		end := max(at+least, int64(float64(sum)/float64(whole)*width))
		out = append(out, barPiece{p.class, at, min(end, width) - at})
		at = min(end, width)
	}
	return out
}

// ChannelsView is the page of channels.
type ChannelsView struct {
	Frame
	// Down: the node cannot be asked now; nothing below is set then.
	Down      bool
	Liquidity Liquidity
	Channels  []ln.Channel
	Pending   []ln.Pending
	Closed    []ln.Closed
	Orders    []desk.Order
	// Order is the one that has just been given, or nil.
	Order      *desk.Order
	Forwarding ln.Forwarding
	// Addresses are those of this node, "key@host:port"; Key its key.
	Addresses []string
	Key       string
	Form      OpenForm
	// Next numbers the order that a form on the page gives.
	Next    string
	FeeRate int64
	Now     time.Time
}

// OpenForm is what the operator fills in to open a channel.
type OpenForm struct {
	Problem, Advice    string
	Peer, Amount, Push string
	Private            bool
	FeeRate            string
	Coins, Reserve     btcutil.Amount
	Open               bool
}

// ForceView is the second step of closing a channel by force.
type ForceView struct {
	Frame
	Channel ln.Channel
	Next    string
	Problem string
}

// BumpView asks what a closing shall pay.
type BumpView struct {
	Frame
	Pending ln.Pending
	Next    string
	FeeRate int64
	Problem string
}

// peerName is what to call a node: what it calls itself, or its key's beginning.
func peerName(alias string, key []byte) string {
	text := hex.EncodeToString(key)
	if alias != "" && alias != text {
		return alias
	}
	return text[:min(len(text), 16)] + "…"
}

// keyText is a key in full.
func keyText(key []byte) string { return hex.EncodeToString(key) }

func stageText(ctx context.Context, p ln.Pending) string {
	switch p.Stage {
	case ln.StageOpening:
		if p.BlocksLeft > 0 {
			return i18n.N(ctx, "channels.stage.opening", int64(p.BlocksLeft))
		}
		return i18n.T(ctx, "channels.stage.opening-soon")
	case ln.StageClosing:
		return i18n.T(ctx, "channels.stage.closing")
	case ln.StageForcing:
		return i18n.T(ctx, "channels.stage.forcing")
	case ln.StageMaturing:
		if p.BlocksLeft > 0 {
			return i18n.N(ctx, "channels.stage.maturing", int64(p.BlocksLeft))
		}
		return i18n.T(ctx, "channels.stage.maturing-soon")
	}
	return i18n.T(ctx, "channels.stage.restored")
}

func endingText(ctx context.Context, e ln.Ending) string {
	switch e {
	case ln.EndedTogether:
		return i18n.T(ctx, "channels.ended.together")
	case ln.EndedByUs:
		return i18n.T(ctx, "channels.ended.us")
	case ln.EndedByPeer:
		return i18n.T(ctx, "channels.ended.peer")
	case ln.EndedByCheat:
		return i18n.T(ctx, "channels.ended.cheat")
	}
	return i18n.T(ctx, "channels.ended.unborn")
}

func orderText(ctx context.Context, o desk.Order) string {
	switch o.Kind {
	case desk.OpenChannel:
		return i18n.T(ctx, "orders.open")
	case desk.CloseChannel:
		return i18n.T(ctx, "orders.close")
	case desk.ForceClose:
		return i18n.T(ctx, "orders.force")
	case desk.BumpClosing:
		return i18n.T(ctx, "orders.bump")
	}
	return i18n.T(ctx, "orders.pay")
}

func orderState(ctx context.Context, o desk.Order) string {
	switch o.State {
	case desk.Done:
		return i18n.T(ctx, "orders.state.done")
	case desk.Failed:
		return i18n.T(ctx, "orders.state.failed")
	}
	return i18n.T(ctx, "orders.state.begun")
}

// lightText is the sentence beside the light.
func lightText(ctx context.Context, l Liquidity) string {
	switch {
	case l.Light() == Green:
		return i18n.T(ctx, "channels.light.good")
	case l.Receivable > 0:
		return i18n.T(ctx, "channels.light.little")
	case l.Opening > 0:
		return i18n.T(ctx, "channels.light.opening")
	case l.Away > 0:
		return i18n.T(ctx, "channels.light.away")
	case l.Open > 0:
		return i18n.T(ctx, "channels.light.none-inbound")
	}
	return i18n.T(ctx, "channels.light.no-channel")
}

// barLabel says what a bar shows.
func barLabel(ctx context.Context, b Bar) string {
	return i18n.T(ctx, "channels.bar.label", "Ours", i18n.Number(int64(b.Ours)), "Theirs", i18n.Number(int64(b.Theirs)),
		"Held", i18n.Number(int64(b.OurReserve+b.TheirReserve)), "Flight", i18n.Number(int64(b.Flight)))
}

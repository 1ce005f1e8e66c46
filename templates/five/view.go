// Package five is the page of the five-node line: Alice pays Eric through Bob,
// Carol and Diana, on real nodes, live.
package five

import (
	"context"
	"fmt"
	"time"

	"cairn/channels/lab/line"
	"cairn/templates/i18n"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
)

// Path is where the page is.
const Path = "/sandbox/five"

// View is what the page shows.
type View struct {
	Meta  layout.Meta
	Run   int
	State line.State
	// Seq is the frame shown; what comes later is pushed.
	Seq int
	// Story are the events up to the frame shown, oldest first.
	Story []line.Event
	// Acts are what a visitor can do now; none while Busy.
	Acts []line.Act
	Busy line.Act
}

// eventsPath is where what comes after this view is pushed.
func (v View) eventsPath() string {
	return fmt.Sprintf("%s/events?run=%d&after=%d", Path, v.Run, v.Seq)
}

// fresh: nothing was started yet.
func (v View) fresh() bool { return v.Run == 0 }

// maxStory bounds the events told on the page.
const maxStory = 9

// told are the newest events worth words, newest first.
func (v View) told() []line.Event {
	var told []line.Event
	for i := len(v.Story) - 1; i >= 0 && len(told) < maxStory; i-- {
		if worthWords(v.Story[i].Kind) {
			told = append(told, v.Story[i])
		}
	}
	return told
}

func worthWords(k line.Kind) bool {
	switch k {
	case line.Mined, line.Ready, line.Cost, line.Resolved:
		return false
	}
	return true
}

// say is the page's one sentence about how things stand.
func (v View) say(ctx context.Context) string {
	switch {
	case v.fresh():
		return i18n.T(ctx, "five.say.fresh")
	case v.State.Phase == line.Building:
		return i18n.T(ctx, "five.say.building")
	case v.State.Phase == line.Paying:
		return i18n.T(ctx, "five.say.paying")
	case v.State.Phase == line.Waiting && v.Busy == line.Take, v.State.Paid && !v.State.Counted:
		return i18n.T(ctx, "five.say.settling")
	case v.State.Phase == line.Waiting:
		return i18n.T(ctx, "five.say.waiting")
	case v.State.Phase == line.Cut && v.Busy == line.RunOut:
		return i18n.T(ctx, "five.say.running-out", "Height", i18n.Number(int64(v.State.Height)))
	case v.State.Phase == line.Cut && v.Busy == line.Mend:
		return i18n.T(ctx, "five.say.mending")
	case v.State.Phase == line.Cut:
		return i18n.T(ctx, "five.say.cut")
	case v.State.Phase == line.Broke:
		return i18n.T(ctx, "five.say.broke")
	case v.State.Lost:
		return i18n.T(ctx, "five.say.resolved")
	case v.State.Paid && v.State.Matches():
		return i18n.T(ctx, "five.say.matches", "Took", milliseconds(v.State.Took))
	case v.State.Phase == line.Over:
		return i18n.T(ctx, "five.say.over")
	case v.State.Paid:
		return i18n.T(ctx, "five.say.again")
	}
	return i18n.T(ctx, "five.say.ready")
}

func milliseconds(d time.Duration) string { return i18n.Number(d.Milliseconds()) }

// sentence says what an event was.
func sentence(ctx context.Context, e line.Event) string {
	who, next := e.Who.String(), line.Who(e.Hop+1).String()
	left := line.Who(e.Hop).String()
	other := next
	if e.Who != line.Who(e.Hop) {
		other = left
	}
	sum, height := line.BTC(e.Amount), i18n.Number(int64(e.Height))
	switch e.Kind {
	case line.Chain:
		return i18n.T(ctx, "five.event.chain", "Height", height)
	case line.Up:
		return i18n.T(ctx, "five.event.up", "Who", who)
	case line.Down:
		return i18n.T(ctx, "five.event.down", "Who", who)
	case line.Funded:
		return i18n.T(ctx, "five.event.funded", "Who", who, "Sum", sum)
	case line.Opened:
		return i18n.T(ctx, "five.event.opened", "Left", left, "Right", next)
	case line.Asked:
		return i18n.T(ctx, "five.event.asked", "Who", who, "Sum", sum)
	case line.Peeled:
		return i18n.T(ctx, "five.event.peeled", "Who", who, "Before", (e.Who - 1).String(), "After", (e.Who + 1).String(),
			"In", line.BTC(e.Incoming), "Out", sum, "Height", height)
	case line.Offered:
		return i18n.T(ctx, "five.event.offered", "Who", who, "Other", other, "Sum", sum, "Height", height)
	case line.Held:
		return i18n.T(ctx, "five.event.held", "Who", who)
	case line.Settled:
		return i18n.T(ctx, "five.event.settled", "Who", who, "Other", other, "Sum", sum)
	case line.Returned:
		return i18n.T(ctx, "five.event.returned", "Who", who, "Sum", sum)
	case line.Paid:
		return i18n.T(ctx, "five.event.paid", "Who", who, "Sum", sum)
	case line.Lost:
		return i18n.T(ctx, "five.event.lost", "Who", who)
	case line.Broken:
		return i18n.T(ctx, "five.event.broken", "Left", left, "Right", next, "Height", height)
	case line.Closed:
		return i18n.T(ctx, "five.event.closed", "Left", left, "Right", next)
	case line.Counted:
		return i18n.T(ctx, "five.event.counted")
	case line.Ended:
		return i18n.T(ctx, "five.event.ended")
	}
	return i18n.T(ctx, "five.event.failed")
}

// actLabel is what a button says.
func actLabel(ctx context.Context, a line.Act) string {
	switch a {
	case line.Start:
		return i18n.T(ctx, "five.act.start")
	case line.Pay:
		return i18n.T(ctx, "five.act.pay")
	case line.Take:
		return i18n.T(ctx, "five.act.take")
	case line.CutCarol:
		return i18n.T(ctx, "five.act.cut")
	case line.Mend:
		return i18n.T(ctx, "five.act.mend")
	case line.RunOut:
		return i18n.T(ctx, "five.act.runout")
	}
	return i18n.T(ctx, "five.act.end")
}

// The stones of the picture stand 100 units apart.
func stoneX(w line.Who) int { return 50 + 100*int(w) }

// onionX is where the onion is: with who has it in hand, on its way over the
// first channel whose promise is the newest, or with nobody.
func onionX(s line.State) (x int, shown bool) {
	if s.Onion.Valid() {
		return stoneX(s.Onion), true
	}
	if s.Phase != line.Paying {
		return 0, false
	}
	for hop := line.Hops - 1; hop >= 0; hop-- {
		if s.Channels[hop].Flight > 0 {
			return stoneX(line.Who(hop)) + 50, true
		}
	}
	return stoneX(line.Alice), true
}

// away: the node was there and is not.
func away(s line.State, w line.Who) bool { return !s.Up[w] && s.Phase == line.Cut }

// linkClass is how a channel between two stones looks.
func linkClass(c line.Channel) string {
	switch {
	case c.Standing == line.NotYet:
		return "link"
	case c.Standing != line.Open:
		return "link broken"
	case c.Flight > 0:
		return "link promised"
	}
	return "link open"
}

// barWidth is a bar's width in units: wide enough that half a thousandth of a
// channel shows.
const barWidth = 4000

// part is an amount's share of the bar.
func part(c line.Channel, a btcutil.Amount) int {
	whole := c.Left + c.Flight + c.Right
	if whole <= 0 || a <= 0 {
		return 0
	}
	return int(a * barWidth / whole)
}

func figure(c line.Channel, a btcutil.Amount) string {
	if c.Standing == line.NotYet {
		return "–"
	}
	return line.BTC(a)
}

// chapter is a row of the table: what the two sides have in the end.
func chapter(hop int) string {
	left, right := line.Chapter(hop)
	return line.BTC(left) + " | " + line.BTC(right)
}

func pair(hop int) string { return line.Who(hop).String() + " – " + line.Who(hop+1).String() }

func same(s line.State, hop int) bool {
	left, right := line.Chapter(hop)
	c := s.Channels[hop]
	return c.Left == left && c.Right == right && c.Flight == 0 && c.Standing == line.Open
}

// costly: the chain cost somebody something.
func costly(s line.State) bool { return s.Cost != [line.Nodes]btcutil.Amount{} }

// reload is how often the page is loaded again without scripts while something
// goes on.
const reload = 3 * time.Second

// Refreshed is the frame's data for a page that reloads by itself where there
// are no scripts, while something goes on.
func (v View) Refreshed() layout.Meta {
	m := v.Meta
	m.Live = true
	if v.Busy != "" {
		m.Refresh = reload
	}
	return m
}

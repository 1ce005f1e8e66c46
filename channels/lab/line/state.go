package line

import (
	"time"

	"github.com/btcsuite/btcd/btcutil"
)

// Phase is how far a run has come, and so what can be done next.
type Phase string

// The phases.
const (
	// Building: chain, nodes and channels are being set up.
	Building Phase = "building"
	// Idle: a payment can be made.
	Idle Phase = "idle"
	// Paying: a payment travels.
	Paying Phase = "paying"
	// Waiting: the payee holds the promise; it can be taken, or a node stopped.
	Waiting Phase = "waiting"
	// Cut: as Waiting, and a node in between is gone.
	Cut Phase = "cut"
	// Over: the run has shown what it had to; only its figures stand.
	Over Phase = "over"
	// Broke: it failed.
	Broke Phase = "broke"
)

// Standing is how a channel stands.
type Standing string

// The standings.
const (
	NotYet  Standing = ""
	Open    Standing = "open"
	OnChain Standing = "on-chain"
	Gone    Standing = "gone"
)

// Channel is one of the four, in satoshi.
type Channel struct {
	Standing    Standing
	Left, Right btcutil.Amount
	// Flight is promised and not yet anybody's: By offered it, until block
	// Until.
	Flight btcutil.Amount
	By     Who
	Until  int32
}

// State is the picture at one moment.
type State struct {
	Phase    Phase
	Height   int32
	Up       [Nodes]bool
	Channels [Hops]Channel
	// Onion is who has the onion in hand; Nobody when it does not travel.
	Onion Who
	// Paid: the payment was made, in Took. Lost: it came back.
	Paid, Lost bool
	Took       time.Duration
	// Counted: the balances are the nodes' own, read after everything.
	Counted bool
	// Cost is what the chain cost each, in satoshi; known when a channel was
	// broken and everything is counted.
	Cost [Nodes]btcutil.Amount
}

// New is the picture before anything has happened.
func New() State { return State{Phase: Building, Onion: Nobody} }

// Apply is the state after an event.
func (s State) Apply(e Event) State {
	switch e.Kind {
	case Chain, Mined:
		s.Height = e.Height
	case Up, Down:
		s = s.presence(e.Who, e.Kind == Up)
	case Opened:
		if hop(e.Hop) {
			b := e.Balances[e.Hop]
			s.Channels[e.Hop] = Channel{Standing: Open, Left: b.Left, Right: b.Right}
		}
	case Ready:
		s.Phase, s.Onion = Idle, Nobody
	case Asked:
		s.Phase, s.Paid, s.Lost, s.Counted, s.Took = Paying, false, false, false, 0
		s.Onion = Nobody
	case Peeled:
		s.Onion = e.Who
	case Offered:
		s = s.offered(e)
	case Held:
		s.Phase, s.Onion = Waiting, Nobody
	case Settled, Returned:
		s = s.resolved(e.Hop, e.Kind == Settled)
	case Paid:
		s.Paid, s.Took = true, e.Took
	case Lost:
		s.Lost = true
	case Broken:
		s = s.stands(e.Hop, OnChain)
	case Closed:
		s = s.stands(e.Hop, Gone)
	case Counted:
		s = s.counted(e.Balances)
	case Cost:
		if e.Who.Valid() {
			s.Cost[e.Who] = e.Amount
		}
	case Resolved:
		s.Phase, s.Onion = Over, Nobody
	case Ended:
		s.Phase, s.Up = Over, [Nodes]bool{}
	case Failed:
		s.Phase, s.Up = Broke, [Nodes]bool{}
	}
	return s
}

func hop(i int) bool { return i >= 0 && i < Hops }

// presence notes a node that comes or goes; while a promise is held it decides
// what can be done next.
func (s State) presence(w Who, up bool) State {
	if !w.Valid() {
		return s
	}
	s.Up[w] = up
	switch {
	case s.Phase == Waiting && !up:
		s.Phase = Cut
	case s.Phase == Cut && up && s.Up == [Nodes]bool{true, true, true, true, true}:
		s.Phase = Waiting
	}
	return s
}

// offered moves an amount from its owner's side into flight.
func (s State) offered(e Event) State {
	if !hop(e.Hop) {
		return s
	}
	c := &s.Channels[e.Hop]
	if c.Flight != 0 { // told twice, as after a restart
		return s
	}
	if e.Who == Who(e.Hop) {
		c.Left -= e.Amount
	} else {
		c.Right -= e.Amount
	}
	c.Flight, c.By, c.Until = e.Amount, e.Who, e.Height
	s.Onion = Nobody
	return s
}

// resolved ends what is in flight: it goes over, or back.
func (s State) resolved(i int, over bool) State {
	if !hop(i) {
		return s
	}
	c := &s.Channels[i]
	if byLeft := c.By == Who(i); byLeft == over {
		c.Right += c.Flight
	} else {
		c.Left += c.Flight
	}
	c.Flight, c.Until = 0, 0
	return s
}

func (s State) stands(i int, standing Standing) State {
	if hop(i) {
		s.Channels[i].Standing = standing
	}
	return s
}

func (s State) counted(balances [Hops]Balance) State {
	for i := range s.Channels {
		if s.Channels[i].Standing == Open {
			s.Channels[i].Left, s.Channels[i].Right = balances[i].Left, balances[i].Right
			s.Channels[i].Flight, s.Channels[i].Until = 0, 0
		}
	}
	s.Counted = true
	return s
}

// Matches reports whether the balances are the chapter's to the satoshi, with
// nothing in flight.
func (s State) Matches() bool {
	for i, c := range s.Channels {
		left, right := Chapter(i)
		if c.Standing != Open || c.Left != left || c.Right != right || c.Flight != 0 {
			return false
		}
	}
	return true
}

// Frame is one event and the picture after it.
type Frame struct {
	// Seq counts a run's frames from 1.
	Seq int
	Event
	State State
}

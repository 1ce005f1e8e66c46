package line

import "slices"

// Act is something that can be done to a line.
type Act string

// The acts.
const (
	// Start builds a line.
	Start Act = "start"
	// Pay has Alice pay Eric, up to where he holds the promise.
	Pay Act = "pay"
	// Take has him show his secret.
	Take Act = "take"
	// CutCarol kills Carol's process; Mend brings her back, RunOut lets the time
	// of the promises pass before it does.
	CutCarol Act = "cut"
	Mend     Act = "mend"
	RunOut   Act = "runout"
	// End stops everything.
	End Act = "end"
)

// Acts are what can be done at a state, the next step first.
func (s State) Acts() []Act {
	switch s.Phase {
	case Idle:
		if s.Channels[0].Left < Carried(0)+Each/50 { // a channel keeps one hundredth in reserve
			return []Act{End}
		}
		return []Act{Pay, End}
	case Waiting:
		return []Act{Take, CutCarol}
	case Cut:
		return []Act{Mend, RunOut}
	case Over, Broke:
		return []Act{Start}
	}
	return nil
}

// Allows reports whether an act can be done at a state.
func (s State) Allows(a Act) bool { return slices.Contains(s.Acts(), a) }

// Film is what there is to see of a line.
type Film struct {
	// Run counts the lines built so far; 0 before the first.
	Run int
	// Busy is the act under way; empty when the next may be done.
	Busy Act
	// Frames are those after the one asked for; State is the picture now, also
	// when there are none.
	Frames []Frame
	State  State
	// More is closed when there is more to see.
	More <-chan struct{}
}

// Last is the number of the newest frame, or after when there is none newer.
func (f Film) Last(after int) int {
	if n := len(f.Frames); n > 0 {
		return f.Frames[n-1].Seq
	}
	return after
}

// ErrorKind names why an act is refused; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrNotNow: this cannot be done at this point of the run.
	ErrNotNow = ErrorKind("this cannot be done at this point of the run")
	// ErrWho: none of the five goes by that name.
	ErrWho = ErrorKind("nobody of the five goes by that name")
	// ErrAmount: not an amount in bitcoin.
	ErrAmount = ErrorKind("an amount is a number of bitcoin, such as 0.5")
	// ErrNoAct: there is no such act.
	ErrNoAct = ErrorKind("the line of five has no such act")
)

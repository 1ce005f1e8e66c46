package web

import (
	"sync"

	"cairn/channels/lab/line"
)

// fakeFive plays the line's film without nodes: the same events as theirs, one
// act after another.
type fakeFive struct {
	mu     sync.Mutex
	run    int
	state  line.State
	frames []line.Frame
	more   chan struct{}
}

func newFakeFive() *fakeFive {
	f := &fakeFive{more: make(chan struct{}), state: line.New()}
	f.state.Phase = line.Over
	return f
}

// Film implements Five.
func (f *fakeFive) Film(run, after int) line.Film {
	f.mu.Lock()
	defer f.mu.Unlock()
	if run != f.run {
		after = 0
	}
	film := line.Film{Run: f.run, State: f.state, More: f.more}
	for _, fr := range f.frames {
		if fr.Seq > after {
			film.Frames = append(film.Frames, fr)
		}
	}
	return film
}

// Do implements Five.
func (f *fakeFive) Do(act line.Act) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.state.Allows(act) {
		if act == "fly" {
			return line.ErrNoAct
		}
		return line.ErrNotNow
	}
	switch act {
	case line.Start:
		f.run, f.frames, f.state = f.run+1, nil, line.New()
		f.build()
	case line.Pay:
		f.pay()
	case line.Take:
		for i := line.Hops - 1; i >= 0; i-- {
			f.play(line.Event{Kind: line.Settled, Who: line.Who(i), Hop: i, Amount: line.Carried(i)})
		}
		f.play(line.Event{Kind: line.Paid, Who: line.Alice, Amount: line.Carried(0), Took: 356e6})
		f.count()
		f.play(line.Event{Kind: line.Ready, Who: line.Nobody})
	case line.CutCarol:
		f.play(line.Event{Kind: line.Down, Who: line.Carol})
	case line.Mend:
		f.play(line.Event{Kind: line.Up, Who: line.Carol})
	case line.RunOut:
		f.runOut()
	case line.End:
		f.play(line.Event{Kind: line.Ended, Who: line.Nobody})
	}
	close(f.more)
	f.more = make(chan struct{})
	return nil
}

// play adds a frame; mu is held.
func (f *fakeFive) play(e line.Event) {
	f.state = f.state.Apply(e)
	f.frames = append(f.frames, line.Frame{Seq: len(f.frames) + 1, Event: e, State: f.state})
}

func (f *fakeFive) build() {
	f.play(line.Event{Kind: line.Chain, Who: line.Nobody, Height: 151})
	for _, w := range line.All() {
		f.play(line.Event{Kind: line.Up, Who: w})
	}
	for i := range line.Hops {
		opened := line.Event{Kind: line.Opened, Who: line.Who(i), Hop: i}
		opened.Balances[i] = line.Balance{Left: line.Each, Right: line.Each}
		f.play(opened)
	}
	f.play(line.Event{Kind: line.Ready, Who: line.Nobody})
}

func (f *fakeFive) pay() {
	f.play(line.Event{Kind: line.Asked, Who: line.Eric, Amount: line.Price})
	for i := range line.Hops {
		if i > 0 {
			f.play(line.Event{Kind: line.Peeled, Who: line.Who(i), Hop: i, Incoming: line.Carried(i - 1), Amount: line.Carried(i), Height: int32(257 - 24*i)})
		}
		f.play(line.Event{Kind: line.Offered, Who: line.Who(i), Hop: i, Amount: line.Carried(i), Height: int32(257 - 24*i)})
	}
	f.play(line.Event{Kind: line.Held, Who: line.Eric, Amount: line.Price})
}

func (f *fakeFive) runOut() {
	f.play(line.Event{Kind: line.Mined, Height: 233})
	f.play(line.Event{Kind: line.Broken, Who: line.Bob, Hop: 1, Height: 233})
	for i := line.Hops - 1; i >= 0; i-- {
		f.play(line.Event{Kind: line.Returned, Who: line.Who(i), Hop: i, Amount: line.Carried(i)})
	}
	f.play(line.Event{Kind: line.Lost, Who: line.Alice})
	f.play(line.Event{Kind: line.Up, Who: line.Carol})
	f.play(line.Event{Kind: line.Closed, Who: line.Nobody, Hop: 1})
	f.count()
	f.play(line.Event{Kind: line.Cost, Who: line.Bob, Amount: 23_936})
	f.play(line.Event{Kind: line.Cost, Who: line.Carol, Amount: 1})
	f.play(line.Event{Kind: line.Resolved, Who: line.Nobody, Height: 263})
}

func (f *fakeFive) count() {
	counted := line.Event{Kind: line.Counted, Who: line.Nobody}
	for i, c := range f.state.Channels {
		counted.Balances[i] = line.Balance{Left: c.Left, Right: c.Right}
	}
	f.play(counted)
}

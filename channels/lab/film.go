package lab

import (
	"strings"

	"cairn/channels/lab/line"
)

// record adds a frame to the film and wakes those who watch.
func (f *Five) record(e line.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recordLocked(e)
}

func (f *Five) recordLocked(e line.Event) {
	e.At = f.lab.cfg.Now().Sub(f.began)
	f.state = f.state.Apply(e)
	seq := 1
	if n := len(f.frames); n > 0 {
		seq = f.frames[n-1].Seq + 1
	}
	f.frames = append(f.frames, line.Frame{Seq: seq, Event: e, State: f.state})
	if len(f.frames) > maxFrames {
		f.frames = append([]line.Frame(nil), f.frames[len(f.frames)-maxFrames/2:]...)
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

// State is the picture now.
func (f *Five) State() line.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

// Frames are the frames after a number (0 for all that are kept), and a channel
// that is closed when there are more.
func (f *Five) Frames(after int) ([]line.Frame, <-chan struct{}) {
	frames, _, more := f.film(after)
	return frames, more
}

func (f *Five) film(after int) ([]line.Frame, line.State, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := len(f.frames)
	for first > 0 && f.frames[first-1].Seq > after {
		first--
	}
	return append([]line.Frame(nil), f.frames[first:]...), f.state, f.changed
}

// nudge wakes those who watch although there is no new frame.
func (f *Five) nudge() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.changed)
	f.changed = make(chan struct{})
}

// Views are what a node in between was shown of the payments it forwarded.
func (f *Five) Views(w line.Who) []View {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]View(nil), f.views[w]...)
}

// moved makes a frame of what happened to a conditional payment at a node.
func (f *Five) moved(w line.Who, m Move) {
	f.mu.Lock()
	defer f.mu.Unlock()
	hop, ok := f.hop(m.Out)
	if !ok {
		return
	}
	switch flying := f.state.Channels[hop].Flight > 0; {
	case m.Kind == MoveOffered && !flying:
		f.recordLocked(line.Event{Kind: line.Offered, Who: w, Hop: hop, Amount: m.Amount, Height: m.Until})
	case m.Kind == MoveSettled && flying:
		f.recordLocked(line.Event{Kind: line.Settled, Who: w, Hop: hop, Amount: f.state.Channels[hop].Flight})
	case m.Kind == MoveReturned && flying:
		f.recordLocked(line.Event{Kind: line.Returned, Who: w, Hop: hop, Amount: f.state.Channels[hop].Flight})
	}
}

// saw makes a frame of a node that looks into its layer of the onion.
func (f *Five) saw(w line.Who, v View) {
	f.mu.Lock()
	defer f.mu.Unlock()
	hop, ok := f.hop(v.Out)
	if !ok {
		return
	}
	f.views[w] = append(f.views[w], v)
	if n := len(f.views[w]); n > maxViews {
		f.views[w] = f.views[w][n-maxViews:]
	}
	f.paused += f.hold
	f.recordLocked(line.Event{Kind: line.Peeled, Who: w, Hop: hop, Incoming: v.Incoming, Amount: v.Outgoing, Height: v.OutUntil})
}

// maxViews bounds what is kept of each node's.
const maxViews = 100

// hop is the place of a channel in the line; f.mu is held.
func (f *Five) hop(id uint64) (int, bool) {
	for i, known := range f.ids {
		if known == id && id != 0 {
			return i, true
		}
	}
	return 0, false
}

func lower(w line.Who) string { return strings.ToLower(w.String()) }

package lab

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"cairn/channels/lab/line"
)

// Show is a line of five that everybody who looks shares: there is one at a
// time, its acts are done one after another, and it ends by itself when nobody
// does anything with it. Its methods are safe for concurrent use.
type Show struct {
	cfg ShowConfig

	// living ends when the show is closed.
	living context.Context
	end    context.CancelFunc
	work   sync.WaitGroup

	mu   sync.Mutex // guards what is below
	run  int
	five *Five // of the last run, whose film stays when its nodes are gone; nil before the first
	busy line.Act
	idle *time.Timer
}

// ShowConfig says how a show runs.
type ShowConfig struct {
	FiveConfig
	// Idle ends a run after so long without an act; 10 minutes when 0.
	Idle time.Duration
}

// actLimit is how long one act may take.
const actLimit = 5 * time.Minute

// NewShow makes a show; nothing runs before somebody starts it.
func NewShow(cfg ShowConfig) *Show {
	if cfg.Idle == 0 {
		cfg.Idle = 10 * time.Minute
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Show{cfg: cfg}
	s.living, s.end = context.WithCancel(context.Background())
	return s
}

// Close ends the run under way, if there is one, and waits for it.
func (s *Show) Close() error {
	s.end()
	s.work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle != nil {
		s.idle.Stop()
	}
	if s.five == nil {
		return nil
	}
	return s.five.Close()
}

// Film is what there is to see after a frame of a run, and the whole of the
// present run for another one.
func (s *Show) Film(run, after int) line.Film {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.five == nil {
		nothing := line.New()
		nothing.Phase = line.Over
		return line.Film{State: nothing}
	}
	if run != s.run {
		after = 0
	}
	film := line.Film{Run: s.run, Busy: s.busy}
	film.Frames, film.State, film.More = s.five.film(after)
	return film
}

// Do begins an act and returns; the film shows how it goes. Errors:
// line.ErrNotNow when another is under way or it is not its time,
// line.ErrNoAct.
func (s *Show) Do(act line.Act) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.living.Err() != nil || s.busy != "" {
		return fmt.Errorf("%w: %s is under way", line.ErrNotNow, s.busy)
	}
	if act == line.Start {
		return s.start()
	}
	do, ok := acts[act]
	if !ok {
		return line.ErrNoAct
	}
	if s.five == nil || !s.five.State().Allows(act) {
		return fmt.Errorf("%w: %s", line.ErrNotNow, act)
	}
	s.begin(act, do)
	return nil
}

// acts are what is done to a line that stands.
var acts = map[line.Act]func(*Five, context.Context) error{
	line.Pay:      (*Five).Pay,
	line.Take:     (*Five).Take,
	line.CutCarol: func(f *Five, _ context.Context) error { return f.Cut(line.Carol) },
	line.Mend:     (*Five).Mend,
	line.RunOut:   (*Five).RunOut,
	line.End:      func(f *Five, _ context.Context) error { return f.Finish() },
}

// start builds a line in the place of one that is over; mu is held.
func (s *Show) start() error {
	if s.five != nil && !s.five.State().Allows(line.Start) {
		return fmt.Errorf("%w: a line stands already", line.ErrNotNow)
	}
	if s.five != nil {
		if err := s.five.Close(); err != nil {
			s.cfg.Log.Warn("the last line of five did not end well", "error", err)
		}
	}
	five, err := NewFive(s.cfg.FiveConfig)
	if err != nil {
		return err
	}
	s.five = five
	s.run++
	s.begin(line.Start, (*Five).Build)
	return nil
}

// begin does an act in the background; mu is held. An act that fails ends the
// run: what is half done cannot be explained.
func (s *Show) begin(act line.Act, do func(*Five, context.Context) error) {
	s.busy = act
	five := s.five
	five.nudge()
	if s.idle != nil {
		s.idle.Stop()
	}
	s.work.Go(func() {
		ctx, cancel := context.WithTimeout(s.living, actLimit)
		defer cancel()
		err := do(five, ctx)
		if err != nil && s.living.Err() == nil {
			s.cfg.Log.Warn("the line of five failed", "act", act, "error", err)
			five.fail()
		}
		s.done(five)
	})
}

// done lets the next act be done. A run nobody goes on with ends by itself, and
// the nodes of one that is over go at once, unless there is something to look
// at in them.
func (s *Show) done(five *Five) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = ""
	if s.living.Err() != nil {
		return
	}
	switch five.State().Phase {
	case line.Over, line.Broke:
		s.work.Go(func() {
			if err := five.Close(); err != nil {
				s.cfg.Log.Warn("the line of five did not end well", "error", err)
			}
		})
	default:
		s.idle = time.AfterFunc(s.cfg.Idle, func() { s.abandon(five) })
	}
	five.nudge()
}

// abandon ends a run that nobody has gone on with.
func (s *Show) abandon(five *Five) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.five != five || s.busy != "" || s.living.Err() != nil {
		return
	}
	s.begin(line.End, func(f *Five, _ context.Context) error { return f.Finish() })
}

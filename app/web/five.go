package web

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"cairn/channels/lab/line"
	"cairn/templates/five"
	"cairn/templates/layout"
)

// fiveRoutes are the page of the five-node line, where there is one.
func (s *Server) fiveRoutes() {
	if s.deps.Five == nil {
		return
	}
	s.get("five", five.Path, s.five)
	s.echo.GET(five.Path+"/events", s.fiveEvents).Name = "five-events"
	s.post("five-act", five.Path+"/:act", s.fiveAct, bodyLimit(1<<10), s.limit(1, 20))
}

// five is the page.
func (s *Server) five(c Ctx) error {
	film := s.deps.Five.Film(0, 0)
	view := fiveView(film, film.State, film.Last(0), film.Frames)
	view.Meta = s.meta(c, t(c, "five.title"), layout.SectionNone)
	return render(c, http.StatusOK, five.Page(view))
}

// fiveView is the picture after a frame, with all that was seen before it. What
// can be done is offered with the newest picture only.
func fiveView(film line.Film, state line.State, seq int, seen []line.Frame) five.View {
	v := five.View{Run: film.Run, State: state, Seq: seq, Busy: film.Busy}
	for _, f := range seen {
		v.Story = append(v.Story, f.Event)
	}
	if film.Busy == "" && seq >= film.Last(seq) {
		v.Acts = state.Acts()
	}
	return v
}

// fiveAct begins an act and goes back to the page, which shows how it goes.
func (s *Server) fiveAct(c Ctx) error {
	if err := s.deps.Five.Do(line.Act(c.Param("act"))); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, five.Path)
}

// Limits of the film's pace.
const (
	// fiveBacklog is how many frames a page may be behind before it stops
	// pausing between them.
	fiveBacklog = 40
	// maxFiveStory bounds the events a stream remembers for the story.
	maxFiveStory = 60
)

// fiveEvents pushes the line's picture frame by frame, with pauses for the eye:
// the nodes are faster. It ends with the run.
func (s *Server) fiveEvents(c Ctx) error {
	ctx := c.Request().Context()
	leave, err := s.streams.enter(c.RealIP())
	if err != nil {
		return err
	}
	defer leave()
	run, after := fiveCursor(c)
	film := s.deps.Five.Film(run, 0)
	if film.Run != run {
		run, after = film.Run, 0
	}
	var seen []line.Frame
	for _, f := range film.Frames {
		if f.Seq <= after {
			seen = append(seen, f)
		}
	}

	out := newStream(c)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	busy := line.Act("?") // not known to the page
	for {
		film = s.deps.Five.Film(run, after)
		if film.Run != run { // a new run: from its beginning
			run, after, seen = film.Run, 0, nil
		}
		for i, f := range film.Frames {
			after, seen = f.Seq, lastFrames(append(seen, f))
			if skipped(film.Frames[i:]) {
				continue
			}
			if s.pushFive(c, out, fiveView(film, f.State, f.Seq, seen)) != nil {
				return nil
			}
			if len(film.Frames)-i < fiveBacklog && !s.rest(c, fivePause(f.Event.Kind)) {
				return nil
			}
		}
		if len(film.Frames) == 0 && film.Busy != busy {
			busy = film.Busy
			if s.pushFive(c, out, fiveView(film, film.State, after, seen)) != nil {
				return nil
			}
		} else if len(film.Frames) > 0 {
			busy = "?"
			continue // more may have come meanwhile
		}
		if film.Busy == "" && film.State.Allows(line.Start) {
			out.event("done")
			_ = out.flush()
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.closing:
			return nil
		case <-beat.C:
			out.comment()
			if out.flush() != nil {
				return nil
			}
		case <-film.More:
		}
	}
}

// fiveCursor is what the page has seen: the last event's id, or the page's own.
func fiveCursor(c Ctx) (run, after int) {
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	run, after = number(c.QueryParam("run")), number(c.QueryParam("after"))
	if a, b, ok := bytes.Cut([]byte(c.Request().Header.Get("Last-Event-ID")), []byte("-")); ok {
		run, after = number(string(a)), number(string(b))
	}
	return run, after
}

// pushFive sends one picture.
func (s *Server) pushFive(c Ctx, out *stream, v five.View) error {
	var b bytes.Buffer
	if err := five.Live(v).Render(c.Request().Context(), &b); err != nil {
		return err
	}
	out.message(strconv.Itoa(v.Run)+"-"+strconv.Itoa(v.Seq), b.String())
	return out.flush()
}

// rest waits, unless the page or the server goes.
func (s *Server) rest(c Ctx, d time.Duration) bool {
	select {
	case <-c.Request().Context().Done():
		return false
	case <-s.closing:
		return false
	case <-time.After(d):
		return true
	}
}

// skipped: a block of several in a row need not be shown when the next frame is
// a block too.
func skipped(frames []line.Frame) bool {
	return len(frames) > 1 && frames[0].Event.Kind == line.Mined && frames[1].Event.Kind == line.Mined
}

// fivePause is how long the eye needs for a picture.
func fivePause(k line.Kind) time.Duration {
	switch k {
	case line.Offered, line.Settled, line.Returned, line.Peeled, line.Broken, line.Held:
		return 700 * time.Millisecond
	case line.Mined, line.Cost, line.Counted:
		return 50 * time.Millisecond
	}
	return 200 * time.Millisecond
}

func lastFrames(frames []line.Frame) []line.Frame {
	if len(frames) > maxFiveStory {
		return append([]line.Frame(nil), frames[len(frames)-maxFiveStory/2:]...)
	}
	return frames
}

package proofs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/client"
)

// errGaveUp: the time that --wait was given has passed.
var errGaveUp = errors.New("gave up waiting")

// errSilent: the calendars that are waited for do not answer.
var errSilent = errors.New("the calendar has fallen silent")

// errNobody: no calendar is left that could answer.
var errNobody = errors.New("no calendar is left to wait for")

// wait decides how long to wait between two rounds of questions, and when not
// to wait any more.
type wait struct {
	giveUp, silent time.Duration
	began          time.Time
	pause, longest time.Duration
	said           string
}

// growth is by how much each pause is longer than the last, in percent, and
// reach how often the first interval the longest may be.
const (
	growth = 130
	reach  = 20
)

func newWait(c *UpgradeCmd, now time.Time) *wait {
	return &wait{giveUp: c.GiveUp, silent: c.Silent, began: now, pause: c.Every, longest: reach * c.Every}
}

// next is the pause before the questions are put again. It says what is waited
// for whenever that changes. Errors: errNobody, errSilent, errGaveUp.
func (w *wait) next(out *terminal.Output, d *desk, questions []client.Question, now time.Time) (time.Duration, error) {
	waiting, mute := w.sort(d, questions, now)
	switch {
	case len(waiting) == 0 && len(mute) > 0:
		return 0, fmt.Errorf("%w: %s did not answer for %s; is it running, and is this machine online?",
			errSilent, strings.Join(mute, ", "), span(w.silent))
	case len(waiting) == 0:
		return 0, errNobody
	}
	left := w.giveUp - now.Sub(w.began)
	if left <= 0 {
		return 0, fmt.Errorf("%w after %s (--give-up)", errGaveUp, span(w.giveUp))
	}
	if text := strings.Join(waiting, "; "); text != w.said {
		w.said = text
		out.Remark("waiting for %s", text)
	}
	pause := min(w.pause, left)
	w.pause = min(w.pause*growth/100, w.longest)
	return pause, nil
}

// sort tells the calendars that may answer yet, with what they said, from those
// that have not answered for too long. Refusals are neither.
func (w *wait) sort(d *desk, questions []client.Question, now time.Time) (waiting, mute []string) {
	add := func(list []string, text string) []string {
		if slices.Contains(list, text) {
			return list
		}
		return append(list, text)
	}
	for _, q := range questions {
		a := d.answers[q]
		var e *client.Error
		switch {
		case a.Err == nil || errors.Is(a.Err, client.ErrPending):
			text := q.Calendar
			if errors.As(a.Err, &e) && e.Text != "" {
				text += " (" + e.Text + ")"
			}
			waiting = add(waiting, text)
		case unanswered(a) && now.Sub(d.silent[q.Calendar]) >= w.silent:
			mute = add(mute, q.Calendar)
		case unanswered(a):
			waiting = add(waiting, q.Calendar+" (does not answer)")
		}
	}
	return waiting, mute
}

// span writes a duration for people: "10 minutes", "24 hours", "90 seconds".
func span(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return count(int(d/time.Hour), "hour")
	case d >= time.Minute && d%time.Minute == 0:
		return count(int(d/time.Minute), "minute")
	case d >= time.Second && d%time.Second == 0:
		return count(int(d/time.Second), "second")
	}
	return d.String()
}

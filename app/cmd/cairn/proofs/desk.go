package proofs

import (
	"context"
	"errors"
	"net/http"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/client"
)

// desk asks calendars on behalf of any number of proofs, each question once a
// round, and remembers the answers.
type desk struct {
	allow   client.Whitelist
	http    *http.Client
	answers map[client.Question]client.Answer
	order   []client.Question // as first asked
	// fresh are the questions whose last answer said something new.
	fresh map[client.Question]bool
	// silent is since when a calendar has not answered at all.
	silent map[string]time.Time
	known  map[client.Question]client.Question
}

func newDesk(allow client.Whitelist, h *http.Client) *desk {
	return &desk{
		allow: allow, http: h,
		answers: map[client.Question]client.Answer{}, silent: map[string]time.Time{},
		known: map[client.Question]client.Question{},
	}
}

// shared returns equal questions, with strings that are held only once.
func (d *desk) shared(questions []client.Question) []client.Question {
	for i, q := range questions {
		first, ok := d.known[q]
		if !ok {
			d.known[q], first = q, q
		}
		questions[i] = first
	}
	return questions
}

// ask puts the questions; now is when.
func (d *desk) ask(ctx context.Context, questions []client.Question, now time.Time) {
	d.fresh = map[client.Question]bool{}
	for i, a := range client.Ask(ctx, questions, d.allow, d.http) {
		q := questions[i]
		was, asked := d.answers[q]
		if !asked {
			d.order = append(d.order, q)
		}
		d.answers[q] = a
		if a.Err == nil && !(asked && was.Err == nil && was.Timestamp.Equal(a.Timestamp)) {
			d.fresh[q] = true
		}
		if _, mute := d.silent[q.Calendar]; !unanswered(a) {
			delete(d.silent, q.Calendar)
		} else if !mute {
			d.silent[q.Calendar] = now
		}
	}
}

// unanswered reports whether a calendar did not answer, or only that it cannot
// now: both may pass.
func unanswered(a client.Answer) bool {
	var e *client.Error
	return errors.Is(a.Err, client.ErrUnreachable) ||
		errors.As(a.Err, &e) && e.Kind == client.ErrRefused && (e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests)
}

// hasNews reports whether one of the questions got an answer in the last round
// that was not known before.
func (d *desk) hasNews(questions []client.Question) bool {
	for _, q := range questions {
		if d.fresh[q] {
			return true
		}
	}
	return false
}

// unasked are those of the questions that were never put.
func (d *desk) unasked(questions []client.Question) []client.Question {
	var list []client.Question
	for _, q := range questions {
		if _, asked := d.answers[q]; !asked {
			list = append(list, q)
		}
	}
	return list
}

// results are the answers in the order in which they were first asked for.
func (d *desk) results() []client.Answer {
	list := make([]client.Answer, len(d.order))
	for i, q := range d.order {
		list[i] = d.answers[q]
	}
	return list
}

// remarkFailures says what calendars answered other than a completion, each
// answer once.
func (d *desk) remarkFailures(out *terminal.Output) {
	said := map[string]bool{}
	for _, a := range d.results() {
		if a.Err == nil || said[a.Err.Error()] {
			continue
		}
		said[a.Err.Error()] = true
		out.Remark("%v", a.Err)
	}
}

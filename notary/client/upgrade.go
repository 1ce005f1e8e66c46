package client

import (
	"context"
	"net/http"
	"sync"

	"cairn/notary/ots"
)

// maxQuestions is how many commitments a proof may make us ask for.
const maxQuestions = 64

// parallel is how many calendars are asked at the same time.
const parallel = 4

// Upgrade asks the calendars that a timestamp is waiting for, and merges what
// they answer into it. Only calendars that allow lists are asked: proofs come
// from strangers, and their addresses could lead anywhere. Unlike the
// reference client it goes on after the first block: one proof may stand on
// several.
//
// The answers are in the order of the proof, ErrPending and ErrNotAllowed
// among them. changed tells whether the timestamp says more than before.
func Upgrade(ctx context.Context, t *ots.Timestamp, allow Whitelist, h *http.Client) (answers []Answer, changed bool) {
	waiting := unanswered(t)
	answers = make([]Answer, len(waiting))
	var group sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for i, w := range waiting {
		answers[i].Calendar = w.uri
		if !allow.Allows(w.uri) {
			answers[i].Err = &Error{Kind: ErrNotAllowed, Server: w.uri}
			continue
		}
		calendar, err := NewCalendar(w.uri, h)
		if err != nil {
			answers[i].Err = err
			continue
		}
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			answers[i].Timestamp, answers[i].Err = calendar.Timestamp(ctx, w.at.Message())
		})
	}
	group.Wait()

	for i, w := range waiting {
		if answers[i].Err != nil {
			continue
		}
		before := w.at.Clone()
		if err := w.at.Merge(answers[i].Timestamp); err != nil {
			answers[i].Err = &Error{Kind: ErrAnswer, Server: w.uri, Cause: err}
			continue
		}
		if _, err := t.AppendBinary(nil); err != nil {
			// Too deep in this place: without it the proof stays good.
			*w.at = *before
			answers[i].Err = &Error{Kind: ErrAnswer, Server: w.uri, Cause: err}
			continue
		}
		changed = changed || !w.at.Equal(before)
	}
	return answers, changed
}

// promise is a pending attestation that no block has answered yet.
type promise struct {
	at  *ots.Timestamp
	uri string
}

// unanswered lists the pending attestations of messages from which no way to a
// block is known.
func unanswered(t *ots.Timestamp) []promise {
	var waiting []promise
	for at, a := range t.All() {
		if a.Tag == ots.TagPending && !at.Complete() {
			waiting = append(waiting, promise{at, a.URI})
		}
		if len(waiting) == maxQuestions {
			break
		}
	}
	return waiting
}

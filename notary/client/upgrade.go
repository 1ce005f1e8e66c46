package client

import (
	"context"
	"net/http"
	"sync"

	"cairn/notary/ots"
)

// maxQuestions is how many commitments a proof may make us ask for.
const maxQuestions = 64

// parallel is how many questions are on their way at the same time.
const parallel = 4

// Question asks a calendar to complete a commitment. Many proofs may wait for
// the same answer: values compare with ==.
type Question struct {
	// Calendar is the address in the pending attestation.
	Calendar string
	// Commitment is the message attested, raw bytes.
	Commitment string
}

// Questions lists what a timestamp waits for: its pending attestations of
// messages from which no way to a block is known yet, at most 64, in the order
// of the proof.
func Questions(t *ots.Timestamp) []Question {
	var waiting []Question
	for _, p := range unanswered(t) {
		waiting = append(waiting, p.question())
	}
	return waiting
}

// Ask puts questions to calendars, a few at a time. Only calendars that allow
// lists are asked: proofs come from strangers, and their addresses could lead
// anywhere. The answers are in the order of the questions, ErrPending and
// ErrNotAllowed among them.
func Ask(ctx context.Context, questions []Question, allow Whitelist, h *http.Client) []Answer {
	answers := make([]Answer, len(questions))
	next := make(chan int)
	var group sync.WaitGroup
	for range min(parallel, len(questions)) {
		group.Go(func() {
			for i := range next {
				answers[i] = ask(ctx, questions[i], allow, h)
			}
		})
	}
	for i := range questions {
		next <- i
	}
	close(next)
	group.Wait()
	return answers
}

func ask(ctx context.Context, q Question, allow Whitelist, h *http.Client) Answer {
	a := Answer{Calendar: q.Calendar}
	if !allow.Allows(q.Calendar) {
		a.Err = &Error{Kind: ErrNotAllowed, Server: q.Calendar}
		return a
	}
	calendar, err := NewCalendar(q.Calendar, h)
	if err != nil {
		a.Err = err
		return a
	}
	a.Timestamp, a.Err = calendar.Timestamp(ctx, []byte(q.Commitment))
	return a
}

// Apply merges the answers that a timestamp waits for into it; answers to
// other questions are passed over, and none is changed, so that one answer can
// go into many proofs. It returns what became of each question of the proof
// that is among the answers, and whether the timestamp says more than before.
func Apply(t *ots.Timestamp, answers map[Question]Answer) (applied []Answer, changed bool) {
	for _, p := range unanswered(t) {
		a, ok := answers[p.question()]
		if !ok {
			continue
		}
		if a.Err == nil {
			var news bool
			news, a.Err = p.merge(t, a.Timestamp)
			changed = changed || news
		}
		applied = append(applied, a)
	}
	return applied, changed
}

// Upgrade asks the calendars that a timestamp is waiting for, and merges what
// they answer into it. Unlike the reference client it goes on after the first
// block: one proof may stand on several. The answers are in the order of the
// proof; changed tells whether the timestamp says more than before.
func Upgrade(ctx context.Context, t *ots.Timestamp, allow Whitelist, h *http.Client) (answers []Answer, changed bool) {
	questions := Questions(t)
	byQuestion := make(map[Question]Answer, len(questions))
	for i, a := range Ask(ctx, questions, allow, h) {
		byQuestion[questions[i]] = a
	}
	return Apply(t, byQuestion)
}

// promise is a pending attestation that no block has answered yet.
type promise struct {
	at  *ots.Timestamp
	uri string
}

func (p promise) question() Question {
	return Question{Calendar: p.uri, Commitment: string(p.at.Message())}
}

// merge adds an answer in the promise's place of the timestamp t. An answer
// that would make the proof too deep is left out: without it the proof stays
// good.
func (p promise) merge(t *ots.Timestamp, answer *ots.Timestamp) (changed bool, err error) {
	before := p.at.Clone()
	err = p.at.Merge(answer)
	if err == nil {
		_, err = t.AppendBinary(nil)
	}
	if err != nil {
		*p.at = *before
		return false, &Error{Kind: ErrAnswer, Server: p.uri, Cause: err}
	}
	return !p.at.Equal(before), nil
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

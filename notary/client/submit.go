package client

import (
	"context"
	"errors"
	"time"

	"cairn/notary/ots"
)

// Answer is what became of asking one calendar.
type Answer struct {
	// Calendar is its address.
	Calendar string
	// Timestamp is what it said; nil when Err says why there is none.
	Timestamp *ots.Timestamp
	Err       error
}

// grace is how long the slower calendars may still answer once enough have:
// more answers make a better proof, but nobody waits for a dead calendar.
const grace = time.Second

// submit asks all calendars at once. It returns when all have answered, or
// some time after enough have, or when ctx ends.
func submit(ctx context.Context, calendars []*Calendar, needed int, digest []byte) []Answer {
	type result struct {
		index int
		Answer
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make(chan result, len(calendars))
	for i, c := range calendars {
		go func() {
			t, err := c.Submit(ctx, digest)
			if err != nil && errors.Is(context.Cause(ctx), errLate) {
				err = &Error{Kind: ErrUnreachable, Server: c.URL(), Cause: errLate}
			}
			results <- result{i, Answer{Calendar: c.URL(), Timestamp: t, Err: err}}
		}()
	}
	answers := make([]Answer, len(calendars))
	got := 0
	for range calendars {
		r := <-results
		answers[r.index] = r.Answer
		if r.Err == nil {
			if got++; got == needed {
				late := time.AfterFunc(grace, func() { cancel(errLate) })
				defer late.Stop()
			}
		}
	}
	return answers
}

var errLate = errors.New("enough others were faster")

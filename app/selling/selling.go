// Package selling delivers what was paid for, whether or not the buyer is still
// there. It knows quotes by fees, and what is delivered by the functions it is
// given; it keeps nothing that a restart would miss.
package selling

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"cairn/channels/fees"
)

// Sale is a kind of thing.
type Sale struct {
	// What is the quotes' What.
	What string
	// Late agrees to payments that came after the quote's time.
	Late bool
	// Deliver hands over what a paid quote is for. In one transaction it does
	// so and calls fees.UseIn: a crash leaves both done or neither, and a quote
	// that is delivered already is fees.ErrUsed, or no error. Work that takes
	// longer is only begun here, once for each quote, and uses it at its end;
	// it is asked for again now and then until it has.
	Deliver func(ctx context.Context, q fees.Quote) error
}

// Till is what delivering needs of fees.Service.
type Till interface {
	AllPaid(ctx context.Context, what string, late bool, limit int) ([]fees.Quote, error)
	Changes() (<-chan struct{}, func())
}

// Desk delivers. Its Sales are complete before Run.
type Desk struct {
	Till  Till
	Sales []Sale
	Now   func() time.Time
	Log   *slog.Logger
	// Every is how often paid quotes are looked for without a wake-up; 5 s when
	// 0.
	Every time.Duration
}

const (
	// every is how often paid quotes are looked for without a wake-up: those
	// that another process heard of, and those that failed.
	every = 5 * time.Second
	// deliverAtOnce bounds how many are read at a time.
	deliverAtOnce = 100
	// askAgain is when a quote that was delivered and is not used is looked at
	// once more.
	askAgain = time.Minute
	// A delivery that fails is tried again, ever more slowly; after a day the
	// till gives the money back as credit.
	firstRetry, lastRetry = time.Second, 5 * time.Minute
	// deliverTime is how long one may take.
	deliverTime = time.Minute
)

// Run delivers until ctx ends. Should several do so at once, each thing is still
// delivered once.
func (d *Desk) Run(ctx context.Context) error {
	changed, cancel := d.Till.Changes()
	defer cancel()
	later := retries{}
	pause := d.Every
	if pause == 0 {
		pause = every
	}
	for {
		for _, s := range d.Sales {
			if err := d.deliver(ctx, s, later); err != nil && ctx.Err() == nil {
				d.Log.Warn("paid quotes cannot be looked for", "what", s.What, "error", err)
			}
		}
		later.forget(d.Now())
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-time.After(later.pause(d.Now(), pause)):
		}
	}
}

// deliver hands one kind of thing over, each quote by itself: one that fails
// keeps nobody else waiting.
func (d *Desk) deliver(ctx context.Context, s Sale, later retries) error {
	paid, err := d.Till.AllPaid(ctx, s.What, s.Late, deliverAtOnce+len(later))
	if err != nil {
		return err
	}
	for _, q := range paid {
		if ctx.Err() != nil {
			return nil
		}
		if later.waits(q.ID, d.Now()) {
			continue
		}
		once, cancel := context.WithTimeout(ctx, deliverTime)
		err := s.Deliver(once, q)
		cancel()
		switch {
		case err == nil, errors.Is(err, fees.ErrUsed), errors.Is(err, fees.ErrReturned):
			later.begun(q.ID, d.Now())
		case ctx.Err() == nil:
			wait := later.failed(q.ID, d.Now())
			d.Log.Warn("what was paid for could not be delivered yet", slog.String("what", q.What), slog.Any("error", err), slog.Duration("again_in", wait))
		}
	}
	return nil
}

// retries are the quotes that were looked at, and when each is looked at again.
type retries map[fees.ID]retry

type retry struct {
	at   time.Time
	wait time.Duration
}

func (r retries) waits(id fees.ID, now time.Time) bool { return now.Before(r[id].at) }

func (r retries) begun(id fees.ID, now time.Time) { r[id] = retry{at: now.Add(askAgain)} }

func (r retries) failed(id fees.ID, now time.Time) time.Duration {
	wait := min(max(2*r[id].wait, firstRetry), lastRetry)
	r[id] = retry{now.Add(wait), wait}
	return wait
}

// forget drops quotes that were not looked at for long: they were used, or
// given back.
func (r retries) forget(now time.Time) {
	for id, again := range r {
		if now.Sub(again.at) > 2*lastRetry {
			delete(r, id)
		}
	}
}

// pause is how long until something is tried again.
func (r retries) pause(now time.Time, pause time.Duration) time.Duration {
	for _, again := range r {
		pause = min(pause, max(again.at.Sub(now), 10*time.Millisecond))
	}
	return pause
}

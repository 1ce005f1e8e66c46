package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"cairn/channels/fees"
)

// sale is a kind of thing that is delivered as soon as it is paid for, whether
// or not the visitor is still there.
type sale struct {
	// what is the quotes' What.
	what string
	// late agrees to payments that came after the quote's time.
	late bool
	// deliver hands over what a paid quote is for. In one transaction it does
	// so and calls fees.UseIn: a crash leaves both done or neither, and a quote
	// that is delivered already is fees.ErrUsed, or no error. Work that takes
	// longer is only begun here, once for each quote, and uses it at its end;
	// it is asked for again now and then until it has.
	deliver func(ctx context.Context, q fees.Quote) error
}

// sells has a kind of thing delivered. Parts call it in their open… function.
func (a *App) sells(s sale) { a.sales = append(a.sales, s) }

const (
	// deliverEvery is how often paid quotes are looked for without a wake-up:
	// those that another process heard of, and those that failed.
	deliverEvery = 5 * time.Second
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

// deliver hands over what was paid for until ctx ends. The leader does it.
func (a *App) deliver(ctx context.Context) error {
	changed, cancel := a.till.Changes()
	defer cancel()
	later := retries{}
	for {
		for _, s := range a.sales {
			if err := a.deliverAll(ctx, s, later); err != nil && ctx.Err() == nil {
				a.log.Warn("paid quotes cannot be looked for", "what", s.what, "error", err)
			}
		}
		later.forget(a.now())
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-time.After(later.pause(a.now())):
		}
	}
}

// deliverAll delivers one kind of thing, each quote by itself: one that fails
// keeps nobody else waiting.
func (a *App) deliverAll(ctx context.Context, s sale, later retries) error {
	paid, err := a.till.AllPaid(ctx, s.what, s.late, deliverAtOnce+len(later))
	if err != nil {
		return err
	}
	for _, q := range paid {
		if ctx.Err() != nil {
			return nil
		}
		if later.waits(q.ID, a.now()) {
			continue
		}
		once, cancel := context.WithTimeout(ctx, deliverTime)
		err := s.deliver(once, q)
		cancel()
		switch {
		case err == nil, errors.Is(err, fees.ErrUsed), errors.Is(err, fees.ErrReturned):
			later.begun(q.ID, a.now())
		case ctx.Err() == nil:
			wait := later.failed(q.ID, a.now())
			a.log.Warn("what was paid for could not be delivered yet", slog.String("what", q.What), slog.Any("error", err), slog.Duration("again_in", wait))
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
func (r retries) pause(now time.Time) time.Duration {
	pause := deliverEvery
	for _, again := range r {
		pause = min(pause, max(again.at.Sub(now), 10*time.Millisecond))
	}
	return pause
}

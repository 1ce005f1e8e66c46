package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/channels/lab/line"

	"github.com/btcsuite/btcd/btcutil"
)

// payment is one that Alice makes to Eric.
type payment struct {
	promise Promise
	// over has the outcome; it is buffered.
	over chan paid
	// before is what everybody had, height the chain's then.
	before [line.Nodes]btcutil.Amount
	height int32
	// travelled is the time the promise took, pauses left out.
	travelled time.Duration
	sent      time.Time
}

type paid struct {
	receipt Receipt
	err     error
}

// Pay has Eric ask for 1 BTC and Alice pay it, and returns when Eric has the
// promise in hand: four promises, one inside the other, wait for his secret.
// Errors: line.ErrNotNow, ErrPayment, ErrLate.
func (f *Five) Pay(ctx context.Context) error {
	if phase := f.State().Phase; phase != line.Idle {
		return fmt.Errorf("%w: it is %s", line.ErrNotNow, phase)
	}
	eric, alice := f.parties[line.Eric], f.parties[line.Alice]
	p := &payment{over: make(chan paid, 1), height: f.height()}
	if err := f.totals(ctx, &p.before); err != nil {
		return err
	}
	var err error
	if p.promise, err = eric.Ask(ctx, line.Price, "one bitcoin"); err != nil {
		return err
	}
	f.mu.Lock()
	f.payment, f.paused = p, 0
	f.mu.Unlock()
	f.record(line.Event{Kind: line.Asked, Who: line.Eric, Amount: line.Price})

	p.sent = f.lab.cfg.Now()
	f.work.Go(func() {
		// It lives as long as the line: a payment cannot be called off.
		receipt, err := alice.Pay(f.running, p.promise.Invoice, 3*line.HopFee)
		p.over <- paid{receipt, err}
	})
	if err := eric.Held(ctx, p.promise); err != nil {
		return err
	}
	held := f.lab.cfg.Now()
	if err := f.await(ctx, "the promise on all four channels", func(s line.State) bool {
		return s.Channels[0].Flight > 0 && s.Channels[1].Flight > 0 && s.Channels[2].Flight > 0 && s.Channels[3].Flight > 0
	}); err != nil {
		return err
	}
	f.mu.Lock()
	p.travelled = max(held.Sub(p.sent)-f.paused, 0)
	f.mu.Unlock()
	f.record(line.Event{Kind: line.Held, Who: line.Eric, Amount: line.Price})
	return nil
}

// Take has Eric show his secret, which settles the promises one after another
// back to Alice, and reads everybody's books. Errors: line.ErrNotNow, ErrPayment,
// ErrFigures when the books do not agree with each other.
func (f *Five) Take(ctx context.Context) error {
	p, err := f.waiting(line.Waiting)
	if err != nil {
		return err
	}
	shown := f.lab.cfg.Now()
	if err := f.parties[line.Eric].Take(ctx, p.promise); err != nil {
		return err
	}
	receipt, err := p.outcome(ctx)
	if err != nil {
		return err
	}
	took := p.travelled + f.lab.cfg.Now().Sub(shown)
	if want := 3 * line.HopFee; receipt.Amount != line.Price || receipt.Fee != want || len(receipt.Hops) != line.Hops {
		return fmt.Errorf("%w: paid %d with %d of fees over %d channels", ErrFigures, receipt.Amount, receipt.Fee, len(receipt.Hops))
	}
	if err := f.await(ctx, "the secret on all four channels", landed); err != nil {
		return err
	}
	f.record(line.Event{Kind: line.Paid, Who: line.Alice, Amount: receipt.Amount + receipt.Fee, Took: took})
	if err := f.count(ctx); err != nil {
		return err
	}
	f.record(line.Event{Kind: line.Ready, Who: line.Nobody})
	return nil
}

// waiting is the payment that is held, in that phase.
func (f *Five) waiting(phase line.Phase) (*payment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.Phase != phase || f.payment == nil {
		return nil, fmt.Errorf("%w: it is %s", line.ErrNotNow, f.state.Phase)
	}
	return f.payment, nil
}

func (p *payment) outcome(ctx context.Context) (Receipt, error) {
	select {
	case got := <-p.over:
		return got.receipt, got.err
	case <-ctx.Done():
		return Receipt{}, ctx.Err()
	case <-time.After(patience):
		return Receipt{}, fmt.Errorf("%w: the payer's receipt", ErrLate)
	}
}

// landed: nothing is in flight.
func landed(s line.State) bool {
	for _, c := range s.Channels {
		if c.Flight != 0 {
			return false
		}
	}
	return true
}

// await waits for a picture.
func (f *Five) await(ctx context.Context, what string, ok func(line.State) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		f.mu.Lock()
		state, changed := f.state, f.changed
		f.mu.Unlock()
		if ok(state) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w: %s", ErrLate, what)
		}
	}
}

// count reads the books of both sides of every open channel, once nothing is
// in flight there, and makes them the picture.
func (f *Five) count(ctx context.Context) error {
	counted := line.Event{Kind: line.Counted, Who: line.Nobody}
	for hop, c := range f.State().Channels {
		if c.Standing != line.Open {
			continue
		}
		err := until(ctx, "the books of both sides agreeing", func() (bool, error) {
			left, _, err := f.parties[hop].Channel(ctx, f.points[hop])
			if err != nil || left.Flight != 0 {
				return false, err
			}
			counted.Balances[hop], err = f.balance(ctx, hop)
			return err == nil, err
		})
		if err != nil {
			return err
		}
	}
	f.record(counted)
	return nil
}

// totals asks every node that runs for all it has.
func (f *Five) totals(ctx context.Context, into *[line.Nodes]btcutil.Amount) error {
	for _, w := range line.All() {
		h, err := f.parties[w].Holdings(ctx)
		if err != nil {
			return err
		}
		into[w] = h.Total()
	}
	return nil
}

// Transfer makes an ordinary payment between any two of the five, for those
// who play; fees in between are the line's. Errors: line.ErrNotNow, ErrPayment.
func (f *Five) Transfer(ctx context.Context, from, to line.Who, amount btcutil.Amount) (Receipt, error) {
	if phase := f.State().Phase; phase != line.Idle {
		return Receipt{}, fmt.Errorf("%w: it is %s", line.ErrNotNow, phase)
	}
	if !from.Valid() || !to.Valid() || from == to || amount <= 0 {
		return Receipt{}, fmt.Errorf("%w: name two of the five and an amount", line.ErrNotNow)
	}
	invoice, err := f.parties[to].Invoice(ctx, amount)
	if err != nil {
		return Receipt{}, err
	}
	receipt, err := f.parties[from].Pay(ctx, invoice, line.Hops*line.HopFee)
	// A fresh count, because the pictures of both directions are the same.
	return receipt, errors.Join(err, f.await(ctx, "the end of the payment", landed), f.count(ctx))
}

package express

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"cairn/chain"
	"cairn/notary"
)

// Weight is that of a transaction in a form, in weight units (BIP-0141): one
// taproot coin spent by its key, the OP_RETURN, and taproot change.
func Weight(form notary.Form) int64 {
	const (
		frame  = 4*(4+4+1+1) + 2 // version, lock time, counts; segwit's marker
		input  = 4*(36+1+4) + 66 // outpoint, empty script, sequence; one signature
		change = 4 * (8 + 1 + 34)
	)
	script := int64(2 + 32)
	if form == notary.FormDocproof {
		script += 8
	}
	return frame + input + change + 4*(8+1+script)
}

// Rates knows what the next block costs, asking the node now and then, so that
// showing a price asks nobody. The zero value does not work; see NewRates.
type Rates struct {
	ask     func(ctx context.Context, targetBlocks int32) (chain.FeeRate, error)
	most    chain.FeeRate
	now     func() time.Time
	log     *slog.Logger
	refresh time.Duration

	mu   sync.Mutex
	rate chain.FeeRate // guarded by mu
	at   time.Time     // guarded by mu; zero before the first answer
}

const (
	// rateEvery is how often the estimate is asked for, retryEvery while there
	// is none, and rateFresh how old it may be to sell by.
	rateEvery  = 20 * time.Second
	retryEvery = 2 * time.Second
	rateFresh  = 3 * time.Minute
)

// NewRates asks by ask, and sells nothing above most; Run keeps it up to date.
func NewRates(ask func(ctx context.Context, targetBlocks int32) (chain.FeeRate, error), most chain.FeeRate, now func() time.Time, log *slog.Logger) *Rates {
	return &Rates{ask: ask, most: most, now: now, log: log, refresh: rateEvery}
}

// Run asks until ctx ends.
func (r *Rates) Run(ctx context.Context) {
	failing := false
	for {
		wait := r.refresh
		rate, err := r.ask(ctx, TargetBlocks)
		if err == nil {
			r.mu.Lock()
			r.rate, r.at = rate, r.now()
			r.mu.Unlock()
		} else {
			wait = min(wait, retryEvery)
			if !failing && ctx.Err() == nil {
				r.log.Debug("no estimate of fees", "error", err)
			}
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// NextBlock is the rate to sell by. Errors: ErrNoRate when there is no recent
// estimate, ErrDear when it is above what is offered.
func (r *Rates) NextBlock() (chain.FeeRate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.at.IsZero() || r.now().Sub(r.at) > rateFresh:
		return 0, ErrNoRate
	case r.rate >= r.most: // which the wallet holds its estimates to
		return 0, fmt.Errorf("%w: %d sat/kw", ErrDear, r.rate)
	}
	return r.rate, nil
}

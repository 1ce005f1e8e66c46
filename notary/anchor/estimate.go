package anchor

import (
	"context"
	"slices"
	"time"

	"cairn/notary"
)

// recentBlocks are looked at for the estimate of the time between blocks.
const recentBlocks = 12

// expected estimates when a commitment will be complete: the zero time when
// it is, or when nothing can be said. state is nil while it has no anchor.
func (l *Ledger) expected(ctx context.Context, s snapshot, state *notary.AnchorState) time.Time {
	if state != nil && state.Complete() {
		return time.Time{}
	}
	between := l.blockInterval(ctx, s)
	if between <= 0 || s.paused != "" {
		return time.Time{}
	}
	begin := l.cfg.Now().UTC()
	missing := l.cfg.Confirmations
	if state != nil {
		missing -= state.Confirmations
	} else if next := time.Unix(s.madeAt, 0).Add(l.cfg.Interval); next.After(begin) {
		begin = next.UTC()
	}
	return begin.Add(time.Duration(missing) * between).Truncate(time.Second)
}

// blockInterval is the median time between recent blocks, kept within a
// quarter and three times of what the network aims at: on a chain that mines
// only when there is something to mine, a quiet night says nothing.
func (l *Ledger) blockInterval(ctx context.Context, s snapshot) time.Duration {
	nominal := l.cfg.BlockInterval
	if nominal <= 0 || l.cfg.Headers == nil || s.tip.Height < recentBlocks {
		return nominal
	}
	l.mu.Lock()
	known := l.interval
	l.mu.Unlock()
	if known.at == s.tip {
		return known.estimate
	}
	estimate := nominal
	if median, ok := l.medianInterval(ctx, s.tip.Height); ok {
		estimate = min(max(median, nominal/4), 3*nominal)
	}
	l.mu.Lock()
	l.interval.at, l.interval.estimate = s.tip, estimate
	l.mu.Unlock()
	return estimate
}

func (l *Ledger) medianInterval(ctx context.Context, tip int32) (time.Duration, bool) {
	var between []time.Duration
	var above time.Time
	for height := tip; height > tip-recentBlocks; height-- {
		header, err := l.cfg.Headers.HeaderAt(ctx, height)
		if err != nil {
			return 0, false
		}
		if !above.IsZero() {
			between = append(between, above.Sub(header.Timestamp))
		}
		above = header.Timestamp
	}
	slices.Sort(between)
	return between[len(between)/2], true
}

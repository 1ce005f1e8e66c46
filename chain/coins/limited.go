package coins

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
)

// Limits are what strangers may ask of a light client, which fetches whatever is
// looked at. The zero value of each is what its comment says.
type Limits struct {
	// Depth is how many blocks back is searched; 2,016, two weeks.
	Depth int32
	// Together is how many coins are looked for at a time; 2.
	Together int
	// Burst is how many coins one client may look for at once, and Every the time
	// after which he may look for one more; 10 and 1 min.
	Burst int
	Every time.Duration
	// Time is how long one may take; 1 min.
	Time time.Duration
	// Absent is how long an answer of ErrNone is remembered; 20 s.
	Absent time.Duration
}

// maxRemembered bounds what is remembered of coins, and of clients.
const maxRemembered = 10_000

// Limited looks coins up within limits. It remembers where coins are, so that
// looking again begins there, and for a moment which are not to be found.
type Limited struct {
	finder Finder
	tip    func(ctx context.Context) (chain.BlockRef, error)
	now    func() time.Time
	limits Limits
	slots  chan struct{}

	mu      sync.Mutex
	places  map[wire.OutPoint]int32   // guarded by mu; heights
	absent  map[absence]time.Time     // guarded by mu; until when
	clients map[string]*clientAccount // guarded by mu
}

type absence struct {
	at     wire.OutPoint
	height int32
	tip    chain.BlockRef
	script string
}

// clientAccount is how many coins a client may still look for.
type clientAccount struct {
	left int
	at   time.Time // as of
}

// NewLimited puts limits before a Finder. tip is the newest block.
func NewLimited(f Finder, tip func(ctx context.Context) (chain.BlockRef, error), now func() time.Time, l Limits) *Limited {
	orElse(&l.Depth, 2016)
	orElse(&l.Together, 2)
	orElse(&l.Burst, 10)
	orElse(&l.Every, time.Minute)
	orElse(&l.Time, time.Minute)
	orElse(&l.Absent, 20*time.Second)
	return &Limited{
		finder: f, tip: tip, now: now, limits: l, slots: make(chan struct{}, l.Together),
		places: make(map[wire.OutPoint]int32), absent: make(map[absence]time.Time), clients: make(map[string]*clientAccount),
	}
}

func orElse[T comparable](v *T, otherwise T) {
	if *v == *new(T) {
		*v = otherwise
	}
}

var _ Finder = (*Limited)(nil)

// Look implements Finder.
func (l *Limited) Look(ctx context.Context, at wire.OutPoint, hint Hint) (Found, error) {
	if len(hint.Script) == 0 {
		return Found{}, fmt.Errorf("%w: %s", ErrNoHint, at)
	}
	tip, err := l.tip(ctx)
	if err != nil {
		return Found{}, err
	}
	hint.Height = l.place(at, hint.Height)
	switch {
	case hint.Height <= 0:
		return Found{}, fmt.Errorf("%w: %s", ErrNoHint, at)
	case hint.Height > tip.Height:
		return Found{}, fmt.Errorf("%w: the newest block is %d", ErrNone, tip.Height)
	case tip.Height-hint.Height > l.limits.Depth:
		return Found{}, fmt.Errorf("%w: %d blocks, at most %d", ErrTooDeep, tip.Height-hint.Height, l.limits.Depth)
	}
	missing := absence{at, hint.Height, tip, string(hint.Script)}
	if l.isAbsent(missing) {
		return Found{}, fmt.Errorf("%w: %s", ErrNone, at)
	}
	if !l.allow(hint.Client) {
		return Found{}, fmt.Errorf("%w: this visitor has to wait", ErrBusy)
	}
	within, cancel := context.WithTimeout(ctx, l.limits.Time)
	defer cancel()
	found, err := l.look(within, at, hint)
	switch {
	case err == nil:
		l.remember(at, found.Block.Height)
	case errors.Is(err, ErrNone):
		l.miss(missing)
	case ctx.Err() == nil && within.Err() != nil:
		return Found{}, fmt.Errorf("%w: %w", ErrSlow, err)
	}
	return found, err
}

func (l *Limited) look(ctx context.Context, at wire.OutPoint, hint Hint) (Found, error) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return Found{}, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
	return l.finder.Look(ctx, at, hint)
}

// reorgDepth is how far below the block that a coin was found in it is looked
// for again.
const reorgDepth = 6

// place is where to begin: where the coin was found before, or what the asker
// says.
func (l *Limited) place(at wire.OutPoint, said int32) int32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if height, ok := l.places[at]; ok {
		return max(height-reorgDepth, 1)
	}
	return said
}

func (l *Limited) remember(at wire.OutPoint, height int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.places) >= maxRemembered {
		clear(l.places)
	}
	l.places[at] = height
}

func (l *Limited) isAbsent(a absence) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	until, ok := l.absent[a]
	return ok && l.now().Before(until)
}

func (l *Limited) miss(a absence) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.absent) >= maxRemembered {
		clear(l.absent)
	}
	l.absent[a] = l.now().Add(l.limits.Absent)
	delete(l.places, a.at)
}

// allow takes one look-up from a client's allowance; we ourselves have no limit.
func (l *Limited) allow(client string) bool {
	if client == "" {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	a := l.clients[client]
	if a == nil {
		if len(l.clients) >= maxRemembered {
			clear(l.clients)
		}
		a = &clientAccount{left: l.limits.Burst, at: now}
		l.clients[client] = a
	}
	if grown := int(now.Sub(a.at) / l.limits.Every); grown > 0 {
		a.left, a.at = min(a.left+grown, l.limits.Burst), a.at.Add(time.Duration(grown)*l.limits.Every)
	}
	if a.left == 0 {
		return false
	}
	a.left--
	return true
}

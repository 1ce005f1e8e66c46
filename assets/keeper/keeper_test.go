package keeper

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
)

// purse is a wallet in memory. What payments of its own spend, it cannot protect.
type purse struct {
	coins map[wire.OutPoint]string // why protected
	spent map[wire.OutPoint]bool
	calls int
	fail  error
}

func (p *purse) ListCoins(context.Context) (out []Coin, err error) {
	for at, reason := range p.coins {
		out = append(out, Coin{OutPoint: at, Reason: reason})
	}
	return out, p.fail
}

func (p *purse) Protect(_ context.Context, reason string, coins ...wire.OutPoint) error {
	p.calls++
	for _, at := range coins {
		if p.spent[at] {
			return chain.ErrProtected
		}
		p.coins[at] = reason
	}
	return p.fail
}

func (p *purse) Unprotect(_ context.Context, coins ...wire.OutPoint) error {
	p.calls++
	for _, at := range coins {
		p.coins[at] = ""
	}
	return p.fail
}

// colors is a ledger in memory.
type colors map[wire.OutPoint]bool

func (c colors) Holdings(_ context.Context, at ...wire.OutPoint) (out []ledger.Coin, err error) {
	if len(at) > atOnce {
		return nil, errors.New("too many at once")
	}
	for _, one := range at {
		if c[one] {
			out = append(out, ledger.Coin{Coin: assets.Coin{OutPoint: one}})
		}
	}
	return out, nil
}

func (colors) Watch(assets.ID) (<-chan struct{}, func()) { return make(chan struct{}), func() {} }

func coin(n uint32) wire.OutPoint { return wire.OutPoint{Index: n} }

func TestCheck(t *testing.T) {
	var log bytes.Buffer
	now := time.Unix(1_700_000_000, 0)
	w := &purse{coins: map[wire.OutPoint]string{coin(3): "somebody else's reason"}, spent: map[wire.OutPoint]bool{coin(2): true}}
	for n := range uint32(1200) {
		if n != 3 {
			w.coins[coin(n)] = ""
		}
	}
	l := colors{coin(1): true, coin(2): true, coin(1100): true, coin(5000): true}
	k := New(l, w, func() time.Time { return now }, slog.New(slog.NewTextHandler(&log, nil)))
	check := func() {
		t.Helper()
		if err := k.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	reasons := func(want map[uint32]string) {
		t.Helper()
		for n := range uint32(1200) {
			if got := w.coins[coin(n)]; got != want[n] {
				t.Errorf("coin %d is protected for %q, want %q", n, got, want[n])
			}
		}
	}
	check()
	reasons(map[uint32]string{1: Reason, 1100: Reason, 3: "somebody else's reason"})
	calls := w.calls
	check()
	check()
	if w.calls != calls+2 { // only the one that a payment spends is tried again
		t.Errorf("%d calls instead of %d", w.calls, calls+2)
	}
	if n := strings.Count(log.String(), "spends a coin that holds units"); n != 1 {
		t.Errorf("the loss is told %d times", n)
	}

	// A reorganisation takes a color away and gives it back: nothing is let go.
	delete(l, coin(1))
	check()
	now = now.Add(settled - time.Second)
	check()
	reasons(map[uint32]string{1: Reason, 1100: Reason, 3: "somebody else's reason"})
	l[coin(1)] = true
	check()
	delete(l, coin(1))
	now = now.Add(time.Minute)
	check()
	reasons(map[uint32]string{1: Reason, 1100: Reason, 3: "somebody else's reason"})
	now = now.Add(settled)
	check()
	reasons(map[uint32]string{1100: Reason, 3: "somebody else's reason"})

	w.fail = chain.ErrEngineDown
	if err := k.Check(t.Context()); !errors.Is(err, chain.ErrEngineDown) {
		t.Errorf("while the node is down: %v", err)
	}
}

func TestRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	k := New(colors{}, &purse{fail: chain.ErrEngineDown}, time.Now, slog.New(slog.DiscardHandler))
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on")
	}
}

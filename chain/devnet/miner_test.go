package devnet

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// Hundreds of blocks in a row stay within what other nodes accept, and then
// the devnet refuses to go on.
func TestMineInARow(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	c := openAt(t, Config{Dir: t.TempDir(), Now: func() time.Time { return now }})
	refs := mine(t, c, 600)
	header, err := c.Header(t.Context(), refs[len(refs)-1].Hash)
	if err != nil {
		t.Fatal(err)
	}
	if ahead := header.Timestamp.Sub(now); ahead > 2*time.Minute {
		t.Errorf("block 600 in a row is dated %v ahead", ahead)
	}
	now = now.Add(-2 * time.Hour)
	if _, err := c.Mine(1); !errors.Is(err, ErrTooFast) {
		t.Errorf("a clock set back by two hours: %v", err)
	}
	if _, err := c.Reorg(1); !errors.Is(err, ErrTooFast) {
		t.Errorf("a clock set back by two hours: %v", err)
	}
}

func TestMineAtInterval(t *testing.T) {
	c := openAt(t, Config{Dir: t.TempDir(), BlockInterval: 20 * time.Millisecond})
	at := tip(t, c)
	time.Sleep(100 * time.Millisecond)
	if now := tip(t, c); now != at {
		t.Fatalf("mined with nothing to mine: %v", now)
	}
	changed, err := c.Changed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	txid := pay(t, c, newTestKey(t).p2tr).txid()
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Fatal("not mined")
	}
	if c.InMempool(txid) {
		t.Error("still waiting")
	}
}

// A devnet left alone stays fresh enough for lnd to call itself synced.
func TestTipStaysFresh(t *testing.T) {
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	c := openAt(t, Config{Dir: t.TempDir(), BlockInterval: 10 * time.Millisecond, Now: now})
	at := tip(t, c)
	changed, err := c.Changed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ahead.Store(int64(maxTipAge + time.Minute))
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Fatal("no block though the last is over an hour old")
	}
	time.Sleep(50 * time.Millisecond)
	if now := tip(t, c); now.Height != at.Height+1 {
		t.Errorf("%v became %v: one block was needed", at, now)
	}
}

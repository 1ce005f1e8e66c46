package follow_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/follow"
)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func follower(d *db.DB, s chain.Source, from int32, ps ...follow.Projection) *follow.Follower {
	return follow.New(d, s, follow.Config{StartHeight: from, Log: quiet(), MaxBackoff: 10 * time.Millisecond}, ps...)
}

func catchUp(t *testing.T, f *follow.Follower) {
	t.Helper()
	if err := f.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestStartHeight(t *testing.T) {
	for _, c := range []struct {
		start, tip, first int32
	}{{-1, 5, 6}, {0, 5, 0}, {1, 5, 1}, {3, 5, 3}, {6, 5, 6}} {
		t.Run(fmt.Sprint(c.start), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				makeJournal(t, d)
				s := newFakeSource()
				for range c.tip {
					s.mine()
				}
				if _, err := follow.Cursor(d.Read(t.Context())); !errors.Is(err, chain.ErrNoBlock) {
					t.Errorf("cursor before the first block: %v", err)
				}
				f := follower(d, s, c.start, &journal{countdown: -2})
				catchUp(t, f)
				for range 3 {
					s.mine()
				}
				catchUp(t, f)
				wantLines(t, d, s, c.first)
				// A restart goes on from the cursor, whatever the configuration.
				s.mine()
				f = follower(d, s, 0, &journal{countdown: -2})
				catchUp(t, f)
				wantLines(t, d, s, c.first)
				at, err := follow.Cursor(d.Read(t.Context()))
				if err != nil || at != f.Tip() || at.Height != s.height() {
					t.Errorf("cursor %s, %v, tip %s", at, err, f.Tip())
				}
				// Every header down to genesis is to be had.
				for h, b := range s.chain() {
					header, err := f.HeaderAt(t.Context(), int32(h))
					if err != nil || header.BlockHash() != b.BlockHash() {
						t.Errorf("header %d: %v", h, err)
					}
				}
				for _, h := range []int32{-1, s.height() + 1} {
					if _, err := f.HeaderAt(t.Context(), h); !errors.Is(err, chain.ErrNoBlock) {
						t.Errorf("header %d: got %v, want ErrNoBlock", h, err)
					}
				}
			})
		})
	}
	t.Run("not reached yet", func(t *testing.T) {
		d := dbtest.Open(t, db.SQLite)
		if err := follower(d, newFakeSource(), 7).CatchUp(t.Context()); !errors.Is(err, follow.ErrSource) {
			t.Errorf("got %v, want ErrSource", err)
		}
	})
}

func TestReorgAtEveryDepth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeJournal(t, d)
		s := newFakeSource()
		j := &journal{countdown: -2}
		f := follower(d, s, 1, j)
		for range 120 {
			s.mine()
		}
		catchUp(t, f)
		depths := []int{1, 2, 3, 10, 99, 100}
		for i, depth := range depths {
			j.calls = nil
			from := s.height()
			s.cut(depth, i%2 == 1) // every other source forgets its stale blocks
			for range depth + 1 {
				s.mine()
			}
			catchUp(t, f)
			wantLines(t, d, s, 1)
			var want []string
			for n := range int32(depth) {
				want = append(want, fmt.Sprintf("-%d", from-n))
			}
			for n := range int32(depth) + 1 {
				want = append(want, fmt.Sprintf("+%d", from-int32(depth)+1+n))
			}
			if !slices.Equal(j.calls, want) {
				t.Errorf("depth %d: called %v, want %v", depth, j.calls, want)
			}
		}
		// Whole blocks are kept as deep as a reorg may go, and no deeper.
		var kept int64
		if err := d.Read(t.Context()).Table("block_bodies").Count(&kept).Error; err != nil {
			t.Fatal(err)
		}
		if kept != follow.DefaultMaxReorg {
			t.Errorf("%d blocks are kept whole, want %d", kept, follow.DefaultMaxReorg)
		}

		tip := f.Tip()
		j.calls = nil
		s.cut(101, false)
		for range 102 {
			s.mine()
		}
		if err := f.Run(t.Context()); !errors.Is(err, follow.ErrDeepReorg) {
			t.Errorf("a reorg of 101 blocks: got %v, want ErrDeepReorg", err)
		}
		if len(j.calls) != 0 || f.Tip() != tip {
			t.Errorf("a reorg too deep undid something: %v", j.calls)
		}
	})
}

func TestAnotherChainIsRefused(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newFakeSource()
	s.mine()
	catchUp(t, follower(d, s, 0))
	other := newFakeSource()
	other.cut(1, true)
	for range 5 {
		other.mine() // another genesis: its nonce differs
	}
	if err := follower(d, other, 0).CatchUp(t.Context()); !errors.Is(err, follow.ErrDeepReorg) {
		t.Errorf("got %v, want ErrDeepReorg", err)
	}
}

// A reorg may go below the first block that was followed: those blocks are
// then new to the projections.
func TestReorgBelowTheStart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeJournal(t, d)
		s := newFakeSource()
		for range 10 {
			s.mine()
		}
		j := &journal{countdown: -2}
		f := follower(d, s, -1, j)
		catchUp(t, f)
		s.mine()
		catchUp(t, f)
		s.cut(4, true) // to height 7; following began at 11
		for range 6 {
			s.mine()
		}
		catchUp(t, f)
		if want := []string{"+11", "-11", "+8", "+9", "+10", "+11", "+12", "+13"}; !slices.Equal(j.calls, want) {
			t.Errorf("called %v, want %v", j.calls, want)
		}
		wantLines(t, d, s, 8)
	})
}

// A node that is still catching up knows only the lower part of our chain.
func TestASourceThatIsBehindUndoesNothing(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	makeJournal(t, d)
	s := newFakeSource()
	for range 10 {
		s.mine()
	}
	j := &journal{countdown: -2}
	f := follower(d, s, 1, j)
	catchUp(t, f)
	j.calls = nil
	for _, hidden := range []int{9, 5, 1, 0} {
		s.hide(hidden)
		catchUp(t, f)
	}
	if len(j.calls) != 0 {
		t.Errorf("called %v", j.calls)
	}
	wantLines(t, d, s, 1)
}

// A reorg to a chain that is shorter so far is followed: it differs.
func TestReorgToAShorterChain(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	makeJournal(t, d)
	s := newFakeSource()
	for range 10 {
		s.mine()
	}
	f := follower(d, s, 1, &journal{countdown: -2})
	catchUp(t, f)
	s.cut(5, true)
	s.mine()
	catchUp(t, f)
	wantLines(t, d, s, 1)
}

func TestAFailureRollsTheBlockBack(t *testing.T) {
	for _, panics := range []bool{false, true} {
		t.Run(fmt.Sprintf("panics=%t", panics), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				makeJournal(t, d)
				s := newFakeSource()
				s.mine()
				first, second := &journal{countdown: -2}, &journal{countdown: -2}
				// Both write the same table: the second would break its key.
				f := follower(d, s, 1, first, renamed{second})
				second.countdown, second.panics = 0, panics
				err := f.CatchUp(t.Context())
				if !errors.Is(err, follow.ErrProjection) || !strings.Contains(err.Error(), "second") {
					t.Errorf("got %v, want ErrProjection naming the second", err)
				}
				if got := lines(t, d); len(got) != 0 {
					t.Errorf("the first projection's work stayed: %v", got)
				}
				if st := f.Status(); st.CaughtUp || st.Err == nil || st.Tip.Height != 0 || st.SourceTip.Height != 1 {
					t.Errorf("status %+v", st)
				}
				if _, err := follow.Cursor(d.Read(t.Context())); err != nil {
					t.Error(err)
				}
				second.fine()
				catchUp(t, f)
				if st := f.Status(); !st.CaughtUp || st.Err != nil || st.Tip.Height != 1 {
					t.Errorf("status %+v", st)
				}
				// The same in a reorg: the block stays connected.
				s.cut(1, true)
				s.mine()
				s.mine()
				first.countdown, first.panics = 0, panics // last in a disconnect
				if err := f.CatchUp(t.Context()); !errors.Is(err, follow.ErrProjection) {
					t.Errorf("got %v, want ErrProjection", err)
				}
				if got := lines(t, d); len(got) != 1 || f.Tip().Height != 1 {
					t.Errorf("half undone: %v, tip %s", got, f.Tip())
				}
				first.fine()
				catchUp(t, f)
				wantLines(t, d, s, 1)
			})
		})
	}
}

// renamed is a journal whose Connect writes other rows than the first one's.
type renamed struct{ *journal }

func (renamed) Name() string { return "second" }

func (r renamed) Connect(_ context.Context, _ *gorm.DB, _ *chain.Block) error {
	return r.countDown()
}

func (r renamed) Disconnect(_ context.Context, _ *gorm.DB, _ *chain.Block) error {
	return r.countDown()
}

// Two processes follow into one database: each block is taken in once.
func TestTwoFollowersTakeEachBlockOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeJournal(t, d)
		s := newFakeSource()
		for range 40 {
			s.mine()
		}
		done := make(chan error, 2)
		for range 2 {
			f := follower(d, s, 1, &journal{countdown: -2})
			go func() { done <- f.CatchUp(context.WithoutCancel(t.Context())) }()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		wantLines(t, d, s, 1)
	})
}

func TestAFencedFollowerStops(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeJournal(t, d)
		lease, err := d.Acquire(t.Context(), "leader", "one", 50*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		s := newFakeSource()
		s.mine()
		f := follow.New(d, s, follow.Config{StartHeight: 1, Log: quiet(), Fence: func(tx *gorm.DB) error {
			return db.Fence(tx, lease.Name(), lease.Epoch())
		}}, &journal{countdown: -2})
		catchUp(t, f)
		time.Sleep(60 * time.Millisecond) // the lease runs out
		if _, err := d.Acquire(t.Context(), "leader", "two", time.Minute); err != nil {
			t.Fatal(err)
		}
		s.mine()
		if err := f.Run(t.Context()); !errors.Is(err, db.ErrFenced) {
			t.Errorf("got %v, want ErrFenced", err)
		}
		if got := lines(t, d); len(got) != 1 {
			t.Errorf("an old leader took a block in: %v", got)
		}
	})
}

func TestRunFollowsAndSurvivesFailures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeJournal(t, d)
		s := newFakeSource()
		s.fail(errors.New("the node is starting"))
		j := &journal{countdown: -2}
		f := follower(d, s, 1, j)
		tips, cancel := f.Subscribe()
		defer cancel()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()

		waitFor(t, func() bool { return f.Status().Err != nil })
		if err := f.Status().Err; !errors.Is(err, follow.ErrSource) {
			t.Errorf("status says %v, want ErrSource", err)
		}
		s.fail(nil)
		for range 3 {
			b := s.mine()
			want := chain.BlockRef{Height: s.height(), Hash: b.BlockHash()}
			for got := (chain.BlockRef{}); got != want; {
				select {
				case got = <-tips:
				case <-time.After(10 * time.Second):
					t.Fatalf("block %s was not announced", want)
				}
			}
			// What is announced is committed.
			if at, err := follow.Cursor(d.Read(t.Context())); err != nil || at != want {
				t.Errorf("announced %s, the database has %s, %v", want, at, err)
			}
		}
		s.fail(errors.New("the node died"))
		s.mine()
		waitFor(t, func() bool { return f.Status().Err != nil })
		s.fail(nil)
		waitFor(t, func() bool { return f.Tip().Height == s.height() && f.Status().CaughtUp })
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		wantLines(t, d, s, 1)
	})
}

// A subscriber that does not read gets the newest tip, and holds up nobody.
func TestSubscribersAreCoalesced(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newFakeSource()
	f := follower(d, s, 1)
	tips, cancel := f.Subscribe()
	for range 5 {
		s.mine()
		catchUp(t, f)
	}
	if got := <-tips; got != f.Tip() {
		t.Errorf("got %s, want %s", got, f.Tip())
	}
	cancel()
	s.mine()
	catchUp(t, f)
	select {
	case got := <-tips:
		t.Errorf("got %s after cancel", got)
	default:
	}
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

// lyingSource gives another block than the one asked for.
type lyingSource struct{ *fakeSource }

func (s lyingSource) HashAt(ctx context.Context, height int32) (chainhash.Hash, error) {
	if height == 1 {
		return chainhash.Hash{1}, nil
	}
	return s.fakeSource.HashAt(ctx, height)
}

func TestALyingSourceIsNotBelieved(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newFakeSource()
	s.mine()
	b := s.mine()
	s.known[chainhash.Hash{1}] = b
	err := follower(d, lyingSource{s}, 1).CatchUp(t.Context())
	if !errors.Is(err, follow.ErrSource) {
		t.Errorf("got %v, want ErrSource", err)
	}
	if at, _ := follow.Cursor(d.Read(t.Context())); at.Height != 0 {
		t.Errorf("cursor at %s", at)
	}
}

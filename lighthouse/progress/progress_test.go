package progress

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"
	"cairn/lighthouse/progress/tree"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// fakePledges are those of package pledges, in memory.
type fakePledges struct {
	mu      sync.Mutex
	all     map[lighthouse.ID][]lighthouse.Pledge
	version map[lighthouse.ID]int64
}

func (f *fakePledges) AllIn(_ *gorm.DB, id lighthouse.ID) ([]lighthouse.Pledge, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.all[id]), nil
}

func (f *fakePledges) Versions(context.Context) (map[lighthouse.ID]int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make(map[lighthouse.ID]int64)
	for id, v := range f.version {
		out[id] = v
	}
	return out, nil
}

// world is a Service over a database, with what is around it.
type world struct {
	testing.TB
	d       *db.DB
	pledges *fakePledges
	clock   time.Time
	service *Service
	stamped []tree.Hash
	noStamp bool
	fenced  bool
	crash   func(step string) error
}

var campaign = lighthouse.ID{4, 2}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{
		TB: t, d: d, clock: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		pledges: &fakePledges{all: make(map[lighthouse.ID][]lighthouse.Pledge), version: make(map[lighthouse.ID]int64)},
	}
	w.restart()
	return w
}

// restart begins with nothing in memory.
func (w *world) restart() {
	w.Helper()
	s, err := New(Config{
		DB: w.d, Pledges: w.pledges, Rand: rand.Reader, Now: func() time.Time { return w.clock },
		Fence: func(*gorm.DB) error {
			if w.fenced {
				return db.ErrFenced
			}
			return nil
		},
		Stamp: func(_ context.Context, digest tree.Hash) error {
			if w.noStamp {
				return errors.New("the notary does not answer")
			}
			w.stamped = append(w.stamped, digest)
			return nil
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	s.crash = func(step string) error {
		if w.crash == nil {
			return nil
		}
		return w.crash(step)
	}
	w.service = s
}

func (w *world) add(n int, state lighthouse.CoinState) lighthouse.Pledge {
	p := lighthouse.Pledge{
		ID: lighthouse.PledgeID{byte(n), byte(n >> 8), 1}, Campaign: campaign, Outpoint: wire.OutPoint{Hash: chainhash.HashH(fmt.Append(nil, n)), Index: 1},
		Coin: contract.Coin{Value: btcutil.Amount(1000 + n)}, Signed: map[int]contract.Pledge{0: {}}, State: state,
	}
	w.pledges.all[campaign] = append(w.pledges.all[campaign], p)
	w.pledges.version[campaign]++
	return p
}

func (w *world) set(n int, state lighthouse.CoinState) {
	w.pledges.all[campaign][n].State = state
	w.pledges.version[campaign]++
}

func (w *world) work() {
	w.Helper()
	if err := w.service.Work(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// heads are all, oldest first, checked against all leaves by the rules of the
// file that opens them.
func (w *world) heads() []document.OpenedHead {
	w.Helper()
	o, err := w.service.Opening(w.Context(), campaign)
	if err != nil {
		w.Fatal(err)
	}
	o.Network, o.MadeAt = chain.Devnet, w.clock
	raw, err := document.NewSigner([32]byte{1}).Opening(o)
	if err != nil {
		w.Fatal(err)
	}
	read, err := document.ReadOpening(raw)
	if err != nil {
		w.Fatal(err)
	}
	return read.Heads
}

func TestHeads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.work()
		if len(w.stamped) != 0 {
			t.Fatal("something was stamped before there was a pledge")
		}
		first := w.add(0, lighthouse.Confirmed)
		pending := w.add(1, lighthouse.Seen)
		early, err := w.service.Leaf(t.Context(), pending)
		if err != nil {
			t.Fatal(err)
		}
		if in, err := w.service.Included(t.Context(), pending); err != nil || in != nil {
			t.Fatalf("a coin that waits for its block is under a head: %v", err)
		}
		w.work()
		for n := range 40 {
			w.add(2+n, lighthouse.Confirmed)
		}
		w.set(1, lighthouse.Confirmed)
		w.clock = w.clock.Add(59 * time.Minute)
		w.work()
		if heads := w.heads(); len(heads) != 1 || heads[0].Head.Size != 1 || heads[0].Head.Sum != first.Coin.Value || len(w.stamped) != 1 {
			t.Fatalf("within the first hour: %+v", heads)
		}
		w.clock = w.clock.Add(time.Minute)
		w.work()
		w.work()
		heads := w.heads()
		if len(heads) != 2 || heads[1].Head.Size != 42 || len(w.stamped) != 2 || w.stamped[1] != heads[1].Head.Digest() {
			t.Fatalf("after an hour: %d heads", len(heads))
		}
		if leaf, err := w.service.Leaf(t.Context(), pending); err != nil || leaf != early {
			t.Errorf("the leaf of a receipt has changed: %v", err)
		}
		for _, p := range w.pledges.all[campaign] {
			leaf, err := w.service.Leaf(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			in, err := w.service.Included(t.Context(), p)
			if err != nil || in == nil || in.Head.Number != 1 {
				t.Fatalf("pledge %s: %+v, %v", p.ID, in, err)
			}
			if err := tree.CheckPath(leaf.Hash(), in.Index, in.Head.Size, in.Path, in.Head.Root); err != nil {
				t.Fatal(err)
			}
		}

		// One leaves: he is under the head before, and not under the next, which
		// is made at once when asked for.
		w.set(0, lighthouse.Spent)
		h, err := w.service.Note(t.Context(), campaign)
		if err != nil || h.Number != 2 || h.Size != 41 {
			t.Fatalf("noted %+v, %v", h, err)
		}
		if again, err := w.service.Note(t.Context(), campaign); err != nil || again != h {
			t.Errorf("noted again: %+v, %v", again, err)
		}
		for range 2 {
			if err := w.service.NoteVersion(t.Context(), campaign, w.pledges.version[campaign]); err != nil {
				t.Error(err)
			}
		}
		if in, err := w.service.Included(t.Context(), first); err != nil || in == nil || in.Head.Number != 1 {
			t.Errorf("who left: %+v, %v", in, err)
		}

		// The claim takes the coins; nothing is left to count.
		for n := range w.pledges.all[campaign][1:] {
			w.set(n+1, lighthouse.Taken)
		}
		w.clock = w.clock.Add(2 * time.Hour)
		w.work()
		if heads := w.heads(); len(heads) != 3 {
			t.Errorf("%d heads after the claim", len(heads))
		}
		list, err := w.service.Heads(t.Context(), campaign, 0, 2)
		if err != nil || len(list) != 2 || list[0].Number != 2 || list[0].StampedAt.IsZero() {
			t.Errorf("listed %+v, %v", list, err)
		}
		if list, err = w.service.Heads(t.Context(), campaign, list[1].Number, 9); err != nil || len(list) != 1 || list[0].Number != 0 {
			t.Errorf("listed %+v, %v", list, err)
		}
	})
}

// At each step the process dies once: in the end every head is stamped, one
// follows the other, and none was made twice.
func TestCrash(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for n, step := range []string{"made", "stamped"} {
			w.add(n, lighthouse.Confirmed)
			w.clock = w.clock.Add(time.Hour)
			died := errors.New("the power failed")
			w.crash = func(at string) error {
				if at == step {
					return died
				}
				return nil
			}
			if err := w.service.Work(t.Context()); !errors.Is(err, died) {
				t.Fatalf("%s: %v", step, err)
			}
			w.crash = nil
			w.restart()
			w.work()
			heads := w.heads()
			if len(heads) != n+1 || !slices.Contains(w.stamped, heads[n].Head.Digest()) {
				t.Fatalf("%s: %d heads, %d stamped", step, len(heads), len(w.stamped))
			}
			list, err := w.service.Heads(t.Context(), campaign, 0, 9)
			if err != nil || list[0].StampedAt.IsZero() {
				t.Fatalf("%s: %+v, %v", step, list, err)
			}
		}
	})
}

func TestTroubles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.add(0, lighthouse.Confirmed)
		w.fenced = true
		if err := w.service.Work(t.Context()); !errors.Is(err, db.ErrFenced) {
			t.Fatalf("a process that does not lead: %v", err)
		}
		if len(w.heads()) != 0 {
			t.Fatal("it made a head all the same")
		}
		w.fenced, w.noStamp = false, true
		if err := w.service.Work(t.Context()); err == nil {
			t.Fatal("a notary that does not answer went unnoticed")
		}
		w.noStamp = false
		w.work()
		if len(w.stamped) != 1 || len(w.heads()) != 1 {
			t.Fatalf("%d stamped, %d heads", len(w.stamped), len(w.heads()))
		}
		// A clock that is set back does not make a head older than the one
		// before.
		w.clock = w.clock.Add(-10 * time.Hour)
		w.add(1, lighthouse.Confirmed)
		if _, err := w.service.Note(t.Context(), campaign); err != nil {
			t.Fatal(err)
		}
		if heads := w.heads(); len(heads) != 2 {
			t.Errorf("%d heads", len(heads))
		}
	})
}

// Many ask for their leaves while heads are made: each pledge has one.
func TestRace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for n := range 12 {
			w.add(n, lighthouse.Confirmed)
		}
		pledges := slices.Clone(w.pledges.all[campaign])
		var all sync.WaitGroup
		leaves := make([][2]tree.Leaf, len(pledges))
		for i, p := range pledges {
			for j := range 2 {
				all.Go(func() {
					leaf, err := w.service.Leaf(t.Context(), p)
					if err != nil {
						t.Error(err)
					}
					leaves[i][j] = leaf
				})
			}
		}
		all.Go(func() {
			if _, err := w.service.Note(t.Context(), campaign); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		for i, pair := range leaves {
			if pair[0] != pair[1] || pair[0].Pledge != pledges[i].ID {
				t.Errorf("pledge %d has two leaves", i)
			}
		}
		if heads := w.heads(); len(heads) != 1 || heads[0].Head.Size != 12 {
			t.Errorf("%d heads", len(heads))
		}
	})
}

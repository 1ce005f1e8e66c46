package pledges

import (
	"errors"
	"sync"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"
)

// A hundred send the same coin at once, some with other signatures: one pledge is
// stored, and everybody who sent what it was made of hears the same.
func TestSameCoinAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "crowd", 10_000, 1_000_000, 2_000_000)
		w := newWorld(t, d, c)
		b := newBacker(t, "b", contract.P2TR, 50_000, c)
		w.fund(b)
		w.mine(1)
		goal, both := w.submission(b, c), w.submission(b, c, 0, 1)
		var (
			mu    sync.Mutex
			keys  = make(map[string]int)
			taken int
			wait  sync.WaitGroup
		)
		for i := range 100 {
			wait.Go(func() {
				s := goal
				if i%2 == 1 {
					s = both
				}
				_, key, err := w.Submit(t.Context(), s)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					taken++
					keys[key.Text()]++
				case !errors.Is(err, lighthouse.ErrAlreadyPledged):
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if len(keys) != 1 || taken != 50 {
			t.Errorf("%d were taken, with %d keys", taken, len(keys))
		}
		if got := rows(t, d); got[0] != 1 || got[2] != 1 || got[3] != 1 {
			t.Errorf("%v rows", got)
		}
		w.want("confirmed", w.progressOf(c).Confirmed, lighthouse.Tally{Pledges: 1, Amount: 50_000})
	})
}

// The coin is spent, or the chain changes, between looking for it and watching
// it. Whatever happens there, the pledge is refused or found out.
func TestSpentInBetween(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "between", 10_000, 1_000_000)
		w := newWorld(t, d, c)
		once := func(f func()) {
			var did sync.Once
			w.pause = func() { did.Do(f) }
		}
		fresh := func(name string) *backer {
			b := newBacker(t, name, contract.P2TR, 50_000, c)
			w.fund(b)
			w.mine(1)
			return b
		}
		attempt := func(b *backer) error {
			_, _, err := w.Submit(t.Context(), w.submission(b, c))
			return err
		}

		b := fresh("spent in a block that is taken in")
		once(func() { must(t, w.chain.Submit(b.spend(t, 1_000))); w.mine(1) })
		if err := attempt(b); !errors.Is(err, lighthouse.ErrSpent) {
			t.Errorf("spent and taken in: %v", err)
		}

		b = fresh("spent in a block that is not taken in yet")
		once(func() {
			must(t, w.chain.Submit(b.spend(t, 1_000)))
			_, err := w.chain.Mine(1)
			must(t, err)
		})
		must(t, attempt(b))
		w.want("before the block", w.progressOf(c).Confirmed.Pledges, 1)
		w.catchUp()
		w.want("after the block", w.progressOf(c).Confirmed.Pledges, 0)
		w.want("revoked", w.progressOf(c).Revoked.Pledges, 1)

		b = fresh("its own block is undone and it is forgotten")
		once(func() {
			_, err := w.chain.Reorg(1, devnetWithout(b.at.Hash))
			must(t, err)
			w.catchUp()
		})
		if err := attempt(b); !errors.Is(err, lighthouse.ErrNoCoin) {
			t.Errorf("forgotten: %v", err)
		}

		b = fresh("its own block is undone and not taken in yet")
		once(func() {
			_, err := w.chain.Reorg(1, devnetWithout(b.at.Hash))
			must(t, err)
		})
		must(t, attempt(b))
		w.catchUp()
		w.want("after the reorganisation", w.progressOf(c).Confirmed.Pledges, 0)

		b = newBacker(t, "confirmed by a block that is not taken in yet", contract.P2TR, 50_000, c)
		w.fund(b)
		_, err := w.chain.Mine(1)
		must(t, err)
		w.pause = nil
		must(t, attempt(b))
		w.want("pending", w.progressOf(c).Pending.Pledges, 1)
		w.catchUp()
		w.want("confirmed", w.progressOf(c).Confirmed.Pledges, 1)
		w.want("pending", w.progressOf(c).Pending.Pledges, 0)
	})
}

// One that cannot be stored, whatever the reason, and even one that breaks the
// program, keeps those that came with it out no longer than it takes.
func TestOneBreaksTheBatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		good, bad := newCampaign(t, "good", 10_000, 1_000_000), newCampaign(t, "bad", 10_000, 1_000_000)
		w, l := newPaper(t, d, good, bad)
		entryOf := func(name string, c lighthouse.Campaign) *entry {
			b := newBacker(t, name, contract.P2TR, 50_000, c)
			l.add(b, name)
			o, err := read(c, w.submission(b, c))
			must(t, err)
			must(t, w.verify(o, l[b.at].Out))
			tip, err := tipOf(d.Read(t.Context()))
			must(t, err)
			return &entry{offer: o, found: l[b.at], asOf: tip}
		}
		w.campaigns.broken = bad.ID
		batch := []*entry{entryOf("one", good), entryOf("two", bad), entryOf("three", good)}
		w.storeAll(t.Context(), batch)
		for i, e := range batch {
			if !e.done || (e.err == nil) == (i == 1) {
				t.Errorf("entry %d: done %t, %v", i, e.done, e.err)
			}
		}
		w.want("pledges", rows(t, d)[0], 2)

		w.campaigns.panics = true
		func() {
			defer func() {
				if recover() == nil {
					t.Error("nothing broke")
				}
			}()
			_, _ = w.desk.store(t.Context(), w.Service, entryOf("four", bad))
		}()
		w.campaigns.panics = false
		w.submit(newPaid(t, l, "five", good), good) // nobody waits for the one that broke
	})
}

func newPaid(t *testing.T, l ledger, name string, c lighthouse.Campaign) *backer {
	t.Helper()
	b := newBacker(t, name, contract.P2TR, 50_000, c)
	l.add(b, name)
	return b
}

package campaigns_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"

	"gorm.io/gorm"
)

// A creator sees his change at once; others' processes a second later; and who
// froze a campaign in his own transaction can say so.
func TestGetIsFresh(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		elsewhere, err := campaigns.New(w.cfg)
		w.must(err)
		made, key := w.opened(draft(1))
		title := func(s *campaigns.Service) string {
			c, err := s.Get(t.Context(), made.ID)
			w.must(err)
			return c.Text.Title
		}
		title(w.Service)
		title(elsewhere)
		_, err = w.edit(key, func(d *campaigns.Draft) { d.Text.Title = "A newer roof" })
		w.must(err)
		if got := title(w.Service); got != "A newer roof" {
			t.Errorf("here it is %q", got)
		}
		for end := time.Now().Add(10 * time.Second); title(elsewhere) != "A newer roof"; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("elsewhere it stays what it was")
			}
		}
		w.must(w.transact(func(tx *gorm.DB) error { return w.FreezeIn(tx, made.ID, 1) }))
		w.Changed(made.ID)
		if c, err := w.Get(t.Context(), made.ID); err != nil || !c.Frozen {
			t.Errorf("after its first pledge: %v, %v", c.Frozen, err)
		}
	})
}

// Many ask while it changes: nobody gets an older title after a newer one was
// stored and read.
func TestGetWhileItChanges(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite), chain.Devnet)
	made, key := w.opened(draft(1))
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := w.Get(t.Context(), made.ID); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 30 {
		want := fmt.Sprint("Roof ", i)
		_, err := w.edit(key, func(d *campaigns.Draft) { d.Text.Title = want })
		w.must(err)
		if c, err := w.Get(t.Context(), made.ID); err != nil || c.Text.Title != want {
			t.Errorf("%q after %q, %v", c.Text.Title, want, err)
		}
	}
	close(stop)
	readers.Wait()
}

func BenchmarkGet(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		w := newWorld(b, d, chain.Devnet)
		made, _ := w.opened(draft(1))
		b.ResetTimer()
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if c, err := w.Get(b.Context(), made.ID); err != nil || c.Stage != lighthouse.Open {
					b.Error(c.Stage, err)
				}
			}
		})
	})
}

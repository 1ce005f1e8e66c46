package anchor

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
)

// A deposed leader that does not know it yet works beside its successor: each
// anchor is made and paid for once, and nothing of the old epoch is stored.
func TestTwoLeaders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		for round := range 6 {
			text := fmt.Sprint("deed ", round)
			w.stamp(text)
			old := w.loop
			if err := w.lease.Release(t.Context()); err != nil {
				t.Fatal(err)
			}
			lease, err := d.Acquire(t.Context(), "leader", fmt.Sprint("holder ", round), time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			w.lease = lease
			w.restart()

			var both sync.WaitGroup
			both.Go(func() { w.stepBeside(old, db.ErrFenced) })
			both.Go(func() { w.stepBeside(w.loop, nil) })
			both.Wait()
			w.step() // what the race kept the new leader from
			w.send()
			w.mine(1)
			done := w.stage(text, notary.StageComplete).Anchor
			w.onlyCarrier(done.Root)
			for _, a := range w.attempts(done.ID) {
				if a.Entry.Epoch != lease.Epoch() {
					t.Errorf("round %d: stored under epoch %d, the leader has %d", round, a.Entry.Epoch, lease.Epoch())
				}
			}
		}
		var anchors int64
		if err := d.Read(t.Context()).Table("anchors").Count(&anchors).Error; err != nil || anchors != 6 {
			t.Errorf("%d anchors for 6 stamps, %v", anchors, err)
		}
	})
}

// stepBeside steps a loop some times, which may fail only as allowed.
func (w *world) stepBeside(l *Loop, allowed error) {
	for range 5 {
		w.clock.Add(40 * time.Second)
		if _, err := l.step(w.Context()); err != nil && (allowed == nil || !errors.Is(err, allowed)) {
			w.Errorf("a leader failed: %v", err)
		}
	}
}

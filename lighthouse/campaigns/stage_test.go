package campaigns_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"

	"gorm.io/gorm"
	"pgregory.net/rapid"
)

func (w *world) stageIn(id lighthouse.ID, to lighthouse.Stage) error {
	return w.transact(func(tx *gorm.DB) error { return w.StageIn(tx, id, to) })
}

func (w *world) freeze(id lighthouse.ID, revision int) error {
	return w.transact(func(tx *gorm.DB) error { return w.FreezeIn(tx, id, revision) })
}

func (w *world) wantStage(id lighthouse.ID, want lighthouse.Stage) {
	w.Helper()
	if got := w.stage(id); got != want {
		w.Errorf("it is %s, want %s", got, want)
	}
}

func TestTheDeadlineEndsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		short := func(n byte) campaigns.Draft {
			dr := draft(n)
			dr.DeadlineIn = 5
			return dr
		}
		open, openKey := w.opened(short(1))
		announced, announcedKey := w.create(short(2))
		_, err := w.Announce(t.Context(), announcedKey)
		w.must(err)
		withdrawn, withdrawnKey := w.opened(short(3))
		gone, err := w.Close(t.Context(), withdrawnKey)
		w.must(err)
		if gone.Stage != lighthouse.Closed || !gone.Withdrawn {
			t.Errorf("closed by its creator: %+v", gone)
		}
		claimed, _ := w.opened(short(4))
		w.must(w.stageIn(claimed.ID, lighthouse.Claimed))

		w.mine(4)
		w.wantStage(open.ID, lighthouse.Open)
		w.mine(1)
		w.wantStage(open.ID, lighthouse.Closed)
		w.wantStage(announced.ID, lighthouse.Closed)
		w.wantStage(claimed.ID, lighthouse.Claimed)
		w.wantErr(w.freeze(open.ID, 1), lighthouse.ErrNotOpen)
		_, err = w.Open(t.Context(), announcedKey)
		w.wantErr(err, campaigns.ErrStage)
		_, err = w.edit(openKey, func(d *campaigns.Draft) { d.Text.Title = "Too late" })
		w.wantErr(err, campaigns.ErrStage)

		// The claim comes to nothing after the deadline.
		w.must(w.stageIn(claimed.ID, lighthouse.Open))
		w.wantStage(claimed.ID, lighthouse.Closed)
		w.must(w.stageIn(claimed.ID, lighthouse.Claimed))
		// And a claim at the deadline begins from a campaign that is closed.
		w.must(w.stageIn(open.ID, lighthouse.Claimed))
		w.must(w.stageIn(open.ID, lighthouse.Closed))
		w.wantErr(w.stageIn(withdrawn.ID, lighthouse.Claimed), campaigns.ErrStage)
		w.wantErr(w.stageIn(announced.ID, lighthouse.Claimed), campaigns.ErrStage)
		w.wantErr(w.stageIn(open.ID, lighthouse.Draft), campaigns.ErrStage)

		// The block of the deadline goes, and comes again.
		w.blocks.chain = w.blocks.chain[:len(w.blocks.chain)-3]
		w.blocks.mine(1) // a shorter chain is not followed
		w.must(w.follower.CatchUp(t.Context()))
		w.reorg(1)
		w.reorg(1)
		w.wantStage(open.ID, lighthouse.Closed)
		w.wantStage(withdrawn.ID, lighthouse.Closed)
	})
}

func TestReorgOpensAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		dr := draft(1)
		dr.DeadlineIn = 3
		open, _ := w.opened(dr)
		dr = draft(2)
		dr.DeadlineIn = 3
		soon, key := w.create(dr)
		_, err := w.Announce(t.Context(), key)
		w.must(err)
		w.mine(4)
		w.wantStage(open.ID, lighthouse.Closed)
		disconnect := func(height int32) {
			w.must(w.transact(func(tx *gorm.DB) error {
				return campaigns.Projection{}.Disconnect(t.Context(), tx, &chain.Block{BlockRef: chain.BlockRef{Height: height}})
			}))
		}
		disconnect(103)
		w.wantStage(open.ID, lighthouse.Closed)
		disconnect(102)
		w.wantStage(open.ID, lighthouse.Open)
		w.wantStage(soon.ID, lighthouse.Announced)
		w.must(w.transact(func(tx *gorm.DB) error {
			return campaigns.Projection{}.Connect(t.Context(), tx, &chain.Block{BlockRef: chain.BlockRef{Height: 110}})
		}))
		w.wantStage(open.ID, lighthouse.Closed)
		w.wantStage(soon.ID, lighthouse.Closed)
	})
}

// model is what a campaign should be.
type model struct {
	stage             lighthouse.Stage
	withdrawn, frozen bool
	revision          int
	opened            bool
	deadline          int32
}

// Whatever is done in whatever order, a campaign is at the stage that its model
// says, and what is refused changes nothing.
func TestStagesInAnyOrder(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(t, d, chain.Devnet)
	used := 0
	rapid.Check(t, func(rt *rapid.T) {
		used++
		fresh := func() campaigns.Draft {
			dr := draft(byte(used))
			dr.Levels[0].Beneficiaries[0].Amount += 100_000 * 1000 // room for all revisions
			dr.Levels[0].Beneficiaries[0].Address = address(byte(used))
			dr.Text.Budget, dr.DeadlineIn = nil, rapid.Int32Range(2, 8).Draw(rt, "blocks")
			dr.Levels[0].Beneficiaries[0].Amount += w.next()
			return dr
		}
		made, key := w.create(fresh())
		m := model{stage: lighthouse.Draft, revision: 1}
		over := func() bool { return m.deadline > 0 && w.height() >= m.deadline }
		check := func(what string, err error, allowed bool, kinds ...error) {
			if (err == nil) != allowed {
				rt.Fatalf("%s of %+v at %d: %v", what, m, w.height(), err)
			}
			for _, kind := range kinds {
				if err != nil && errors.Is(err, kind) {
					return
				}
			}
			if err != nil {
				rt.Fatalf("%s of %+v: %v, want one of %v", what, m, err, kinds)
			}
		}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			switch step := rapid.SampledFrom([]string{"announce", "open", "close", "claim", "fail", "freeze", "stale", "terms", "words", "block", "block", "reorg", "discard"}).Draw(rt, "step"); step {
			case "announce":
				c, err := w.Announce(t.Context(), key)
				check(step, err, m.stage == lighthouse.Draft, campaigns.ErrStage)
				if err == nil {
					m.stage, m.deadline = lighthouse.Announced, c.Terms.Deadline
				}
			case "open":
				c, err := w.Open(t.Context(), key)
				check(step, err, m.stage == lighthouse.Draft || m.stage == lighthouse.Announced, campaigns.ErrStage, campaigns.ErrOver)
				if err == nil {
					m.stage, m.opened, m.deadline = lighthouse.Open, true, c.Terms.Deadline
				}
			case "close":
				_, err := w.Close(t.Context(), key)
				check(step, err, m.stage == lighthouse.Announced || m.stage == lighthouse.Open, campaigns.ErrStage)
				if err == nil {
					m.stage, m.withdrawn = lighthouse.Closed, true
				}
			case "claim":
				err := w.stageIn(made.ID, lighthouse.Claimed)
				check(step, err, m.opened && !m.withdrawn, campaigns.ErrStage)
				if err == nil {
					m.stage = lighthouse.Claimed
				}
			case "fail":
				err := w.stageIn(made.ID, lighthouse.Open)
				check(step, err, m.opened && !m.withdrawn, campaigns.ErrStage)
				if err == nil {
					if m.stage = lighthouse.Open; over() {
						m.stage = lighthouse.Closed
					}
				}
			case "freeze", "stale":
				revision := m.revision
				if step == "stale" {
					revision++
				}
				err := w.freeze(made.ID, revision)
				check(step, err, m.stage == lighthouse.Open && step == "freeze", lighthouse.ErrNotOpen, lighthouse.ErrChanged)
				m.frozen = m.frozen || err == nil
			case "terms", "words":
				more := w.next()
				c, err := w.edit(key, func(d *campaigns.Draft) {
					if step == "terms" {
						d.Levels[0].Beneficiaries[0].Amount += more
					} else {
						d.Text.Story += "."
					}
				})
				live := m.stage == lighthouse.Draft || m.stage == lighthouse.Announced || m.stage == lighthouse.Open
				check(step, err, live && !m.frozen, campaigns.ErrStage, lighthouse.ErrFrozen)
				if err == nil && step == "terms" && m.stage != lighthouse.Draft {
					m.revision++
				}
				if err == nil && c.Terms.Revision != m.revision {
					rt.Fatalf("%s made revision %d, want %d", step, c.Terms.Revision, m.revision)
				}
			case "block":
				w.mine(1)
				if over() && (m.stage == lighthouse.Announced || m.stage == lighthouse.Open) {
					m.stage = lighthouse.Closed
				}
			case "reorg":
				// Down to its end and beyond, and as far up again as before and one
				// more: whether it is over depends on the height alone.
				w.reorg(rapid.IntRange(1, 6).Draw(rt, "depth"))
				if over() && (m.stage == lighthouse.Announced || m.stage == lighthouse.Open) {
					m.stage = lighthouse.Closed
				}
			case "discard":
				if m.stage != lighthouse.Draft {
					check(step, w.Discard(t.Context(), key), false, campaigns.ErrStage)
				}
			}
			c, err := w.ByKey(t.Context(), key)
			w.must(err)
			if got := (model{c.Stage, c.Withdrawn, c.Frozen, c.Terms.Revision, !c.OpenedAt.IsZero(), m.deadline}); got != m || (c.Stage != lighthouse.Draft && c.Terms.Deadline != m.deadline) {
				rt.Fatalf("it is %+v, want %+v", got, m)
			}
			if (c.Terms.Levels[0].Contract != nil) != (c.Stage != lighthouse.Draft) {
				rt.Fatalf("a contract at stage %s: %v", c.Stage, c.Terms.Levels[0].Contract)
			}
		}
	})
}

// Two changes made from the same reading: one wins, the other is told.
func TestTwoChangesAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		_, key := w.opened(draft(1))
		for round := range 5 {
			had, err := w.ByKey(t.Context(), key)
			w.must(err)
			errs := make([]error, 4)
			var all sync.WaitGroup
			for i := range errs {
				all.Go(func() {
					dr := campaigns.DraftOf(had)
					dr.Text.Title = fmt.Sprintf("Round %d, change %d", round, i)
					dr.Levels[0].Beneficiaries[0].Amount += w.next()
					_, errs[i] = w.Edit(t.Context(), key, dr)
				})
			}
			all.Wait()
			won := -1
			for i, err := range errs {
				switch {
				case err == nil && won < 0:
					won = i
				case err == nil:
					t.Error("two have won")
				default:
					w.wantErr(err, lighthouse.ErrChanged)
				}
			}
			c, err := w.ByKey(t.Context(), key)
			w.must(err)
			if won < 0 || c.Text.Title != fmt.Sprintf("Round %d, change %d", round, won) || c.Version != had.Version+1 || c.Terms.Revision != had.Terms.Revision+1 {
				t.Errorf("change %d has won, and it is %+v", won, c)
			}
		}
	})
}

// A change of the terms and the first pledge at once: the pledge is for what the
// terms are in the end, or there is none.
func TestChangeAgainstTheFirstPledge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		frozen, changed := 0, 0
		for round := range 12 {
			had, key := w.opened(draft(byte(round)))
			dr := campaigns.DraftOf(had)
			dr.Levels[0].Beneficiaries[0].Amount += w.next()
			var editErr, freezeErr error
			var both sync.WaitGroup
			both.Go(func() { _, editErr = w.Edit(t.Context(), key, dr) })
			both.Go(func() { freezeErr = w.freeze(had.ID, 1) })
			both.Wait()
			c, err := w.ByKey(t.Context(), key)
			w.must(err)
			switch {
			case editErr == nil:
				changed++
				w.wantErr(freezeErr, lighthouse.ErrChanged)
				if c.Frozen || c.Terms.Revision != 2 {
					t.Errorf("changed: %+v", c)
				}
			case freezeErr == nil:
				frozen++
				w.wantErr(editErr, lighthouse.ErrFrozen)
				if !c.Frozen || c.Terms.Revision != 1 {
					t.Errorf("frozen: %+v", c)
				}
			default:
				t.Errorf("neither has won: %v, %v", editErr, freezeErr)
			}
		}
		t.Logf("%d frozen, %d changed", frozen, changed)
	})
}

// Many want to open with the same outputs: one does.
func TestSameOutputsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		errs := make([]error, 6)
		var all sync.WaitGroup
		for i := range errs {
			_, key := w.create(draft(1))
			all.Go(func() { _, errs[i] = w.Open(t.Context(), key) })
		}
		all.Wait()
		opened := 0
		for _, err := range errs {
			if err == nil {
				opened++
			} else {
				w.wantErr(err, campaigns.ErrOutputs)
			}
		}
		if opened != 1 {
			t.Errorf("%d are open", opened)
		}
	})
}

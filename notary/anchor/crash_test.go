package anchor

import (
	"errors"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/verify"
)

// The steps between which a process may die, in order. The last two need a
// transaction that lingers.
var crashSteps = []string{
	"before reserve", "reserved", "prepared", "settled", "sent, not marked", "replaced", "replacement settled",
}

// At each step the process dies once and begins anew with nothing in memory:
// in the end exactly one transaction of the chain carries the root.
func TestCrashAtEveryStep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		for _, step := range crashSteps {
			w.stamp(step)
			crashed := false
			w.loop.crash = func(at string) error {
				if at == step {
					crashed = true
					return errCrash
				}
				return nil
			}
			w.untilSent(step, &crashed)
			if !crashed {
				t.Fatalf("%s was not reached", step)
			}
			w.mine(1)
			done := w.stage(step, notary.StageComplete).Anchor
			w.verified(step, verify.Confirmed)
			w.step()
			w.send()
			w.mine(1)
			w.onlyCarrier(done.Root)
		}
		var anchors int64
		if err := d.Read(t.Context()).Table("anchors").Count(&anchors).Error; err != nil || int(anchors) != len(crashSteps) {
			t.Fatalf("%d anchors for %d stamps, %v", anchors, len(crashSteps), err)
		}
	})
}

// untilSent steps through crashes until a transaction waits to be mined.
func (w *world) untilSent(step string, crashed *bool) {
	w.Helper()
	lingered := false
	for range 20 {
		w.clock.Add(2 * 60e9)
		if _, err := w.loop.step(w.Context()); errors.Is(err, errCrash) {
			w.restart()
			continue
		} else if err != nil {
			w.Fatal(err)
		}
		if step == "sent, not marked" && !*crashed && len(w.unsent()) == 1 {
			// The network has it, and the process dies before it knows.
			tx, err := w.unsent()[0].Tx()
			if err != nil {
				w.Fatal(err)
			}
			if err := w.chain.Submit(tx); err != nil {
				w.Fatal(err)
			}
			*crashed = true
			w.restart()
			continue
		}
		w.send()
		proof := w.proof(step)
		if proof.Stage != notary.StageBroadcast {
			continue
		}
		if *crashed {
			return
		}
		if !lingered {
			w.passWithout(proof.Anchor.Txid)
			w.passWithout(proof.Anchor.Txid)
			lingered = true
		}
	}
	w.Fatalf("%s: not sent after 20 steps", step)
}

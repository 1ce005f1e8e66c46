package anchor

import (
	"bytes"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/calendar"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

func TestFromDigestToBlock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 3)
		stored := w.stamp("a photograph")
		if stored.Stage != notary.StageStored || stored.Anchor != nil || stored.ExpectedBy.IsZero() {
			t.Errorf("after stamping: %+v", stored)
		}
		w.verified("a photograph", verify.Pending)
		if s := w.status(); s.Pending != 1 || s.Digests != 1 || s.Tip != nil || s.Unconfirmed != nil || s.Latest != nil {
			t.Errorf("status %+v", s)
		}

		w.step()
		inTree := w.stage("a photograph", notary.StageInTree)
		if inTree.Anchor.Commitments != 1 || inTree.Anchor.Digests != 1 || inTree.Anchor.Fee != 0 {
			t.Errorf("in the tree: %+v", inTree.Anchor)
		}
		w.verified("a photograph", verify.Pending)
		if s := w.status(); s.Pending != 0 || !bytes.Equal(s.Tip, inTree.Anchor.Root[:]) || s.Unconfirmed == nil {
			t.Errorf("status %+v", s)
		}

		w.send()
		sent := w.stage("a photograph", notary.StageBroadcast)
		if !w.chain.InMempool(sent.Anchor.Txid) || sent.Anchor.Fee <= 0 || sent.Anchor.BroadcastAt.IsZero() {
			t.Errorf("sent: %+v", sent.Anchor)
		}

		for confirmations := int32(1); confirmations < 3; confirmations++ {
			w.mine(1)
			waiting := w.stage("a photograph", notary.StageConfirming)
			if waiting.Anchor.Confirmations != confirmations || waiting.Anchor.Needed != 3 || waiting.ExpectedBy.IsZero() {
				t.Errorf("with %d confirmations: %+v", confirmations, waiting.Anchor)
			}
			w.verified("a photograph", verify.Pending)
		}
		w.mine(1)
		done := w.stage("a photograph", notary.StageComplete)
		if done.Anchor.Confirmations != 3 || !done.ExpectedBy.IsZero() || done.Anchor.BlockTime.IsZero() {
			t.Errorf("complete: %+v", done)
		}
		w.verified("a photograph", verify.Confirmed)
		w.onlyCarrier(done.Anchor.Root)
		if s := w.status(); s.Latest == nil || s.Latest.Txid != sent.Anchor.Txid || s.Unconfirmed != nil || s.Tip != nil {
			t.Errorf("status %+v", s)
		}
		w.mine(200)
		if deep := w.stage("a photograph", notary.StageComplete); deep.Anchor.Confirmations != 3 {
			t.Errorf("200 blocks later: %+v", deep.Anchor)
		}
		if again := w.stamp("a photograph"); again.Stage != notary.StageComplete || !again.StoredAt.Equal(stored.StoredAt) {
			t.Errorf("stamped again: %+v", again)
		}
		if s := w.status(); s.Digests != 1 {
			t.Errorf("stamping again counted: %+v", s)
		}
	})
}

// Every commitment of several tiles has a way to the block.
func TestManyCommitments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		const many = 700
		fillJournal(t, d, many)
		w.step()
		w.send()
		w.mine(1)
		s := w.status()
		if s.Latest == nil || s.Latest.Commitments != many || s.Latest.Digests != many {
			t.Fatalf("latest anchor %+v", s.Latest)
		}
		entries, err := calendar.Range(d.Read(t.Context()), 1, many, many)
		if err != nil || len(entries) != many {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		for i, e := range entries {
			c := e.Commitment
			seq, err := w.journal.Find(t.Context(), c)
			if err != nil || seq != e.Seq {
				t.Fatalf("commitment %d is found as %d, %v", e.Seq, seq, err)
			}
			progress, err := w.ledger.Timestamp(t.Context(), seq, c)
			if err != nil || progress.Body == nil {
				t.Fatalf("commitment %d: %+v, %v", i, progress, err)
			}
			raw := c.Bytes()
			stamp, err := ots.Parse(raw[:], progress.Body)
			if err != nil {
				t.Fatal(err)
			}
			verdict, err := verify.Check(t.Context(), stamp, w.follower)
			if err != nil || verdict.Outcome != verify.Confirmed || verdict.Txid != s.Latest.Txid {
				t.Fatalf("commitment %d: %+v, %v", i, verdict, err)
			}
		}
	})
}

func TestDigestsOfTheNextAnchorWait(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(t, d, 1)
	w.stamp("first")
	w.step()
	w.stamp("second")
	w.step()
	w.stage("second", notary.StageStored) // one anchor at a time is under way
	w.send()
	w.mine(1)
	w.stage("first", notary.StageComplete)
	w.stage("second", notary.StageStored)
	w.step()
	w.send()
	w.mine(1)
	w.stage("second", notary.StageComplete)
	recent, err := w.service.Anchors(t.Context(), 10)
	if err != nil || len(recent) != 2 || recent[0].ID != 2 || recent[1].ID != 1 {
		t.Errorf("anchors %+v, %v", recent, err)
	}
}

func TestFeeIsRaisedWhileItLingers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		w.stamp("a will")
		w.step()
		w.send()
		first := w.stage("a will", notary.StageBroadcast).Anchor
		// Two blocks without it: nobody mines it at this rate.
		for range 2 {
			w.passWithout(first.Txid)
		}
		w.step()
		w.send()
		raised := w.stage("a will", notary.StageBroadcast).Anchor
		if raised.Txid == first.Txid || raised.Fee <= first.Fee || raised.Bumps != 1 || raised.Root != first.Root {
			t.Fatalf("raised to %+v from %+v", raised, first)
		}
		if w.chain.InMempool(first.Txid) || !w.chain.InMempool(raised.Txid) {
			t.Fatal("the replacement is not in the mempool instead of the first")
		}
		// Once for each block that passes, not for each look.
		w.step()
		if n := len(w.attempts(1)); n != 2 {
			t.Fatalf("%d attempts", n)
		}
		w.mine(1)
		w.stage("a will", notary.StageComplete)
		w.verified("a will", verify.Confirmed)
		w.onlyCarrier(raised.Root)
	})
}

// A wallet may have to pay more than it was asked to; the next raise is beyond
// what was paid.
func TestRaiseGoesBeyondWhatWasPaid(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(t, d, 1)
	w.wallet.Extra = 5000
	w.stamp("a will")
	w.step()
	w.send()
	first := w.stage("a will", notary.StageBroadcast).Anchor
	w.wallet.Extra = 0
	w.passWithout(first.Txid)
	w.passWithout(first.Txid)
	w.step()
	w.send()
	raised := w.stage("a will", notary.StageBroadcast).Anchor
	if raised.Txid == first.Txid || raised.Fee < first.Fee+first.Fee/5 {
		t.Fatalf("raised from %d to %d", int64(first.Fee), int64(raised.Fee))
	}
}

// passWithout makes the chain longer while a transaction waits in the mempool
// as before, as when nobody mines it at its rate.
func (w *world) passWithout(txid chainhash.Hash) {
	w.Helper()
	if _, err := w.chain.Mine(1); err != nil {
		w.Fatal(err)
	}
	if _, err := w.chain.Reorg(1); err != nil {
		w.Fatal(err)
	}
	w.follow()
	if !w.chain.InMempool(txid) {
		w.Fatalf("%s does not wait any more", txid)
	}
}

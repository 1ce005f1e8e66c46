package anchor

import (
	"errors"
	"strings"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/notary"
	"cairn/notary/carrier"
	"cairn/notary/verify"
)

func TestReorgAndBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 2)
		w.stamp("a deed")
		w.step()
		w.send()
		w.mine(3)
		before := w.stage("a deed", notary.StageComplete).Anchor
		old := w.verified("a deed", verify.Confirmed)

		// The block goes, the transaction is back in the mempool.
		if _, err := w.chain.Reorg(3); err != nil {
			t.Fatal(err)
		}
		w.follow()
		back := w.stage("a deed", notary.StageBroadcast).Anchor
		if back.Txid != before.Txid || back.Block != (chain.BlockRef{}) || back.Confirmations != 0 {
			t.Fatalf("after the reorg: %+v", back)
		}
		w.verified("a deed", verify.Pending)
		verdict, err := verify.Check(t.Context(), old.Timestamp, w.follower)
		if err != nil || verdict.Outcome != verify.Mismatch {
			t.Fatalf("the old proof is %+v, %v", verdict, err)
		}

		w.mine(1)
		w.stage("a deed", notary.StageConfirming)
		w.mine(1)
		after := w.stage("a deed", notary.StageComplete).Anchor
		if after.Block == before.Block || after.Root != before.Root {
			t.Fatalf("confirmed again in %+v", after)
		}
		w.verified("a deed", verify.Confirmed)
		w.onlyCarrier(after.Root)
	})
}

// The network forgets the transaction: the outbox brings the same one back.
func TestReorgThatForgets(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(t, d, 1)
	w.stamp("a deed")
	w.step()
	w.send()
	w.mine(2)
	before := w.stage("a deed", notary.StageComplete).Anchor
	w.step()
	if _, err := w.chain.Reorg(2, devnet.WithoutTx(before.Txid)); err != nil {
		t.Fatal(err)
	}
	w.follow()
	if w.chain.InMempool(before.Txid) {
		t.Fatal("the network did not forget")
	}
	w.step()
	w.send()
	w.mine(1)
	after := w.stage("a deed", notary.StageComplete).Anchor
	if after.Txid != before.Txid || after.Block == before.Block {
		t.Fatalf("confirmed again as %+v", after)
	}
	w.onlyCarrier(after.Root)
}

// Another transaction takes the coins in the new branch: the same root goes
// into a fresh one, and only that, whatever later reorgs bring.
func TestReorgThatTakesTheCoins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		w.stamp("a deed")
		w.step()
		w.send()
		w.mine(2)
		before := w.stage("a deed", notary.StageComplete).Anchor
		thief := w.wallet.Conflicting(t, w.attempts(1)[0].Entry.Raw)
		if _, err := w.chain.Reorg(2, devnet.WithTx(thief)); err != nil {
			t.Fatal(err)
		}
		w.follow()
		w.stage("a deed", notary.StageInTree)
		w.step()
		w.send()
		fresh := w.stage("a deed", notary.StageBroadcast).Anchor
		if fresh.Txid == before.Txid || fresh.Root != before.Root || fresh.Bumps != 0 {
			t.Fatalf("fresh attempt %+v", fresh)
		}
		attempts := w.attempts(1)
		if len(attempts) != 2 || attempts[0].Entry.State != outbox.Abandoned {
			t.Fatalf("attempts %+v", attempts)
		}
		w.mine(1)
		w.stage("a deed", notary.StageComplete)
		w.verified("a deed", verify.Confirmed)
		w.onlyCarrier(fresh.Root)
	})
}

// The miner takes the transaction that was replaced.
func TestReplacedAttemptIsConfirmed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		w.stamp("a deed")
		w.step()
		w.send()
		first := w.stage("a deed", notary.StageBroadcast).Anchor
		w.passWithout(first.Txid)
		w.passWithout(first.Txid)
		w.step() // signs the replacement, which is not sent
		attempts := w.attempts(1)
		if len(attempts) != 2 || attempts[0].Entry.State != outbox.Replaced {
			t.Fatalf("attempts %+v", attempts)
		}
		w.mine(1)
		done := w.stage("a deed", notary.StageComplete).Anchor
		if done.Txid != first.Txid || done.Fee != first.Fee || done.Bumps != 0 {
			t.Fatalf("confirmed as %+v", done)
		}
		w.verified("a deed", verify.Confirmed)
		w.step()
		w.send()
		w.mine(1)
		w.onlyCarrier(done.Root)

		// And a reorg brings the replacement into play again.
		if _, err := w.chain.Reorg(2, devnet.WithoutTx(first.Txid)); err != nil {
			t.Fatal(err)
		}
		w.follow()
		w.step()
		w.send()
		w.mine(1)
		again := w.stage("a deed", notary.StageComplete).Anchor
		if again.Txid == first.Txid || again.Bumps != 1 {
			t.Fatalf("confirmed again as %+v", again)
		}
		w.onlyCarrier(again.Root)
	})
}

func TestPausesAndResumes(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(t, d, 1)
	for _, kind := range []chain.ErrorKind{chain.ErrEngineDown, chain.ErrNoFunds, chain.ErrFeeCap} {
		w.wallet.Set(kind, 0)
		w.stamp("while " + kind.Error())
		w.clock.Add(2 * 60e9)
		for range 2 {
			_, err := w.loop.step(t.Context())
			if err != nil && !errors.Is(err, kind) {
				t.Fatal(err)
			}
			w.clock.Add(1e9) // the first look only begins to wait for company
		}
		if s := w.status(); s.Paused != kind.Error() {
			t.Errorf("paused: %q, want %q", s.Paused, kind)
		}
		proof := w.proof("while " + kind.Error())
		if proof.Stage > notary.StageInTree || !proof.ExpectedBy.IsZero() || proof.Paused != kind.Error() {
			t.Errorf("while paused: %+v", proof)
		}
		w.verified("while "+kind.Error(), verify.Pending) // a durable receipt
		w.wallet.Set(nil, chain.SatPerVByte(2))
		w.step()
		if s := w.status(); s.Paused != "" {
			t.Errorf("still paused: %q", s.Paused)
		}
		w.send()
		w.mine(1)
		w.step()
		w.send()
		w.mine(1)
		w.stage("while "+kind.Error(), notary.StageComplete)
	}
}

func TestSecondLeaderIsFenced(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		w.stamp("a deed")
		old := w.loop
		if err := w.lease.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		lease, err := d.Acquire(t.Context(), "leader", "another", 60e9)
		if err != nil {
			t.Fatal(err)
		}
		w.clock.Add(2 * 60e9)
		for range 3 {
			if _, err := old.step(t.Context()); err == nil {
				// The first look only begins to wait for company.
				w.clock.Add(1e9)
				continue
			}
		}
		if err := old.Run(t.Context(), w.lease); !errors.Is(err, db.ErrFenced) {
			t.Fatalf("the old leader ends with %v", err)
		}
		var anchors int64
		if err := d.Read(t.Context()).Table("anchors").Count(&anchors).Error; err != nil || anchors != 0 {
			t.Fatalf("the old leader made %d anchors, %v", anchors, err)
		}
		w.lease = lease
		w.restart()
		w.step()
		w.send()
		w.mine(1)
		w.stage("a deed", notary.StageComplete)
	})
}

// A wallet that signs something else is not believed.
func TestWalletIsNotTrusted(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(t, d, 1)
	root := [32]byte{9}
	payment := Payment{Purpose: "anchor/9/1", Output: Output(root), Rate: chain.SatPerVByte(2)}
	good, err := w.wallet.Prepare(t.Context(), payment)
	if err != nil {
		t.Fatal(err)
	}
	if err := carrier.Check(payment, root[:], good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(s *Signed){
		"nothing":     func(s *Signed) { s.Tx = nil },
		"other bytes": func(s *Signed) { s.Raw = s.Raw[:len(s.Raw)-1] },
		"no root":     func(s *Signed) { s.Tx.TxOut = s.Tx.TxOut[1:]; s.Raw = rawOf(t, *s) },
		"two roots":   func(s *Signed) { s.Tx.AddTxOut(payment.Output); s.Raw = rawOf(t, *s) },
		"a value":     func(s *Signed) { s.Tx.TxOut[0].Value = 1; s.Raw = rawOf(t, *s) },
		"too large": func(s *Signed) {
			for range 100 {
				s.Tx.AddTxIn(s.Tx.TxIn[0])
			}
			s.Raw = rawOf(t, *s)
		},
	} {
		bad := Signed{Tx: good.Tx.Copy(), Raw: good.Raw, Fee: good.Fee}
		spoil(&bad)
		if err := carrier.Check(payment, root[:], bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func rawOf(t *testing.T, s Signed) []byte {
	t.Helper()
	var b strings.Builder
	if err := s.Tx.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}

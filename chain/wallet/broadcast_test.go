package wallet

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/devnet"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// A crash after any step leaves exactly one transaction for the purpose once
// the work was repeated.
func TestCrashAtEachStep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d, nil)
		b.funds(3, 1_000_000)
		for _, step := range []string{"leased", "signed", "stored"} {
			t.Run(step, func(t *testing.T) {
				req := Request{Purpose: "crash/" + step, Outputs: []*wire.TxOut{nullData(t, step)}, Rate: chain.SatPerVByte(2)}
				crashing(b.Wallet, step, func() { _, _ = b.Prepare(t.Context(), req) })
				// The process starts again.
				reborn, err := New(b.cfg)
				if err != nil {
					t.Fatal(err)
				}
				before, err := reborn.leases(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				s, err := reborn.Prepare(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}
				after, err := reborn.leases(t.Context())
				if err != nil || len(after) != len(before) {
					t.Errorf("repeating leased %d coins more (%v)", len(after)-len(before), err)
				}
				var rows int64
				if err := d.Read(t.Context()).Model(&txRecord{}).Where("purpose = ?", req.Purpose).Count(&rows).Error; err != nil || rows != 1 {
					t.Errorf("%d transactions are signed for it (%v); want 1", rows, err)
				}

				crashing(reborn, step, func() { _, _ = reborn.Replace(t.Context(), s.Txid, chain.SatPerVByte(4)) })
				again, err := New(b.cfg)
				if err != nil {
					t.Fatal(err)
				}
				r, err := again.Replace(t.Context(), s.Txid, chain.SatPerVByte(4))
				if err != nil {
					t.Fatal(err)
				}
				if r.Generation != 1 || r.Inputs[0] != s.Inputs[0] {
					t.Errorf("the replacement is generation %d; want 1, of the same coin", r.Generation)
				}
			})
		}
	})
}

// crashing runs work and cuts it off at a step, as a crash would.
func crashing(w *Wallet, step string, work func()) {
	w.failpoint = func(at string) {
		if at == step {
			panic("crash at " + step)
		}
	}
	defer func() {
		w.failpoint = nil
		recover()
	}()
	work()
}

// A reorganisation takes the block away and the network forgets the
// transaction: it is sent again, the same bytes, and confirmed again.
func TestReorgIsSentAgain(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.funds(1, 1_000_000)
		s := b.prepare(Request{Purpose: "reorg", Outputs: []*wire.TxOut{nullData(t, "reorg")}, Rate: chain.SatPerVByte(2)})
		key := b.put(s, "")
		b.broadcast()
		b.mine(2)
		if e := b.entry(key); e.State != outbox.Confirmed {
			t.Fatalf("it is %s before the reorganisation", e.State)
		}
		refs, err := b.chain.Reorg(2, devnet.WithoutTx(s.Txid))
		if err != nil {
			t.Fatal(err)
		}
		b.settle(refs[len(refs)-1])
		if e := b.entry(key); e.State != outbox.Broadcast || b.state(s.Txid) != signed {
			t.Fatalf("after the reorganisation it is %s, in the books %s", e.State, b.state(s.Txid))
		}
		// The node may have sent it again by itself; if not, we do.
		b.broadcast()
		if !b.chain.InMempool(s.Txid) {
			t.Fatalf("it was not sent again: %s", b.entry(key).LastError)
		}
		block := b.mine(1)
		if e := b.entry(key); e.State != outbox.Confirmed || e.BlockHash != block.Hash || !bytes.Equal(e.Raw, s.Raw) {
			t.Errorf("it is %s in %s; want confirmed again in %s", e.State, e.BlockHash, block.Hash)
		}
	})
}

// A block spends the coin otherwise: the owner is told, gives up, and the same
// purpose is prepared anew.
func TestConflictIsToldAndRebuilt(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.funds(2, 1_000_000)
		// A thief's transaction: one that was signed and given up, so that its
		// coin was used again.
		thief := b.prepare(Request{Purpose: "thief", Outputs: []*wire.TxOut{nullData(t, "thief!")}, Rate: chain.SatPerVByte(2)})
		if err := b.Abandon(t.Context(), "thief"); err != nil {
			t.Fatal(err)
		}
		req := Request{Purpose: "victim", Outputs: []*wire.TxOut{nullData(t, "victim")}, Rate: chain.SatPerVByte(2)}
		victim := b.prepare(req)
		if victim.Inputs[0] != thief.Inputs[0] {
			t.Fatalf("the test needs one coin for both; got %s and %s", victim.Inputs[0], thief.Inputs[0])
		}
		key := b.put(victim, "")
		b.broadcast()
		refs, err := b.chain.Reorg(1, devnet.WithTx(thief.Tx))
		if err != nil {
			t.Fatal(err)
		}
		b.settle(refs[1])
		if e := b.entry(key); e.State != outbox.Conflicted || b.state(victim.Txid) != conflicted {
			t.Fatalf("the victim is %s, in the books %s; want conflicted", e.State, b.state(victim.Txid))
		}
		b.broadcast()
		if len(b.told) != 1 || b.told[0] != key {
			t.Fatalf("the owner was told of %v; want %s", b.told, key)
		}
		if _, err := b.Prepare(t.Context(), req); !errors.Is(err, ErrDecided) {
			t.Errorf("preparing a conflicted purpose: %v; want ErrDecided", err)
		}
		err = b.db.Transact(t.Context(), func(tx *gorm.DB) error { return outbox.Abandon(tx, key, "its coin is gone") })
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Abandon(t.Context(), "victim"); err != nil {
			t.Fatal(err)
		}
		b.funds(1, 1_000_000)
		anew := b.prepare(req)
		newKey := b.put(anew, "")
		b.broadcast()
		b.mine(1)
		if e := b.entry(newKey); e.State != outbox.Confirmed {
			t.Errorf("rebuilt it is %s (%s); want confirmed", e.State, e.LastError)
		}
		if len(b.told) != 1 {
			t.Errorf("the owner was told %d times", len(b.told))
		}
	})
}

// A transaction that the network refuses does not count as broadcast.
func TestRefusedTransactionIsNotBroadcast(t *testing.T) {
	b := newBench(t, dbtest.Open(t, db.SQLite), nil)
	b.funds(1, 1_000_000)
	s := b.prepare(Request{Purpose: "refused", Outputs: []*wire.TxOut{nullData(t, "refused")}, Rate: chain.SatPerVByte(2)})
	bad := *s
	bad.Tx = s.Tx.Copy()
	bad.Tx.TxIn[0].Witness[0][10] ^= 1 // a signature that does not hold
	raw, err := serialize(bad.Tx)
	if err != nil {
		t.Fatal(err)
	}
	bad.Raw = raw
	key := b.put(&bad, "")
	b.broadcast()
	e := b.entry(key)
	if e.State != outbox.Stored || e.LastError == "" || e.Attempts != 1 {
		t.Errorf("a refused transaction is %s after %d attempts, %q; want stored with an error", e.State, e.Attempts, e.LastError)
	}
}

// emptyMempool never has anything.
type emptyMempool struct{}

func (emptyMempool) InMempool(chainhash.Hash) bool { return false }

// The node reports that it has sent a transaction; the broadcaster looks for
// itself, and believes the mempool.
func TestBroadcasterDoesNotTrustTheNode(t *testing.T) {
	b := newBench(t, dbtest.Open(t, db.SQLite), nil)
	b.funds(1, 1_000_000)
	s := b.prepare(Request{Purpose: "vanished", Outputs: []*wire.TxOut{nullData(t, "vanished")}, Rate: chain.SatPerVByte(2)})
	key := b.put(s, "")
	b.sent.cfg.Mempool = emptyMempool{}
	b.broadcast()
	if e := b.entry(key); e.State != outbox.Stored || !strings.Contains(e.LastError, "not in the mempool") {
		t.Errorf("a vanished transaction is %s, %q; want stored, and why", e.State, e.LastError)
	}
}

// Run ends when another process has taken over, and sends nothing then.
func TestFencedBroadcasterStops(t *testing.T) {
	b := newBench(t, dbtest.Open(t, db.SQLite), nil)
	b.funds(1, 1_000_000)
	s := b.prepare(Request{Purpose: "fenced", Outputs: []*wire.TxOut{nullData(t, "fenced")}, Rate: chain.SatPerVByte(2)})
	key := b.put(s, "")
	b.sent.cfg.Fence = func(*gorm.DB) error { return db.ErrFenced }
	if err := b.sent.Run(t.Context()); !errors.Is(err, db.ErrFenced) {
		t.Errorf("Run ends with %v; want ErrFenced", err)
	}
	if b.chain.InMempool(s.Txid) || b.entry(key).Attempts != 0 {
		t.Error("a fenced broadcaster sent a transaction")
	}
}

// Transactions signed a day ago that nobody stored give their coins back.
func TestForgottenTransactions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Now()
		b := newBench(t, d, func(c *Config) { c.Now = func() time.Time { return now } })
		b.funds(2, 1_000_000)
		kept := b.prepare(Request{Purpose: "kept", Outputs: []*wire.TxOut{nullData(t, "kept")}, Rate: chain.SatPerVByte(1)})
		b.put(kept, "")
		lost := b.prepare(Request{Purpose: "lost", Outputs: []*wire.TxOut{nullData(t, "lost")}, Rate: chain.SatPerVByte(1)})
		now = now.Add(25 * time.Hour)
		if err := b.RenewLeases(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, z := b.state(kept.Txid), b.state(lost.Txid); a != signed || z != abandoned {
			t.Errorf("the stored one is %s and the forgotten one %s; want signed and abandoned", a, z)
		}
		leases, err := b.leases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held := map[wire.OutPoint]bool{}
		for _, l := range leases {
			held[l.coin.OutPoint] = true
		}
		if !held[kept.Inputs[0]] || held[lost.Inputs[0]] {
			t.Errorf("leases: stored %v, forgotten %v; want true, false", held[kept.Inputs[0]], held[lost.Inputs[0]])
		}
	})
}

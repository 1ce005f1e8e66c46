package wallet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/chain/devnet"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
	"gorm.io/gorm"
)

// walletHeight is the height that lnd's wallet has taken in; -1 while it lags
// behind the chain.
func (b *bench) walletHeight() (int32, error) {
	info, err := b.lnd.GetInfo(context.Background(), &lnrpc.GetInfoRequest{})
	if err != nil || !info.WalletSynced {
		return -1, err
	}
	return int32(info.BlockHeight), nil
}

// An OP_RETURN goes all the way: funded, signed, stored, broadcast, confirmed.
func TestOpReturn(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.funds(2, 1_000_000)
		out := nullData(t, "a root of thirty-two bytes, let's")
		req := Request{Purpose: "anchor/1", Outputs: []*wire.TxOut{out}, Rate: chain.SatPerVByte(2)}
		s := b.prepare(req)

		if len(s.Tx.TxOut) != 2 || s.Change != 1 || !bytes.Equal(s.Tx.TxOut[0].PkScript, out.PkScript) {
			t.Errorf("outputs %v with change at %d; want the OP_RETURN, then change", s.Tx.TxOut, s.Change)
		}
		for i, in := range s.Tx.TxIn {
			if in.Sequence != 0xfffffffd {
				t.Errorf("input %d has sequence %#x; want 0xfffffffd", i, in.Sequence)
			}
		}
		weight := weightOf(s.Tx)
		if exact := chain.SatPerVByte(2).Fee(weight); s.Fee < exact || s.Fee > exact+5 {
			t.Errorf("the fee is %d for weight %d; want %d, up to 5 more", s.Fee, weight, exact)
		}
		if err := verify(s.Tx, s.Prevouts); err != nil {
			t.Error(err)
		}
		if b.chain.InMempool(s.Txid) {
			t.Error("Prepare broadcast it")
		}
		if again := b.prepare(req); again.Txid != s.Txid || !bytes.Equal(again.Raw, s.Raw) {
			t.Error("asking again for the purpose gave another transaction")
		}
		other := req
		other.Outputs = []*wire.TxOut{nullData(t, "something else")}
		if _, err := b.Prepare(t.Context(), other); !errors.Is(err, ErrPurposeUsed) {
			t.Errorf("another output for the purpose: %v; want ErrPurposeUsed", err)
		}

		key := b.put(s, "")
		b.broadcast()
		if e := b.entry(key); e.State != outbox.Broadcast || !b.chain.InMempool(s.Txid) {
			t.Fatalf("after a round it is %s (%s)", e.State, e.LastError)
		}
		block := b.mine(1)
		if e := b.entry(key); e.State != outbox.Confirmed || e.BlockHash != block.Hash {
			t.Errorf("after a block it is %s in %s; want confirmed in %s", e.State, e.BlockHash, block.Hash)
		}
		if got := b.state(s.Txid); got != confirmed {
			t.Errorf("the books have it as %s", got)
		}
		if again := b.prepare(req); again.Txid != s.Txid {
			t.Error("asking for a confirmed purpose signed a second transaction")
		}
	})
}

// A transaction is replaced twice; the chain has only the last.
func TestReplaceTwice(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.funds(2, 1_000_000)
		pay := []*wire.TxOut{stranger(1, 20_000), nullData(t, "memo"), stranger(2, 30_000)}
		first := b.prepare(Request{Purpose: "pay/1", Outputs: pay, Rate: chain.SatPerVByte(1), Change: P2WPKH})
		key0 := b.put(first, "")
		b.broadcast()
		second, err := b.Replace(t.Context(), first.Txid, chain.SatPerVByte(5))
		if err != nil {
			t.Fatal(err)
		}
		key1 := b.put(second, key0)
		b.broadcast()
		if b.chain.InMempool(first.Txid) || !b.chain.InMempool(second.Txid) {
			t.Fatalf("the mempool did not take the replacement: %s", b.entry(key1).LastError)
		}
		// A rate that hardly rises still pays the increment that relays.
		third, err := b.Replace(t.Context(), second.Txid, second.Rate()+1)
		if err != nil {
			t.Fatal(err)
		}
		key2 := b.put(third, key1)
		b.broadcast()
		if b.chain.InMempool(second.Txid) || !b.chain.InMempool(third.Txid) {
			t.Fatalf("the mempool did not take the second replacement: %s", b.entry(key2).LastError)
		}
		for i, s := range []*Signed{first, second, third} {
			if s.Generation != i || !sameOutputs(s.recipients(), pay) || s.Inputs[0] != first.Inputs[0] {
				t.Errorf("transaction %d: generation %d, other outputs or inputs than the first", i, s.Generation)
			}
		}
		if min := second.Fee + btcutil.Amount(vsize(weightOf(third.Tx))); third.Fee < min {
			t.Errorf("the second replacement pays %d; BIP-0125 asks for %d", third.Fee, min)
		}
		if repeated, err := b.Replace(t.Context(), first.Txid, chain.SatPerVByte(5)); err != nil || repeated.Txid != third.Txid {
			t.Errorf("replacing the first again: %v; want what replaced it last", err)
		}

		b.mine(1)
		for key, want := range map[string]outbox.State{key0: outbox.Conflicted, key1: outbox.Conflicted, key2: outbox.Confirmed} {
			if e := b.entry(key); e.State != want {
				t.Errorf("%s is %s; want %s", key, e.State, want)
			}
		}
		if a, z := b.state(first.Txid), b.state(third.Txid); a != replaced || z != confirmed {
			t.Errorf("the books have the first as %s and the last as %s", a, z)
		}
		if _, err := b.Replace(t.Context(), third.Txid, chain.SatPerVByte(50)); !errors.Is(err, ErrDecided) {
			t.Errorf("replacing a confirmed transaction: %v; want ErrDecided", err)
		}
		b.broadcast()
		if len(b.told) != 0 {
			t.Errorf("the owner was told that %v are lost, though one of the line is confirmed", b.told)
		}
	})
}

// When the change cannot pay the new fee, further coins are added.
func TestReplaceAddsCoins(t *testing.T) {
	b := newBench(t, dbtest.Open(t, db.SQLite), nil)
	b.funds(3, 100_000)
	coins, err := b.feeCoins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	biggest := btcutil.Amount(0)
	for _, c := range coins {
		biggest = max(biggest, c.Value)
	}
	first := b.prepare(Request{Purpose: "tight", Outputs: []*wire.TxOut{stranger(3, biggest-300)}, Rate: chain.SatPerVByte(1)})
	key := b.put(first, "")
	b.broadcast()
	second, err := b.Replace(t.Context(), first.Txid, chain.SatPerVByte(40))
	if err != nil {
		t.Fatal(err)
	}
	if len(second.Inputs) <= len(first.Inputs) {
		t.Fatalf("the replacement has %d inputs; want more than %d", len(second.Inputs), len(first.Inputs))
	}
	b.put(second, key)
	b.broadcast()
	if !b.chain.InMempool(second.Txid) || b.chain.InMempool(first.Txid) {
		t.Error("the mempool did not take the replacement with further coins")
	}
}

func TestDailyCap(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
		b := newBench(t, d, func(c *Config) {
			c.DailyCap = 1000
			c.Now = func() time.Time { return now }
		})
		b.funds(3, 1_000_000)
		out := []*wire.TxOut{nullData(t, "x")}
		first := b.prepare(Request{Purpose: "a", Outputs: out, Rate: chain.SatPerVByte(4)})
		if _, err := b.Prepare(t.Context(), Request{Purpose: "b", Outputs: out, Rate: chain.SatPerVByte(5)}); !errors.Is(err, chain.ErrFeeCap) {
			t.Fatalf("beyond the cap: %v; want ErrFeeCap", err)
		}
		leases, err := b.leases(t.Context())
		if err != nil || len(leases) != len(first.Inputs) {
			t.Errorf("after a refusal %d coins are leased (%v); want the %d of the first", len(leases), err, len(first.Inputs))
		}
		// Only the increment counts: 4 → 6 sat/vB fits, 4 → 9 does not.
		if _, err := b.Replace(t.Context(), first.Txid, chain.SatPerVByte(9)); !errors.Is(err, chain.ErrFeeCap) {
			t.Errorf("a bump beyond the cap: %v; want ErrFeeCap", err)
		}
		bumped, err := b.Replace(t.Context(), first.Txid, chain.SatPerVByte(6))
		if err != nil {
			t.Fatal(err)
		}
		spent, limit, err := b.SpentToday(t.Context())
		if err != nil || spent != bumped.Fee || limit != 1000 {
			t.Errorf("spent %d of %d (%v); want %d, the fee of the bumped one", spent, limit, err, bumped.Fee)
		}
		now = now.Add(2 * time.Hour) // another day, UTC
		second := b.prepare(Request{Purpose: "b", Outputs: out, Rate: chain.SatPerVByte(5)})
		if err := b.Abandon(t.Context(), "b"); err != nil {
			t.Fatal(err)
		}
		if spent, _, err := b.SpentToday(t.Context()); err != nil || spent != 0 {
			t.Errorf("after giving %s up the day has spent %d (%v); want 0", second.Txid, spent, err)
		}
		if again := b.prepare(Request{Purpose: "b", Outputs: out, Rate: chain.SatPerVByte(5)}); again.Generation != 1 {
			t.Errorf("a purpose given up starts again at generation %d; want 1", again.Generation)
		}
	})
}

// 200 payments of random size, made of whatever coins there are, never touch
// the protected ones; nor does lnd's own payment.
func TestProtectedCoinsAreNeverSpent(t *testing.T) {
	b := newBench(t, dbtest.Open(t, db.SQLite), nil)
	b.funds(12, 300_000)
	coins, err := b.feeCoins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	protected := map[wire.OutPoint]bool{}
	for _, c := range coins[:3] {
		protected[c.OutPoint] = true
		if err := b.Protect(t.Context(), "a coloured coin", c.OutPoint); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	paid := 0
	for i := range 200 {
		if i%20 == 10 { // the lease alone must not be what holds: it can expire
			for op := range protected {
				if err := b.release(t.Context(), protectedID, op); err != nil {
					t.Fatal(err)
				}
			}
		}
		var outs []*wire.TxOut
		for range 1 + random.IntN(3) {
			outs = append(outs, stranger(byte(i), btcutil.Amount(330+random.IntN(20_000))))
		}
		s, err := b.Prepare(t.Context(), Request{
			Purpose: fmt.Sprintf("send/%d", i), Outputs: outs,
			Rate: chain.FeeRate(250 + random.IntN(3000)), Change: AddressType(random.IntN(2)),
		})
		if errors.Is(err, chain.ErrNoFunds) {
			b.mine(1)
			continue
		}
		if err != nil {
			t.Fatalf("seed %d, payment %d: %v", seed, i, err)
		}
		paid++
		for _, op := range s.Inputs {
			if protected[op] {
				t.Fatalf("seed %d, payment %d spends protected coin %s", seed, i, op)
			}
		}
		if i%3 == 0 {
			if err := b.chain.Submit(s.Tx); err != nil {
				t.Fatalf("seed %d, payment %d: %v", seed, i, err)
			}
		} else if err := b.Abandon(t.Context(), s.Purpose); err != nil {
			t.Fatal(err)
		}
	}
	if paid < 150 {
		t.Errorf("only %d of 200 payments were made", paid)
	}

	if err := b.RenewLeases(t.Context()); err != nil {
		t.Fatal(err)
	}
	listed, err := b.ListCoins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var everything btcutil.Amount
	for _, c := range listed {
		if protected[c.OutPoint] != (c.Class == Protected) || protected[c.OutPoint] && (!c.Leased || c.Reason != "a coloured coin") {
			t.Errorf("coin %s is listed as %s, leased %v, %q", c.OutPoint, c.Class, c.Leased, c.Reason)
		}
		if c.Class == Fee && !c.Leased {
			everything += c.Value
		}
	}
	// lnd's own payment of more than the fee coins hold must fail rather than
	// dip into the protected ones.
	address, err := b.NewAddress(t.Context(), P2TR)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.lnd.SendCoins(t.Context(), &lnrpc.SendCoinsRequest{Addr: address.String(), Amount: int64(everything), SatPerVbyte: 1})
	if err == nil {
		t.Error("lnd paid more than the fee coins hold")
	}
	if err := b.Unprotect(t.Context(), coins[0].OutPoint, coins[1].OutPoint, coins[2].OutPoint); err != nil {
		t.Fatal(err)
	}
	balance, err := b.Balance(t.Context())
	if err != nil || balance.Protected != 0 {
		t.Errorf("after Unprotect %d satoshi are protected (%v)", balance.Protected, err)
	}
}

// A coin that is on its way out cannot be protected any more.
func TestProtectRefusesASpentCoin(t *testing.T) {
	b := newBench(t, dbtest.Open(t, db.SQLite), nil)
	b.funds(1, 1_000_000)
	s := b.prepare(Request{Purpose: "p", Outputs: []*wire.TxOut{nullData(t, "p")}, Rate: chain.SatPerVByte(1)})
	if err := b.Protect(t.Context(), "too late", s.Inputs[0]); !errors.Is(err, chain.ErrProtected) {
		t.Errorf("Protect of a coin being spent: %v; want ErrProtected", err)
	}
}

func TestParallelPurposesShareNoInput(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		const n = 8
		b.funds(n, 500_000)
		var (
			wg   sync.WaitGroup
			mu   sync.Mutex
			used = map[wire.OutPoint]string{}
		)
		// Two wallets on one database and node: two processes in short.
		twin, err := New(b.cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			wg.Go(func() {
				w := b.Wallet
				if i%2 == 1 {
					w = twin
				}
				purpose := fmt.Sprintf("parallel/%d", i)
				s, err := w.Prepare(t.Context(), Request{Purpose: purpose, Outputs: []*wire.TxOut{stranger(byte(i), 1000)}, Rate: chain.SatPerVByte(2)})
				if err != nil {
					t.Errorf("%s: %v", purpose, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				for _, op := range s.Inputs {
					if other, taken := used[op]; taken {
						t.Errorf("%s and %s both spend %s", purpose, other, op)
					}
					used[op] = purpose
				}
			})
		}
		wg.Wait()
	})
}

// Two processes that prepare, and then replace, for one purpose at once get one
// and the same transaction.
func TestOnePurposeTwoProcesses(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.funds(6, 500_000)
		twin, err := New(b.cfg)
		if err != nil {
			t.Fatal(err)
		}
		both := func(work func(w *Wallet) (*Signed, error)) *Signed {
			t.Helper()
			var out [2]*Signed
			var wg sync.WaitGroup
			for i, w := range []*Wallet{b.Wallet, twin} {
				wg.Go(func() {
					var err error
					if out[i], err = work(w); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if t.Failed() {
				t.FailNow()
			}
			if out[0].Txid != out[1].Txid {
				t.Fatalf("one has %s, the other %s", out[0].Txid, out[1].Txid)
			}
			return out[0]
		}
		for i := range 5 {
			req := Request{Purpose: fmt.Sprintf("twins/%d", i), Outputs: []*wire.TxOut{nullData(t, "twins")}, Rate: chain.SatPerVByte(2)}
			s := both(func(w *Wallet) (*Signed, error) { return w.Prepare(t.Context(), req) })
			both(func(w *Wallet) (*Signed, error) { return w.Replace(t.Context(), s.Txid, chain.SatPerVByte(5)) })
		}
	})
}

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

func TestRequestsAreChecked(t *testing.T) {
	b := newBench(t, dbtest.Open(t, db.SQLite), nil)
	ok := []*wire.TxOut{stranger(1, 1000)}
	rate := chain.SatPerVByte(2)
	for name, req := range map[string]Request{
		"no purpose":     {Outputs: ok, Rate: rate},
		"long purpose":   {Purpose: string(make([]byte, 201)), Outputs: ok, Rate: rate},
		"no outputs":     {Purpose: "p", Rate: rate},
		"no rate":        {Purpose: "p", Outputs: ok},
		"absurd rate":    {Purpose: "p", Outputs: ok, Rate: chain.SatPerVByte(1001)},
		"dust":           {Purpose: "p", Outputs: []*wire.TxOut{stranger(1, 293)}, Rate: rate},
		"negative":       {Purpose: "p", Outputs: []*wire.TxOut{stranger(1, -1)}, Rate: rate},
		"too much money": {Purpose: "p", Outputs: []*wire.TxOut{stranger(1, btcutil.MaxSatoshi), stranger(2, btcutil.MaxSatoshi)}, Rate: rate},
		"empty script":   {Purpose: "p", Outputs: []*wire.TxOut{{Value: 1000}}, Rate: rate},
		"burnt money":    {Purpose: "p", Outputs: []*wire.TxOut{{Value: 1, PkScript: []byte{txscript.OP_RETURN}}}, Rate: rate},
		"two op_returns": {Purpose: "p", Outputs: []*wire.TxOut{nullData(t, "a"), nullData(t, "b")}, Rate: rate},
		"long op_return": {Purpose: "p", Outputs: []*wire.TxOut{{PkScript: append([]byte{txscript.OP_RETURN}, make([]byte, 83)...)}}, Rate: rate},
		"501 outputs":    {Purpose: "p", Outputs: make([]*wire.TxOut, 501), Rate: rate},
	} {
		if _, err := b.Prepare(t.Context(), req); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %v; want ErrRequest", name, err)
		}
	}
	if _, err := b.Prepare(t.Context(), Request{Purpose: "rich", Outputs: []*wire.TxOut{stranger(1, 1_000_000*btcutil.SatoshiPerBitcoin)}, Rate: rate}); !errors.Is(err, chain.ErrNoFunds) {
		t.Errorf("more than there is: %v; want ErrNoFunds", err)
	}
	if _, err := b.Replace(t.Context(), chainhash.Hash{1}, rate); !errors.Is(err, ErrUnknownTx) {
		t.Errorf("replacing a stranger's transaction: %v; want ErrUnknownTx", err)
	}
	estimate, err := b.EstimateRate(t.Context(), 6)
	if err != nil || estimate < minRate || estimate > b.maxRate {
		t.Errorf("EstimateRate(6) = %d, %v", estimate, err)
	}
	if _, err := b.EstimateRate(t.Context(), 0); !errors.Is(err, ErrRequest) {
		t.Errorf("EstimateRate(0): %v; want ErrRequest", err)
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

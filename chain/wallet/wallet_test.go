package wallet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
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

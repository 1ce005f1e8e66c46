package payment

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"cairn/app/audit"
	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// fakeWallet has one big coin for each purpose, and signs as chain/wallet does:
// once for a purpose.
type fakeWallet struct {
	mu       sync.Mutex
	rate     chain.FeeRate
	free     btcutil.Amount
	reserve  btcutil.Amount
	extra    btcutil.Amount // what signing costs more than planned
	fail     error
	signed   map[string][]*wire.MsgTx
	fees     map[chainhash.Hash]btcutil.Amount
	purposes map[chainhash.Hash]string
	prepared int
}

func newFakeWallet() *fakeWallet {
	return &fakeWallet{
		rate: chain.SatPerVByte(4), free: 1_000_000,
		signed: map[string][]*wire.MsgTx{}, fees: map[chainhash.Hash]btcutil.Amount{}, purposes: map[chainhash.Hash]string{},
	}
}

const fakeWeight = 600

func (w *fakeWallet) EstimateRate(_ context.Context, blocks int32) (chain.FeeRate, error) {
	if blocks > 2 {
		return w.rate / 2, nil
	}
	return w.rate, nil
}

func (w *fakeWallet) Plan(_ context.Context, o Order) (Estimate, error) {
	fee := o.Rate.Fee(fakeWeight)
	if o.Amount+fee > w.free {
		return Estimate{}, chain.ErrNoFunds
	}
	return Estimate{Fee: fee, Left: w.free - o.Amount - fee}, nil
}

func (w *fakeWallet) Most(_ context.Context, _ []byte, rate chain.FeeRate, keep btcutil.Amount) (btcutil.Amount, error) {
	return w.free - rate.Fee(fakeWeight) - keep, nil
}

func (w *fakeWallet) Reserve(context.Context) (btcutil.Amount, error) { return w.reserve, nil }

func (w *fakeWallet) NewAddress(context.Context) (string, error) {
	return "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", w.fail
}

func (w *fakeWallet) Prepare(_ context.Context, o Order) (Signed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		return Signed{}, w.fail
	}
	if line := w.signed[o.Purpose]; len(line) > 0 {
		return w.give(line[len(line)-1], len(line)-1), nil
	}
	if o.Amount+o.Rate.Fee(fakeWeight) > w.free {
		return Signed{}, chain.ErrNoFunds
	}
	w.prepared++
	var coin chainhash.Hash
	rand.Read(coin[:]) //nolint:errcheck // never fails
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: coin}, nil, wire.TxWitness{{1}}))
	tx.AddTxOut(wire.NewTxOut(int64(o.Amount), o.Script))
	w.fees[tx.TxHash()], w.purposes[tx.TxHash()] = o.Rate.Fee(fakeWeight)+w.extra, o.Purpose
	w.signed[o.Purpose] = append(w.signed[o.Purpose], tx)
	return w.give(tx, 0), nil
}

func (w *fakeWallet) give(tx *wire.MsgTx, generation int) Signed {
	raw := rawOf(tx)
	return Signed{Raw: raw, Txid: tx.TxHash(), Fee: w.fees[tx.TxHash()], Generation: generation}
}

func (w *fakeWallet) Replace(_ context.Context, txid chainhash.Hash, rate chain.FeeRate) (Signed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	purpose := w.purposes[txid]
	line := w.signed[purpose]
	old := line[len(line)-1]
	fee := rate.Fee(weightOf(old))
	if w.fees[old.TxHash()] >= fee {
		return w.give(old, len(line)-1), nil
	}
	tx := old.Copy()
	tx.LockTime++
	w.fees[tx.TxHash()], w.purposes[tx.TxHash()] = fee, purpose
	w.signed[purpose] = append(line, tx)
	return w.give(tx, len(line)), nil
}

func (w *fakeWallet) Abandon(_ context.Context, purpose string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.signed, purpose)
	return nil
}

type till struct {
	*Payments
	t      *testing.T
	wallet *fakeWallet
	db     *db.DB
	log    *audit.Log
	now    time.Time
	sent   int
}

func newTill(t *testing.T, d *db.DB) *till {
	s := &till{t: t, wallet: newFakeWallet(), db: d, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	s.log = audit.New(d, func() time.Time { return s.now })
	s.Payments = New(Config{
		DB: d, Wallet: s.wallet, Network: chain.Devnet, Audit: s.log, Sent: func() { s.sent++ },
		Now: func() time.Time { return s.now }, Rand: rand.Reader,
	})
	return s
}

const to = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"

func (s *till) draft(amount string, whole bool) ID {
	s.t.Helper()
	id, err := s.Draft(s.t.Context(), Request{To: to, Amount: amount, Whole: whole, Label: "rent", By: "operator-01"})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// fastest is the choice of the first speed offered.
func (s *till) fastest(id ID) Choice {
	s.t.Helper()
	speeds, err := s.Speeds(s.t.Context(), id, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	return Choice{Rate: speeds[0].Rate, Fee: speeds[0].Fee, Amount: speeds[0].Amount, By: "operator-01"}
}

func (s *till) entries() []outbox.Entry {
	s.t.Helper()
	list, err := outbox.List(s.db.Read(s.t.Context()), 100)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func each(t *testing.T, fn func(s *till)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(newTill(t, d)) })
}

func TestAPaymentIsSignedOnce(t *testing.T) {
	each(t, func(s *till) {
		t, ctx := s.t, s.t.Context()
		id := s.draft("20 000", false)
		if p, err := s.Get(ctx, id); err != nil || p.State != Draft || p.Amount != 20_000 || p.Label != "rent" {
			t.Fatalf("%+v, %v", p, err)
		}
		if speeds, err := s.Speeds(ctx, id, 0); err != nil || len(speeds) != 2 || speeds[0].Fee <= speeds[1].Fee {
			t.Fatalf("speeds %+v, %v", speeds, err)
		}
		if got := s.entries(); len(got) != 0 {
			t.Fatal("something was stored before anybody confirmed it")
		}
		choice := s.fastest(id)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if p, err := s.Confirm(ctx, id, choice); err != nil || p.State != Sent || p.Fee != choice.Fee {
					t.Errorf("%+v, %v", p, err)
				}
			})
		}
		wg.Wait()
		if got := s.entries(); len(got) != 1 || s.wallet.prepared != 1 {
			t.Errorf("%d transactions stored, %d signed", len(got), s.wallet.prepared)
		}
		entries, err := s.log.Entries(ctx, 0, 10)
		if err != nil || len(entries) != 1 || entries[0].What != "wallet.sent" || entries[0].Detail["amount-sat"] != "20000" {
			t.Errorf("the log has %+v, %v", entries, err)
		}
		if list, err := s.List(ctx, 10); err != nil || len(list) != 1 || !list[0].Waiting() {
			t.Errorf("%+v, %v", list, err)
		}
		if s.sent == 0 {
			t.Error("nobody was told")
		}
	})
}

func TestThePowerFailsAnywhere(t *testing.T) {
	for _, step := range []string{"chosen", "signed", "stored"} {
		t.Run(step, func(t *testing.T) {
			each(t, func(s *till) {
				t, ctx := s.t, s.t.Context()
				id := s.draft("20000", false)
				choice := s.fastest(id)
				s.reach = func(at string) {
					if at == step {
						panic("power")
					}
				}
				func() {
					defer func() { _ = recover() }()
					s.Confirm(ctx, id, choice) //nolint:errcheck // it never returns
				}()
				s.reach = func(string) {}
				if p, err := s.Get(ctx, id); err != nil || p.State == Draft {
					t.Errorf("after the crash: %+v, %v", p, err)
				}
				// Another fee is refused: the first may be signed.
				if step != "stored" {
					other := choice
					other.Fee++
					if _, err := s.Confirm(ctx, id, other); !errors.Is(err, ErrChosen) {
						t.Errorf("another fee: %v", err)
					}
				}
				if p, err := s.Confirm(ctx, id, choice); err != nil || p.State != Sent {
					t.Errorf("once more: %+v, %v", p, err)
				}
				if got := s.entries(); len(got) != 1 || s.wallet.prepared != 1 {
					t.Errorf("%d stored, %d signed", len(got), s.wallet.prepared)
				}
			})
		})
	}
}

func TestWhatIsNotSent(t *testing.T) {
	each(t, func(s *till) {
		t, ctx := s.t, s.t.Context()
		for text, kind := range map[string]error{
			"": ErrAddress, "bcrt1qnonsense": ErrAddress, "bitcoin:?amount=1": ErrAddress, "https://example.org": ErrAddress,
			"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4": ErrForeign, "1BoatSLRHtKNngkdXEeobR76b53LETtpyT": ErrForeign,
			"tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx":                         ErrForeign,
			"0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798": ErrAddress,
		} {
			if _, err := s.Draft(ctx, Request{To: text, Amount: "1000"}); !errors.Is(err, kind) {
				t.Errorf("%q: %v", text, err)
			}
		}
		for _, amount := range []string{"", "0", "-5", "293", "12.5", "x", "2100000000000001", "99999999999999999999"} {
			if _, err := s.Draft(ctx, Request{To: to, Amount: amount}); !errors.Is(err, ErrAmount) {
				t.Errorf("amount %q: %v", amount, err)
			}
		}
		if _, err := s.Get(ctx, ID{9}); !errors.Is(err, ErrUnknown) {
			t.Errorf("unknown: %v", err)
		}

		id := s.draft("20000", false)
		choice := s.fastest(id)
		refused := func(kind error, why string) {
			t.Helper()
			if _, err := s.Confirm(ctx, id, choice); !errors.Is(err, kind) {
				t.Errorf("%s: %v", why, err)
			}
			if p, err := s.Get(ctx, id); err != nil || p.State != Draft {
				t.Errorf("%s: it is %+v, %v", why, p, err)
			}
		}
		s.wallet.extra = 1
		refused(ErrMoved, "dearer than shown")
		s.wallet.extra = 0
		s.wallet.reserve = 990_000
		refused(ErrReserve, "the reserve")
		if _, err := s.Speeds(ctx, id, 0); !errors.Is(err, ErrReserve) {
			t.Errorf("speeds: %v", err)
		}
		s.wallet.reserve = 0
		s.wallet.free = 100
		refused(chain.ErrNoFunds, "no funds")
		s.wallet.free = 1_000_000
		s.wallet.fail = chain.ErrFeeCap
		refused(chain.ErrFeeCap, "the day's cap")
		// While the node is away, nobody knows: the choice stays.
		s.wallet.fail = chain.ErrEngineDown
		if _, err := s.Confirm(ctx, id, choice); !errors.Is(err, chain.ErrEngineDown) {
			t.Errorf("node down: %v", err)
		}
		if p, _ := s.Get(ctx, id); p.State != Chosen {
			t.Errorf("node down: it is %s", p.State)
		}
		s.wallet.fail = nil
		if len(s.entries()) != 0 {
			t.Error("something was stored")
		}
		if p, err := s.Confirm(ctx, id, choice); err != nil || p.State != Sent {
			t.Errorf("at last: %+v, %v", p, err)
		}
	})
}

func TestALinkAndAllThereIs(t *testing.T) {
	each(t, func(s *till) {
		t, ctx := s.t, s.t.Context()
		id, err := s.Draft(ctx, Request{To: "bitcoin:" + to + "?amount=0.0003", By: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if p, _ := s.Get(ctx, id); p.Amount != 30_000 || p.Address != to {
			t.Errorf("%+v", p)
		}
		s.wallet.reserve = 10_000
		id = s.draft("", true)
		choice := s.fastest(id)
		if want := s.wallet.free - choice.Fee - 10_000; choice.Amount != want {
			t.Errorf("all there is: %d, want %d", choice.Amount, want)
		}
		p, err := s.Confirm(ctx, id, choice)
		if err != nil || p.Amount != choice.Amount {
			t.Fatalf("%+v, %v", p, err)
		}
		msg, err := s.entries()[0].Tx()
		if err != nil || msg.TxOut[0].Value != int64(choice.Amount) {
			t.Errorf("it pays %d, %v", msg.TxOut[0].Value, err)
		}
	})
}

func TestBump(t *testing.T) {
	each(t, func(s *till) {
		t, ctx := s.t, s.t.Context()
		id := s.draft("20000", false)
		if _, _, err := s.BumpRate(ctx, id); !errors.Is(err, ErrNotWaiting) {
			t.Errorf("a draft: %v", err)
		}
		first, err := s.Confirm(ctx, id, s.fastest(id))
		if err != nil {
			t.Fatal(err)
		}
		rate, fee, err := s.BumpRate(ctx, id)
		if err != nil || rate <= first.Rate || fee <= first.Fee {
			t.Fatalf("%d, %d, %v", rate, fee, err)
		}
		for range 3 {
			p, err := s.Bump(ctx, id, rate, "operator-01")
			if err != nil || p.Bumps != 1 || p.Fee <= first.Fee || p.Txid == first.Txid {
				t.Fatalf("%+v, %v", p, err)
			}
		}
		if got := s.entries(); len(got) != 2 {
			t.Errorf("%d entries", len(got))
		}
		// The first one is confirmed all the same: it counts, and nothing waits.
		err = s.db.Transact(ctx, func(tx *gorm.DB) error {
			return outbox.Confirm(tx, first.Txid, 7, chainhash.Hash{7})
		})
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Get(ctx, id)
		if err != nil || p.Txid != first.Txid || p.Height != 7 || p.Waiting() {
			t.Errorf("%+v, %v", p, err)
		}
		if _, err := s.Bump(ctx, id, rate*2, "x"); !errors.Is(err, ErrNotWaiting) {
			t.Errorf("in a block: %v", err)
		}
	})
}

func TestReceive(t *testing.T) {
	each(t, func(s *till) {
		t, ctx := s.t, s.t.Context()
		if _, err := s.Receive(ctx, "from\nAda"); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Received(ctx, 10); err != nil || len(list) != 1 || list[0].Label != "from Ada" || list[0].Address != to {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func FuzzTarget(f *testing.F) {
	for _, text := range []string{to, "bitcoin:" + to + "?amount=1", "", "BITCOIN:?lightning=x", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address, _, err := target(text)
		if err != nil {
			return
		}
		script, err := scriptOf(address, chain.Devnet)
		if err == nil && len(script) == 0 {
			t.Errorf("%q pays nobody", text)
		}
	})
}

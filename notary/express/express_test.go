package express

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/notary"
	"cairn/notary/anchor"
	"cairn/notary/docproof"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

var forms = []notary.Form{notary.FormPlain, notary.FormDocproof}

func TestFromPaymentToBlock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 3)
		for _, form := range forms {
			text := "a deed, " + string(form)
			o := w.buy(text, form)
			if made := w.stage(text, notary.StageStored); made.Form != form || made.Returned || made.OrderedAt.IsZero() {
				t.Errorf("ordered: %+v", made)
			}
			w.paidFor(o, "paid")
			w.work()
			w.paidFor(o, "spent")
			w.stage(text, notary.StageStored) // signed, and not sent yet
			w.send()
			sent := w.stage(text, notary.StageBroadcast)
			if !w.chain.InMempool(sent.Anchor.Txid) || sent.Anchor.Fee <= 0 || sent.Anchor.Form != form {
				t.Errorf("sent: %+v", sent)
			}
			if p := w.proof(text); p.Stage != notary.StageBroadcast || p.Anchor.Txid != sent.Anchor.Txid || len(p.Own) != 1 {
				t.Errorf("the proof is %+v", p)
			}
			w.mine(2)
			w.stage(text, notary.StageConfirming)
			w.verified(text, verify.Pending)
			w.mine(1)
			done := w.stage(text, notary.StageComplete)
			if p := w.proof(text); p.Stage != notary.StageComplete || p.Anchor.Block != done.Anchor.Block || !p.ExpectedBy.IsZero() {
				t.Errorf("the proof is %+v", p)
			}
			w.verified(text, verify.Confirmed)
			w.carriedTimes(o, 1)
			w.findable(text, o, done)
		}
	})
}

// findable looks for an order by everything that names it.
func (w *world) findable(text string, o Order, own notary.Own) {
	w.Helper()
	for _, name := range []string{own.Anchor.Txid.String(), own.Anchor.Block.Hash.String()} {
		f, err := w.service.Find(w.Context(), name)
		if err != nil || len(f.Anchors) != 1 || f.Anchors[0].Txid != own.Anchor.Txid {
			w.Errorf("by %s: %+v, %v", name, f, err)
		}
	}
	if f, err := w.service.Find(w.Context(), digestOf(text).String()); err != nil || f.Digest == nil {
		w.Errorf("by its digest: %+v, %v", f, err)
	}
	mined, err := w.chain.Tx(own.Anchor.Txid)
	must(w, err)
	tx := mined.Msg
	found := docproof.Find(tx)
	if o.Form == notary.FormDocproof && (len(found) != 1 || found[0].Digest != digestOf(text)) {
		w.Errorf("a docproof is read as %+v", found)
	}
	digest := digestOf(text)
	inside := slices.ContainsFunc(tx.TxOut, func(out *wire.TxOut) bool { return bytes.Contains(out.PkScript, digest[:]) })
	if inside != (o.Form == notary.FormDocproof) {
		w.Errorf("form %s: the digest itself in the chain: %v", o.Form, inside)
	}
}

// The free anchor goes on beside it, and a finished proof has both ways.
func TestBothWaysAreInTheProof(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		loop := anchor.NewLoop(anchor.Config{DB: d, Wallet: w.wallet, Interval: time.Minute, Debounce: time.Nanosecond, Poll: 10 * time.Millisecond, Now: w.clock.Now})
		w.buy("a will", notary.FormPlain)
		w.work()
		w.send()
		w.mine(1)
		w.stage("a will", notary.StageComplete)
		first := w.proof("a will").Anchor
		if got := heights(w, "a will"); len(got) != 1 {
			t.Fatalf("attested by %d blocks", len(got))
		}

		w.runUntilSent(loop)
		w.mine(1)
		if got := heights(w, "a will"); len(got) != 2 {
			t.Fatalf("attested by %d blocks", len(got))
		}
		if p := w.proof("a will"); p.Anchor.Block != first.Block {
			t.Errorf("the earlier block counts, not %+v", p.Anchor.Block)
		}
		proofs, err := w.service.Proofs(t.Context(), []notary.Digest{digestOf("a will")})
		if err != nil || len(proofs) != 1 || proofs[0].Anchor.Block != first.Block {
			t.Errorf("proofs: %+v, %v", proofs, err)
		}
	})
}

// heights are the blocks that attest a text, all of them verified.
func heights(w *world, text string) (found []uint64) {
	w.Helper()
	result, err := verify.Check(w.Context(), w.verified(text, verify.Confirmed).Timestamp, w.follower)
	must(w, err)
	for _, f := range result.Findings {
		if f.Outcome == verify.Confirmed {
			found = append(found, uint64(f.Block.Height))
		}
	}
	return found
}

func TestFeeIsRaisedWhileItLingers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		o := w.buy("a letter", notary.FormDocproof)
		w.work()
		w.send()
		first := w.stage("a letter", notary.StageBroadcast).Anchor
		w.passWithout(first.Txid)
		w.passWithout(first.Txid)
		w.work()
		w.send()
		raised := w.stage("a letter", notary.StageBroadcast).Anchor
		if raised.Txid == first.Txid || raised.Fee <= first.Fee || raised.Bumps != 1 {
			t.Fatalf("raised to %+v from %+v", raised, first)
		}
		if old, err := w.service.Anchor(t.Context(), first.Txid); err != nil || old.Txid != raised.Txid {
			t.Errorf("the replaced one leads to %+v, %v", old, err)
		}
		w.mine(1)
		w.stage("a letter", notary.StageComplete)
		w.verified("a letter", verify.Confirmed)
		w.carriedTimes(o, 1)
	})
}

func TestSurvivesAReorg(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 2)
		o := w.buy("a map", notary.FormPlain)
		w.work()
		w.send()
		w.mine(2)
		before := w.stage("a map", notary.StageComplete).Anchor
		w.verified("a map", verify.Confirmed)
		if _, err := w.chain.Reorg(3); err != nil {
			t.Fatal(err)
		}
		w.follow()
		if undone := w.own("a map"); undone.Stage >= notary.StageConfirming || undone.Body != nil {
			t.Fatalf("after the reorg: %+v", undone)
		}
		w.verified("a map", verify.Pending)
		w.work()
		w.send()
		w.mine(2)
		after := w.stage("a map", notary.StageComplete).Anchor
		if after.Block == before.Block {
			t.Errorf("before %+v, after %+v", before, after)
		}
		w.verified("a map", verify.Confirmed)
		w.carriedTimes(o, 1)
		w.paidFor(o, "spent")
	})
}

// A block that spends its coin otherwise does not lose the order, nor make it
// cost twice.
func TestStolenCoin(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(t, d, 1)
	o := w.buy("a key", notary.FormPlain)
	w.work()
	w.send()
	attempts, err := book.AttemptsOf(d.Read(t.Context()), o.ID)
	must(t, err)
	if err := w.chain.Submit(w.wallet.Conflicting(t, attempts[0].Entry.Raw)); err != nil {
		t.Fatal(err)
	}
	w.mine(1)
	w.work()
	w.send()
	w.mine(1)
	w.stage("a key", notary.StageComplete)
	w.verified("a key", verify.Confirmed)
	w.carriedTimes(o, 1)
	w.paidFor(o, "spent")
}

func TestOneOrderForOnePayment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		o := w.buy("a song", notary.FormPlain)
		again, err := w.desk.Place(t.Context(), o.PaidBy, digestOf("a song"), notary.FormPlain)
		if err != nil || again != o {
			t.Errorf("placed again: %+v, %v, want %+v", again, err, o)
		}
		if _, err := w.desk.Place(t.Context(), w.pay(), digestOf("a song"), notary.FormPlain); !errors.Is(err, ErrOrdered) {
			t.Errorf("a second payment: %v", err)
		}
		if err := w.desk.Free(t.Context(), digestOf("a song"), notary.FormPlain); !errors.Is(err, ErrOrdered) {
			t.Errorf("free: %v", err)
		}
		if _, err := w.desk.Place(t.Context(), w.pay(), digestOf("a song"), "loud"); !errors.Is(err, notary.ErrForm) {
			t.Errorf("a form there is not: %v", err)
		}
		other, err := w.desk.Place(t.Context(), w.pay(), digestOf("a song"), notary.FormDocproof)
		must(t, err)
		w.work()
		w.send()
		w.mine(1)
		w.carriedTimes(o, 1)
		w.carriedTimes(other, 1)
		w.verified("a song", verify.Confirmed)
		if owns, err := w.ledger.Of(t.Context(), digestOf("a song"), digestOf("nothing")); err != nil || len(owns) != 1 || len(owns[digestOf("a song")]) != 2 {
			t.Errorf("owns: %+v, %v", owns, err)
		}
	})
}

// While the node is away an order waits and says why; when that lasts, the
// money goes back and nothing is sent.
func TestWhatCannotBeMadeIsGivenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, kind := range []error{chain.ErrEngineDown, chain.ErrNoFunds, chain.ErrFeeCap, errors.New("a riddle")} {
			t.Run(kind.Error(), func(t *testing.T) {
				w := newWorld(t, dbtest.Open(t, d.Dialect()), 1)
				o := w.buy("a play", notary.FormPlain)
				w.wallet.Set(kind, chain.SatPerVByte(2))
				if err := w.desk.work(t.Context(), w.lease); !errors.Is(err, kind) {
					t.Fatalf("work: %v", err)
				}
				waits := w.stage("a play", notary.StageStored)
				if waits.Trouble == "" || waits.Returned {
					t.Errorf("waiting: %+v", waits)
				}
				w.paidFor(o, "paid")
				w.clock.Add(2 * time.Hour)
				w.till.fail = errors.New("the till is away")
				if err := w.desk.work(t.Context(), w.lease); !errors.Is(err, w.till.fail) {
					t.Fatalf("work: %v", err)
				}
				w.wallet.Set(nil, chain.SatPerVByte(2)) // too late: it is decided
				w.till.fail = nil
				w.work()
				w.paidFor(o, "returned")
				if back := w.stage("a play", notary.StageStored); !back.Returned || back.Trouble == "" {
					t.Errorf("given back: %+v", back)
				}
				if len(w.wallet.abandoned) == 0 {
					t.Error("what may have been signed was not given up")
				}
				w.work()
				w.send()
				w.mine(1)
				w.carriedTimes(o, 0)
				if p := w.proof("a play"); p.Stage != notary.StageStored {
					t.Errorf("the proof is %+v", p)
				}
				if err := w.desk.Free(t.Context(), digestOf("a play"), notary.FormPlain); err != nil {
					t.Errorf("it cannot be bought again: %v", err)
				}
			})
		}
	})
}

func TestTroublePasses(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(t, d, 1)
	o := w.buy("a poem", notary.FormPlain)
	w.wallet.Set(chain.ErrNoFunds, 0)
	if err := w.desk.work(t.Context(), w.lease); !errors.Is(err, chain.ErrNoFunds) {
		t.Fatal(err)
	}
	w.wallet.Set(nil, chain.SatPerVByte(2))
	w.work()
	w.send()
	if own := w.stage("a poem", notary.StageBroadcast); own.Trouble != "" {
		t.Errorf("still troubled: %+v", own)
	}
	w.clock.Add(3 * time.Hour)
	w.wallet.Set(chain.ErrEngineDown, 0)
	_ = w.desk.work(t.Context(), w.lease) // late, but paid for and on its way
	w.paidFor(o, "spent")
	w.mine(1)
	w.stage("a poem", notary.StageComplete)
}

// Whoever takes his money back before it is spent gets no transaction.
func TestTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 1)
		o := w.buy("a vow", notary.FormPlain)
		must(t, w.till.GiveBack(t.Context(), o))
		w.work()
		w.send()
		w.mine(1)
		w.carriedTimes(o, 0)
		if own := w.own("a vow"); !own.Returned || own.Trouble != "" {
			t.Errorf("taken back: %+v", own)
		}
		if !slices.Contains(w.wallet.abandoned, "express/1/1") {
			t.Errorf("given up: %q", w.wallet.abandoned)
		}
		w.work()
	})
}

func TestWeight(t *testing.T) {
	for _, form := range forms {
		tx := wire.NewMsgTx(2)
		in := wire.NewTxIn(&wire.OutPoint{}, nil, wire.TxWitness{make([]byte, 64)})
		tx.AddTxIn(in)
		tx.AddTxOut(output(form, [32]byte{1}))
		tx.AddTxOut(wire.NewTxOut(1, make([]byte, 34)))
		if got, want := Weight(form), blockchain.GetTransactionWeight(btcutil.NewTx(tx)); got != want {
			t.Errorf("%s weighs %d, want %d", form, got, want)
		}
	}
}

func TestParseForm(t *testing.T) {
	for text, want := range map[string]notary.Form{"": notary.FormPlain, "plain": notary.FormPlain, "docproof": notary.FormDocproof} {
		if got, err := notary.ParseForm(text); got != want || err != nil {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"Plain", "DOCPROOF", " plain", "x"} {
		if _, err := notary.ParseForm(text); !errors.Is(err, notary.ErrForm) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

type noRandom struct{}

func (noRandom) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

func TestWithoutRandomnessNothingIsPlaced(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(t, d, 1)
	w.desk.cfg.Rand = noRandom{}
	if _, err := w.desk.Place(t.Context(), w.pay(), digestOf("a secret"), notary.FormPlain); err == nil {
		t.Error("placed without a nonce")
	}
	w.desk.cfg.Rand = rand.Reader
	if owns, err := w.ledger.Of(t.Context(), digestOf("a secret")); err != nil || len(owns) != 0 {
		t.Errorf("owns: %+v, %v", owns, err)
	}
}

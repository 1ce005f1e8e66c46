package claim

import (
	"bytes"
	"errors"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

func each(t *testing.T, fn func(w *world), options ...worldOption) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(newWorld(t, d, options...)) })
}

// The whole way: too little, enough, claimed, in a block.
func TestClaim(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", nil, 100_000)
		b := w.pledged(c, 40_000, 40_000)
		ready, err := w.service.Ready(w.Context(), c.ID)
		must(w, err)
		if ready.Level != -1 || ready.Missing < 20_000 || ready.Missing > 22_000 {
			t.Fatalf("with 80,000 of 100,000: %+v", ready)
		}
		isKind(w, ready.Why, contract.ErrShort)
		_, err = w.service.Claim(w.Context(), k)
		isKind(w, err, contract.ErrShort)
		_, err = w.service.Get(w.Context(), c.ID)
		isKind(w, err, ErrNone)
		_, err = w.service.Claim(w.Context(), lighthouse.Key{1})
		isKind(w, err, lighthouse.ErrNotYours)

		b = append(b, w.pledged(c, 30_000)...)
		ready, err = w.service.Ready(w.Context(), c.ID)
		must(w, err)
		if ready.Level != 0 || ready.Pledges != 3 || ready.Sum != 110_000 || ready.Fee != 10_000 || ready.Slow {
			t.Fatalf("with 110,000 of 100,000: %+v", ready)
		}
		w.staged(c, lighthouse.Open)
		got, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.is(c, lighthouse.Claiming, lighthouse.Claimed)
		w.takes(got, b...)
		if got.Fee != 10_000 || got.Attempts != 1 || got.Weight > ready.Weight || got.Weight < ready.Weight-len64(b)*2 {
			t.Errorf("%+v, looked for %+v", got, ready)
		}
		again, err := w.service.Claim(w.Context(), k)
		must(w, err)
		if again.Tx.TxHash() != got.Tx.TxHash() {
			t.Error("claimed twice")
		}
		ready, err = w.service.Ready(w.Context(), c.ID)
		must(w, err)
		isKind(w, ready.Why, lighthouse.ErrClaimed)

		w.send()
		w.inMempool(got.Tx.TxHash())
		w.work()
		w.mine(1)
		got = w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if tip, _ := w.chain.Tip(w.Context()); got.Block != tip {
			t.Errorf("in block %s, want %s", got.Block, tip)
		}
		if n := w.paid(c); n != 1 {
			t.Errorf("paid %d times", n)
		}
		w.work()
		if n := len(w.unsent()); n != 0 {
			t.Errorf("%d transactions wait", n)
		}
	})
}

func len64[T any](s []T) int64 { return int64(len(s)) }

// A backer who leaves in a block is replaced by who waits; the beneficiaries are
// paid once.
func TestLeaving(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", nil, 100_000)
		b := w.pledged(c, 40_000, 40_000, 30_000, 35_000)
		first, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.takes(first, b[0], b[1], b[2])
		w.send()

		// He buys his way out of the mempool.
		must(w, w.chain.Submit(w.leave(b[1], 20_000)))
		w.work()
		second := w.is(c, lighthouse.Claiming, lighthouse.Claimed)
		w.takes(second, b[0], b[2], b[3])
		w.send()
		w.inMempool(second.Tx.TxHash())
		w.work()
		if now := w.claim(c); now.Attempts != 2 {
			t.Errorf("%d attempts", now.Attempts)
		}
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if n := w.paid(c); n != 1 {
			t.Errorf("paid %d times", n)
		}
		details, err := w.service.Details(w.Context(), c.ID)
		must(w, err)
		if h := details.History; len(h) != 2 || h[0].Reason != Asked || h[1].Reason != Left || h[1].Gone != 1 || h[0].Standing != Dead || h[1].Standing != Mined {
			t.Errorf("history %+v", h)
		}
	})
}

// Where no mempool is seen, only a block shows who left.
func TestLeavingUnseen(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", nil, 100_000)
		b := w.pledged(c, 40_000, 40_000, 30_000, 35_000)
		first, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.send()
		must(w, w.chain.Submit(w.leave(b[0], 20_000)))
		w.work()
		if now := w.is(c, lighthouse.Claiming, lighthouse.Claimed); now.Tx.TxHash() != first.Tx.TxHash() {
			t.Fatal("rebuilt though nobody could know")
		}
		w.mine(1)
		w.is(c, lighthouse.Rebuilding, lighthouse.Claimed)
		w.work()
		w.takes(w.is(c, lighthouse.Claiming, lighthouse.Claimed), b[1], b[2], b[3])
		w.send()
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if n := w.paid(c); n != 1 {
			t.Errorf("paid %d times", n)
		}
	}, blind)
}

// Too many leave: the campaign is open again, takes pledges, and is claimed
// after all.
func TestFailsAndOpensAgain(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", nil, 100_000)
		b := w.pledged(c, 40_000, 40_000, 30_000)
		first, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.send()
		must(w, w.chain.Submit(w.leave(b[1], 20_000)))
		w.work()
		w.is(c, lighthouse.Claiming, lighthouse.Claimed) // he may yet stay
		w.mine(1)
		w.work()
		w.is(c, lighthouse.Failed, lighthouse.Open)
		if n := len(w.unsent()); n != 0 {
			t.Fatalf("%d transactions are still sent", n)
		}
		_, err = w.service.Claim(w.Context(), k)
		isKind(w, err, contract.ErrShort)

		b = append(b, w.pledged(c, 45_000)...)
		again, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.takes(again, b[0], b[2], b[3])
		w.send()
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if w.paid(c) != 1 || again.Attempts != 2 || first.Attempts != 1 {
			t.Errorf("paid %d times in %d attempts", w.paid(c), again.Attempts)
		}
	})
}

// All pledges of a claim leave: until that is buried, no claim may be made that
// shares none of its coins.
func TestRests(t *testing.T) {
	each(t, func(w *world) {
		w.cfg.Settled = 5
		w.restart()
		c, k := w.opened("a roof", nil, 100_000)
		b := w.pledged(c, 110_000, 120_000)
		first, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.takes(first, b[0])
		w.send()
		must(w, w.chain.Submit(w.leave(b[0], 20_000)))
		w.work() // nothing yet: he may stay, and the other shares no coin
		w.is(c, lighthouse.Claiming, lighthouse.Claimed)
		w.mine(1)
		left, _ := w.chain.Tip(w.Context())
		for range 4 {
			w.work()
			now := w.is(c, lighthouse.Rebuilding, lighthouse.Claimed)
			details, err := w.service.Details(w.Context(), c.ID)
			must(w, err)
			if now.Attempts != 1 || details.RestsUntil != left.Height+5 {
				t.Fatalf("%d attempts, rests until %d, left at %d", now.Attempts, details.RestsUntil, left.Height)
			}
			w.mine(1)
		}
		w.work()
		w.is(c, lighthouse.Rebuilding, lighthouse.Claimed)
		w.mine(1)
		w.work()
		w.takes(w.is(c, lighthouse.Claiming, lighthouse.Claimed), b[1])
		w.send()
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if n := w.paid(c); n != 1 {
			t.Errorf("paid %d times", n)
		}
	})
}

// The block of a claim is undone: the same bytes are sent again, and found
// again.
func TestReorg(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", nil, 100_000)
		b := w.pledged(c, 40_000, 40_000, 30_000, 35_000)
		first, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.send()
		w.mine(2)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		txid := first.Tx.TxHash()

		w.reorg(2, devnet.WithoutTx(txid)) // the network has forgotten it
		if w.chain.InMempool(txid) {
			t.Fatal("not forgotten")
		}
		w.work()
		now := w.is(c, lighthouse.Claiming, lighthouse.Claimed)
		if now.Tx.TxHash() != txid || now.Block != (chain.BlockRef{}) {
			t.Fatalf("now %s in %s", now.Tx.TxHash(), now.Block)
		}
		w.send()
		w.inMempool(txid)
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)

		// A backer leaves in the other branch.
		w.reorg(1, devnet.WithTx(w.leave(b[0], 1_000)), devnet.WithoutTx(txid))
		w.work()
		now = w.is(c, lighthouse.Claiming, lighthouse.Claimed)
		w.takes(now, b[1], b[2], b[3])
		w.send()
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if n := w.paid(c); n != 1 {
			t.Errorf("paid %d times", n)
		}
	})
}

// A reorganisation takes the pledged coins themselves out of the chain: the
// claim waits for them, and is not given up.
func TestReorgOfCoins(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", nil, 100_000)
		w.pledged(c, 60_000, 60_000)
		first, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.send()
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		w.reorg(2)
		w.work()
		now := w.is(c, lighthouse.Claiming, lighthouse.Claimed)
		if now.Tx.TxHash() != first.Tx.TxHash() {
			t.Fatal("another claim")
		}
		w.send()
		w.inMempool(first.Tx.TxHash())
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if n := w.paid(c); n != 1 {
			t.Errorf("paid %d times", n)
		}
	})
}

// Anybody who has the pledges can claim; what he sends is recognised, undone
// with its block, and sent again.
func TestStranger(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", nil, 100_000)
		b := w.pledged(c, 40_000, 40_000, 35_000)
		level := c.Terms.Levels[0].Contract
		var inputs []contract.Pledge
		var spent []contract.Coin
		for _, one := range b {
			var tx wire.MsgTx
			must(w, tx.Deserialize(bytes.NewReader(one.signed(w, level))))
			p, err := level.Open(&tx)
			must(w, err)
			inputs, spent = append(inputs, p), append(spent, contract.Coin{Value: btcutil.Amount(one.out.Value), Script: one.out.PkScript})
		}
		theirs, err := level.Assemble(inputs, spent)
		must(w, err)
		theirs.TxIn[0], theirs.TxIn[2] = theirs.TxIn[2], theirs.TxIn[0] // another order, another id
		must(w, w.chain.Submit(theirs))
		w.mine(1)
		got := w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if got.Tx.TxHash() != theirs.TxHash() || got.Fee != 15_000 || len(got.Pledges) != 3 {
			t.Fatalf("%+v", got)
		}
		mine, err := w.service.Claim(w.Context(), k)
		must(w, err)
		if mine.Tx.TxHash() != theirs.TxHash() {
			t.Fatal("claimed beside a stranger's claim")
		}

		w.reorg(1, devnet.WithoutTx(theirs.TxHash()))
		w.is(c, lighthouse.Claiming, lighthouse.Claimed)
		w.work()
		w.send()
		w.inMempool(theirs.TxHash())
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if n := w.paid(c); n != 1 {
			t.Errorf("paid %d times", n)
		}
		details, err := w.service.Details(w.Context(), c.ID)
		must(w, err)
		if len(details.History) != 1 || details.History[0].Reason != Stranger {
			t.Errorf("history %+v", details.History)
		}
	})
}

// Not before the deadline where the contract says so, and not when refunds are
// out.
func TestTime(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", func(d *campaigns.Draft) { d.AtDeadline, d.DeadlineIn = true, 150 }, 100_000)
		b := w.pledged(c, 60_000, 60_000)
		_, err := w.service.Claim(w.Context(), k)
		isKind(w, err, lighthouse.ErrTooEarly)
		var early *TooEarly
		if !errors.As(err, &early) || early.Block != c.Terms.Deadline {
			t.Fatalf("%v, want block %d", err, c.Terms.Deadline)
		}
		tip, _ := w.chain.Tip(w.Context())
		w.mine(int(c.Terms.Deadline - 1 - tip.Height))
		_, err = w.service.Claim(w.Context(), k)
		isKind(w, err, lighthouse.ErrTooEarly)
		w.staged(c, lighthouse.Open)
		w.mine(1)
		w.staged(c, lighthouse.Closed)
		got, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.takes(got, b...)
		w.send()
		w.inMempool(got.Tx.TxHash())
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)

		late, k := w.opened("a shed", func(d *campaigns.Draft) { d.DeadlineIn = 150 }, 100_000)
		w.pledged(late, 60_000, 60_000)
		w.mine(150 + lighthouse.RefundAfter)
		_, err = w.service.Claim(w.Context(), k)
		isKind(w, err, ErrOver)
		w.staged(late, lighthouse.Closed)

		ended, k := w.opened("a barn", nil, 100_000)
		w.pledged(ended, 60_000, 60_000)
		_, err = w.campaigns.Close(w.Context(), k)
		must(w, err)
		_, err = w.service.Claim(w.Context(), k)
		isKind(w, err, ErrOver)
	})
}

// The highest level that is covered is claimed, with the coins that are good for
// it alone.
func TestLevels(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", nil, 100_000, 200_000)
		b := w.pledged(c, 60_000, 60_000, 40_000)
		sponsor := w.coinsOf(50_000)
		w.submit(sponsor[0], c, 1) // a matching coin
		ready, err := w.service.Ready(w.Context(), c.ID)
		must(w, err)
		if ready.Level != 1 || ready.Pledges != 4 {
			t.Fatalf("%+v", ready)
		}
		got, err := w.service.Claim(w.Context(), k)
		must(w, err)
		if got.Level != 1 {
			t.Fatalf("level %d", got.Level)
		}
		w.takes(got, append(b, sponsor...)...)
		w.send()
		// One leaves: the goal itself can still be claimed.
		must(w, w.chain.Submit(w.leave(b[2], 30_000)))
		w.work()
		got = w.is(c, lighthouse.Claiming, lighthouse.Claimed)
		if got.Level != 0 {
			t.Fatalf("level %d", got.Level)
		}
		w.takes(got, b[0], b[1])
		w.send()
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		if n := w.paid(c); n != 1 {
			t.Errorf("paid %d times", n)
		}
	})
}

// A campaign that says so is claimed without its creator.
func TestByItself(t *testing.T) {
	each(t, func(w *world) {
		c, _ := w.opened("a roof", func(d *campaigns.Draft) { d.ByItself = true }, 100_000)
		other, _ := w.opened("a shed", nil, 100_000)
		w.due = []Due{{c.ID, 1}, {other.ID, 1}}
		w.pledged(c, 60_000)
		w.pledged(other, 60_000, 60_000)
		w.work()
		w.staged(c, lighthouse.Open)
		w.pledged(c, 50_000)
		w.due[0].Mark++
		w.work()
		w.is(c, lighthouse.Claiming, lighthouse.Claimed)
		w.staged(other, lighthouse.Open)
		w.send()
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
	})
}

// At a rate that the reserve was not made for a campaign can be claimed slowly.
func TestSlow(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", nil, 100_000)
		w.pledged(c, 51_000, 51_000)
		w.rate = chain.SatPerVByte(50)
		ready, err := w.service.Ready(w.Context(), c.ID)
		must(w, err)
		if ready.Level != 0 || !ready.Slow || ready.Rate != 253 {
			t.Fatalf("%+v", ready)
		}
		got, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.send()
		w.inMempool(got.Tx.TxHash())
		for range 3 {
			w.reorgKeeping(got.Tx.TxHash())
		}
		details, err := w.service.Details(w.Context(), c.ID)
		must(w, err)
		if !details.Stuck || details.Waited < 3 {
			t.Errorf("waited %d blocks, stuck: %v", details.Waited, details.Stuck)
		}
	})
}

// reorgKeeping makes the chain longer while a transaction waits as before, as
// when nobody mines it at its rate.
func (w *world) reorgKeeping(txid chainhash.Hash) {
	w.Helper()
	_, err := w.chain.Mine(1)
	must(w, err)
	_, err = w.chain.Reorg(1)
	must(w, err)
	w.follow()
	w.inMempool(txid)
}

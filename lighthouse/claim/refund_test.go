package claim

import (
	"context"
	"testing"

	"cairn/app/db"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/refund"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// home signs a refund of a coin that is good from a block on.
func (w *world) home(b *backer, from uint32) {
	w.Helper()
	tx := wire.NewMsgTx(2)
	tx.LockTime = from
	in := wire.NewTxIn(&b.coin, nil, nil)
	in.Sequence = 0xfffffffd
	tx.AddTxIn(in)
	tx.AddTxOut(wire.NewTxOut(b.out.Value-300, p2wpkh(w, key("home"))))
	b.sign(w, tx, 0, txscript.SigHashAll)
	b.refund = tx
}

func (w *world) refunds(change func(*refund.Config)) *refund.Service {
	w.Helper()
	cfg := refund.Config{DB: w.db, Pledges: w.pledges}
	if change != nil {
		change(&cfg)
	}
	r, err := refund.New(cfg)
	must(w, err)
	return r
}

// states of the refunds of a campaign, in the order of its pledges.
func (w *world) homes(r *refund.Service, c lighthouse.Campaign, want ...refund.State) {
	w.Helper()
	rows, err := r.List(w.Context(), c.ID)
	must(w, err)
	var got []refund.State
	for _, row := range rows {
		got = append(got, row.State)
	}
	if len(got) != len(want) {
		w.Fatalf("refunds are %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			w.Fatalf("refunds are %v, want %v", got, want)
		}
	}
}

// toHeight mines until a block is the tip.
func (w *world) toHeight(height uint32) {
	w.Helper()
	tip, err := w.chain.Tip(w.Context())
	must(w, err)
	w.mine(int(height) - int(tip.Height))
}

// After the date anybody sends every coin home that has a refund, once, and a
// reorganisation changes nothing of that.
func TestRefund(t *testing.T) {
	each(t, func(w *world) {
		c, _ := w.opened("a roof", func(d *campaigns.Draft) { d.DeadlineIn = 150 }, 500_000)
		b := w.coinsOf(40_000, 40_000, 30_000, 20_000)
		for i, one := range b {
			if i != 2 {
				w.home(one, c.Terms.RefundHeight())
			}
			w.submit(one, c)
		}
		r := w.refunds(nil)
		w.homes(r, c, refund.Waiting, refund.Waiting, refund.None, refund.Waiting)
		isKind(w, r.Send(w.Context(), b[0].pledge.ID), lighthouse.ErrTooEarly)
		isKind(w, r.Send(w.Context(), b[2].pledge.ID), lighthouse.ErrNoRefund)
		isKind(w, r.Send(w.Context(), lighthouse.PledgeID{1}), lighthouse.ErrUnknownPledge)
		if n, err := r.SendAll(w.Context(), c.ID); n != 0 || err != nil {
			t.Fatalf("%d were sent, %v", n, err)
		}
		must(w, w.chain.Submit(w.leave(b[3], 500)))

		w.toHeight(c.Terms.RefundHeight() - 1)
		isKind(w, r.Send(w.Context(), b[0].pledge.ID), lighthouse.ErrTooEarly)
		w.mine(1)
		w.homes(r, c, refund.Due, refund.Due, refund.None, refund.Moved)
		isKind(w, r.Send(w.Context(), b[3].pledge.ID), lighthouse.ErrSpent)
		must(w, r.Send(w.Context(), b[1].pledge.ID))
		must(w, r.Send(w.Context(), b[1].pledge.ID))
		w.homes(r, c, refund.Due, refund.Sent, refund.None, refund.Moved)
		if n, err := r.SendAll(w.Context(), c.ID); n != 1 || err != nil {
			t.Fatalf("%d were sent, %v", n, err)
		}
		w.send()
		w.inMempool(b[0].refund.TxHash())
		w.inMempool(b[1].refund.TxHash())
		w.mine(1)
		w.homes(r, c, refund.Home, refund.Home, refund.None, refund.Moved)
		w.reorg(1)
		w.send()
		w.homes(r, c, refund.Sent, refund.Sent, refund.None, refund.Moved)
		w.mine(1)
		w.homes(r, c, refund.Home, refund.Home, refund.None, refund.Moved)
		if n, err := r.SendAll(w.Context(), c.ID); n != 0 || err != nil {
			t.Fatalf("%d were sent, %v", n, err)
		}
	})
}

// A claim that waits for its block has the coins, until it is given up a day
// after refunds are good.
func TestRefundBesideAClaim(t *testing.T) {
	each(t, func(w *world) {
		c, k := w.opened("a roof", func(d *campaigns.Draft) { d.DeadlineIn = 150 }, 100_000)
		b := w.coinsOf(60_000, 60_000)
		for _, one := range b {
			w.home(one, c.Terms.RefundHeight())
			w.submit(one, c)
		}
		r := w.refunds(nil)
		w.toHeight(c.Terms.RefundHeight() - 1)
		_, err := w.service.Claim(w.Context(), k)
		must(w, err)
		// It is never sent: nobody mines it.
		w.mine(1)
		isKind(w, r.Send(w.Context(), b[0].pledge.ID), lighthouse.ErrClaimed)
		w.mine(lighthouse.RefundAfter - 1)
		w.work()
		w.is(c, lighthouse.Claiming, lighthouse.Claimed)
		w.mine(1)
		w.work()
		w.is(c, lighthouse.Failed, lighthouse.Closed)
		if n, err := r.SendAll(w.Context(), c.ID); n != 2 || err != nil {
			t.Fatalf("%d were sent, %v", n, err)
		}
		w.send()
		w.mine(1)
		w.homes(r, c, refund.Home, refund.Home)
		_, err = w.service.Claim(w.Context(), k)
		isKind(w, err, ErrOver)
	})
}

// A process that does not lead notes what it is asked for, and the leader sends
// it.
func TestRefundElsewhere(t *testing.T) {
	each(t, func(w *world) {
		c, _ := w.opened("a roof", func(d *campaigns.Draft) { d.DeadlineIn = 150 }, 500_000)
		b := w.coinsOf(40_000, 40_000)
		for _, one := range b {
			w.home(one, c.Terms.RefundHeight())
			w.submit(one, c)
		}
		w.toHeight(c.Terms.RefundHeight())
		other := w.refunds(func(cfg *refund.Config) { cfg.Epoch = func() (int64, error) { return 0, db.ErrFenced } })
		must(w, other.Send(w.Context(), b[0].pledge.ID))
		if n, err := other.SendAll(w.Context(), c.ID); n != 2 || err != nil {
			t.Fatalf("%d were noted, %v", n, err)
		}
		if n := len(w.unsent()); n != 0 {
			t.Fatalf("%d were stored by a process that does not lead", n)
		}
		leader := w.refunds(nil)
		ctx, stop := context.WithCancel(w.Context())
		defer stop()
		done := make(chan error, 1)
		go func() { done <- leader.Run(ctx) }()
		w.until(func() bool { return len(w.unsent()) == 2 })
		stop()
		must(w, <-done)
		w.send()
		w.mine(1)
		w.homes(leader, c, refund.Home, refund.Home)
	})
}

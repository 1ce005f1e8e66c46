package claim

import (
	"fmt"
	"sync"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/pledges"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// most is how many P2TR pledges one standard claim can hold.
const most = 1730

// full opens a campaign that needs all the pledges a claim can hold, and has
// them made.
func (w *world) full() (lighthouse.Campaign, lighthouse.Key, []*backer) {
	w.Helper()
	const each = 1_100
	c, k := w.opened("a cathedral", func(d *campaigns.Draft) { d.Levels[0].Reserve = 102_000 }, 1_800_000)
	rich := &backer{key: key("rich")}
	script := p2wpkh(w, rich.key)
	txid, err := w.chain.Faucet(w.Context(), script, 10_000_000)
	must(w, err)
	paid, err := w.chain.Tx(txid)
	must(w, err)
	for i, o := range paid.Msg.TxOut {
		if string(o.PkScript) == string(script) {
			rich.coin, rich.out = wire.OutPoint{Hash: txid, Index: uint32(i)}, o
		}
	}
	w.mine(1)
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&rich.coin, nil, nil))
	backers := make([]*backer, most)
	for i := range backers {
		b := &backer{key: key(fmt.Sprint("one of many ", i))}
		b.out = wire.NewTxOut(each, p2tr(w, b.key))
		tx.AddTxOut(b.out)
		backers[i] = b
	}
	tx.AddTxOut(wire.NewTxOut(10_000_000-most*each-200_000, script))
	rich.sign(w, tx, 0, txscript.SigHashAll)
	must(w, w.chain.Submit(tx))
	for i, b := range backers {
		b.coin = wire.OutPoint{Hash: tx.TxHash(), Index: uint32(i)}
	}
	w.mine(1)
	w.submitAll(c, backers)
	return c, k, backers
}

// submitAll has many people pledge at a time.
func (w *world) submitAll(c lighthouse.Campaign, backers []*backer) {
	w.Helper()
	var all sync.WaitGroup
	turn := make(chan struct{}, 32)
	for _, b := range backers {
		all.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			s := pledges.Submission{
				Campaign: c.ID, Revision: c.Terms.Revision, Door: lighthouse.ByWallet,
				Signed: map[int][]byte{0: b.signed(w, c.Terms.Levels[0].Contract)},
			}
			var err error
			if b.pledge, _, err = w.pledges.Submit(w.Context(), s); err != nil {
				w.Error(err)
			}
		})
	}
	all.Wait()
	if w.Failed() {
		w.FailNow()
	}
}

// A claim with every pledge that one standard transaction can hold is made, and
// taken by the network.
func TestFullClaim(t *testing.T) {
	each(t, func(w *world) {
		c, k, backers := w.full()
		ready, err := w.service.Ready(w.Context(), c.ID)
		must(w, err)
		if ready.Pledges != most {
			t.Fatalf("%+v", ready)
		}
		got, err := w.service.Claim(w.Context(), k)
		must(w, err)
		w.takes(got, backers...)
		if got.Weight > 400_000 || got.Weight < 399_000 || got.Rate < 253 {
			t.Errorf("weight %d, rate %d", got.Weight, got.Rate)
		}
		w.send()
		w.inMempool(got.Tx.TxHash())
		w.mine(1)
		w.is(c, lighthouse.InBlock, lighthouse.Claimed)
		_, err = w.service.Offer(w.Context(), c.ID)
		isKind(w, err, ErrInBlock)
	})
}

// Looking at every pledge, choosing, putting the claim together and running all
// its scripts; storing it is not in it, as that is done once.
func BenchmarkFullClaim(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		w := newWorld(b, d)
		c, _, _ := w.full()
		rates := []chain.FeeRate{253}
		for b.Loop() {
			v, why, err := w.service.look(b.Context(), c.ID, rates)
			must(b, err)
			must(b, why)
			p, err := v.assemble(v.choice)
			must(b, err)
			if len(p.tx.TxIn) != most {
				b.Fatalf("%d inputs", len(p.tx.TxIn))
			}
		}
	})
}

package pledges

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain/devnet"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/wire"
)

// A backer raises his pledge: the new coin is made of the old one, his words go
// over, and at no moment does he count twice, or look as if he had left.
func TestRaise(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "raise", 10_000, 1_000_000)
		w := newWorld(t, d, c)
		old := newBacker(t, "b", contract.P2WPKH, 50_000, c)
		w.fund(old)
		w.mine(1)
		s := w.submission(old, c)
		s.Name, s.Message = "  Ada \n Lovelace ", "for the engine"
		first, _, err := w.Submit(t.Context(), s)
		must(t, err)
		w.want("name", first.Name, "Ada Lovelace")

		raised := newBacker(t, "b2", contract.P2TR, 48_000, c)
		step := old.spend(t, 0, wire.NewTxOut(48_000, raised.coin.Script))
		raised.at = wire.OutPoint{Hash: step.TxHash()}
		must(t, w.chain.Submit(step))
		second := w.submit(raised, c)
		w.want("name", second.Name, "Ada Lovelace")
		w.want("message", second.Message, "for the engine")
		p := w.progressOf(c)
		w.want("confirmed", p.Confirmed.Pledges, 0)
		w.want("pending", p.Pending, lighthouse.Tally{Pledges: 1, Amount: 48_000})
		w.want("revoked", p.Revoked.Pledges, 0)
		page, err := w.List(t.Context(), c.ID, Newest, 0)
		must(t, err)
		if len(page.Pledges) != 1 || page.Pledges[0].ID != second.ID || page.More {
			t.Errorf("the list shows %d pledges", len(page.Pledges))
		}
		w.look()
		w.mine(1)
		p = w.progressOf(c)
		w.want("confirmed", p.Confirmed, lighthouse.Tally{Pledges: 1, Amount: 48_000})
		w.want("revoked", p.Revoked.Pledges, 0)
		first, err = w.Get(t.Context(), first.ID)
		must(t, err)
		if first.State != lighthouse.Spent || !first.Replaced {
			t.Errorf("the old one is %s, replaced: %t", first.State, first.Replaced)
		}

		// The change comes to nothing: the old pledge is there again.
		_, err = w.chain.Reorg(1, devnet.WithoutTx(step.TxHash()))
		must(t, err)
		w.catchUp()
		w.want("the new one", w.state(second.ID), lighthouse.Gone)
		w.want("confirmed", w.progressOf(c).Confirmed, lighthouse.Tally{Pledges: 1, Amount: 50_000})
		page, err = w.List(t.Context(), c.ID, Largest, 0)
		must(t, err)
		if len(page.Pledges) != 1 || page.Pledges[0].ID != first.ID {
			t.Errorf("the list shows %d pledges", len(page.Pledges))
		}
	})
}

// Words and refunds are changed with the key, and with no other.
func TestChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "change", 10_000, 1_000_000)
		w := newWorld(t, d, c)
		b := newBacker(t, "b", contract.P2TR, 50_000, c)
		w.fund(b)
		w.mine(1)
		s := w.submission(b, c)
		s.Refund = rawTx(t, b.refund(t, c.Terms.RefundHeight()))
		p, key, err := w.Submit(t.Context(), s)
		must(t, err)
		if p.Refund == nil || p.Refund.TxHash() != b.refund(t, c.Terms.RefundHeight()).TxHash() {
			t.Error("the refund is not kept")
		}
		name, none := "Grace", []byte{}
		p, err = w.Change(t.Context(), key, Change{Name: &name, Refund: &none})
		must(t, err)
		w.want("name", p.Name, "Grace")
		w.want("refund", p.Refund == nil, true)
		early := rawTx(t, b.refund(t, c.Terms.RefundHeight()-1))
		if _, err := w.Change(t.Context(), key, Change{Refund: &early}); !errors.Is(err, contract.ErrRefund) {
			t.Errorf("an early refund: %v", err)
		}
		later := rawTx(t, b.refund(t, c.Terms.RefundHeight()+10))
		p, err = w.Change(t.Context(), key, Change{Refund: &later})
		must(t, err)
		w.want("refund", p.Refund.LockTime, c.Terms.RefundHeight()+10)
		w.want("name", p.Name, "Grace")
		for what, ch := range map[string]Change{"nothing": {}, "a name": {Name: &name}, "a refund": {Refund: &later}} {
			if _, err := w.Change(t.Context(), lighthouse.Key{9}, ch); !errors.Is(err, lighthouse.ErrNotYours) {
				t.Errorf("%s with another key: %v", what, err)
			}
		}
	})
}

// One coin may be pledged to two campaigns; both say so, and a claim of one is no
// claim for the other.
func TestSharedAndTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		one, two := newCampaign(t, "one", 10_000, 60_000), newCampaign(t, "two", 10_000, 90_000)
		w := newWorld(t, d, one, two)
		b, alone := newBacker(t, "b", contract.P2TR, 60_000, one), newBacker(t, "alone", contract.P2TR, 60_000, two)
		w.fund(b)
		w.fund(alone)
		w.mine(1)
		first, second := w.submit(b, one), w.submit(b, two)
		w.submit(alone, two)
		for _, c := range []lighthouse.Campaign{one, two} {
			page, err := w.List(t.Context(), c.ID, Oldest, 0)
			must(t, err)
			for _, p := range page.Pledges {
				w.want("shared", page.Shared[p.ID], p.Outpoint == b.at)
			}
		}
		goal := one.Terms.Levels[0].Contract
		claim, err := goal.Assemble([]contract.Pledge{first.Signed[0]}, []contract.Coin{first.Coin})
		must(t, err)
		must(t, w.chain.Submit(claim))
		w.look()
		w.want("while the claim waits", w.state(first.ID), lighthouse.Confirmed)
		w.want("while the claim waits, for two", w.state(second.ID), lighthouse.Leaving)
		w.mine(1)
		w.want("claimed by one", w.state(first.ID), lighthouse.Taken)
		w.want("lost for two", w.state(second.ID), lighthouse.Spent)
		w.want("taken", w.progressOf(one).Taken, lighthouse.Tally{Pledges: 1, Amount: 60_000})
		w.want("revoked", w.progressOf(two).Revoked.Pledges, 1)
		all, err := w.ByOutpoints(t.Context(), []wire.OutPoint{b.at, alone.at})
		must(t, err)
		w.want("pledges of the coins", len(all), 3)
	})
}

// Another wallet signs what is asked for, in the goal and the next levels.
func TestRequest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "request", 10_000, 1_000_000, 2_000_000, 3_000_000, 4_000_000)
		w := newWorld(t, d, c)
		for _, kind := range []contract.Kind{contract.P2PKH, contract.P2WPKH, contract.P2TR} {
			b := newBacker(t, "b", kind, 50_000, c)
			w.fund(b)
			w.mine(1)
			r, err := w.Request(t.Context(), Ask{Campaign: c.ID, Outpoint: b.at})
			must(t, err)
			w.want("requests", len(r.PSBTs), MaxRequests)
			w.want("kind", r.Kind, kind)
			w.want("height", r.Height, w.tip().Height)
			s := Submission{Campaign: c.ID, Revision: 1, Signed: make(map[int][]byte), Door: lighthouse.ByPSBT}
			for level, raw := range r.PSBTs {
				s.Signed[level] = []byte(base64.StdEncoding.EncodeToString(signPSBT(t, b, c.Terms.Levels[level].Contract, raw)))
			}
			p, _, err := w.Submit(t.Context(), s)
			must(t, err)
			w.want("levels", len(p.Signed), MaxRequests)
			if _, err := w.Request(t.Context(), Ask{Campaign: c.ID, Outpoint: b.at}); !errors.Is(err, lighthouse.ErrAlreadyPledged) {
				t.Errorf("asked for again: %v", err)
			}
		}
		sponsor := newBacker(t, "sponsor", contract.P2WPKH, 60_000, c)
		w.fund(sponsor)
		w.mine(1)
		r, err := w.Request(t.Context(), Ask{Campaign: c.ID, Outpoint: sponsor.at, Match: 3})
		must(t, err)
		if len(r.PSBTs) != 1 || r.PSBTs[3] == nil {
			t.Errorf("a sponsor of level 3 is asked for %d signatures", len(r.PSBTs))
		}
		if _, err := w.Request(t.Context(), Ask{Campaign: c.ID}); !errors.Is(err, lighthouse.ErrNoCoin) {
			t.Errorf("no coin: %v", err)
		}
	})
}

// signPSBT is what a wallet makes of a request: a partial signature in its place.
func signPSBT(t *testing.T, b *backer, c *contract.Contract, raw []byte) []byte {
	t.Helper()
	packet, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
	must(t, err)
	tx := b.pledge(t, c, hashType)
	in := &packet.Inputs[0]
	switch witness := tx.TxIn[0].Witness; b.kind {
	case contract.P2PKH:
		script := tx.TxIn[0].SignatureScript
		sig := script[1 : 1+script[0]]
		in.PartialSigs = []*psbt.PartialSig{{PubKey: b.key.PubKey().SerializeCompressed(), Signature: sig}}
	case contract.P2WPKH:
		in.PartialSigs = []*psbt.PartialSig{{PubKey: witness[1], Signature: witness[0]}}
	case contract.P2TR:
		in.TaprootKeySpendSig = witness[0]
	}
	var out bytes.Buffer
	must(t, packet.Serialize(&out))
	return out.Bytes()
}

// Who watches hears of pledges, of what waits, and of blocks, also when another
// process has done it.
func TestWatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "watch", 10_000, 1_000_000)
		w := newWorld(t, d, c)
		other, err := New(w.cfg) // on the same database
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = other.Run(ctx) }()
		go func() { _ = w.RunMempool(ctx, nil) }()
		here, stopHere := w.Watch(c.ID)
		defer stopHere()
		there, stopThere := other.Watch(c.ID)
		defer stopThere()
		until := func(what string, ch <-chan struct{}, ok func(lighthouse.Progress) bool) {
			t.Helper()
			limit := time.After(30 * time.Second)
			for !ok(w.progressOf(c)) {
				select {
				case <-ch:
				case <-limit:
					t.Fatalf("%s: nobody tells; %+v", what, w.progressOf(c))
				}
			}
		}
		b := newBacker(t, "b", contract.P2TR, 50_000, c)
		w.fund(b)
		w.submit(b, c)
		<-here
		until("a pledge", there, func(p lighthouse.Progress) bool { return p.Pending.Pledges == 1 })
		_, err = w.chain.Mine(1)
		must(t, err)
		must(t, w.follower.CatchUp(ctx))
		until("a block", there, func(p lighthouse.Progress) bool { return p.Confirmed.Pledges == 1 })
		must(t, w.chain.Submit(b.spend(t, 1_000)))
		until("leaving", here, func(p lighthouse.Progress) bool { return p.Revoked.Pledges == 1 })
		until("leaving", there, func(p lighthouse.Progress) bool { return p.Revoked.Pledges == 1 })
	})
}

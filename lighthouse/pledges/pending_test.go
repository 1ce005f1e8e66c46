package pledges

import (
	"errors"
	"fmt"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Where nobody sees what waits, a coin that no block holds is taken with the
// transaction that makes it. It counts for nothing, so many are not taken, and
// nobody waits for ever.
func TestPending(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "pending", 10_000, 3_000_000)
		w, _ := newPaper(t, d, c)
		made := func(n int, client string) Submission {
			b := newBacker(t, fmt.Sprint("pending ", n), contract.P2TR, 50_000, c)
			funding := madeUpFunding(b)
			b.at = wire.OutPoint{Hash: funding.TxHash()}
			s := w.submission(b, c)
			s.Funding, s.Client = rawTx(t, funding), client
			return s
		}
		alone := made(0, "a")
		alone.Funding = nil
		if _, _, err := w.Submit(t.Context(), alone); !errors.Is(err, lighthouse.ErrNoCoin) {
			t.Errorf("without its funding: %v", err)
		}
		other := made(0, "a")
		other.Funding = made(1, "a").Funding
		if _, _, err := w.Submit(t.Context(), other); !errors.Is(err, lighthouse.ErrNoCoin) {
			t.Errorf("with another funding: %v", err)
		}
		var first lighthouse.Pledge
		for n := range maxPendingEach {
			p, _, err := w.Submit(t.Context(), made(n, "a"))
			must(t, err)
			if n == 0 {
				first = p
			}
			w.want("state", p.State, lighthouse.Seen)
		}
		if _, _, err := w.Submit(t.Context(), made(maxPendingEach, "a")); !errors.Is(err, ErrPending) {
			t.Errorf("one too many of a visitor: %v", err)
		}
		for n := maxPendingEach; n < maxPending; n++ {
			_, _, err := w.Submit(t.Context(), made(n, fmt.Sprint("b", n/maxPendingEach)))
			must(t, err)
		}
		if _, _, err := w.Submit(t.Context(), made(maxPending, "c")); !errors.Is(err, ErrPending) {
			t.Errorf("one too many of the campaign: %v", err)
		}
		p := w.progressOf(c)
		w.want("confirmed", p.Confirmed.Pledges, 0)
		w.want("pending", p.Pending.Pledges, maxPending)
		w.want("level", p.Level, -1)

		// One is confirmed, one is spent in the block that makes it; the others wait
		// for so long, and again when that block is undone.
		second := made(1, "a")
		row, err := one(d.Read(t.Context()).Where("proof = ?", proofIn(t, c, second)))
		must(t, err)
		at, err := row.outpoint()
		must(t, err)
		block := func(height int32, txs ...*wire.MsgTx) *chain.Block {
			msg := wire.NewMsgBlock(&wire.BlockHeader{Nonce: uint32(height)})
			msg.Transactions = append([]*wire.MsgTx{{}}, txs...)
			return &chain.Block{BlockRef: chain.BlockRef{Height: height, Hash: msg.BlockHash()}, Msg: msg}
		}
		connect := func(b *chain.Block, back bool) {
			must(t, d.Transact(t.Context(), func(tx *gorm.DB) error {
				if back {
					return errors.Join(w.Projection().Disconnect(t.Context(), tx, b), follow.Watched{}.Disconnect(t.Context(), tx, b))
				}
				return errors.Join(follow.Watched{}.Connect(t.Context(), tx, b), w.Projection().Connect(t.Context(), tx, b))
			}))
		}
		away := wire.NewMsgTx(2)
		away.AddTxIn(wire.NewTxIn(&at, nil, nil))
		confirming := block(501, fundingOf(t, made(0, "a")), fundingOf(t, second), away)
		connect(confirming, false)
		w.want("in a block", w.state(first.ID), lighthouse.Confirmed)
		w.want("spent at once", w.state(row.id()), lighthouse.Spent)
		w.want("pending", w.progressOf(c).Pending.Pledges, maxPending-2)
		connect(confirming, true)
		w.want("its block undone", w.state(first.ID), lighthouse.Gone)
		w.want("both undone", w.state(row.id()), lighthouse.Gone)
		connect(confirming, false)

		last := block(500 + pendingBlocks)
		connect(block(500+pendingBlocks-1), false)
		w.want("the last block but one", w.progressOf(c).Pending.Pledges, maxPending-2)
		connect(last, false)
		w.want("after the last block", w.progressOf(c).Pending.Pledges, 0)
		w.want("confirmed", w.progressOf(c).Confirmed.Pledges, 1)
		connect(last, true)
		w.want("that undone", w.progressOf(c).Pending.Pledges, maxPending-2)
	})
}

func fundingOf(t *testing.T, s Submission) *wire.MsgTx {
	t.Helper()
	tx, err := readTx(s.Funding)
	must(t, err)
	return tx
}

func proofIn(t *testing.T, c lighthouse.Campaign, s Submission) []byte {
	t.Helper()
	o, err := read(c, s)
	must(t, err)
	return o.proof[:]
}

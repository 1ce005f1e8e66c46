package claim

import (
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"
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

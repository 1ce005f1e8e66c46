package fees

import (
	"testing"
	"time"

	"cairn/channels/amount"
)

// n of m: seen, one confirmation, settled.
func TestPaidOnChain(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("")
		tx := w.paying(q, 5_000)
		w.see(tx)
		w.see(tx)
		if got := w.state(q.ID, Processing); got.Confirmations != 0 || got.Needed != 2 || got.Arriving != price || got.Missing() != 0 {
			t.Fatalf("seen: %+v", got)
		}
		_, err := w.Use(t.Context(), Use{ID: q.ID, For: "x"})
		isKind(t, "using what is on its way", err, ErrArriving)
		_, err = w.Return(t.Context(), q.ID)
		isKind(t, "returning what is on its way", err, ErrArriving)
		w.chain.mine(w.Service, tx)
		if got := w.state(q.ID, Processing); got.Confirmations != 1 {
			t.Fatalf("in a block: %+v", got)
		}
		w.chain.mine(w.Service)
		if got := w.state(q.ID, Settled); got.Received != price || got.Arriving != 0 {
			t.Fatalf("settled: %+v", got)
		}
		if b := w.balanced(); b.OnChain != price || b.Lightning != 0 {
			t.Errorf("books: %+v", b)
		}
	})
}

// Seen in time, confirmed after it: in time.
func TestSeenInTimeIsInTime(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		seen, unseen, late := w.ask("a"), w.ask("a"), w.ask("a")
		a, b, c := w.paying(seen, 5_000), w.paying(unseen, 5_000), w.paying(late, 5_000)
		w.see(a)
		w.clock.pass(10 * time.Minute)
		w.chain.mine(w.Service, b) // nobody had seen it before
		w.clock.pass(10 * time.Minute)
		w.sweep()
		w.state(late.ID, Expired)
		w.see(c)
		w.state(late.ID, Processing)
		w.chain.mine(w.Service, a, c)
		w.chain.mine(w.Service)
		w.state(seen.ID, Settled)
		w.state(unseen.ID, Settled)
		w.state(late.ID, Late)
		_, err := w.Use(t.Context(), Use{ID: late.ID, For: "x"})
		isKind(t, "using what was paid late", err, ErrLate)
		if _, err := w.Use(t.Context(), Use{ID: late.ID, For: "x", AcceptLate: true}); err != nil {
			t.Error(err)
		}
	})
}

// Less than the price, then the rest.
func TestUnderpaidIsToppedUp(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("")
		w.see(w.paying(q, 2_000))
		got := w.state(q.ID, Underpaid)
		if got.Missing() != 3_000*amount.PerSatoshi || got.OnChainAmount() != 3_000 {
			t.Fatalf("missing %v", got.Missing())
		}
		w.see(w.paying(q, 3_000))
		w.state(q.ID, Processing)
	})
}

// A coin that was seen and never confirmed is forgotten, and counts again when
// a block has it after all.
func TestVanishedCoin(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("")
		tx := w.paying(q, 5_000)
		w.see(tx)
		w.clock.pass(73 * time.Hour)
		w.sweep()
		w.state(q.ID, Expired)
		w.chain.mine(w.Service, tx)
		w.chain.mine(w.Service)
		w.state(q.ID, Late) // what is seen anew is as old as that
	})
}

// A reorg takes confirmations, and what was booked becomes a loss until it is
// back; the quote, maybe used, stays as it is.
func TestReorg(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("")
		tx := w.paying(q, 5_000)
		w.chain.mine(w.Service)
		w.chain.mine(w.Service, tx)
		w.chain.undo(w.Service)
		if got := w.state(q.ID, Processing); got.Confirmations != 0 {
			t.Fatalf("after the reorg: %+v", got)
		}
		w.chain.mine(w.Service, tx)
		w.chain.mine(w.Service)
		w.state(q.ID, Settled)
		w.use(q.ID, "x")
		for round := range 3 {
			w.chain.undo(w.Service)
			w.state(q.ID, Used)
			if b := w.balanced(); b.Lost != 0 || b.OnChain != price {
				t.Fatalf("round %d, one confirmation left: %+v", round, b)
			}
			w.chain.undo(w.Service)
			if b := w.balanced(); b.Lost != price || b.OnChain != 0 || b.Income["express-anchor"] != price {
				t.Fatalf("round %d, undone: %+v", round, b)
			}
			w.chain.mine(w.Service, tx)
			w.chain.mine(w.Service)
			if b := w.balanced(); b.Lost != 0 || b.OnChain != price {
				t.Fatalf("round %d, back: %+v", round, b)
			}
		}
		w.state(q.ID, Used)
	})
}

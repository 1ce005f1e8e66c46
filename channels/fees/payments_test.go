package fees

import (
	"testing"
	"time"

	"cairn/channels/amount"
)

func TestPaymentsSayHowAndWhen(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("ann")
		if len(q.Payments) != 0 || !q.PaidAt().IsZero() {
			t.Fatalf("a new quote has payments: %+v", q)
		}
		tx := w.paying(q, 2_000)
		w.see(tx)
		got := w.state(q.ID, Underpaid)
		if len(got.Payments) != 1 || got.Payments[0].Way != OverChain || !got.Payments[0].SettledAt.IsZero() ||
			got.Payments[0].Coin.Hash != tx.TxHash() || got.Payments[0].Coin.Index != 1 || got.Paid(OverChain) != 0 {
			t.Errorf("a coin on its way: %+v", got.Payments)
		}
		w.clock.pass(time.Minute)
		w.chain.mine(w.Service, tx)
		w.chain.mine(w.Service)
		if got := w.get(q.ID); got.Paid(OverChain) != 2_000*amount.PerSatoshi || !got.PaidAt().IsZero() {
			t.Errorf("after a part was paid: %+v", got)
		}
		w.clock.pass(time.Minute)
		w.payLightning(q, price)
		got = w.state(q.ID, Overpaid)
		if got.Paid(OverLightning) != price || got.Paid(OutOfCredit) != 0 || !got.PaidAt().Equal(w.clock.Now().UTC()) {
			t.Errorf("after the rest was paid: %+v, paid at %s", got, got.PaidAt())
		}

		if _, err := w.Return(t.Context(), q.ID); err != nil {
			t.Fatal(err)
		}
		second := w.ask("ann")
		if _, err := w.PayFromCredit(t.Context(), second.ID); err != nil {
			t.Fatal(err)
		}
		if got := w.state(second.ID, Settled); got.Paid(OutOfCredit) != price || got.Payments[0].Way != OutOfCredit {
			t.Errorf("paid from credit: %+v", got)
		}
	})
}

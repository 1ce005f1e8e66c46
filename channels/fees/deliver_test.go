package fees

import (
	"errors"
	"slices"
	"testing"
	"time"

	"cairn/channels/amount"
	"cairn/channels/invoice"
)

func ids(quotes []Quote) []ID {
	out := make([]ID, len(quotes))
	for i, q := range quotes {
		out[i] = q.ID
	}
	return out
}

func (w *world) paidFor(what string, late bool) []ID {
	w.t.Helper()
	paid, err := w.AllPaid(w.t.Context(), what, late, 10)
	if err != nil {
		w.t.Fatal(err)
	}
	return ids(paid)
}

func TestAllPaid(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.ask("nobody pays this")
		first := w.ask("")
		w.payLightning(first, price)
		w.clock.pass(time.Minute)
		over := w.ask("")
		w.payLightning(over, 2*price)
		part := w.ask("")
		w.see(w.paying(part, 100))
		other, err := w.Quote(t.Context(), Request{What: "tickets", Price: price, Expiry: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		w.payLightning(other, price)
		late := w.ask("")
		tx := w.paying(late, 5_000)
		w.clock.pass(time.Hour)
		w.see(tx)
		w.chain.mine(w.Service, tx)
		w.chain.mine(w.Service)
		w.state(late.ID, Late)

		if got := w.paidFor("express-anchor", false); !slices.Equal(got, []ID{first.ID, over.ID}) {
			t.Errorf("paid: %v", got)
		}
		if got := w.paidFor("express-anchor", true); !slices.Equal(got, []ID{first.ID, over.ID, late.ID}) {
			t.Errorf("paid, and late: %v", got)
		}
		w.use(first.ID, "this")
		if got := w.paidFor("express-anchor", false); !slices.Equal(got, []ID{over.ID}) {
			t.Errorf("after one was used: %v", got)
		}
		if got := w.paidFor("tickets", false); !slices.Equal(got, []ID{other.ID}) {
			t.Errorf("tickets: %v", got)
		}
	})
}

func TestChangesWakeTheSeller(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		changed, stop := w.Changes()
		q := w.ask("")
		w.payLightning(q, price)
		select {
		case <-changed:
		default:
			t.Fatal("a payment woke nobody")
		}
		// Told again, as a second process is after the first wrote it down.
		watch, unwatch := w.Watch(q.ID)
		defer unwatch()
		st := w.node.settled[0]
		if err := w.Settle(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		select {
		case <-watch:
		default:
			t.Error("a settlement that another process wrote down woke nobody")
		}
		<-changed
		stop()
		w.use(q.ID, "this")
		select {
		case <-changed:
			t.Error("woken after the end")
		default:
		}
	})
}

// Whoever brings the preimage before the node's word came is not sent away.
func TestLookAsksTheNode(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("")
		if _, ok := w.node.pay(q.InvoiceHash, price); !ok {
			t.Fatal("not payable")
		}
		w.state(q.ID, Active)
		found, err := w.ByInvoice(t.Context(), q.InvoiceHash)
		if err != nil || found.ID != q.ID {
			t.Fatalf("by its invoice: %v, %v", found.ID, err)
		}
		if _, err := w.ByInvoice(t.Context(), invoice.Hash{1}); !errors.Is(err, ErrUnknownQuote) {
			t.Errorf("a stranger's invoice: %v", err)
		}
		looked, err := w.Look(t.Context(), q.ID)
		if err != nil || looked.State != Settled {
			t.Fatalf("looked: %s, %v", looked.State, err)
		}
	})
}

func TestQuoteSaysWhyAWayIsMissing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("")
		if q.NoInvoice != nil || q.NoAddress != nil {
			t.Errorf("both ways: %v, %v", q.NoInvoice, q.NoAddress)
		}
		small, err := w.Quote(t.Context(), Request{What: "stamps", Price: 10 * amount.PerSatoshi, Expiry: time.Minute})
		if err != nil || small.Address != "" {
			t.Fatal(small.Address, err)
		}
		isKind(t, "too small", small.NoAddress, ErrTooSmall)
		w.cfg.Invoices = brokenInvoices{w.node}
		w.restart()
		q = w.ask("")
		isKind(t, "no channel", q.NoInvoice, invoice.ErrUnpayable)
	})
}

func TestTidyLetsOldAddressesGo(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("")
		w.clock.pass(time.Hour)
		w.sweep()
		w.state(q.ID, Expired)
		tidy := func() {
			t.Helper()
			if err := w.Tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		tidy()
		// Still looked at: it came after all.
		tx := w.paying(q, 5_000)
		w.see(tx)
		w.state(q.ID, Processing)
		w.chain.mine(w.Service, tx)
		w.chain.mine(w.Service)
		w.state(q.ID, Late)
		if _, err := w.Return(t.Context(), q.ID); err != nil {
			t.Fatal(err)
		}
		w.clock.pass(watchFor + time.Hour)
		tidy()
		var scripts, coins int64
		if err := errors.Join(
			w.db.Read(t.Context()).Table("watched_scripts").Count(&scripts).Error,
			w.db.Read(t.Context()).Table("coins").Count(&coins).Error,
		); err != nil {
			t.Fatal(err)
		}
		if scripts != 0 || coins != 0 {
			t.Errorf("%d scripts are watched, %d coins kept", scripts, coins)
		}
		before := w.balanced()
		again := w.paying(q, 700)
		w.see(again)
		w.chain.mine(w.Service, again)
		w.chain.mine(w.Service)
		if after := w.balanced(); after.OnChain != before.OnChain || after.Credit != before.Credit {
			t.Errorf("an address that was let go is still looked at: %+v", after)
		}
		tidy()
	})
}

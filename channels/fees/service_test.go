package fees

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/channels/amount"
	"cairn/channels/invoice"

	"gorm.io/gorm"
)

func TestPaidOverLightningUsedOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("ann")
		if q.State != Active || q.Missing() != price || q.Invoice == "" || q.Address == "" || !q.InvoiceOpen {
			t.Fatalf("a new quote: %+v", q)
		}
		changed, stop := w.Watch(q.ID)
		defer stop()
		w.payLightning(q, price)
		select {
		case <-changed:
		default:
			t.Error("who watches the quote was not told")
		}
		w.state(q.ID, Settled)
		if b := w.balanced(); b.Lightning != price || b.Held != price {
			t.Fatalf("books after paying: %+v", b)
		}
		w.use(q.ID, "anchor/1")
		w.use(q.ID, "anchor/1") // the same again is no error
		_, err := w.Use(t.Context(), Use{ID: q.ID, For: "anchor/2"})
		isKind(t, "using twice", err, ErrUsed)
		_, err = w.Return(t.Context(), q.ID)
		isKind(t, "returning what was used", err, ErrUsed)
		if got := w.state(q.ID, Used); got.UsedFor != "anchor/1" {
			t.Errorf("used for %q", got.UsedFor)
		}
		if b := w.balanced(); b.Held != 0 || b.Income["express-anchor"] != price || b.Credit != 0 {
			t.Errorf("books after using: %+v", b)
		}
	})
}

func TestUseAndReturnNeedPayment(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("")
		_, err := w.Use(t.Context(), Use{ID: q.ID, For: "x"})
		isKind(t, "using an unpaid quote", err, ErrUnpaid)
		_, err = w.Return(t.Context(), q.ID)
		isKind(t, "returning an unpaid quote", err, ErrUnpaid)
		_, err = w.Use(t.Context(), Use{ID: q.ID})
		isKind(t, "using for nothing", err, ErrRequest)
		for _, fn := range []func() error{
			func() error { _, err := w.Get(t.Context(), ID{9}); return err },
			func() error { _, err := w.Use(t.Context(), Use{ID: ID{9}, For: "x"}); return err },
			func() error { _, err := w.Return(t.Context(), ID{9}); return err },
			func() error { _, err := w.PayFromCredit(t.Context(), ID{9}); return err },
			func() error { _, err := ParseID("xyz"); return err },
			func() error { _, err := ParseID(strings.Repeat("z", 32)); return err },
		} {
			isKind(t, "a stranger's id", fn(), ErrUnknownQuote)
		}
		w.clock.pass(time.Hour)
		w.sweep()
		w.state(q.ID, Expired)
		_, err = w.Use(t.Context(), Use{ID: q.ID, For: "x"})
		isKind(t, "using an expired quote", err, ErrExpired)
		w.clock.pass(-2 * time.Hour) // the clock is set back: it stays ended
		_, err = w.Use(t.Context(), Use{ID: q.ID, For: "x"})
		isKind(t, "using it then", err, ErrExpired)
	})
}

// What was paid above the price becomes credit, and credit pays.
func TestOverpaidBecomesCreditAndPays(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.ask("ann")
		w.payLightning(first, 2*price)
		w.state(first.ID, Overpaid)
		w.use(first.ID, "a")
		owner := first.CreditOwner()
		if has, err := w.Credit(t.Context(), owner); err != nil || has != price {
			t.Fatalf("credit %v, %v", has, err)
		}
		second := w.ask("ann")
		for range 2 {
			if _, err := w.PayFromCredit(t.Context(), second.ID); err != nil {
				t.Fatal(err)
			}
		}
		w.state(second.ID, Settled)
		w.use(second.ID, "b")
		third := w.ask("ann")
		_, err := w.PayFromCredit(t.Context(), third.ID)
		isKind(t, "paying without credit", err, ErrCredit)
		nobodys := w.ask("")
		_, err = w.PayFromCredit(t.Context(), nobodys.ID)
		isKind(t, "a quote without a client", err, ErrRequest)
		if b := w.balanced(); b.Lightning != 2*price || b.Income["express-anchor"] != 2*price || b.Credit != 0 || b.Held != 0 {
			t.Errorf("books: %+v", b)
		}
		// The invoice of what credit paid is cancelled at the next look.
		if err := w.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.node.pay(second.InvoiceHash, price); ok {
			t.Error("an invoice nobody should pay was paid")
		}
		if w.get(second.ID).InvoiceOpen || !w.get(third.ID).InvoiceOpen {
			t.Error("the wrong invoice is open")
		}
	})
}

// Paid by invoice and on chain both: one is used, the other becomes credit,
// before and after the use.
func TestPaidTwice(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("")
		first, second := w.paying(q, 5_000), w.paying(q, 1_000)
		w.see(first)
		w.payLightning(q, price)
		w.state(q.ID, Settled)
		w.chain.mine(w.Service, first)
		w.chain.mine(w.Service)
		w.state(q.ID, Overpaid)
		w.use(q.ID, "x")
		w.chain.mine(w.Service, second)
		w.chain.mine(w.Service)
		w.state(q.ID, Used)
		has, err := w.Credit(t.Context(), q.CreditOwner())
		if err != nil || has != 6_000*amount.PerSatoshi {
			t.Errorf("credit %v, %v", has, err)
		}
		if b := w.balanced(); b.OnChain != 6_000*amount.PerSatoshi || b.Held != 0 {
			t.Errorf("books: %+v", b)
		}
	})
}

func TestEqualSettlementsAtOnceHaveOneEffect(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("ann")
		st, ok := w.node.pay(q.InvoiceHash, price)
		if !ok {
			t.Fatal("not paid")
		}
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if err := w.Settle(context.Background(), st); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if b := w.balanced(); b.Lightning != price || b.Held != price {
			t.Errorf("books: %+v", b)
		}
		w.state(q.ID, Settled)
	})
}

func TestOfManyUsesAtOnceOneIsHad(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("ann")
		w.payLightning(q, price)
		var had, returned atomic.Int32
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if i%10 == 0 {
					if _, err := w.Return(context.Background(), q.ID); err == nil {
						returned.Add(1)
					} else if !errors.Is(err, ErrUsed) {
						t.Error(err)
					}
					return
				}
				_, err := w.Use(context.Background(), Use{ID: q.ID, For: fmt.Sprint("thing/", i)})
				switch {
				case err == nil:
					had.Add(1)
				case !errors.Is(err, ErrUsed) && !errors.Is(err, ErrReturned):
					t.Error(err)
				}
			})
		}
		all.Wait()
		b := w.balanced()
		if had.Load() == 1 && returned.Load() == 0 {
			if b.Income["express-anchor"] != price || b.Credit != 0 {
				t.Errorf("used, books: %+v", b)
			}
		} else if had.Load() == 0 && returned.Load() == 10 {
			if b.Credit != price || b.Income["express-anchor"] != 0 {
				t.Errorf("returned, books: %+v", b)
			}
		} else {
			t.Errorf("had %d times, returned %d times", had.Load(), returned.Load())
		}
	})
}

// A transaction of the caller's that fails takes the use with it.
func TestUseInIsPartOfTheCallersTransaction(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		q := w.ask("")
		w.payLightning(q, price)
		err := w.db.Transact(t.Context(), func(tx *gorm.DB) error {
			if _, err := w.UseIn(tx, Use{ID: q.ID, For: "x"}); err != nil {
				return err
			}
			return errCrash
		})
		isKind(t, "the caller's error", err, errCrash)
		w.state(q.ID, Settled)
		w.use(q.ID, "y")
	})
}

func TestUnusedIsGivenBack(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		settled, under := w.ask("ann"), w.ask("ann")
		w.payLightning(settled, price)
		part := w.paying(under, 600)
		w.chain.mine(w.Service, part)
		w.chain.mine(w.Service)
		w.state(under.ID, Underpaid)
		w.clock.pass(23 * time.Hour)
		w.sweep()
		w.state(settled.ID, Settled)
		w.clock.pass(2 * time.Hour)
		w.sweep()
		w.state(settled.ID, Returned)
		w.state(under.ID, Returned)
		_, err := w.Use(t.Context(), Use{ID: settled.ID, For: "x"})
		isKind(t, "using what was given back", err, ErrReturned)
		if has, err := w.Credit(t.Context(), settled.CreditOwner()); err != nil || has != price+600*amount.PerSatoshi {
			t.Errorf("credit %v, %v", has, err)
		}
	})
}

func TestQuoteTakesTheWaysThereAre(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		odd, err := w.Quote(t.Context(), Request{What: "x", Price: 1_234_567, Expiry: time.Minute})
		if err != nil || odd.Address != "" || odd.Invoice == "" {
			t.Errorf("a price with parts of a satoshi: %+v, %v", odd, err)
		}
		small, err := w.Quote(t.Context(), Request{What: "x", Price: 545_000, Expiry: time.Minute})
		if err != nil || small.Address != "" {
			t.Errorf("a price too small for the chain: %+v, %v", small, err)
		}
		w.node.down = invoice.ErrUnpayable
		_, err = w.Quote(t.Context(), Request{What: "x", Price: price, Expiry: time.Minute})
		isKind(t, "no way", err, ErrUnpayable)
		isKind(t, "and why", err, invoice.ErrUnpayable)
		w.node.down = nil
		w.cfg.Invoices = brokenInvoices{w.node}
		w.restart()
		chainOnly := w.ask("")
		if chainOnly.Invoice != "" || chainOnly.Address == "" {
			t.Errorf("no inbound capacity: %+v", chainOnly)
		}
		tx := w.paying(chainOnly, 5_000)
		w.chain.mine(w.Service, tx)
		w.chain.mine(w.Service)
		w.use(chainOnly.ID, "x")
	})
}

// brokenInvoices has no inbound capacity.
type brokenInvoices struct{ *fakeNode }

func (brokenInvoices) Create(context.Context, invoice.Request) (invoice.Invoice, error) {
	return invoice.Invoice{}, invoice.ErrUnpayable
}

func TestQuoteRefuses(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite), nil)
	good := Request{What: "x", Price: price, Expiry: time.Minute}
	for name, change := range map[string]func(*Request){
		"no name":           func(r *Request) { r.What = "" },
		"a long name":       func(r *Request) { r.What = strings.Repeat("a", 41) },
		"a name with /":     func(r *Request) { r.What = "a/b" },
		"a long subject":    func(r *Request) { r.Subject = strings.Repeat("a", 201) },
		"a client with NUL": func(r *Request) { r.Client = "a\x00" },
		"a memo not UTF-8":  func(r *Request) { r.Memo = "\xff" },
		"no price":          func(r *Request) { r.Price = 0 },
		"a negative price":  func(r *Request) { r.Price = -1 },
		"a price of Mars":   func(r *Request) { r.Price = amount.Max + 1 },
		"no time":           func(r *Request) { r.Expiry = 0 },
		"more than a day":   func(r *Request) { r.Expiry = 25 * time.Hour },
		"less than 10 s":    func(r *Request) { r.Expiry = 9 * time.Second },
	} {
		r := good
		change(&r)
		_, err := w.Quote(t.Context(), r)
		isKind(t, name, err, ErrRequest)
	}
	if len(w.node.invoices) != 0 || w.node.addresses != 0 {
		t.Error("the node was asked all the same")
	}
}

// Between any two steps of Quote the process may die.
func TestQuoteSurvivesCrashes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.node.crash = true
		w.cfg.Addresses = nil
		w.restart()
		_, err := w.Quote(t.Context(), Request{What: "x", Price: price, Expiry: time.Minute})
		isKind(t, "dying after the invoice", err, errCrash)
		w.restart()
		if err := w.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		// Somebody pays an invoice that he cannot have: it is not ours.
		for hash := range w.node.invoices {
			if st, ok := w.node.pay(hash, price); ok {
				if err := w.Settle(t.Context(), st); err != nil {
					t.Fatal(err)
				}
			}
		}
		if b := w.balanced(); b.Lightning != 0 {
			t.Errorf("books: %+v", b)
		}
	})
}

// Run hears of payments as they come, and of those it missed while it was down.
func TestRunHearsPayments(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		missed, heard, lost := w.ask("a"), w.ask("a"), w.ask("a")
		if _, ok := w.node.pay(missed.InvoiceHash, price); !ok {
			t.Fatal("not paid")
		}
		delete(w.node.invoices, lost.InvoiceHash)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); w.Run(ctx) }()
		w.await(missed.ID, Settled)
		if _, ok := w.node.pay(heard.InvoiceHash, price); !ok {
			t.Fatal("not paid")
		}
		w.await(heard.ID, Settled)
		w.clock.pass(time.Hour)
		w.await(lost.ID, Expired)
		cancel()
		<-done
		if w.get(lost.ID).InvoiceOpen {
			t.Error("a lost invoice is open")
		}
		if b := w.balanced(); b.Lightning != w.node.books() {
			t.Errorf("books %v, the node's %v", b.Lightning, w.node.books())
		}
	})
}

func (w *world) await(id ID, want State) {
	w.t.Helper()
	changed, stop := w.Watch(id)
	defer stop()
	for deadline := time.After(10 * time.Second); w.get(id).State != want; {
		select {
		case <-changed:
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			w.t.Fatalf("quote is %s, want %s", w.get(id).State, want)
		}
	}
}

func TestListIsTheClients(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.ask("ann")
		w.ask("bob")
		w.clock.pass(time.Minute)
		second := w.ask("ann")
		got, err := w.List(t.Context(), "ann", 10)
		if err != nil || len(got) != 2 || got[0].ID != second.ID || got[1].ID != first.ID {
			t.Errorf("%v, %v", got, err)
		}
	})
}

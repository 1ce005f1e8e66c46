package selling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"

	"gorm.io/gorm"
)

// paper is a node whose invoices are paid by saying so.
type paper struct{}

func (paper) Create(_ context.Context, req invoice.Request) (invoice.Invoice, error) {
	hash := req.Preimage.Hash()
	return invoice.Invoice{Hash: hash, Text: "lnbcrt1" + hash.String()}, nil
}

func (paper) Status(context.Context, invoice.Hash) (invoice.Status, error) {
	return invoice.Status{State: invoice.Open}, nil
}

func (paper) Cancel(context.Context, invoice.Hash) error { return nil }

func (paper) Settled(ctx context.Context, _ uint64, _ func(invoice.Settlement) error) error {
	<-ctx.Done()
	return ctx.Err()
}

const price = 1_000 * amount.PerSatoshi

var errHere = errors.New("the process died here")

// shop sells things that are rows of the table of settings.
type shop struct {
	t    *testing.T
	d    *db.DB
	till *fees.Service
	now  func() time.Time

	mu    sync.Mutex
	fails []func(step string) error // of the next deliveries
}

func newShop(t *testing.T, d *db.DB, now func() time.Time) *shop {
	t.Helper()
	till, err := fees.New(fees.Config{DB: d, Invoices: paper{}, Secret: [32]byte{1}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return &shop{t: t, d: d, till: till, now: now}
}

// fail is what happens at a step of a delivery.
func (s *shop) fail() func(step string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.fails) == 0 {
		return func(string) error { return nil }
	}
	next := s.fails[0]
	s.fails = s.fails[1:]
	return next
}

func (s *shop) deliver(ctx context.Context, q fees.Quote) error {
	fail := s.fail()
	if err := fail("before"); err != nil {
		return err
	}
	err := s.d.Transact(ctx, func(tx *gorm.DB) error {
		if _, err := s.till.UseIn(tx, fees.Use{ID: q.ID, For: "thing/" + q.ID.String()}); err != nil {
			return err
		}
		if err := fail("between"); err != nil {
			return err
		}
		// A second time there is such a row already.
		return tx.Exec("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", "thing/"+q.ID.String(), []byte{1}).Error
	})
	if err != nil {
		return err
	}
	return fail("after")
}

// run delivers until the function it returns is called.
func (s *shop) run(sales ...Sale) (stop func()) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	desk := &Desk{
		Till: s.till, Sales: sales, Now: s.now, Every: 50 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
	}
	var done sync.WaitGroup
	done.Go(func() {
		if err := desk.Run(ctx); err != nil {
			s.t.Error(err)
		}
	})
	return func() { cancel(); done.Wait() }
}

func (s *shop) things() Sale { return Sale{What: "thing", Deliver: s.deliver} }

// sold is a quote that was paid.
func (s *shop) sold(what string) fees.ID {
	s.t.Helper()
	q, err := s.till.Quote(s.t.Context(), fees.Request{What: what, Price: price, Expiry: time.Minute})
	if err == nil {
		err = s.till.Settle(s.t.Context(), invoice.Settlement{Hash: q.InvoiceHash, Paid: price, At: s.now()})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return q.ID
}

// used waits until quotes are used, and the things are there, one for each.
func (s *shop) used(ids ...fees.ID) {
	s.t.Helper()
	for _, id := range ids {
		for until := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			q, err := s.till.Get(s.t.Context(), id)
			if err != nil {
				s.t.Fatal(err)
			}
			if q.State == fees.Used {
				break
			}
			if time.Now().After(until) {
				s.t.Fatalf("quote is %s after 30 s", q.State)
			}
		}
	}
	var things int64
	if err := s.d.Read(s.t.Context()).Table("settings").Where("name LIKE 'thing/%'").Count(&things).Error; err != nil || things != int64(len(ids)) {
		s.t.Fatalf("%d things for %d quotes, %v", things, len(ids), err)
	}
	books, err := s.till.Books(s.t.Context())
	if err != nil || books.Income["thing"] != price*amount.MilliSatoshi(len(ids)) || books.Held != 0 {
		s.t.Fatalf("books %+v, %v", books, err)
	}
}

func each(t *testing.T, fn func(t *testing.T, s *shop)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newShop(t, d, time.Now)) })
}

// A delivery may fail, or the process die, at any step: each thing is delivered
// once in the end.
func TestDeliveredOnceThoughItFailsAnywhere(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		var ids []fees.ID
		for _, step := range []string{"before", "between", "after"} {
			ids = append(ids, s.sold("thing"))
			s.fails = append(s.fails, func(at string) error {
				if at == step {
					return fmt.Errorf("%w: %s", errHere, at)
				}
				return nil
			})
		}
		stop := s.run(s.things())
		s.used(ids...)
		stop()

		// The process is started again and finds nothing to do.
		stop = s.run(s.things())
		s.used(ids...)
		stop()
	})
}

// What was paid while nobody delivered is delivered at the next start.
func TestDeliveredAfterARestart(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		ids := []fees.ID{s.sold("thing"), s.sold("thing")}
		stop := s.run(s.things())
		defer stop()
		s.used(ids...)
		// And a payment wakes it up.
		ids = append(ids, s.sold("thing"))
		s.used(ids...)
	})
}

// Two that both believe they lead deliver each thing once between them.
func TestTwoLeaders(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		first, second := s.run(s.things()), s.run(s.things())
		defer second()
		defer first()
		var ids []fees.ID
		for range 20 {
			ids = append(ids, s.sold("thing"))
		}
		s.used(ids...)
	})
}

// One that cannot be delivered keeps nobody else waiting, is not tried without
// a pause, and is delivered once it can be.
func TestOneThatFailsHoldsNobodyUp(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		bad := s.sold("thing")
		var mu sync.Mutex
		mended, tried := false, 0
		stop := s.run(Sale{What: "thing", Deliver: func(ctx context.Context, q fees.Quote) error {
			mu.Lock()
			defer mu.Unlock()
			if q.ID == bad && !mended {
				tried++
				return errHere
			}
			return s.deliver(ctx, q)
		}})
		defer stop()
		var ids []fees.ID
		for range 10 {
			ids = append(ids, s.sold("thing"))
		}
		for _, id := range ids {
			for until := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
				if q, err := s.till.Get(t.Context(), id); err == nil && q.State == fees.Used {
					break
				} else if time.Now().After(until) {
					t.Fatal("another quote waits for the one that fails")
				}
			}
		}
		mu.Lock()
		if tried == 0 || tried > 6 {
			t.Errorf("tried %d times", tried)
		}
		mended = true
		mu.Unlock()
		s.used(append(ids, bad)...)
	})
}

// What is paid late is delivered where the seller agrees to it, and else left
// for the buyer to decide.
func TestLatePayments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		now := time.Unix(1_800_000_000, 0)
		s := newShop(t, d, func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
		var ids []fees.ID
		for _, what := range []string{"thing", "firm"} {
			q, err := s.till.Quote(t.Context(), fees.Request{What: what, Price: price, Expiry: time.Minute})
			if err == nil {
				err = s.till.Settle(t.Context(), invoice.Settlement{Hash: q.InvoiceHash, Paid: price, At: now.Add(time.Hour)})
			}
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, q.ID)
		}
		late := func(ctx context.Context, q fees.Quote) error {
			return d.Transact(ctx, func(tx *gorm.DB) error {
				_, err := s.till.UseIn(tx, fees.Use{ID: q.ID, For: "thing", AcceptLate: true})
				return err
			})
		}
		stop := s.run(Sale{What: "firm", Deliver: late}, Sale{What: "thing", Late: true, Deliver: late})
		defer stop()
		for until := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			q, err := s.till.Get(t.Context(), ids[0])
			if err != nil || time.Now().After(until) {
				t.Fatal(q.State, err)
			}
			if q.State == fees.Used {
				break
			}
		}
		if q, err := s.till.Get(t.Context(), ids[1]); err != nil || q.State != fees.Late {
			t.Errorf("a firm price paid late is %s, %v", q.State, err)
		}
	})
}

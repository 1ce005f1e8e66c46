package desk

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/invoice"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

// fakeNode does what a test tells it, counting.
type fakeNode struct {
	mu       sync.Mutex
	calls    []string
	err      error // of the next orders
	channels []ln.Channel
	pending  []ln.Pending
	closed   []ln.Closed
	tracked  func() (ln.Payment, error)
	during   func() // runs while an order is carried out
}

func (n *fakeNode) call(what string) error {
	n.mu.Lock()
	n.calls = append(n.calls, what)
	during, err := n.during, n.err
	n.mu.Unlock()
	if during != nil {
		during()
	}
	return err
}

func (n *fakeNode) Channels(context.Context) ([]ln.Channel, error)   { return n.channels, nil }
func (n *fakeNode) Pending(context.Context) ([]ln.Pending, error)    { return n.pending, nil }
func (n *fakeNode) Closed(context.Context, int) ([]ln.Closed, error) { return n.closed, nil }
func (n *fakeNode) Open(context.Context, ln.Opening) (string, error) { return "new:0", n.call("open") }
func (n *fakeNode) Force(context.Context, string) (string, error)    { return "txid", n.call("force") }
func (n *fakeNode) Close(context.Context, string, int64) (string, error) {
	return "txid", n.call("close")
}
func (n *fakeNode) Bump(context.Context, string, int64, btcutil.Amount) error { return n.call("bump") }

func (n *fakeNode) Decode(text string) (ln.Decoded, error) {
	if text != "lnbcrt1" {
		return ln.Decoded{}, ln.ErrInvoice
	}
	return ln.Decoded{Hash: invoice.Hash{7}, Amount: 5000, Memo: strings.Repeat("石", 100)}, nil
}

func (n *fakeNode) Pay(_ context.Context, o ln.Order) (ln.Payment, error) {
	if err := n.call("pay"); err != nil {
		return ln.Payment{}, err
	}
	return ln.Payment{Hash: invoice.Hash{7}, Amount: 5000, Fee: 12}, nil
}

func (n *fakeNode) Track(context.Context, invoice.Hash) (ln.Payment, error) { return n.tracked() }

type bench struct {
	*Desk
	node  *fakeNode
	now   time.Time
	audit []string
}

func newBench(t *testing.T, d *db.DB) *bench {
	t.Helper()
	b := &bench{node: &fakeNode{}, now: time.Unix(1_800_000_000, 0)}
	var mu sync.Mutex
	var err error
	b.Desk, err = New(Config{
		DB: d, Node: b.node, Now: func() time.Time { return b.now },
		Record: func(_ *gorm.DB, who, what string, detail map[string]string) error {
			mu.Lock()
			defer mu.Unlock()
			b.audit = append(b.audit, who+" "+what+" "+detail["problem"])
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var peer = ln.PeerAddress{Key: [33]byte{2, 9}, Host: "example.org:9735"}

func isKind(t *testing.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%v, want %q", err, kind)
	}
}

func (b *bench) only(t *testing.T) Order {
	t.Helper()
	orders, err := b.Orders(t.Context(), 10)
	if err != nil || len(orders) != 1 {
		t.Fatalf("orders %+v, %v", orders, err)
	}
	return orders[0]
}

func TestAFormSentTwiceIsOneOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		opening := ln.Opening{Peer: peer, Amount: 100_000, FeeRate: 2}
		for range 3 {
			o, err := b.Open(t.Context(), ID{1}, "op", opening)
			if err != nil || o.State != Done || o.Outcome != "new:0" {
				t.Fatalf("%+v, %v", o, err)
			}
		}
		if !slices.Equal(b.node.calls, []string{"open"}) {
			t.Errorf("calls %v", b.node.calls)
		}
		if want := []string{"op node.open.ordered ", "op node.open.done "}; !slices.Equal(b.audit, want) {
			t.Errorf("audit %q", b.audit)
		}
		o := b.only(t)
		if o.Subject != hex.EncodeToString(peer.Key[:]) || o.Amount != 100_000_000 || o.FeeRate != 2 || !o.BegunAt.Equal(b.now) {
			t.Errorf("%+v", o)
		}
		_, err := b.Close(t.Context(), ID{1}, "op", "new:0", 2)
		isKind(t, err, ErrOther)
		_, err = b.Open(t.Context(), ID{}, "op", opening)
		isKind(t, err, ErrID)
		_, err = b.Open(t.Context(), ID{2}, "op", ln.Opening{Peer: peer, Amount: 1, FeeRate: 2})
		isKind(t, err, ln.ErrTooSmall)
		_, err = b.Pay(t.Context(), ID{2}, "op", ln.Order{Invoice: "nonsense"})
		isKind(t, err, ln.ErrInvoice)
		b.only(t) // none of those was written down
	})
}

func TestFailuresStayFailures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		for i, c := range []struct{ said, kind error }{
			{fmt.Errorf("doing: %w: lnd says so", ln.ErrNoCoins), ln.ErrNoCoins},
			{fmt.Errorf("doing: %w", chain.ErrEngineDown), chain.ErrEngineDown},
			{errors.New("words nobody knows"), ln.ErrNode},
		} {
			b.node.err = c.said
			id := ID{1, byte(i)}
			_, err := b.Force(t.Context(), id, "op", "a:0")
			isKind(t, err, c.kind)
			b.node.err = nil
			o, err := b.Force(t.Context(), id, "op", "a:0") // again: the same answer, not another try
			isKind(t, err, c.kind)
			if o.State != Failed || o.Problem != c.kind.Error() {
				t.Errorf("%+v", o)
			}
		}
		if len(b.node.calls) != 3 {
			t.Errorf("calls %v", b.node.calls)
		}
	})
}

// Two windows, one form: while the first is at it, the second is told so.
func TestAtTheSameTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		second := make(chan error, 1)
		b.node.during = func() {
			_, err := b.Pay(t.Context(), ID{1}, "op", ln.Order{Invoice: "lnbcrt1"})
			second <- err
		}
		o, err := b.Pay(t.Context(), ID{1}, "op", ln.Order{Invoice: "lnbcrt1"})
		if err != nil || o.Amount != 5000 || o.Fee != 12 || len(o.Memo) > 200 || !strings.HasPrefix(o.Memo, "石") || o.Subject != (invoice.Hash{7}).String() {
			t.Errorf("%+v, %v", o, err)
		}
		isKind(t, <-second, ErrUnderWay)
		if len(b.node.calls) != 1 {
			t.Errorf("calls %v", b.node.calls)
		}
	})
}

// The caller leaves at the worst moment: the order goes on and is written down.
func TestLeavingStopsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		b.node.during = cancel
		if _, err := b.Open(ctx, ID{1}, "op", ln.Opening{Peer: peer, Amount: 100_000, FeeRate: 2}); err != nil {
			t.Fatal(err)
		}
		if o := b.only(t); o.State != Done {
			t.Errorf("%+v", o)
		}
	})
}

// Orders that were cut off get the end they had at the node.
func TestCutOffOrdersAreLookedUp(t *testing.T) {
	dbtest.Each(t, cutOff)
}

func cutOff(t *testing.T, d *db.DB) {
	opening := ln.Opening{Peer: peer, Amount: 100_000, FeeRate: 2}
	open := func(b *bench) error {
		b.node.channels = []ln.Channel{{Point: "old:0", Peer: peer.Key[:], Initiator: true, Capacity: 100_000}}
		_, err := b.Open(context.Background(), ID{1}, "op", opening)
		return err
	}
	closing := func(b *bench) error {
		_, err := b.Close(context.Background(), ID{1}, "op", "a:0", 2)
		return err
	}
	pay := func(b *bench) error {
		_, err := b.Pay(context.Background(), ID{1}, "op", ln.Order{Invoice: "lnbcrt1"})
		return err
	}
	for name, c := range map[string]struct {
		order   func(*bench) error
		traces  func(*fakeNode)
		state   State
		outcome string
		problem error
	}{
		"opened, waiting": {open, func(n *fakeNode) {
			n.pending = []ln.Pending{{Stage: ln.StageOpening, Point: "new:1", Peer: peer.Key[:], Initiator: true, Capacity: 100_000}}
		}, Done, "new:1", nil},
		"opened": {open, func(n *fakeNode) {
			n.channels = append(n.channels, ln.Channel{Point: "new:2", Peer: peer.Key[:], Initiator: true, Capacity: 100_000})
		}, Done, "new:2", nil},
		"somebody else's channel is not ours": {open, func(n *fakeNode) {
			n.pending = []ln.Pending{{Stage: ln.StageOpening, Point: "x:1", Peer: peer.Key[:], Capacity: 100_000}}
		}, Begun, "", nil},
		"closing": {closing, func(n *fakeNode) {
			n.pending = []ln.Pending{{Stage: ln.StageClosing, Point: "a:0", Txid: "t"}}
		}, Done, "t", nil},
		"closed":         {closing, func(n *fakeNode) { n.closed = []ln.Closed{{Point: "a:0", Txid: "u"}} }, Done, "u", nil},
		"nothing closed": {closing, func(*fakeNode) {}, Begun, "", nil},
		"paid": {pay, func(n *fakeNode) {
			n.tracked = func() (ln.Payment, error) { return ln.Payment{Amount: 5000, Fee: 3}, nil }
		}, Done, "", nil},
		"not paid": {pay, func(n *fakeNode) {
			n.tracked = func() (ln.Payment, error) { return ln.Payment{}, ln.ErrNoRoute }
		}, Failed, "", ln.ErrNoRoute},
		"never begun": {pay, func(n *fakeNode) {
			n.tracked = func() (ln.Payment, error) { return ln.Payment{}, ln.ErrUnknownPayment }
		}, Failed, "", ln.ErrNode},
		"still under way": {pay, func(n *fakeNode) {
			n.tracked = func() (ln.Payment, error) { return ln.Payment{}, ln.ErrUnknownOutcome }
		}, Begun, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, d)
			if err := d.Transact(t.Context(), func(tx *gorm.DB) error { return tx.Where("1 = 1").Delete(&record{}).Error }); err != nil {
				t.Fatal(err)
			}
			b.node.err = fmt.Errorf("%w: the node stopped", ln.ErrUnknownOutcome)
			isKind(t, c.order(b), ln.ErrUnknownOutcome)
			c.traces(b.node)
			if err := b.Resolve(t.Context()); err != nil { // too early to look
				t.Fatal(err)
			}
			if o := b.only(t); o.State != Begun {
				t.Fatalf("looked up at once: %+v", o)
			}
			b.now = b.now.Add(2 * time.Minute)
			if err := b.Resolve(t.Context()); err != nil {
				t.Fatal(err)
			}
			o := b.only(t)
			if o.State != c.state || o.Outcome != c.outcome || (c.problem != nil && o.Problem != c.problem.Error()) {
				t.Errorf("%+v", o)
			}
			if name == "paid" && o.Fee != amount.MilliSatoshi(3) {
				t.Errorf("%+v", o)
			}
			b.now = b.now.Add(time.Hour) // what left no trace was never carried out; a payment may still be
			if err := b.Resolve(t.Context()); err != nil {
				t.Fatal(err)
			}
			if o := b.only(t); (o.State == Begun) != (name == "still under way") {
				t.Errorf("an hour later: %+v", o)
			}
			if len(b.node.calls) != 1 {
				t.Errorf("calls %v", b.node.calls)
			}
		})
	}
}

func TestParseID(t *testing.T) {
	id := ID{1, 2, 3}
	if got, err := ParseID(id.String()); err != nil || got != id {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "00", strings.Repeat("0", 32), strings.Repeat("x", 32)} {
		_, err := ParseID(bad)
		isKind(t, err, ErrID)
	}
}

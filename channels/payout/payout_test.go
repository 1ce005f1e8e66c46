package payout

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"pgregory.net/rapid"
)

const sat = amount.PerSatoshi

// counting is a source of different bytes.
type counting struct {
	mu sync.Mutex
	n  uint64
}

func (c *counting) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for done := 0; done < len(p); {
		c.n++
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, c.n))
		done += copy(p[done:], sum[:])
	}
	return len(p), nil
}

// node pays by a plan and keeps its own books of what left it, as lnd does: an
// invoice is "inv/<number>/<msat>", and its plan says how paying it ends.
type node struct {
	mu    sync.Mutex
	now   func() time.Time
	plans map[invoice.Hash]plan
	done  map[invoice.Hash]plan // what the node has decided
	sent  amount.MilliSatoshi   // amounts and fees
	pays  map[invoice.Hash]int
}

// plan is how a payment ends: err for a failure, else the fee. Silent means that
// the caller is not told; lost, that the node never heard of it.
type plan struct {
	err    error
	fee    amount.MilliSatoshi
	silent bool
	lost   bool
}

func hashOf(text string) invoice.Hash { return sha256.Sum256([]byte(text)) }

func (n *node) Decode(text string) (ln.Decoded, error) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 || parts[0] != "inv" {
		return ln.Decoded{}, ln.ErrInvoice
	}
	msat, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return ln.Decoded{}, ln.ErrInvoice
	}
	return ln.Decoded{Hash: hashOf(text), Amount: amount.MilliSatoshi(msat), ExpiresAt: n.now().Add(time.Hour)}, nil
}

func (n *node) Pay(_ context.Context, o ln.Order) (ln.Payment, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	hash := hashOf(o.Invoice)
	p := n.plans[hash]
	if p.lost {
		return ln.Payment{}, fmt.Errorf("%w: %w", ln.ErrUnknownOutcome, chain.ErrEngineDown)
	}
	n.pays[hash]++
	if _, known := n.done[hash]; !known {
		n.done[hash] = p
		if p.err == nil {
			if p.fee > o.FeeLimit {
				p.fee = o.FeeLimit
				n.done[hash] = p
			}
			n.sent += o.Amount + p.fee
		}
	}
	if p.silent {
		return ln.Payment{}, fmt.Errorf("%w: the connection was cut", ln.ErrUnknownOutcome)
	}
	return n.told(hash)
}

func (n *node) told(hash invoice.Hash) (ln.Payment, error) {
	p := n.done[hash]
	if p.err != nil {
		return ln.Payment{}, p.err
	}
	return ln.Payment{Hash: hash, Fee: p.fee}, nil
}

func (n *node) Track(_ context.Context, hash invoice.Hash) (ln.Payment, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.done[hash]; !ok {
		return ln.Payment{}, ln.ErrUnknownPayment
	}
	return n.told(hash)
}

// received is a node's side of earning, for the till.
type received struct{}

func (received) Create(_ context.Context, req invoice.Request) (invoice.Invoice, error) {
	return invoice.Invoice{Hash: req.Preimage.Hash(), Text: "lnbcrt1", ExpiresAt: time.Now().Add(req.Expiry)}, nil
}
func (received) Status(context.Context, invoice.Hash) (invoice.Status, error) {
	return invoice.Status{State: invoice.Open}, nil
}
func (received) Cancel(context.Context, invoice.Hash) error { return nil }
func (received) Settled(ctx context.Context, _ uint64, _ func(invoice.Settlement) error) error {
	<-ctx.Done()
	return ctx.Err()
}

// bench is a till, a node and the service over them.
type bench struct {
	*Service
	fatal func(...any)
	till  *fees.Service
	node  *node
	ahead time.Duration
	in    amount.MilliSatoshi // received over Lightning
	rand  *counting
	log   *slog.Logger
	count int
	// recorded is what was written down as paid, with its fee.
	recorded map[ID]amount.MilliSatoshi
}

func newBench(t testing.TB, d *db.DB) *bench {
	t.Helper()
	b := &bench{recorded: map[ID]amount.MilliSatoshi{}, fatal: t.Fatal, rand: &counting{}, log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))}
	b.node = &node{now: b.clock, plans: map[invoice.Hash]plan{}, done: map[invoice.Hash]plan{}, pays: map[invoice.Hash]int{}}
	var err error
	b.till, err = fees.New(fees.Config{DB: d, Invoices: received{}, Addresses: addresses{b.rand}, Secret: [32]byte{1}, Rand: b.rand, Now: b.clock, Log: b.log})
	if err != nil {
		t.Fatal(err)
	}
	b.restart(d)
	return b
}

// restart forgets all that is not in the database.
func (b *bench) restart(d *db.DB) {
	s, err := New(Config{
		DB: d, Node: b.node, Till: b.till, Rand: b.rand, Now: b.clock, Log: b.log, LookAgain: 10 * time.Millisecond,
		Record: func(_ *gorm.DB, id ID, paid, fee amount.MilliSatoshi) error {
			b.node.mu.Lock()
			defer b.node.mu.Unlock()
			b.recorded[id] = paid + fee
			return nil
		},
	})
	if err != nil {
		b.fatal(err)
	}
	b.Service = s
}

func (b *bench) clock() time.Time { return time.Unix(1_800_000_000, 0).Add(b.ahead) }

// earn gives a client credit, as a payment that was given back.
func (b *bench) earn(client string, a amount.MilliSatoshi) {
	ctx := context.Background()
	q, err := b.till.Quote(ctx, fees.Request{What: "thing", Client: client, Price: a, Expiry: time.Minute})
	if err == nil {
		err = b.till.Settle(ctx, invoice.Settlement{Hash: q.InvoiceHash, Paid: a, At: b.clock()})
	}
	if err == nil {
		_, err = b.till.Return(ctx, q.ID)
	}
	if err != nil {
		b.fatal(err)
	}
	b.in += a
}

// earnOnChain is earn by a coin.
func (b *bench) earnOnChain(t *testing.T, client string, value int64) {
	t.Helper()
	ctx := t.Context()
	q, err := b.till.Quote(ctx, fees.Request{What: "thing", Client: client, Price: amount.MilliSatoshi(value) * sat, Expiry: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	script, err := hex.DecodeString(q.Address)
	if err != nil {
		t.Fatal(err)
	}
	coinbase, paying := wire.NewMsgTx(2), wire.NewMsgTx(2)
	coinbase.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: 0xffffffff}, SignatureScript: []byte{1, 1}})
	coinbase.AddTxOut(wire.NewTxOut(1, []byte{0x51}))
	paying.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: [32]byte{9}}, nil, nil))
	paying.AddTxOut(wire.NewTxOut(value, script))
	msg := wire.NewMsgBlock(&wire.BlockHeader{Timestamp: b.clock()})
	msg.Transactions = []*wire.MsgTx{coinbase, paying}
	block := &chain.Block{BlockRef: chain.BlockRef{Height: 1, Hash: msg.BlockHash()}, Msg: msg}
	err = b.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := (follow.Watched{}).Connect(ctx, tx, block); err != nil {
			return err
		}
		return b.till.Coins().Connect(ctx, tx, block)
	})
	if err == nil {
		_, err = b.till.Return(ctx, q.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// addresses are scripts in hexadecimal digits.
type addresses struct{ rand *counting }

func (a addresses) New(context.Context) (string, []byte, error) {
	script := append([]byte{0, 20}, make([]byte, 20)...)
	_, err := a.rand.Read(script[2:])
	return hex.EncodeToString(script), script, err
}

// invoice is a new one that ends by a plan.
func (b *bench) invoice(a amount.MilliSatoshi, p plan) string {
	b.count++
	text := fmt.Sprintf("inv/%d/%d", b.count, int64(a))
	b.node.plans[hashOf(text)] = p
	return text
}

func (b *bench) credit(client string) amount.MilliSatoshi {
	c, err := b.Credit(context.Background(), "client/"+client)
	if err != nil {
		b.fatal(err)
	}
	return c
}

// equal checks the books against the node's.
func (b *bench) equal(t interface{ Errorf(string, ...any) }) fees.Books {
	books, err := b.till.Books(context.Background())
	if err != nil {
		b.fatal(err)
	}
	b.node.mu.Lock()
	defer b.node.mu.Unlock()
	// What is still unknown may have left the node and not the books.
	if ours, nodes := books.Lightning-books.Advanced, b.in-b.node.sent; ours < nodes || ours > nodes+books.PayingOut {
		t.Errorf("the books have %s over Lightning, the node %s, and %s are on their way", ours, nodes, books.PayingOut)
	}
	var recorded amount.MilliSatoshi
	for _, paid := range b.recorded {
		recorded += paid
	}
	if recorded > b.node.sent || recorded < b.node.sent-books.PayingOut {
		t.Errorf("%s are recorded, the node has sent %s, and %s are on their way", recorded, b.node.sent, books.PayingOut)
	}
	return books
}

func isKind(t *testing.T, what string, err error, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %q", what, err, kind)
	}
}

func eachBench(t *testing.T, fn func(t *testing.T, b *bench)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newBench(t, d)) })
}

func TestPaidOut(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.earn("ann", 1_000*sat)
		go b.Run(t.Context())
		p, err := b.Begin(t.Context(), Request{Owner: "client/ann", Invoice: b.invoice(600*sat, plan{fee: 1_234})})
		if err != nil {
			t.Fatal(err)
		}
		if p, err = b.Wait(t.Context(), p.ID, time.Minute); err != nil || p.State != Paid || p.Fee != 1_234 || p.FeeLimit != 6*sat {
			t.Fatalf("%+v, %v", p, err)
		}
		if got := b.credit("ann"); got != 400*sat-1_234 {
			t.Errorf("a credit of %s is left", got)
		}
		books := b.equal(t)
		if books.Routing != 1_234 || books.Income["routing"] != 1_234 || books.PayingOut != 0 || books.Advanced != 0 {
			t.Errorf("%+v", books)
		}
		if list, err := b.List(t.Context(), "client/ann", 10); err != nil || len(list) != 1 || list[0].ID != p.ID {
			t.Errorf("%v, %v", list, err)
		}
	})
}

// All that can be wrong has a kind and costs nothing.
func TestNotPaidOut(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.earn("ann", 1_000*sat)
		go b.Run(t.Context())
		ask := func(text string, a amount.MilliSatoshi) (Payout, error) {
			return b.Begin(t.Context(), Request{Owner: "client/ann", Invoice: text, Amount: a})
		}
		for name, c := range map[string]struct {
			invoice string
			amount  amount.MilliSatoshi
			kind    error
		}{
			"no invoice":     {"hello", 0, ln.ErrInvoice},
			"no amount":      {b.invoice(0, plan{}), 0, ln.ErrAmount},
			"another amount": {b.invoice(10*sat, plan{}), 11 * sat, ln.ErrAmount},
			"below a sat":    {b.invoice(999, plan{}), 0, ln.ErrAmount},
			"all of it":      {b.invoice(1_000*sat, plan{}), 0, fees.ErrCredit},
			"too much":       {b.invoice(995*sat, plan{}), 0, fees.ErrCredit},
		} {
			_, err := ask(c.invoice, c.amount)
			isKind(t, name, err, c.kind)
		}
		for _, kind := range definite {
			p, err := ask(b.invoice(900*sat, plan{err: kind}), 0)
			if err != nil {
				t.Fatal(err)
			}
			p, err = b.Wait(t.Context(), p.ID, time.Minute)
			if err != nil || p.State != Failed || p.Reason != string(kind) {
				t.Errorf("%s: %+v, %v", kind, p, err)
			}
		}
		if got := b.credit("ann"); got != 1_000*sat {
			t.Errorf("a credit of %s is left", got)
		}
		b.equal(t)
		// The same invoice again is not tried again.
		twice := b.invoice(10*sat, plan{})
		for i, kind := range []error{nil, ErrTried} {
			if _, err := ask(twice, 0); !errors.Is(err, kind) {
				t.Errorf("try %d: %v", i, err)
			}
		}
		_, err := b.Get(t.Context(), ID{1})
		isKind(t, "unknown", err, ErrUnknown)
	})
}

// An outcome nobody told of is found out, by this process or the next; one the
// node never heard of is given back.
func TestUnknownOutcomes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		b.earn("ann", 1_000*sat)
		begin := func(p plan) ID {
			out, err := b.Begin(t.Context(), Request{Owner: "client/ann", Invoice: b.invoice(100*sat, p)})
			if err != nil {
				t.Fatal(err)
			}
			return out.ID
		}
		paid, failed, lost := begin(plan{silent: true, fee: 7}), begin(plan{silent: true, err: ln.ErrNoRoute}), begin(plan{lost: true})
		if _, err := b.Begin(t.Context(), Request{Owner: "client/ann", Invoice: b.invoice(sat, plan{})}); !errors.Is(err, ErrTooMany) {
			t.Errorf("a fourth: %v", err)
		}
		for _, id := range []ID{paid, failed, lost} {
			if err := b.pay(t.Context(), id); !errors.Is(err, ln.ErrUnknownOutcome) {
				t.Errorf("%v", err)
			}
		}
		states := func(want ...State) {
			t.Helper()
			for i, id := range []ID{paid, failed, lost} {
				if p, err := b.Get(t.Context(), id); err != nil || p.State != want[i] {
					t.Errorf("%d: %s, %v, want %s", i, p.State, err, want[i])
				}
			}
			b.equal(t)
		}
		states(Paying, Paying, Paying)
		b.restart(d)
		b.ahead += time.Minute
		if err := b.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		states(Paid, Failed, Paying)
		b.ahead += 5 * time.Minute
		if err := b.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		states(Paid, Failed, Failed)
		if got := b.credit("ann"); got != 900*sat-7 {
			t.Errorf("a credit of %s is left", got)
		}
		// Late news changes nothing.
		for _, id := range []ID{paid, failed, lost} {
			if err := b.pay(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
		states(Paid, Failed, Failed)
	})
}

// Credit that came from coins is paid out over Lightning: the operator advances
// it, and the books stay whole.
func TestAdvanced(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.earnOnChain(t, "ann", 20_000)
		p, err := b.Begin(t.Context(), Request{Owner: "client/ann", Invoice: b.invoice(15_000*sat, plan{fee: 3})})
		if err == nil {
			err = b.pay(t.Context(), p.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		books := b.equal(t)
		if books.Lightning != 0 || books.Advanced != 15_000*sat+3 || books.OnChain != 20_000*sat || books.Credit != 5_000*sat-3 {
			t.Fatalf("%+v", books)
		}
		b.earn("bob", 9*sat)
		if books := b.equal(t); books.Lightning != 9*sat {
			t.Fatalf("%+v", books)
		}
	})
}

// Whatever happens, the books balance and are the node's to the millisatoshi.
func TestBooksAreTheNodes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		rapid.Check(t, func(rt *rapid.T) {
			b.fatal = rt.Fatal
			ctx := context.Background()
			var ids []ID
			for range rapid.IntRange(1, 25).Draw(rt, "steps") {
				switch rapid.SampledFrom([]string{"earn", "begin", "begin", "pay", "pay", "look", "later", "restart"}).Draw(rt, "step") {
				case "earn":
					b.earn(rapid.SampledFrom([]string{"ann", "bob"}).Draw(rt, "who"), amount.MilliSatoshi(rapid.Int64Range(1_000, 900_000).Draw(rt, "msat")))
				case "begin":
					p := plan{
						fee: amount.MilliSatoshi(rapid.Int64Range(0, 6_000).Draw(rt, "fee")), silent: rapid.Bool().Draw(rt, "silent"),
						lost: rapid.IntRange(0, 4).Draw(rt, "lost") == 0,
					}
					if rapid.Bool().Draw(rt, "fails") {
						p.err = rapid.SampledFrom(definite).Draw(rt, "how")
					}
					out, err := b.Begin(ctx, Request{
						Owner:   "client/" + rapid.SampledFrom([]string{"ann", "bob"}).Draw(rt, "who"),
						Invoice: b.invoice(amount.MilliSatoshi(rapid.Int64Range(1_000, 400_000).Draw(rt, "msat")), p),
					})
					if err == nil {
						ids = append(ids, out.ID)
					} else if !errors.Is(err, fees.ErrCredit) && !errors.Is(err, ErrTooMany) {
						rt.Fatal(err)
					}
				case "pay":
					if len(ids) > 0 {
						if err := b.pay(ctx, rapid.SampledFrom(ids).Draw(rt, "which")); err != nil && !errors.Is(err, ln.ErrUnknownOutcome) {
							rt.Fatal(err)
						}
					}
				case "look":
					if err := b.Reconcile(ctx); err != nil {
						rt.Fatal(err)
					}
				case "later":
					b.ahead += time.Duration(rapid.IntRange(1, 400).Draw(rt, "seconds")) * time.Second
				case "restart":
					b.restart(d)
				}
				b.equal(rt)
			}
			b.ahead += time.Hour
			if err := b.Reconcile(ctx); err != nil {
				rt.Fatal(err)
			}
			if books := b.equal(rt); books.PayingOut != 0 || books.Lightning-books.Advanced != b.in-b.node.sent {
				rt.Fatalf("at the end: %+v, in %s, out %s", books, b.in, b.node.sent)
			}
			for hash, n := range b.node.pays {
				if n > 1 && b.node.done[hash].err == nil && !b.node.done[hash].silent {
					rt.Fatalf("%s was paid %d times", hash, n)
				}
			}
		})
	})
}

// A wallet takes an offer once, whatever it tries.
func TestOffers(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		_, _, err := b.Offer(t.Context(), "client/ann")
		isKind(t, "no credit", err, ErrNothing)
		b.earn("ann", 1_000*sat)
		old, _, err := b.Offer(t.Context(), "client/ann")
		if err != nil {
			t.Fatal(err)
		}
		word, offer, err := b.Offer(t.Context(), "client/ann")
		if err != nil || offer.Most != 990*sat {
			t.Fatalf("%+v, %v", offer, err)
		}
		_, err = b.Offered(t.Context(), old)
		isKind(t, "the one before", err, ErrLink)
		_, err = b.Take(t.Context(), word, b.invoice(991*sat, plan{}))
		isKind(t, "too much", err, ln.ErrAmount)
		_, err = b.Take(t.Context(), word, "hello")
		isKind(t, "no invoice", err, ln.ErrInvoice)
		invoices := make([]string, 10)
		for i := range invoices {
			invoices[i] = b.invoice(50*sat, plan{})
		}
		var all sync.WaitGroup
		errs := make([]error, len(invoices))
		for i, text := range invoices {
			all.Go(func() { _, errs[i] = b.Take(context.Background(), word, text) })
		}
		all.Wait()
		took := 0
		for _, err := range errs {
			if err == nil {
				took++
			} else if !errors.Is(err, ErrLink) {
				t.Error(err)
			}
		}
		if took != 1 {
			t.Errorf("it was taken %d times", took)
		}
		b.ahead += time.Hour
		word, _, err = b.Offer(t.Context(), "client/ann")
		if err != nil {
			t.Fatal(err)
		}
		b.ahead += linkLife
		_, err = b.Take(t.Context(), word, b.invoice(50*sat, plan{}))
		isKind(t, "too late", err, ErrLink)
	})
}

// The most that can be had leaves exactly room for routing.
func TestMost(t *testing.T) {
	for _, credit := range []amount.MilliSatoshi{0, 1, 5_999, 6_000, 6_001, 504_999, 505_000, 505_001, 506_000, 1_000_000, 123_456_789, amount.Max} {
		most := Most(credit)
		if most > 0 && most+FeeLimit(most) > credit {
			t.Errorf("%s of %s leaves no room", most, credit)
		}
		if next := most + sat; next+FeeLimit(next) <= credit {
			t.Errorf("%s of %s is less than could be", most, credit)
		}
	}
}

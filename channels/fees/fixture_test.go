package fees

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/channels/amount"
	"cairn/channels/invoice"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

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
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("test"), c.n))
		done += copy(p[done:], sum[:])
	}
	return len(p), nil
}

var errCrash = errors.New("the process died here")

// fakeNode keeps the books of a node by itself: what its invoices brought in.
type fakeNode struct {
	clock *clock

	mu        sync.Mutex
	invoices  map[invoice.Hash]*fakeInvoice
	settled   []invoice.Settlement // in order
	changed   chan struct{}        // closed and renewed when settled grows
	addresses int
	down      error // of every call
	crash     bool  // after making the next invoice
}

type fakeInvoice struct {
	asked   amount.MilliSatoshi
	expires time.Time
	status  invoice.Status
}

func newFakeNode(c *clock) *fakeNode {
	return &fakeNode{clock: c, invoices: make(map[invoice.Hash]*fakeInvoice), changed: make(chan struct{})}
}

func (n *fakeNode) Create(_ context.Context, req invoice.Request) (invoice.Invoice, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down != nil {
		return invoice.Invoice{}, n.down
	}
	hash := req.Preimage.Hash()
	if n.invoices[hash] == nil {
		n.invoices[hash] = &fakeInvoice{asked: req.Amount, expires: n.clock.Now().Add(req.Expiry), status: invoice.Status{State: invoice.Open}}
	}
	if n.crash {
		n.crash = false
		return invoice.Invoice{}, errCrash
	}
	return invoice.Invoice{Hash: hash, Text: "lnbcrt1" + hash.String(), ExpiresAt: n.invoices[hash].expires}, nil
}

func (n *fakeNode) Status(_ context.Context, hash invoice.Hash) (invoice.Status, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down != nil {
		return invoice.Status{}, n.down
	}
	in := n.invoices[hash]
	if in == nil {
		return invoice.Status{}, invoice.ErrUnknown
	}
	if in.status.State == invoice.Open && n.clock.Now().After(in.expires) {
		in.status.State = invoice.Closed
	}
	return in.status, nil
}

func (n *fakeNode) Cancel(_ context.Context, hash invoice.Hash) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down != nil {
		return n.down
	}
	in := n.invoices[hash]
	if in == nil {
		return invoice.ErrUnknown
	}
	if in.status.State == invoice.Open {
		in.status.State = invoice.Closed
	}
	return nil
}

func (n *fakeNode) Settled(ctx context.Context, after uint64, fn func(invoice.Settlement) error) error {
	if after == 0 { // as lnd does: only new ones
		n.mu.Lock()
		after = uint64(len(n.settled))
		n.mu.Unlock()
	}
	for {
		n.mu.Lock()
		fresh, changed, down := n.settled[after:], n.changed, n.down
		n.mu.Unlock()
		if down != nil {
			return down
		}
		for _, st := range fresh {
			if err := fn(st); err != nil {
				return err
			}
			after = st.Index
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// pay settles an invoice as a payer would, if it can still be paid.
func (n *fakeNode) pay(hash invoice.Hash, paid amount.MilliSatoshi) (invoice.Settlement, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	in := n.invoices[hash]
	if in == nil || in.status.State != invoice.Open || n.clock.Now().After(in.expires) || paid < in.asked {
		return invoice.Settlement{}, false
	}
	st := invoice.Settlement{Hash: hash, Paid: paid, At: n.clock.Now().UTC().Truncate(time.Second), Index: uint64(len(n.settled)) + 1}
	in.status = invoice.Status{State: invoice.Settled, Settlement: st}
	n.settled = append(n.settled, st)
	close(n.changed)
	n.changed = make(chan struct{})
	return st, true
}

// books is what the node has received in all.
func (n *fakeNode) books() (sum amount.MilliSatoshi) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, st := range n.settled {
		sum += st.Paid
	}
	return sum
}

func (n *fakeNode) New(context.Context) (string, []byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down != nil {
		return "", nil, n.down
	}
	n.addresses++
	script := binary.BigEndian.AppendUint64([]byte{0x00, 0x14, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, uint64(n.addresses))
	return fmt.Sprintf("bcrt1qtest%d", n.addresses), script, nil
}

// fakeChain hands hand-made blocks to the projections, as the follower does.
type fakeChain struct {
	t      testing.TB
	db     *db.DB
	clock  *clock
	nonce  uint32
	blocks []*chain.Block
}

func (c *fakeChain) projections(s *Service) []follow.Projection {
	return []follow.Projection{follow.Watched{}, s.Coins()}
}

func (c *fakeChain) tip() int32 { return int32(len(c.blocks)) }

// mine puts a block with transactions on top.
func (c *fakeChain) mine(s *Service, txs ...*wire.MsgTx) {
	c.t.Helper()
	c.nonce++
	header := wire.BlockHeader{Version: 4, Nonce: c.nonce, Timestamp: c.clock.Now().Truncate(time.Second)}
	if len(c.blocks) > 0 {
		header.PrevBlock = c.blocks[len(c.blocks)-1].Hash
	}
	msg := wire.NewMsgBlock(&header)
	coinbase := wire.NewMsgTx(2)
	coinbase.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: 0xffffffff}, SignatureScript: fmt.Appendf(nil, "%d", c.nonce)})
	coinbase.AddTxOut(wire.NewTxOut(1, []byte{0x51}))
	for _, tx := range append([]*wire.MsgTx{coinbase}, txs...) {
		_ = msg.AddTransaction(tx)
	}
	b := &chain.Block{BlockRef: chain.BlockRef{Height: c.tip() + 1, Hash: msg.BlockHash()}, Msg: msg}
	err := c.db.Transact(context.Background(), func(tx *gorm.DB) error {
		for _, p := range c.projections(s) {
			if err := p.Connect(context.Background(), tx, b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatalf("connect block %d: %v", b.Height, err)
	}
	c.blocks = append(c.blocks, b)
}

// undo takes the newest block away and returns its transactions but the
// coinbase.
func (c *fakeChain) undo(s *Service) []*wire.MsgTx {
	c.t.Helper()
	b := c.blocks[len(c.blocks)-1]
	err := c.db.Transact(context.Background(), func(tx *gorm.DB) error {
		ps := c.projections(s)
		for i := len(ps) - 1; i >= 0; i-- {
			if err := ps[i].Disconnect(context.Background(), tx, b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatalf("disconnect block %d: %v", b.Height, err)
	}
	c.blocks = c.blocks[:len(c.blocks)-1]
	return b.Msg.Transactions[1:]
}

// world is one till: a database, a node, a chain, and the service over them.
type world struct {
	*Service
	t     testing.TB
	cfg   Config
	clock *clock
	node  *fakeNode
	chain *fakeChain
	spent uint32 // makes transactions differ
}

func newWorld(t testing.TB, d *db.DB, change func(*Config)) *world {
	t.Helper()
	c := &clock{now: time.Unix(1_800_000_000, 0)}
	n := newFakeNode(c)
	w := &world{t: t, clock: c, node: n, chain: &fakeChain{t: t, db: d, clock: c}}
	w.cfg = Config{
		DB: d, Invoices: n, Addresses: n, Secret: [32]byte{1}, Confirmations: 2, Rand: &counting{}, Now: c.Now,
		SettlePoll: 20 * time.Millisecond, SweepEvery: 20 * time.Millisecond,
	}
	w.cfg.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	if change != nil {
		change(&w.cfg)
	}
	w.restart()
	return w
}

// restart forgets all that is not in the database.
func (w *world) restart() {
	w.t.Helper()
	s, err := New(w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Service = s
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d, nil)) })
}

const price = 5_000 * amount.PerSatoshi

// ask makes a quote over 5,000 sat that holds for 15 minutes.
func (w *world) ask(client string) Quote {
	w.t.Helper()
	q, err := w.Quote(w.t.Context(), Request{What: "express-anchor", Subject: "digest", Client: client, Price: price, Expiry: 15 * time.Minute})
	if err != nil {
		w.t.Fatal(err)
	}
	return q
}

func (w *world) get(id ID) Quote {
	w.t.Helper()
	q, err := w.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return q
}

func (w *world) state(id ID, want State) Quote {
	w.t.Helper()
	q := w.get(id)
	if q.State != want {
		w.t.Fatalf("quote is %s, want %s: %+v", q.State, want, q)
	}
	return q
}

// payLightning pays the quote's invoice and tells the service.
func (w *world) payLightning(q Quote, paid amount.MilliSatoshi) {
	w.t.Helper()
	st, ok := w.node.pay(q.InvoiceHash, paid)
	if !ok {
		w.t.Fatal("the invoice cannot be paid")
	}
	if err := w.Settle(w.t.Context(), st); err != nil {
		w.t.Fatal(err)
	}
}

// paying is a transaction that pays the quote's address.
func (w *world) paying(q Quote, sat btcutil.Amount) *wire.MsgTx {
	w.t.Helper()
	h, err := load(w.db.Read(context.Background()), q.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	w.spent++
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: [32]byte{0xaa}, Index: w.spent}, nil, nil))
	tx.AddTxOut(wire.NewTxOut(77, []byte{0x6a}))
	tx.AddTxOut(wire.NewTxOut(int64(sat), h.Script))
	return tx
}

func (w *world) see(tx *wire.MsgTx) {
	w.t.Helper()
	if err := w.SeeTransaction(w.t.Context(), tx); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) sweep() {
	w.t.Helper()
	if err := w.Sweep(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) balanced() Books {
	w.t.Helper()
	b, err := w.Books(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func (w *world) use(id ID, purpose string) {
	w.t.Helper()
	if _, err := w.Use(w.t.Context(), Use{ID: id, For: purpose}); err != nil {
		w.t.Fatal(err)
	}
}

func isKind(t *testing.T, what string, err error, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %q", what, err, kind)
	}
}

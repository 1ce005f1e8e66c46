package web

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"cairn/app/db"
	"cairn/chain"
	chainfollow "cairn/chain/follow"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/notary"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/bech32"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// fakeTill is a real till over a node on paper: its invoices look like some
// and are paid by asking for it, and its chain has a block when one is wanted.
type fakeTill struct {
	*fees.Service
	db  *db.DB
	now func() time.Time

	mu       sync.Mutex
	invoices map[string]*paperInvoice // by text
	byHash   map[invoice.Hash]*paperInvoice
	settled  []invoice.Settlement
	more     chan struct{}     // closed and renewed when settled grows
	scripts  map[string][]byte // by address
	pending  []*wire.MsgTx
	height   int32
	noRoute  bool // no invoice can be made
	starting bool // the sandbox payer is not ready
}

// settleIndex numbers the settlements of all fake nodes, as their tills share
// a database; it goes on where an earlier process ended.
var settleIndex = func() *atomic.Uint64 {
	var n atomic.Uint64
	n.Store(uint64(time.Now().UnixNano()))
	return &n
}()

type paperInvoice struct {
	hash   invoice.Hash
	amount amount.MilliSatoshi
	state  invoice.State
	memo   [32]byte // the hash of words shown elsewhere
}

func newFakeTill(d *db.DB, now func() time.Time) *fakeTill {
	f := &fakeTill{
		db: d, now: now, invoices: map[string]*paperInvoice{}, byHash: map[invoice.Hash]*paperInvoice{},
		more: make(chan struct{}), scripts: map[string][]byte{},
	}
	s, err := fees.New(fees.Config{
		DB: d, Invoices: f, Addresses: f, Secret: [32]byte{7}, Confirmations: 2, Now: now, Rand: rand.Reader,
		SettlePoll: time.Hour, SweepEvery: 200 * time.Millisecond,
	})
	if err != nil {
		panic(err)
	}
	f.Service = s
	return f
}

// Create implements fees.Invoices: as long as a real one, and of its alphabet.
func (f *fakeTill) Create(_ context.Context, req invoice.Request) (invoice.Invoice, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noRoute {
		return invoice.Invoice{}, invoice.ErrUnpayable
	}
	hash := req.Preimage.Hash()
	body := make([]byte, 150)
	copy(body, hash[:])
	rand.Read(body[32:]) //nolint:errcheck // never fails
	words, err := bech32.ConvertBits(body, 8, 5, true)
	if err != nil {
		return invoice.Invoice{}, err
	}
	text, err := bech32.Encode(fmt.Sprintf("lnbcrt%dn", int64(req.Amount)/100), words)
	if err != nil {
		return invoice.Invoice{}, err
	}
	in := &paperInvoice{hash: hash, amount: req.Amount, state: invoice.Open, memo: req.MemoHash}
	f.invoices[text], f.byHash[hash] = in, in
	return invoice.Invoice{Hash: hash, Text: text, ExpiresAt: f.now().Add(req.Expiry)}, nil
}

func (f *fakeTill) Status(_ context.Context, hash invoice.Hash) (invoice.Status, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	in := f.byHash[hash]
	if in == nil {
		return invoice.Status{}, invoice.ErrUnknown
	}
	return invoice.Status{State: in.state}, nil
}

func (f *fakeTill) Cancel(_ context.Context, hash invoice.Hash) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if in := f.byHash[hash]; in != nil && in.state == invoice.Open {
		in.state = invoice.Closed
	}
	return nil
}

func (f *fakeTill) Settled(ctx context.Context, after uint64, fn func(invoice.Settlement) error) error {
	for {
		f.mu.Lock()
		all, more := f.settled, f.more
		f.mu.Unlock()
		for _, st := range all {
			if st.Index <= after {
				continue
			}
			if err := fn(st); err != nil {
				return err
			}
			after = st.Index
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-more:
		}
	}
}

// New implements fees.Addresses: P2WPKH of the regtest.
func (f *fakeTill) New(context.Context) (string, []byte, error) {
	program := make([]byte, 20)
	rand.Read(program) //nolint:errcheck // never fails
	words, err := bech32.ConvertBits(program, 8, 5, true)
	if err != nil {
		return "", nil, err
	}
	address, err := bech32.Encode("bcrt", append([]byte{0}, words...))
	script := append([]byte{0x00, 0x14}, program...)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scripts[address] = script
	return address, script, err
}

// Ready implements SandboxPayer.
func (f *fakeTill) Ready(context.Context) bool { return !f.starting }

// Pay implements SandboxPayer: the node settles the invoice, and whoever
// listens to it hears of it.
func (f *fakeTill) Pay(_ context.Context, text string) error {
	_, err := f.settle(text, 0)
	return err
}

// memoHash is what an invoice commits to.
func (f *fakeTill) memoHash(text string) [32]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.invoices[text].memo
}

// settle pays an invoice, by so much more than it asks for.
func (f *fakeTill) settle(text string, more amount.MilliSatoshi) (invoice.Settlement, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	in := f.invoices[text]
	switch {
	case f.starting:
		return invoice.Settlement{}, ErrPayerNotReady
	case in == nil || in.state != invoice.Open:
		return invoice.Settlement{}, ErrPayerRefused
	}
	in.state = invoice.Settled
	st := invoice.Settlement{Hash: in.hash, Paid: in.amount + more, At: f.now().UTC().Truncate(time.Second), Index: settleIndex.Add(1)}
	f.settled = append(f.settled, st)
	close(f.more)
	f.more = make(chan struct{})
	return st, nil
}

// PayOnChain implements SandboxPayer: the transaction is seen at once, and
// stands in the next block.
func (f *fakeTill) PayOnChain(ctx context.Context, address string, sat btcutil.Amount) error {
	tx := wire.NewMsgTx(2)
	var outpoint wire.OutPoint
	rand.Read(outpoint.Hash[:]) //nolint:errcheck // never fails
	tx.AddTxIn(wire.NewTxIn(&outpoint, nil, nil))
	f.mu.Lock()
	tx.AddTxOut(wire.NewTxOut(int64(sat), f.scripts[address]))
	f.pending = append(f.pending, tx)
	f.mu.Unlock()
	return f.SeeTransaction(ctx, tx)
}

// mine puts what is pending into a block.
func (f *fakeTill) mine(ctx context.Context) error {
	f.mu.Lock()
	f.height++
	msg := wire.NewMsgBlock(&wire.BlockHeader{Version: 4, Nonce: uint32(f.height), Timestamp: f.now().Truncate(time.Second)})
	coinbase := wire.NewMsgTx(2)
	coinbase.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: 0xffffffff}, SignatureScript: binary.BigEndian.AppendUint32(nil, uint32(f.height))})
	for _, tx := range append([]*wire.MsgTx{coinbase}, f.pending...) {
		_ = msg.AddTransaction(tx)
	}
	f.pending = nil
	b := &chain.Block{BlockRef: chain.BlockRef{Height: f.height, Hash: msg.BlockHash()}, Msg: msg}
	f.mu.Unlock()
	return f.db.Transact(ctx, func(tx *gorm.DB) error {
		for _, p := range []chainfollow.Projection{chainfollow.Watched{}, f.Coins()} {
			if err := p.Connect(ctx, tx, b); err != nil {
				return err
			}
		}
		return nil
	})
}

// sold is a quote of a fake seller's, for one document.
func (f *fakeTill) sold(ctx context.Context, subject, client string) (fees.Quote, error) {
	return f.Quote(ctx, fees.Request{
		What: "express-anchor", Subject: subject, Client: client, Price: 1234 * amount.PerSatoshi, Expiry: 10 * time.Minute, Memo: "Cairn: one document",
	})
}

// withTill gives a site a till, something to sell, and the sandbox's payer.
func withTill(deps *Deps, now func() time.Time) *fakeTill {
	f := newFakeTill(accountsDB(), now)
	deps.Till, deps.SandboxPayer = f, f
	return f
}

// sell puts the fake seller's goods on sale.
func (f *fakeTill) sell(s *Server) {
	w := stock["express-anchor"]
	w.again = f.sold
	s.offer("express-anchor", w)
}

// deliver makes what was paid for, every now and then, and mines.
func (f *fakeTill) deliver(ctx context.Context, every time.Duration) {
	for range time.Tick(every) {
		var ids [][]byte
		f.db.Read(ctx).Table("quotes").Where("state IN ('settled', 'overpaid')").Pluck("id", &ids)
		for _, id := range ids {
			f.Use(ctx, fees.Use{ID: fees.ID(id), For: "fake"}) //nolint:errcheck // tried again
		}
		f.mine(ctx) //nolint:errcheck // shown by what does not happen
	}
}

// asked is a quote for a digest made of one byte.
func (s *site) asked(client string) fees.Quote {
	s.t.Helper()
	q, err := s.till.sold(s.t.Context(), notary.Digest{42}.String(), client)
	if err != nil {
		s.t.Fatal(err)
	}
	return q
}

func (s *site) quote(id fees.ID) fees.Quote {
	s.t.Helper()
	q, err := s.till.Get(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return q
}

// paid settles a quote's invoice, by so much more than it asks for.
func (s *site) paid(q fees.Quote, more amount.MilliSatoshi) {
	s.t.Helper()
	st, err := s.till.settle(q.Invoice, more)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.till.Settle(s.t.Context(), st); err != nil {
		s.t.Fatal(err)
	}
}

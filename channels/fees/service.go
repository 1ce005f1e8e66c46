package fees

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/channels/amount"
	"cairn/channels/invoice"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

// Config of a Service.
type Config struct {
	DB *db.DB
	// Invoices and Addresses are the ways to be paid; nil leaves one out.
	Invoices  Invoices
	Addresses Addresses
	// Secret is what preimages are derived from: 32 random bytes, kept for
	// ever and shared by all processes.
	Secret [32]byte
	// Confirmations a coin needs to count; 1 when 0.
	Confirmations int32
	// LeastOnChain is the smallest price for which an address is offered;
	// 546 sat, which every output may hold, when 0.
	LeastOnChain btcutil.Amount
	// ReturnAfter is when what was paid and not used, or not in full, is given
	// back as credit; 24 h when 0.
	ReturnAfter time.Duration
	// VanishAfter is when a coin that was seen and never confirmed counts as
	// gone; 72 h when 0.
	VanishAfter time.Duration
	// Tips, if set, receives when blocks were taken in (follow.Follower's
	// Subscribe), and wakes those who watch quotes.
	Tips <-chan chain.BlockRef
	// SettlePoll is how often open invoices are looked up, 1 min when 0, and
	// SweepEvery how often time is looked at, 1 s when 0.
	SettlePoll, SweepEvery time.Duration
	Rand                   io.Reader
	Now                    func() time.Time
	Log                    *slog.Logger
}

// Service sells. Its methods are safe for concurrent use, also by several
// processes on one database.
type Service struct {
	cfg    Config
	db     *db.DB
	log    *slog.Logger
	now    func() time.Time
	rand   io.Reader
	needed int32
	hub    hub
}

// New makes a Service; Run keeps it up to date.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Secret == [32]byte{} {
		return nil, errors.New("fees need a database and a secret")
	}
	if cfg.Confirmations < 0 || cfg.Confirmations > 100 {
		return nil, fmt.Errorf("a payment on chain needs 1 to 100 confirmations, not %d", cfg.Confirmations)
	}
	orElse(&cfg.Confirmations, 1)
	orElse(&cfg.LeastOnChain, 546)
	orElse(&cfg.ReturnAfter, 24*time.Hour)
	orElse(&cfg.VanishAfter, 72*time.Hour)
	orElse(&cfg.SettlePoll, time.Minute)
	orElse(&cfg.SweepEvery, time.Second)
	s := &Service{cfg: cfg, db: cfg.DB, log: cfg.Log, now: cfg.Now, rand: cfg.Rand, needed: cfg.Confirmations}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	return s, nil
}

func orElse[T comparable](v *T, otherwise T) {
	if *v == *new(T) {
		*v = otherwise
	}
}

// Bounds of a request.
const (
	maxWhat    = 40  // bytes
	maxSubject = 200 // bytes
	maxClient  = 100 // bytes
	maxMemo    = 200 // bytes
	minExpiry  = 10 * time.Second
	maxExpiry  = 24 * time.Hour
)

// Request says what to quote.
type Request struct {
	// What is sold: 1 to 40 of a–z, 0–9 and hyphens.
	What string
	// Subject is what it is for, 0 to 200 bytes.
	Subject string
	// Client is who asks and gets credit back: 0 to 100 bytes of a stable and
	// unguessable name. Empty: whoever knows the quote's id.
	Client string
	// Price is above zero, at most all the money there is.
	Price amount.MilliSatoshi
	// Expiry is how long the price holds: 10 s to 24 h.
	Expiry time.Duration
	// Memo is what the payer's wallet shows, 0 to 200 bytes.
	Memo string
	// MemoHash is the SHA-256 of words shown elsewhere, which takes Memo's place
	// in the invoice (BOLT 11, "h"); zero for none.
	MemoHash [32]byte
	// LightningOnly leaves the address out.
	LightningOnly bool
}

func (r Request) check() error {
	if len(r.What) == 0 || len(r.What) > maxWhat {
		return refuse("what is sold has a name of 1 to %d bytes", maxWhat)
	}
	for _, c := range []byte(r.What) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return refuse("the name of what is sold has the byte %q", c)
		}
	}
	for _, text := range []struct {
		name, value string
		most        int
	}{{"subject", r.Subject, maxSubject}, {"client", r.Client, maxClient}, {"memo", r.Memo, maxMemo}} {
		if len(text.value) > text.most || db.CleanText(text.value) != text.value {
			return refuse("the %s is not 0 to %d bytes of UTF-8", text.name, text.most)
		}
	}
	if r.Price <= 0 || r.Price > amount.Max {
		return refuse("a price of %s", r.Price)
	}
	if r.Expiry < minExpiry || r.Expiry > maxExpiry {
		return refuse("a price that holds for %v", r.Expiry)
	}
	return nil
}

// Quote makes a quote that can be paid in at least one way, and stores it
// before anybody sees it. Errors: ErrRequest; ErrUnpayable, with the reasons.
func (s *Service) Quote(ctx context.Context, req Request) (Quote, error) {
	if err := req.check(); err != nil {
		return Quote{}, err
	}
	var id ID
	if _, err := io.ReadFull(s.rand, id[:]); err != nil {
		return Quote{}, fmt.Errorf("make a quote's id: %w", err)
	}
	now := s.now().UTC().Truncate(time.Second)
	r := quoteRecord{
		ID: id[:], What: req.What, Subject: req.Subject, Client: req.Client, PriceMsat: int64(req.Price), State: Active,
		CreatedAt: now.Unix(), ExpiresAt: now.Add(req.Expiry).Unix(), ChangedAt: now.Unix(),
	}
	noInvoice, noAddress := s.addWays(ctx, &r, req)
	if r.Invoice == nil && r.Address == nil {
		return Quote{}, fmt.Errorf("%w: %w", ErrUnpayable, errors.Join(noInvoice, noAddress))
	}
	if noInvoice != nil || noAddress != nil && !errors.Is(noAddress, ErrTooSmall) {
		s.log.Warn("quote with one way to pay", "invoice", noInvoice, "address", noAddress)
	}
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		if r.Script != nil {
			if err := follow.Watch(tx, r.Script, watchLabel(id)); err != nil {
				return err
			}
		}
		return tx.Create(&r).Error
	})
	if err != nil {
		return Quote{}, fmt.Errorf("store a quote: %w", err)
	}
	q := held{quoteRecord: r}.quote(0, s.needed)
	q.NoInvoice, q.NoAddress = noInvoice, noAddress
	return q, nil
}

// nodePatience is how long the node may take to make an invoice or an address. A
// quote has then the other way to be paid; what came too late nobody was shown.
const nodePatience = 5 * time.Second

// addWays asks the node for both ways to pay at once, and says why one is
// missing.
func (s *Service) addWays(ctx context.Context, r *quoteRecord, req Request) (noInvoice, noAddress error) {
	ctx, cancel := context.WithTimeout(ctx, nodePatience)
	defer cancel()
	var both sync.WaitGroup
	both.Go(func() { noInvoice = s.addInvoice(ctx, r, req) })
	both.Go(func() { noAddress = s.addAddress(ctx, r, req) })
	both.Wait()
	return noInvoice, noAddress
}

var errNoNode = errors.New("there is no node")

// addInvoice asks the node for the quote's invoice. The error is the reason why
// there is none.
func (s *Service) addInvoice(ctx context.Context, r *quoteRecord, req Request) error {
	if s.cfg.Invoices == nil {
		return errNoNode
	}
	preimage := s.Preimage(ID(r.ID))
	made, err := s.cfg.Invoices.Create(ctx, invoice.Request{
		Preimage: preimage, Amount: req.Price, Memo: req.Memo, MemoHash: req.MemoHash, Expiry: req.Expiry,
	})
	if err != nil {
		return fmt.Errorf("over Lightning: %w", err)
	}
	if made.Hash != preimage.Hash() {
		return fmt.Errorf("over Lightning: the node made an invoice for %s instead of %s", made.Hash, preimage.Hash())
	}
	open := invoice.Open
	r.InvoiceHash, r.Invoice, r.InvoiceState = made.Hash[:], &made.Text, &open
	return nil
}

// addAddress asks the node for the quote's address, if the price can be paid
// on chain: in whole satoshi, and enough of them.
func (s *Service) addAddress(ctx context.Context, r *quoteRecord, req Request) error {
	switch {
	case req.LightningOnly:
		return nil
	case s.cfg.Addresses == nil:
		return errNoNode
	case req.Price%amount.PerSatoshi != 0 || req.Price.SatoshiFloor() < s.cfg.LeastOnChain:
		return fmt.Errorf("%w: %s of at least %d sat", ErrTooSmall, req.Price, int64(s.cfg.LeastOnChain))
	}
	address, script, err := s.cfg.Addresses.New(ctx)
	if err != nil {
		return fmt.Errorf("on chain: %w", err)
	}
	r.Address, r.Script = &address, script
	return nil
}

// Preimage is that of a quote's invoice: the receipt of whoever has paid it. It
// must be shown to nobody else.
func (s *Service) Preimage(id ID) invoice.Preimage {
	mac := hmac.New(sha256.New, s.cfg.Secret[:])
	mac.Write([]byte("cairn/fees/preimage/"))
	mac.Write(id[:])
	return invoice.Preimage(mac.Sum(nil))
}

// watchLabel is under which the follower watches a quote's script.
func watchLabel(id ID) string { return quotePrefix + id.String() }

package express

import (
	"context"
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
	"cairn/notary"
	"cairn/notary/carrier"

	"gorm.io/gorm"
)

// Payment names what paid for an order; it pays for one.
type Payment [16]byte

// Order is a transaction of its own that somebody has paid for.
type Order struct {
	ID        int64
	PaidBy    Payment
	Digest    notary.Digest
	Form      notary.Form
	OrderedAt time.Time
}

// Till spends payments and gives them back.
type Till interface {
	// Spend spends an order's payment in a transaction, for this order and
	// nothing else; doing so again is no error. Error: ErrTakenBack when it
	// was given back.
	Spend(tx *gorm.DB, o Order) error
	// Spent is called after the transaction is committed.
	Spent(o Order)
	// GiveBack gives an order's payment back; doing so again is no error.
	GiveBack(ctx context.Context, o Order) error
}

// Wallet is what orders need of the node's wallet.
type Wallet interface {
	carrier.Wallet
	// Abandon gives up what was signed for a purpose and never sent. A purpose
	// that nothing was signed for is no error.
	Abandon(ctx context.Context, purpose string) error
}

// Config is what the Desk needs to know. DB, Wallet, Till and Rand are
// required.
type Config struct {
	DB     *db.DB
	Wallet Wallet
	Till   Till
	// GiveUpAfter is how long an order may wait for its transaction to be
	// signed before its money goes back; 0 is an hour.
	GiveUpAfter time.Duration
	// BumpAfter is how many blocks a transaction may wait before its fee is
	// raised; 0 is 2, as the first may have come before it was known.
	BumpAfter int32
	// MaxRate is the highest rate offered; 0 is 200 sat/vB.
	MaxRate chain.FeeRate
	// Poll is how often the desk looks without being woken; 0 is 1 s.
	Poll time.Duration
	// Sent is called after a transaction was put into the outbox, to wake its
	// broadcaster, and must not wait; nil for nobody.
	Sent func()
	// Rand makes nonces.
	Rand io.Reader
	Now  func() time.Time
	Log  *slog.Logger
}

// TargetBlocks is what the fee of an express transaction aims at: the next
// block.
const TargetBlocks = 1

// Desk takes orders and has them made. Its methods may be called by many at
// once.
type Desk struct {
	cfg     Config
	wake    chan struct{}
	crash   func(step string) error // called between the steps by tests
	mu      sync.Mutex              // held while orders are worked on
	lease   carrier.Lease           // guarded by mu; nil before Run
	carrier *carrier.Carrier        // guarded by mu
}

// NewDesk makes a desk; Run has its orders made.
func NewDesk(cfg Config) *Desk {
	if cfg.GiveUpAfter <= 0 {
		cfg.GiveUpAfter = time.Hour
	}
	if cfg.BumpAfter <= 0 {
		cfg.BumpAfter = 2
	}
	if cfg.Poll <= 0 {
		cfg.Poll = time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	d := &Desk{cfg: cfg, wake: make(chan struct{}, 1), crash: func(string) error { return nil }}
	d.carrier = carrier.New(carrier.Config{
		DB: cfg.DB, Wallet: cfg.Wallet, Book: book, Lease: func() carrier.Lease { return d.lease },
		BumpAfter: cfg.BumpAfter, TargetBlocks: TargetBlocks, MaxRate: cfg.MaxRate,
		Sent: cfg.Sent, Crash: func(step string) error { return d.crash(step) }, Now: cfg.Now, Log: cfg.Log,
	})
	return d
}

// nonceSize hides a digest in the chain.
const nonceSize = 16

// Place stores the order for a payment; again for the same payment it gives the
// order that is there. It is not made by this call: Run does. Errors:
// ErrOrdered when the digest has such a transaction by another payment, which
// should then be given back; notary.ErrForm.
func (d *Desk) Place(ctx context.Context, paidBy Payment, digest notary.Digest, form notary.Form) (Order, error) {
	row := orderRecord{
		PaidBy: paidBy[:], Digest: digest[:], Form: form, Nonce: []byte{}, Carried: digest[:],
		State: ordered, OrderedAt: d.cfg.Now().Unix(),
	}
	switch form {
	case notary.FormDocproof:
	case notary.FormPlain:
		row.Nonce = make([]byte, nonceSize)
		if _, err := io.ReadFull(d.cfg.Rand, row.Nonce); err != nil {
			return Order{}, fmt.Errorf("make a nonce: %w", err)
		}
		carried := sha256.Sum256(append(digest[:len(digest):len(digest)], row.Nonce...))
		row.Carried = carried[:]
	default:
		return Order{}, notary.ErrForm
	}
	var stored orderRecord
	err := d.cfg.DB.Transact(ctx, func(tx *gorm.DB) (err error) {
		stored, err = byPayment(tx, paidBy)
		if !errors.Is(err, ErrUnknownOrder) {
			return err
		}
		if err := free(tx, digest, form); err != nil {
			return err
		}
		stored = row
		if err := tx.Create(&stored).Error; err != nil {
			return fmt.Errorf("store an express order: %w", err)
		}
		return carrier.Moved(tx)
	})
	if err != nil {
		return Order{}, err
	}
	d.Kick()
	return stored.order(), nil
}

// Free reports whether a digest may be given a transaction in a form. Error:
// ErrOrdered.
func (d *Desk) Free(ctx context.Context, digest notary.Digest, form notary.Form) error {
	return free(d.cfg.DB.Read(ctx), digest, form)
}

func free(tx *gorm.DB, digest notary.Digest, form notary.Form) error {
	var live int64
	err := tx.Model(&orderRecord{}).Where("digest = ? AND form = ? AND state = 'ordered'", digest[:], form).Count(&live).Error
	if err != nil {
		return fmt.Errorf("look for an express order: %w", db.Classify(err))
	}
	if live > 0 {
		return fmt.Errorf("%w: %s, %s", ErrOrdered, digest, form)
	}
	return nil
}

// Kick makes Run look at once. It never waits.
func (d *Desk) Kick() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// tipOf is the last block followed; the zero value before the first.
func tipOf(tx *gorm.DB) (chain.BlockRef, error) {
	tip, err := follow.Cursor(tx)
	if errors.Is(err, chain.ErrNoBlock) {
		return chain.BlockRef{}, nil
	}
	return tip, err
}

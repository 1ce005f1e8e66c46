// Package payment pays out of the node's wallet what its operator wants paid:
// drafted, shown with its fee, confirmed, signed once, put into the outbox, and
// made dearer when a block does not come. It also gives out addresses to receive
// at.
//
// It is a store on app/db, and knows the wallet by a small interface.
package payment

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"cairn/app/audit"
	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"
)

// ErrorKind names why a payment is not made; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrAddress: the text is no address.
	ErrAddress = ErrorKind("this is not a Bitcoin address")
	// ErrForeign: the address belongs to another network.
	ErrForeign = ErrorKind("the address belongs to another network")
	// ErrAmount: the amount is missing, no number, or too small to be relayed.
	ErrAmount = ErrorKind("this amount cannot be sent")
	// ErrReserve: too little would be left for the fees of channels that close.
	ErrReserve = ErrorKind("too little would be left for closing channels")
	// ErrMoved: it would cost more than was shown; nothing was sent.
	ErrMoved = ErrorKind("the payment would cost more than you were shown")
	// ErrUnknown: there is no such payment.
	ErrUnknown = ErrorKind("there is no such payment")
	// ErrChosen: it was confirmed at another fee already.
	ErrChosen = ErrorKind("the payment was confirmed already")
	// ErrNotWaiting: it does not wait for a block: it was not sent, or a block
	// has decided.
	ErrNotWaiting = ErrorKind("the payment does not wait for a block")
	// ErrRate: the fee rate is no number, or out of bounds.
	ErrRate = ErrorKind("this fee rate cannot be used")
)

// ID names a payment.
type ID [16]byte

// String is the id in 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads 32 hexadecimal digits. Error: ErrUnknown.
func ParseID(s string) (ID, error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(ID{}) {
		return ID{}, ErrUnknown
	}
	return ID(raw), nil
}

// purpose is under which the wallet signs it, and its key in the outbox.
func (id ID) purpose() string { return Purpose + id.String() }

// Purpose is how the purposes of payments begin.
const Purpose = "payment/"

// Order is what the wallet is asked to sign.
type Order struct {
	Purpose string
	Script  []byte
	Amount  btcutil.Amount
	Rate    chain.FeeRate
}

// Estimate is what an order would cost now, and what free fee coins would hold
// afterwards.
type Estimate struct {
	Fee, Left btcutil.Amount
}

// Signed is a transaction to be put into the outbox.
type Signed struct {
	Raw  []byte
	Txid chainhash.Hash
	Fee  btcutil.Amount
	// Generation counts what was signed for the same purpose before it.
	Generation int
}

// Wallet is the node's, as payments use it; package app makes one of
// chain/wallet's. Its errors are those of chain and of chain/wallet.
type Wallet interface {
	EstimateRate(ctx context.Context, targetBlocks int32) (chain.FeeRate, error)
	Plan(ctx context.Context, o Order) (Estimate, error)
	Most(ctx context.Context, script []byte, rate chain.FeeRate, keep btcutil.Amount) (btcutil.Amount, error)
	Reserve(ctx context.Context) (btcutil.Amount, error)
	Prepare(ctx context.Context, o Order) (Signed, error)
	Replace(ctx context.Context, txid chainhash.Hash, rate chain.FeeRate) (Signed, error)
	Abandon(ctx context.Context, purpose string) error
	NewAddress(ctx context.Context) (string, error)
}

// Config is what payments need; all but Sent and Epoch is required.
type Config struct {
	DB      *db.DB
	Wallet  Wallet
	Network chain.Network
	Audit   *audit.Log
	// Epoch is that of the lease under which this process may sign; an error
	// when it may not. Nil for a single process.
	Epoch func() (int64, error)
	// Sent is told that something new stands in the outbox.
	Sent func()
	Now  func() time.Time
	// Rand must be cryptographic.
	Rand io.Reader
}

// Payments makes them. Its methods may be called by many at once.
type Payments struct {
	cfg Config
	// reach is called after each step of Confirm; nil but in tests.
	reach func(step string)
}

// New makes Payments on a migrated database.
func New(cfg Config) *Payments {
	if cfg.Sent == nil {
		cfg.Sent = func() {}
	}
	if cfg.Epoch == nil {
		cfg.Epoch = func() (int64, error) { return 0, nil }
	}
	return &Payments{cfg: cfg, reach: func(string) {}}
}

// State is how far a payment has come.
type State string

// The states. A payment that is sent stands in the outbox, which knows the rest.
const (
	// Draft: written down, and nothing signed.
	Draft State = "draft"
	// Chosen: confirmed at a fee, and about to be signed, or it was signed and
	// the power failed before it reached the outbox: confirm it again.
	Chosen State = "chosen"
	// Sent: in the outbox, sent until a block has it.
	Sent State = "sent"
)

// Payment is one of the operator's.
type Payment struct {
	ID      ID
	Address string
	// Label is what the operator wrote beside it, or empty.
	Label string
	// Whole: all there was; Amount is 0 until it is confirmed.
	Whole  bool
	Amount btcutil.Amount
	State  State
	By     string
	// Fee is what was agreed to, and after sending what it pays now.
	Fee               btcutil.Amount
	CreatedAt, SentAt time.Time
	script            []byte
	rate              chain.FeeRate
	// The rest is known of what was sent: the transaction that counts, how it
	// stands, its block if it has one, and how many were sent before it.
	Txid   chainhash.Hash
	Chain  outbox.State
	Height int32
	Bumps  int
	// Rate is what it pays for its weight.
	Rate chain.FeeRate
}

type record struct {
	ID        []byte `gorm:"primaryKey"`
	Address   string
	Script    []byte
	Label     string
	Whole     bool
	AmountSat int64
	RateKw    *int64
	FeeSat    *int64
	State     State
	MadeBy    string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	SentAt    *int64
}

// TableName implements gorm's Tabler.
func (record) TableName() string { return "operator_payments" }

func (r record) payment() Payment {
	p := Payment{
		ID: ID(r.ID), Address: r.Address, Label: r.Label, Whole: r.Whole, Amount: btcutil.Amount(r.AmountSat), State: r.State,
		By: r.MadeBy, CreatedAt: time.Unix(r.CreatedAt, 0).UTC(), script: r.Script,
	}
	if r.RateKw != nil {
		p.rate, p.Fee = chain.FeeRate(*r.RateKw), btcutil.Amount(*r.FeeSat)
	}
	if r.SentAt != nil {
		p.SentAt = time.Unix(*r.SentAt, 0).UTC()
	}
	return p
}

// Get is how a payment stands. Error: ErrUnknown.
func (s *Payments) Get(ctx context.Context, id ID) (Payment, error) {
	return get(s.cfg.DB.Read(ctx), id)
}

func get(tx *gorm.DB, id ID) (Payment, error) {
	var r record
	err := tx.Where("id = ?", id[:]).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Payment{}, ErrUnknown
	}
	if err != nil {
		return Payment{}, fmt.Errorf("reading a payment: %w", db.Classify(err))
	}
	return standing(tx.Session(&gorm.Session{NewDB: true}), r.payment())
}

// standing adds what the outbox knows of a payment.
func standing(tx *gorm.DB, p Payment) (Payment, error) {
	if p.State != Sent {
		return p, nil
	}
	line, err := outbox.Line(tx, p.ID.purpose())
	if err != nil {
		return p, fmt.Errorf("reading a payment's transaction: %w", err)
	}
	e := line[len(line)-1]
	for _, other := range line {
		if other.State == outbox.Confirmed {
			e = other
		}
	}
	p.Txid, p.Chain, p.Height, p.Bumps, p.Fee = e.Txid, e.State, e.Height, len(line)-1, e.Fee
	msg, err := e.Tx()
	if err != nil {
		return p, err
	}
	p.Rate = chain.FeeRate(int64(e.Fee) * 1000 / weightOf(msg))
	return p, nil
}

// List is the newest payments that were confirmed, at most limit.
func (s *Payments) List(ctx context.Context, limit int) ([]Payment, error) {
	var rows []record
	err := s.cfg.DB.Read(ctx).Where("state <> ?", Draft).Order("created_at DESC, id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("reading payments: %w", db.Classify(err))
	}
	out := make([]Payment, len(rows))
	for i, r := range rows {
		if out[i], err = standing(s.cfg.DB.Read(ctx), r.payment()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

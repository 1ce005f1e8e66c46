// Package desk carries out what the operator orders of his node: to open and
// close channels, and to pay. Each order is written down before the node hears
// of it and is carried out once, also when a form is sent twice, the node stops
// in the middle or the power fails: what was begun and not ended is looked up
// at the node, and never guessed.
package desk

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/channels/amount"
	"cairn/channels/invoice"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

// ErrorKind names why an order is refused; match it with errors.Is. Why the
// node does not carry it out is a kind of package ln.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrID: an order without a proper number; the form was not ours.
	ErrID = ErrorKind("the order has no number")
	// ErrOther: the number was used for another order.
	ErrOther = ErrorKind("this form was used for another order")
	// ErrUnderWay: this very order is being carried out.
	ErrUnderWay = ErrorKind("this order is being carried out")
)

// Node carries orders out; lightning.Node is one.
type Node interface {
	Channels(ctx context.Context) ([]ln.Channel, error)
	Pending(ctx context.Context) ([]ln.Pending, error)
	Closed(ctx context.Context, limit int) ([]ln.Closed, error)
	Open(ctx context.Context, o ln.Opening) (point string, err error)
	Close(ctx context.Context, point string, feeRate int64) (txid string, err error)
	Force(ctx context.Context, point string) (txid string, err error)
	Bump(ctx context.Context, point string, feeRate int64, budget btcutil.Amount) error
	Decode(text string) (ln.Decoded, error)
	Pay(ctx context.Context, o ln.Order) (ln.Payment, error)
	Track(ctx context.Context, hash invoice.Hash) (ln.Payment, error)
}

// Config of a Desk.
type Config struct {
	DB   *db.DB
	Node Node
	// Record writes into the audit log, in the transaction that writes the
	// order down, and again when it has ended.
	Record func(tx *gorm.DB, who, what string, detail map[string]string) error
	Now    func() time.Time
	Log    *slog.Logger
}

// Desk takes orders. Its methods are safe for concurrent use, also by several
// processes on one database.
type Desk struct {
	cfg Config
}

// New makes a Desk; Run looks after orders that were cut off.
func New(cfg Config) (*Desk, error) {
	if cfg.DB == nil || cfg.Node == nil || cfg.Record == nil {
		return nil, errors.New("the operator's orders need a database, a node and an audit log")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Desk{cfg}, nil
}

// ID numbers an order. It is random and comes with the form.
type ID [16]byte

// String is the id in 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads 32 hexadecimal digits. Errors: ErrID.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 2*len(id) {
		return ID{}, fmt.Errorf("%w: %d characters", ErrID, len(s))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil || id == (ID{}) {
		return ID{}, ErrID
	}
	return id, nil
}

// Kind is what is ordered.
type Kind string

// The kinds.
const (
	OpenChannel  Kind = "open"
	CloseChannel Kind = "close"
	ForceClose   Kind = "force"
	BumpClosing  Kind = "bump"
	PayInvoice   Kind = "pay"
)

// State is how an order stands.
type State string

// The states.
const (
	// Begun: the node was told, and has not said how it ended.
	Begun  State = "begun"
	Done   State = "done"
	Failed State = "failed" // nothing was changed, nothing paid
)

// Order is what was ordered, and what became of it.
type Order struct {
	ID    ID
	Kind  Kind
	State State
	// Subject is the peer (Open), the channel (Close, Force, Bump), or the
	// payment's hash (Pay).
	Subject string
	// Who ordered it, in the audit log's words.
	Who string
	Details
	// Outcome is the new channel (Open), or the closing transaction (Close,
	// Force); empty otherwise.
	Outcome string
	// Problem is why it failed: the words of a kind of error.
	Problem            string
	BegunAt, ChangedAt time.Time
}

// Details say more about an order.
type Details struct {
	// Amount is the channel's size, or what was paid.
	Amount amount.MilliSatoshi `json:"amount_msat,omitempty"`
	// Fee is what paying cost on top.
	Fee     amount.MilliSatoshi `json:"fee_msat,omitempty"`
	FeeRate int64               `json:"fee_rate,omitempty"` // sat/vB
	Private bool                `json:"private,omitempty"`
	Memo    string              `json:"memo,omitempty"`
	// Had are the channels with the peer when a new one was ordered.
	Had []string `json:"had,omitempty"`
}

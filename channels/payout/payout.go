// Package payout gives credit back over Lightning, to an invoice of its owner's
// or to a wallet that takes an offer (LNURL-withdraw, LUD-03).
//
//	reserve (credit set aside, row written) → the node pays → settle, once
//
// What the node does not answer is unknown, never failed: the row stays until
// the node says how it ended, and an invoice is never paid for two rows. The
// owner pays for routing, at most what was set aside for it, or the node could
// be emptied by credit that goes in circles over a dear channel.
package payout

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"
	"cairn/channels/ln"

	"gorm.io/gorm"
)

// ErrorKind names why credit is not paid out, beside the kinds of package ln and
// fees.ErrCredit; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrUnknown: there is no such payout.
	ErrUnknown = ErrorKind("there is no such payout")
	// ErrLink: the offer was taken already, is over, or never was.
	ErrLink = ErrorKind("this offer was used already, or is too old")
	// ErrNothing: there is no credit that could be paid out.
	ErrNothing = ErrorKind("there is no credit to pay out")
	// ErrTried: the invoice was paid already, is being paid, or was tried in
	// vain; another payout needs another.
	ErrTried = ErrorKind("this invoice was used for a payout already")
	// ErrTooMany: several payouts of one owner are under way.
	ErrTooMany = ErrorKind("other payouts are still under way")
)

// Node pays invoices; channels/lightning has one.
type Node interface {
	Decode(text string) (ln.Decoded, error)
	Pay(ctx context.Context, o ln.Order) (ln.Payment, error)
	Track(ctx context.Context, hash invoice.Hash) (ln.Payment, error)
}

// Till keeps the books; channels/fees has one.
type Till interface {
	Credit(ctx context.Context, owner string) (amount.MilliSatoshi, error)
	HoldIn(tx *gorm.DB, p fees.Payout) error
	PaidOutIn(tx *gorm.DB, p fees.Payout, fee amount.MilliSatoshi) error
	NotPaidOutIn(tx *gorm.DB, p fees.Payout) error
}

// Config of a Service.
type Config struct {
	DB   *db.DB
	Node Node
	Till Till
	// LookAgain is how often payouts of unknown outcome are looked at, 10 s when
	// 0. Unheard is after how long one that the node knows nothing of counts as
	// never begun, 5 min when 0; it must be longer than one try.
	LookAgain, Unheard time.Duration
	// Record, if set, writes down that a payout was made, in the transaction that
	// settles it.
	Record func(tx *gorm.DB, id ID, paid, fee amount.MilliSatoshi) error
	Rand   io.Reader
	Now    func() time.Time
	Log    *slog.Logger
}

// Service pays credit out. Its methods are safe for concurrent use, also by
// several processes on one database.
type Service struct {
	cfg   Config
	db    *db.DB
	log   *slog.Logger
	now   func() time.Time
	begun chan ID

	mu      sync.Mutex
	waiting map[ID][]chan struct{}
}

// tryTime is how long the node may look for a way.
const tryTime = time.Minute

// New makes a Service; Run pays.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Node == nil || cfg.Till == nil || cfg.Rand == nil {
		return nil, errors.New("payouts need a database, a node, a till and a source of randomness")
	}
	if cfg.LookAgain == 0 {
		cfg.LookAgain = 10 * time.Second
	}
	if cfg.Unheard == 0 {
		cfg.Unheard = 5 * time.Minute
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		cfg: cfg, db: cfg.DB, log: cfg.Log, now: cfg.Now, begun: make(chan ID, 100), waiting: make(map[ID][]chan struct{}),
	}, nil
}

// ID names a payout.
type ID [16]byte

// String is the id in 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads 32 hexadecimal digits. Errors: ErrUnknown.
func ParseID(text string) (id ID, err error) {
	if len(text) != 2*len(id) {
		return ID{}, ErrUnknown
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return ID{}, ErrUnknown
	}
	return id, nil
}

// State is how a payout stands.
type State string

// The states.
const (
	// Paying: the node was asked, or is about to be, and has not said how it
	// ended.
	Paying State = "paying"
	// Paid: the payee has it.
	Paid State = "paid"
	// Failed: nothing was paid, and the credit is back.
	Failed State = "failed"
)

// Payout is credit that was asked for.
type Payout struct {
	ID    ID
	Owner string
	Hash  invoice.Hash
	// Amount goes to the payee; Fee is what routing cost of at most FeeLimit.
	Amount, Fee, FeeLimit amount.MilliSatoshi
	State                 State
	// Reason is why it failed, a kind of package ln, or empty.
	Reason               string
	CreatedAt, ChangedAt time.Time
}

// Limits.
const (
	// Least is the smallest payout.
	Least = amount.PerSatoshi
	// leastFee is what may always be spent on routing.
	leastFee = 5 * amount.PerSatoshi
	// underWay is how many payouts of one owner may be unknown at a time.
	underWay = 3
)

// FeeLimit is what is set aside for routing an amount: one per cent, and at
// least 5 sat.
func FeeLimit(a amount.MilliSatoshi) amount.MilliSatoshi { return max(a/100, leastFee) }

// Most is the largest amount, in whole satoshi, that can be paid out of a credit
// with what is set aside for routing; 0 for none.
func Most(credit amount.MilliSatoshi) amount.MilliSatoshi {
	most := credit - leastFee
	if most/100 > leastFee {
		most = credit/101*100 + credit%101*100/101 // without an overflow
		for most+FeeLimit(most) > credit {
			most--
		}
	}
	return max(most/amount.PerSatoshi*amount.PerSatoshi, 0)
}

// Request asks for a payout.
type Request struct {
	// Owner is whose credit it is (fees.Quote.CreditOwner).
	Owner   string
	Invoice string
	// Amount is for invoices that leave it to the payer; else 0 or the invoice's.
	Amount amount.MilliSatoshi
}

// Begin sets the credit aside and has the node pay; Wait tells how it ended.
//
// Errors, after each of which nothing has changed: ln.ErrInvoice,
// ln.ErrWrongNetwork, ln.ErrExpired, ln.ErrAmount; fees.ErrCredit; ErrTried,
// ErrTooMany.
func (s *Service) Begin(ctx context.Context, req Request) (Payout, error) {
	return s.begin(ctx, req, nil)
}

func (s *Service) begin(ctx context.Context, req Request, link *linkRecord) (Payout, error) {
	in, err := s.cfg.Node.Decode(req.Invoice)
	if err != nil {
		return Payout{}, err
	}
	sum := in.Amount
	if sum == 0 {
		sum = req.Amount
	}
	switch {
	case !s.now().Add(10 * time.Second).Before(in.ExpiresAt):
		return Payout{}, ln.ErrExpired
	case sum < Least, req.Amount != 0 && req.Amount != sum:
		return Payout{}, fmt.Errorf("%w: %s asked for, %s in the invoice", ln.ErrAmount, req.Amount, in.Amount)
	case link != nil && sum > amount.MilliSatoshi(link.MostMsat):
		return Payout{}, fmt.Errorf("%w: %s of at most %s", ln.ErrAmount, sum, amount.MilliSatoshi(link.MostMsat))
	}
	var id ID
	if _, err := io.ReadFull(s.cfg.Rand, id[:]); err != nil {
		return Payout{}, fmt.Errorf("make a payout's id: %w", err)
	}
	now := s.now().Unix()
	r := record{
		ID: id[:], Owner: req.Owner, Invoice: req.Invoice, Hash: in.Hash[:], AmountMsat: int64(sum), FeeLimitMsat: int64(FeeLimit(sum)),
		State: Paying, CreatedAt: now, ChangedAt: now,
	}
	if err := s.reserve(ctx, r, link); err != nil {
		return Payout{}, err
	}
	select {
	case s.begun <- id:
	default: // Run finds it by itself
	}
	return r.payout(), nil
}

// reserve writes the payout down and sets its credit aside, both or neither.
func (s *Service) reserve(ctx context.Context, r record, link *linkRecord) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		if link != nil {
			if err := link.takeIn(tx, s.now()); err != nil {
				return err
			}
			r.Link = link.Word
		}
		if err := r.roomIn(tx); err != nil {
			return err
		}
		if err := s.cfg.Till.HoldIn(tx, r.booked()); err != nil {
			return err
		}
		err := tx.Create(&r).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrTried
		}
		if err != nil {
			return fmt.Errorf("store a payout: %w", err)
		}
		return nil
	})
}

// Get is how a payout stands. Errors: ErrUnknown.
func (s *Service) Get(ctx context.Context, id ID) (Payout, error) {
	r, err := load(s.db.Read(ctx), id)
	if err != nil {
		return Payout{}, err
	}
	return r.payout(), nil
}

// List is an owner's payouts, newest first, at most limit.
func (s *Service) List(ctx context.Context, owner string, limit int) ([]Payout, error) {
	var rows []record
	err := s.db.Read(ctx).Where("owner = ?", owner).Order("created_at DESC, id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list payouts: %w", err)
	}
	out := make([]Payout, len(rows))
	for i, r := range rows {
		out[i] = r.payout()
	}
	return out, nil
}

// Credit is what an owner has.
func (s *Service) Credit(ctx context.Context, owner string) (amount.MilliSatoshi, error) {
	return s.cfg.Till.Credit(ctx, owner)
}

// Wait is Get once the outcome is known, or when ctx or a time ends.
func (s *Service) Wait(ctx context.Context, id ID, most time.Duration) (Payout, error) {
	done := make(chan struct{}, 1)
	s.mu.Lock()
	s.waiting[id] = append(s.waiting[id], done)
	s.mu.Unlock()
	defer s.leave(id, done)
	p, err := s.Get(ctx, id)
	if err != nil || p.State != Paying {
		return p, err
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
	return s.Get(ctx, id)
}

func (s *Service) leave(id ID, done chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range s.waiting[id] {
		if c == done {
			s.waiting[id] = append(s.waiting[id][:i], s.waiting[id][i+1:]...)
			break
		}
	}
	if len(s.waiting[id]) == 0 {
		delete(s.waiting, id)
	}
}

// tell wakes those who wait.
func (s *Service) tell(id ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.waiting[id] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

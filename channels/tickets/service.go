package tickets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/channels/amount"
	"cairn/channels/fees"

	"github.com/cloudflare/circl/blindsign/blindrsa"
	"gorm.io/gorm"
)

// What names tickets at the till; a quote's subject is how many.
const What = "tickets"

const (
	// Most is how many tickets one payment buys at most.
	Most = 100
	// Digests is how many digests, in lists beyond what is free, one ticket is
	// good for.
	Digests = 1000

	numberSize    = 32
	signatureSize = bits / 8
	// afterSale is how long a key still signs for quotes paid at its last moment.
	afterSale = 48 * time.Hour
)

// Till sells; channels/fees has one.
type Till interface {
	Quote(ctx context.Context, req fees.Request) (fees.Quote, error)
	Get(ctx context.Context, id fees.ID) (fees.Quote, error)
	UseIn(tx *gorm.DB, u fees.Use) (fees.Quote, error)
}

// Config of a Service.
type Config struct {
	DB   *db.DB
	Till Till
	// Secret seals the private keys: 32 random bytes, kept for ever.
	Secret [32]byte
	// Price of a ticket, in whole satoshi.
	Price amount.MilliSatoshi
	// Expiry is how long a price holds.
	Expiry time.Duration
	// Epoch is how long a key is sold, 90 days when 0.
	Epoch time.Duration
	Rand  io.Reader
	Now   func() time.Time
	Log   *slog.Logger
}

// Service sells tickets and takes them. Its methods are safe for concurrent use,
// also by several processes on one database.
type Service struct {
	cfg    Config
	db     *db.DB
	now    func() time.Time
	making sync.Mutex
}

// New makes a Service.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Till == nil || cfg.Rand == nil || cfg.Secret == [32]byte{} || cfg.Price < amount.PerSatoshi {
		return nil, errors.New("tickets need a database, a till, a secret, a source of randomness and a price")
	}
	if cfg.Epoch == 0 {
		cfg.Epoch = 90 * 24 * time.Hour
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg: cfg, db: cfg.DB, now: cfg.Now}, nil
}

// Price is that of one ticket.
func (s *Service) Price() amount.MilliSatoshi { return s.cfg.Price }

// Sell quotes a number of tickets. Errors: ErrCount; those of fees.Quote.
func (s *Service) Sell(ctx context.Context, client string, count int) (fees.Quote, error) {
	if count < 1 || count > Most {
		return fees.Quote{}, fmt.Errorf("%w: %d", ErrCount, count)
	}
	price, err := s.cfg.Price.Times(int64(count))
	if err != nil {
		return fees.Quote{}, fmt.Errorf("%w: %w", ErrCount, err)
	}
	return s.cfg.Till.Quote(ctx, fees.Request{
		What: What, Subject: strconv.Itoa(count), Client: client, Price: price, Expiry: s.cfg.Expiry,
		Memo: "Cairn: " + strconv.Itoa(count) + " tickets",
	})
}

// CountOf is how many tickets a quote is for; 0 when it is for something else.
func CountOf(q fees.Quote) int {
	count, err := strconv.Atoi(q.Subject)
	if q.What != What || err != nil || count < 1 || count > Most {
		return 0
	}
	return count
}

type issueRecord struct {
	QuoteID    []byte `gorm:"primaryKey"`
	KeyID      []byte
	Request    []byte
	Signatures []byte
}

func (issueRecord) TableName() string { return "ticket_issues" }

// Issue signs blinded numbers for a paid quote, exactly as many as were bought.
// The same again gives the same signatures. Errors: ErrRequest, ErrIssued,
// ErrKey; fees.ErrUnknownQuote and those of fees.UseIn.
func (s *Service) Issue(ctx context.Context, quote fees.ID, key KeyID, blinded [][]byte) ([][]byte, error) {
	q, err := s.cfg.Till.Get(ctx, quote)
	if err != nil {
		return nil, err
	}
	count := CountOf(q)
	if count == 0 || len(blinded) != count {
		return nil, fmt.Errorf("%w: %d for a payment of %d", ErrRequest, len(blinded), count)
	}
	if q.State == fees.Used {
		return s.again(s.db.Read(ctx), quote, requestOf(key, blinded))
	}
	switch q.State {
	case fees.Settled, fees.Overpaid, fees.Late:
	default:
		return nil, fmt.Errorf("%w: %s", fees.ErrUnpaid, quote)
	}
	r, err := s.keyRecord(ctx, key)
	if err != nil {
		return nil, err
	}
	if s.now().Unix() > r.SoldUntil+int64(afterSale/time.Second) {
		return nil, fmt.Errorf("%w: %s is not sold any more", ErrKey, key)
	}
	signatures, err := s.sign(r, blinded)
	if err != nil {
		return nil, err
	}
	return signatures, s.keep(ctx, quote, issueRecord{
		QuoteID: quote[:], KeyID: key[:], Request: requestOf(key, blinded), Signatures: bytes.Join(signatures, nil),
	}, &signatures)
}

func (s *Service) sign(r keyRecord, blinded [][]byte) ([][]byte, error) {
	private, err := s.open(r)
	if err != nil {
		return nil, err
	}
	signer := blindrsa.NewSigner(private)
	out := make([][]byte, len(blinded))
	for i, b := range blinded {
		if len(b) != signatureSize {
			return nil, fmt.Errorf("%w: ticket %d has %d bytes", ErrRequest, i, len(b))
		}
		if out[i], err = signer.BlindSign(b); err != nil {
			return nil, fmt.Errorf("%w: ticket %d: %w", ErrRequest, i, err)
		}
	}
	return out, nil
}

// keep uses the payment and keeps what was signed for it, both or neither. When
// somebody else was faster with the same, his signatures count.
func (s *Service) keep(ctx context.Context, quote fees.ID, r issueRecord, signatures *[][]byte) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		before, err := s.again(tx, quote, r.Request)
		if err == nil {
			*signatures = before
		}
		if err == nil || !errors.Is(err, errNotIssued) {
			return err
		}
		if _, err := s.cfg.Till.UseIn(tx, fees.Use{ID: quote, For: "tickets", AcceptLate: true}); err != nil {
			return err
		}
		if err := tx.Create(&r).Error; err != nil {
			return fmt.Errorf("keep what was signed for quote %s: %w", quote, err)
		}
		return nil
	})
}

var errNotIssued = errors.New("nothing was issued for this quote")

// again is what was signed for a quote before. Errors: errNotIssued, ErrIssued.
func (s *Service) again(tx *gorm.DB, quote fees.ID, request []byte) ([][]byte, error) {
	var r issueRecord
	err := tx.Where("quote_id = ?", quote[:]).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, errNotIssued
	}
	if err != nil {
		return nil, fmt.Errorf("read what was signed for quote %s: %w", quote, err)
	}
	if !bytes.Equal(r.Request, request) {
		return nil, fmt.Errorf("%w: %s", ErrIssued, quote)
	}
	var out [][]byte
	for part := range chunks(r.Signatures, signatureSize) {
		out = append(out, part)
	}
	return out, nil
}

func chunks(raw []byte, size int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(raw) >= size {
			if !yield(raw[:size:size]) {
				return
			}
			raw = raw[size:]
		}
	}
}

// requestOf is the hash of what is to be signed.
func requestOf(key KeyID, blinded [][]byte) []byte {
	h := sha256.New()
	h.Write(key[:])
	for _, b := range blinded {
		fmt.Fprintf(h, "%d:", len(b))
		h.Write(b)
	}
	return h.Sum(nil)
}

// Issued reports whether tickets were issued for a quote.
func (s *Service) Issued(ctx context.Context, quote fees.ID) (bool, error) {
	var n int64
	err := s.db.Read(ctx).Model(&issueRecord{}).Where("quote_id = ?", quote[:]).Count(&n).Error
	return n > 0, err
}

// Prune forgets keys whose tickets are over, with all that was signed by them
// and used of them.
func (s *Service) Prune(ctx context.Context) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		over := tx.Session(&gorm.Session{NewDB: true}).Model(&keyRecord{}).Select("id").Where("good_until <= ?", s.now().Unix())
		for _, table := range []any{&issueRecord{}, &spendRecord{}} {
			if err := tx.Where("key_id IN (?)", over).Delete(table).Error; err != nil {
				return fmt.Errorf("forget old tickets: %w", err)
			}
		}
		return tx.Where("good_until <= ?", s.now().Unix()).Delete(&keyRecord{}).Error
	})
}

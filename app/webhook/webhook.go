// Package webhook tells servers that account holders name when something
// happened. What is to be told is stored in the transaction in which it
// happened, and sent by a worker afterwards: at least once, signed, again
// after failures, and never into our own network (package outbound).
//
// It knows accounts as 16 opaque bytes and nothing of what events mean.
package webhook

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ErrorKind names why something is refused; match it with errors.Is. Addresses
// are refused with the kinds of package outbound.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrUnknownEndpoint: the account has no such endpoint.
	ErrUnknownEndpoint = ErrorKind("no such webhook")
	// ErrUnknownDelivery: the account has no such delivery, or it still waits.
	ErrUnknownDelivery = ErrorKind("no such delivery")
	// ErrTooManyEndpoints: the account has MaxEndpoints already.
	ErrTooManyEndpoints = ErrorKind("there are at most 5 webhooks")
	// ErrTaken: the account has an endpoint at that address.
	ErrTaken = ErrorKind("there is a webhook for this address already")
)

// The events.
const (
	// ProofComplete: a proof in the vault has become complete.
	ProofComplete = "proof.complete"
	// Test is sent by the owner's hand.
	Test = "test"
)

// Limits.
const (
	MaxEndpoints = 5
	// KeepFor is how long settled deliveries are listed.
	KeepFor = 30 * 24 * time.Hour
	// ListSize is how many deliveries are listed, the newest first.
	ListSize = 100
)

// ID names an endpoint or a delivery. It is random; whether it is the account's
// is checked all the same.
type ID [16]byte

// String is the id in URL-safe base64.
func (id ID) String() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// ParseID reads what String wrote; ok is false for anything else.
func ParseID(text string) (id ID, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(id) {
		return ID{}, false
	}
	return ID(raw), true
}

// Account is whose endpoints they are.
type Account = [16]byte

// Guard says which addresses may be asked, and asks them; outbound.Guard is
// one.
type Guard interface {
	Check(ctx context.Context, address string) (string, error)
	Client() *http.Client
}

// Config is what webhooks need. All but Log are required.
type Config struct {
	DB    *db.DB
	Guard Guard
	Now   func() time.Time
	// Rand must be cryptographic.
	Rand io.Reader
	Log  *slog.Logger
}

// Webhooks keeps endpoints and deliveries. Its methods may be called by many at
// once.
type Webhooks struct {
	cfg    Config
	client *http.Client
	wake   chan struct{}
}

// New makes Webhooks on a migrated database.
func New(cfg Config) *Webhooks {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Webhooks{cfg: cfg, client: cfg.Guard.Client(), wake: make(chan struct{}, 1)}
}

func (w *Webhooks) now() time.Time { return w.cfg.Now().UTC().Truncate(time.Second) }

func (w *Webhooks) newID() (id ID, err error) {
	_, err = io.ReadFull(w.cfg.Rand, id[:])
	return id, err
}

// Endpoint is where an account wants to be told.
type Endpoint struct {
	ID        ID
	URL       string
	CreatedAt time.Time
	// Failures counts since the last success; RestsUntil is when it is tried
	// again after too many, else zero.
	Failures   int
	RestsUntil time.Time
}

// Add makes an endpoint and its secret, which is shown this once. Errors:
// outbound's kinds, ErrTooManyEndpoints, ErrTaken.
func (w *Webhooks) Add(ctx context.Context, account Account, address string) (id ID, secret string, err error) {
	address, err = w.cfg.Guard.Check(ctx, address)
	if err != nil {
		return ID{}, "", err
	}
	if id, err = w.newID(); err != nil {
		return ID{}, "", err
	}
	key := make([]byte, 32)
	if _, err := io.ReadFull(w.cfg.Rand, key); err != nil {
		return ID{}, "", err
	}
	secret = secretPrefix + base64.RawURLEncoding.EncodeToString(key)
	err = w.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&endpointRecord{
			ID: append([]byte(nil), id[:]...), Account: account[:], URL: address, Secret: []byte(secret), CreatedAt: w.now().Unix(),
		})
		if made.Error != nil {
			return made.Error
		}
		if made.RowsAffected == 0 {
			return ErrTaken
		}
		var n int64
		if err := tx.Model(&endpointRecord{}).Where("account = ?", account[:]).Count(&n).Error; err != nil {
			return err
		}
		if n > MaxEndpoints {
			return ErrTooManyEndpoints
		}
		return nil
	})
	if err != nil {
		return ID{}, "", err
	}
	return id, secret, nil
}

// secretPrefix says what a found secret is for.
const secretPrefix = "cairn_whsec_"

// Endpoints lists the account's endpoints, the oldest first.
func (w *Webhooks) Endpoints(ctx context.Context, account Account) ([]Endpoint, error) {
	var rows []endpointRecord
	if err := w.cfg.DB.Read(ctx).Omit("secret").Where("account = ?", account[:]).Order("created_at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading webhooks: %w", db.Classify(err))
	}
	out := make([]Endpoint, len(rows))
	for i, r := range rows {
		out[i] = Endpoint{ID: ID(r.ID), URL: r.URL, CreatedAt: moment(r.CreatedAt), Failures: int(r.Failures)}
		if r.RestsUntil > w.now().Unix() {
			out[i].RestsUntil = moment(r.RestsUntil)
		}
	}
	return out, nil
}

// Remove removes an endpoint and its deliveries; a stranger's is left alone.
func (w *Webhooks) Remove(ctx context.Context, account Account, endpoint ID) error {
	return w.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if err := owned(tx, account, endpoint); err != nil {
			if errors.Is(err, ErrUnknownEndpoint) {
				return nil
			}
			return err
		}
		if err := tx.Where("endpoint_id = ?", endpoint[:]).Delete(&deliveryRecord{}).Error; err != nil {
			return err
		}
		return tx.Where("id = ?", endpoint[:]).Delete(&endpointRecord{}).Error
	})
}

// owned checks whose endpoint it is. Error: ErrUnknownEndpoint.
func owned(tx *gorm.DB, account Account, endpoint ID) error {
	var n int64
	if err := tx.Model(&endpointRecord{}).Where("account = ? AND id = ?", account[:], endpoint[:]).Count(&n).Error; err != nil {
		return err
	}
	if n != 1 {
		return ErrUnknownEndpoint
	}
	return nil
}

// Forget removes all that an account has, within tx.
func Forget(tx *gorm.DB, account Account) error {
	mine := tx.Session(&gorm.Session{NewDB: true}).Model(&endpointRecord{}).Select("id").Where("account = ?", account[:])
	if err := tx.Where("endpoint_id IN (?)", mine).Delete(&deliveryRecord{}).Error; err != nil {
		return err
	}
	return tx.Where("account = ?", account[:]).Delete(&endpointRecord{}).Error
}

// shorten keeps an error's words printable and of one line.
func shorten(text string) string {
	runes := []rune(strings.Join(strings.Fields(db.CleanText(text)), " "))
	return string(runes[:min(len(runes), 300)])
}

func moment(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

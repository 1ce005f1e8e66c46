// Package idempotency makes a request have one effect however often it is
// sent: the first answer under a key is kept and given again. It is a store on
// app/db and knows nothing of the web.
//
// The effect and the answer are stored one after the other, so a crash between
// them leaves an effect without an answer. Whoever comes back with the key
// then acts again; what is done under a key must therefore find its own
// effect again, such as by deriving the name of what it makes from the key.
package idempotency

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

const (
	// Life is how long an answer is kept.
	Life = 24 * time.Hour
	// MaxAnswer is the longest answer that is kept, in bytes.
	MaxAnswer = 16 << 10
	// MinKey and MaxKey bound a key's length in bytes: a random UUID fits, and
	// nobody gets in another's way by choosing "1".
	MinKey, MaxKey = 16, 255

	// claimLife is how long a process may take; then it counts as dead.
	claimLife = time.Minute
	// patience is how long one waits for another who is acting.
	patience = 5 * time.Second
	// firstPause doubles with each look, to lastPause.
	firstPause, lastPause = 10 * time.Millisecond, 160 * time.Millisecond
	// settleTime is for storing an answer though the visitor has gone.
	settleTime = 10 * time.Second
)

// ErrorKind names why nothing was done; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrKey: a key is too short, too long, or not of printable ASCII.
	ErrKey = ErrorKind("an idempotency key has 16 to 255 printable characters")
	// ErrReused: the key came before with another request.
	ErrReused = ErrorKind("the idempotency key was used for another request")
	// ErrRunning: the first request with the key is still under way.
	ErrRunning = ErrorKind("a request with this idempotency key is still under way")
)

// errAnswer is a mistake of the caller.
var errAnswer = errors.New("the answer is too long to be kept")

// Answer is what is given again.
type Answer struct {
	Status int
	Body   []byte // at most MaxAnswer
}

// Keys remembers answers.
type Keys struct {
	db   *db.DB
	now  func() time.Time
	rand io.Reader
}

// New makes Keys on a migrated database.
func New(d *db.DB, now func() time.Time, rand io.Reader) *Keys {
	return &Keys{db: d, now: now, rand: rand}
}

// Check refuses what is no key. Error: ErrKey.
func Check(key string) error {
	if len(key) < MinKey || len(key) > MaxKey {
		return ErrKey
	}
	for _, c := range []byte(key) {
		if c < '!' || c > '~' {
			return ErrKey
		}
	}
	return nil
}

// Do runs act, unless it succeeded under this key within Life: then it returns
// that answer, and replayed. request is the SHA-256 of what is asked; the same
// key with another one is refused. While another call with the key is acting,
// Do waits for it. When act fails nothing is kept, and the next call acts.
// Errors: ErrKey, ErrReused, ErrRunning, those of act and of the database.
func (k *Keys) Do(ctx context.Context, key string, request [sha256.Size]byte, act func(ctx context.Context) (Answer, error)) (answer Answer, replayed bool, err error) {
	if err := Check(key); err != nil {
		return Answer{}, false, err
	}
	row, err := k.row(key, request)
	if err != nil {
		return Answer{}, false, err
	}
	for wait, waited := firstPause, time.Duration(0); ; wait, waited = min(2*wait, lastPause), waited+wait {
		found, err := k.claim(ctx, row)
		switch {
		case err != nil:
			return Answer{}, false, err
		case found == nil:
			answer, err := k.act(ctx, row, act)
			return answer, false, err
		case string(found.Request) != string(row.Request):
			return Answer{}, false, ErrReused
		case found.Status != nil:
			return Answer{Status: *found.Status, Body: found.Answer}, true, nil
		case waited >= patience:
			return Answer{}, false, ErrRunning
		}
		select {
		case <-ctx.Done():
			return Answer{}, false, ctx.Err()
		case <-time.After(wait):
		}
	}
}

func (k *Keys) row(key string, request [sha256.Size]byte) (record, error) {
	hashed := sha256.Sum256([]byte(key))
	claim := make([]byte, 16)
	if _, err := io.ReadFull(k.rand, claim); err != nil {
		return record{}, fmt.Errorf("make a claim: %w", err)
	}
	return record{Key: hashed[:], Request: request[:], Claim: claim}, nil
}

// claim takes the key for row, or returns who has it.
func (k *Keys) claim(ctx context.Context, row record) (found *record, err error) {
	// Most calls find a row; they need not wait for the writers.
	if found, err := k.taken(k.db.Read(ctx), row); found != nil || err != nil {
		return found, err
	}
	err = k.db.Transact(ctx, func(tx *gorm.DB) error {
		var err error
		if found, err = k.taken(tx, row); found != nil || err != nil {
			return err
		}
		// What is left is too old, or of a process that died.
		if err := tx.Where(&record{Key: row.Key}).Delete(&record{}).Error; err != nil {
			return err
		}
		row.CreatedAt = k.now().Unix()
		row.ClaimedAt = row.CreatedAt
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
	})
	if err != nil {
		return nil, fmt.Errorf("claim idempotency key: %w", err)
	}
	return found, nil
}

// taken is the row that stands in the way of row; nil for none.
func (k *Keys) taken(tx *gorm.DB, row record) (*record, error) {
	var found record
	err := tx.Where(&record{Key: row.Key}).Take(&found).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look idempotency key up: %w", db.Classify(err))
	}
	now := k.now()
	old := now.Sub(time.Unix(found.CreatedAt, 0)) >= Life
	dead := found.Status == nil && now.Sub(time.Unix(found.ClaimedAt, 0)) >= claimLife
	if old || dead && string(found.Request) == string(row.Request) {
		return nil, nil
	}
	return &found, nil
}

// act runs what was claimed and keeps the answer, or gives the key back.
func (k *Keys) act(ctx context.Context, row record, act func(ctx context.Context) (Answer, error)) (Answer, error) {
	answer, err := act(ctx)
	if err == nil && len(answer.Body) > MaxAnswer {
		err = errAnswer
	}
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	settleErr := k.db.Transact(settle, func(tx *gorm.DB) error {
		mine := tx.Where("\"key\" = ? AND claim = ? AND status IS NULL", row.Key, row.Claim)
		if err != nil {
			return mine.Delete(&record{}).Error
		}
		body := answer.Body
		if body == nil {
			body = []byte{}
		}
		return mine.Model(&record{}).Updates(map[string]any{"status": answer.Status, "answer": body}).Error
	})
	if err != nil {
		return Answer{}, err
	}
	if settleErr != nil {
		return Answer{}, fmt.Errorf("keep the answer: %w", settleErr)
	}
	return answer, nil
}

// Prune forgets what is older than Life.
func (k *Keys) Prune(ctx context.Context) error {
	err := k.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Where("created_at <= ?", k.now().Add(-Life).Unix()).Delete(&record{}).Error
	})
	if err != nil {
		return fmt.Errorf("prune idempotency keys: %w", err)
	}
	return nil
}

type record struct {
	Key       []byte `gorm:"primaryKey"`
	Request   []byte
	Claim     []byte
	ClaimedAt int64
	CreatedAt int64
	Status    *int
	Answer    []byte
}

// TableName implements gorm's Tabler.
func (record) TableName() string { return "idempotency_keys" }

// Package operator lets the person who runs Cairn into the operator pages: a
// one-time link printed where only he can see it opens a session. It is a
// store on app/db and knows nothing of the web.
package operator

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
)

// How long things live. A link is for now; a session for a month's work on
// the same browser.
const (
	LinkLife    = 30 * time.Minute
	SessionLife = 30 * 24 * time.Hour
)

// ErrorKind names why somebody is not let in; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

// ErrLink: the link is unknown, used, or older than LinkLife. Which of them is
// not said, as the answer would tell a guesser something.
const ErrLink = ErrorKind("this link was used already or is too old")

// Operators keeps links and sessions.
type Operators struct {
	db   *db.DB
	now  func() time.Time
	rand io.Reader
}

// New makes Operators on a migrated database; rand must be cryptographic.
func New(d *db.DB, now func() time.Time, rand io.Reader) *Operators {
	return &Operators{db: d, now: now, rand: rand}
}

// token is 128 random bits as text, and the hash under which it is stored.
func (o *Operators) token() (text string, hash []byte, err error) {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(o.rand, raw); err != nil {
		return "", nil, err
	}
	text = base64.RawURLEncoding.EncodeToString(raw)
	return text, hashOf(text), nil
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Link makes a new one-time link's token; links not yet used stop working.
func (o *Operators) Link(ctx context.Context) (token string, expires time.Time, err error) {
	token, hash, err := o.token()
	if err != nil {
		return "", time.Time{}, err
	}
	expires = o.now().UTC().Truncate(time.Second).Add(LinkLife)
	err = o.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("used_at IS NULL").Delete(&linkRecord{}).Error; err != nil {
			return err
		}
		return tx.Create(&linkRecord{TokenHash: hash, ExpiresAt: expires.Unix()}).Error
	})
	return token, expires, err
}

// Claim uses a link up and opens a session. Errors: ErrLink.
func (o *Operators) Claim(ctx context.Context, link string) (session string, expires time.Time, err error) {
	session, hash, err := o.token()
	if err != nil {
		return "", time.Time{}, err
	}
	now := o.now().UTC().Truncate(time.Second)
	expires = now.Add(SessionLife)
	err = o.db.Transact(ctx, func(tx *gorm.DB) error {
		used := tx.Model(&linkRecord{}).
			Where("token_hash = ? AND used_at IS NULL AND expires_at > ?", hashOf(link), now.Unix()).
			Update("used_at", now.Unix())
		if used.Error != nil {
			return used.Error
		}
		if used.RowsAffected != 1 {
			return ErrLink
		}
		if err := tx.Where("expires_at <= ?", now.Unix()).Delete(&sessionRecord{}).Error; err != nil {
			return err
		}
		return tx.Create(&sessionRecord{TokenHash: hash, CreatedAt: now.Unix(), ExpiresAt: expires.Unix()}).Error
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return session, expires, nil
}

// Session reports whether a session's token is good now.
func (o *Operators) Session(ctx context.Context, session string) (bool, error) {
	if session == "" {
		return false, nil
	}
	var n int64
	err := o.db.Read(ctx).Model(&sessionRecord{}).
		Where("token_hash = ? AND expires_at > ?", hashOf(session), o.now().Unix()).Count(&n).Error
	return n == 1, err
}

// Claimed reports whether anybody ever used a link: before that, every start
// prints a new one.
func (o *Operators) Claimed(ctx context.Context) (bool, error) {
	var n int64
	err := o.db.Read(ctx).Model(&linkRecord{}).Where("used_at IS NOT NULL").Count(&n).Error
	return n > 0, err
}

// Leave ends a session.
func (o *Operators) Leave(ctx context.Context, session string) error {
	return o.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Where("token_hash = ?", hashOf(session)).Delete(&sessionRecord{}).Error
	})
}

type linkRecord struct {
	TokenHash []byte `gorm:"primaryKey"`
	ExpiresAt int64
	UsedAt    *int64
}

// TableName implements gorm's Tabler.
func (linkRecord) TableName() string { return "operator_links" }

type sessionRecord struct {
	TokenHash []byte `gorm:"primaryKey"`
	CreatedAt int64
	ExpiresAt int64
}

// TableName implements gorm's Tabler.
func (sessionRecord) TableName() string { return "operator_sessions" }

// Package operator knows who runs this Cairn. A one-time link, printed where
// only he can see it, makes the account of whoever takes it an operator's, to be
// opened by its passkeys from then on; or, where passkeys do not work, it opens
// a session that may look and change nothing. It is a store on app/db and knows
// nothing of the web.
package operator

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"cairn/app/audit"
	"cairn/app/db"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
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

const (
	// ErrLink: the link is unknown, used, or older than LinkLife. Which of them
	// is not said, as the answer would tell a guesser something.
	ErrLink = ErrorKind("this link was used already or is too old")
	// ErrLastOperator: without him nobody would be let in any more.
	ErrLastOperator = ErrorKind("the last operator stays")
	// ErrNobody: no operator has this account.
	ErrNobody = ErrorKind("this account is not an operator's")
)

// Operators keeps links, sessions that may look, and whose accounts are
// operators'.
type Operators struct {
	db   *db.DB
	log  *audit.Log
	now  func() time.Time
	rand io.Reader
}

// New makes Operators on a migrated database; rand must be cryptographic.
func New(d *db.DB, log *audit.Log, now func() time.Time, rand io.Reader) *Operators {
	return &Operators{db: d, log: log, now: now, rand: rand}
}

// Name is what the audit log calls an operator: "operator-" and the beginning of
// his account's number, which says nothing and opens nothing.
func Name(account [16]byte) string { return "operator-" + hex.EncodeToString(account[:4]) }

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

// Link makes a new one-time link's token; links not yet used stop working. by is
// who asks, for the audit log.
func (o *Operators) Link(ctx context.Context, by string) (token string, expires time.Time, err error) {
	token, hash, err := o.token()
	if err != nil {
		return "", time.Time{}, err
	}
	expires = o.now().UTC().Truncate(time.Second).Add(LinkLife)
	err = o.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("used_at IS NULL").Delete(&linkRecord{}).Error; err != nil {
			return err
		}
		if err := tx.Create(&linkRecord{TokenHash: hash, ExpiresAt: expires.Unix()}).Error; err != nil {
			return err
		}
		return o.log.RecordIn(tx, audit.Event{Who: by, What: "operator.link-made"})
	})
	return token, expires, err
}

// Good reports whether a link would work now; it uses nothing up.
func (o *Operators) Good(ctx context.Context, link string) (bool, error) {
	var n int64
	err := o.db.Read(ctx).Model(&linkRecord{}).
		Where("token_hash = ? AND used_at IS NULL AND expires_at > ?", hashOf(link), o.now().Unix()).Count(&n).Error
	return n == 1, err
}

// use uses a link up within tx. Error: ErrLink.
func (o *Operators) use(tx *gorm.DB, link string) error {
	now := o.now().Unix()
	used := tx.Model(&linkRecord{}).
		Where("token_hash = ? AND used_at IS NULL AND expires_at > ?", hashOf(link), now).Update("used_at", now)
	if used.Error == nil && used.RowsAffected != 1 {
		return ErrLink
	}
	return used.Error
}

// Claim uses a link up and makes an account an operator's. Errors: ErrLink.
func (o *Operators) Claim(ctx context.Context, link string, account [16]byte) error {
	return o.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := o.use(tx, link); err != nil {
			return err
		}
		row := accountRecord{AccountID: account[:], AddedAt: o.now().Unix()}
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if made.Error != nil || made.RowsAffected == 0 {
			return made.Error // who is one already stays one
		}
		return o.log.RecordIn(tx, audit.Event{Who: Name(account), What: "operator.joined"})
	})
}

// Look uses a link up and opens a session that may look and change nothing.
// Errors: ErrLink.
func (o *Operators) Look(ctx context.Context, link string) (session string, expires time.Time, err error) {
	session, hash, err := o.token()
	if err != nil {
		return "", time.Time{}, err
	}
	now := o.now().UTC().Truncate(time.Second)
	expires = now.Add(SessionLife)
	err = o.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := o.use(tx, link); err != nil {
			return err
		}
		if err := tx.Where("expires_at <= ?", now.Unix()).Delete(&sessionRecord{}).Error; err != nil {
			return err
		}
		if err := tx.Create(&sessionRecord{TokenHash: hash, CreatedAt: now.Unix(), ExpiresAt: expires.Unix()}).Error; err != nil {
			return err
		}
		return o.log.RecordIn(tx, audit.Event{Who: Onlooker, What: "operator.looks"})
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return session, expires, nil
}

// Onlooker is what the audit log calls who came in by a link alone.
const Onlooker = "onlooker"

// Session reports whether the token of a session that may look is good now.
func (o *Operators) Session(ctx context.Context, session string) (bool, error) {
	if session == "" {
		return false, nil
	}
	var n int64
	err := o.db.Read(ctx).Model(&sessionRecord{}).
		Where("token_hash = ? AND expires_at > ?", hashOf(session), o.now().Unix()).Count(&n).Error
	return n == 1, err
}

// Is reports whether an account is an operator's.
func (o *Operators) Is(ctx context.Context, account [16]byte) (bool, error) {
	var n int64
	err := o.db.Read(ctx).Model(&accountRecord{}).Where("account_id = ?", account[:]).Count(&n).Error
	return n == 1, err
}

// Person is an operator.
type Person struct {
	Account [16]byte
	AddedAt time.Time
}

// People lists the operators, the first one first.
func (o *Operators) People(ctx context.Context) ([]Person, error) {
	var rows []accountRecord
	if err := o.db.Read(ctx).Order("added_at, account_id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading the operators: %w", db.Classify(err))
	}
	out := make([]Person, len(rows))
	for i, r := range rows {
		out[i] = Person{Account: [16]byte(r.AccountID), AddedAt: time.Unix(r.AddedAt, 0).UTC()}
	}
	return out, nil
}

// Remove makes an account an operator's no longer; by is who asks. Errors:
// ErrNobody, ErrLastOperator.
func (o *Operators) Remove(ctx context.Context, account [16]byte, by string) error {
	return o.db.Transact(ctx, func(tx *gorm.DB) error {
		gone := tx.Where("account_id = ?", account[:]).Delete(&accountRecord{})
		if gone.Error != nil {
			return gone.Error
		}
		if gone.RowsAffected != 1 {
			return ErrNobody
		}
		var left int64
		if err := tx.Model(&accountRecord{}).Count(&left).Error; err != nil {
			return err
		}
		if left == 0 {
			return ErrLastOperator
		}
		return o.log.RecordIn(tx, audit.Event{Who: by, What: "operator.removed", Detail: map[string]string{"who": Name(account)}})
	})
}

// Forget takes an account that is being deleted off the list within tx. The last
// one may go: a new link is made on the machine.
func Forget(tx *gorm.DB, account [16]byte) error {
	return tx.Where("account_id = ?", account[:]).Delete(&accountRecord{}).Error
}

// Note writes a deed of an account's owner into the audit log, within the
// transaction that does it, if he is an operator.
func (o *Operators) Note(tx *gorm.DB, account [16]byte, what string) error {
	err := tx.Where("account_id = ?", account[:]).Take(&accountRecord{}).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return o.log.RecordIn(tx, audit.Event{Who: Name(account), What: "operator." + what})
}

// Claimed reports whether there is an operator: before that, every start prints
// a new link.
func (o *Operators) Claimed(ctx context.Context) (bool, error) {
	var n int64
	err := o.db.Read(ctx).Model(&accountRecord{}).Count(&n).Error
	return n > 0, err
}

// Leave ends a session that may look.
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

type accountRecord struct {
	AccountID []byte `gorm:"primaryKey"`
	AddedAt   int64
}

// TableName implements gorm's Tabler.
func (accountRecord) TableName() string { return "operator_accounts" }

// Package vault keeps what people want to find again: digests with names, notes
// and groups, for accounts that it knows as 16 opaque bytes. Proofs in the
// calendar complete by themselves; the vault notes when, and tells whoever has
// to hear of it within the same transaction. Proofs made elsewhere can be
// brought along as .ots files, which are kept here and completed by asking the
// calendars they name.
//
// Every method takes the account and touches nothing of others.
package vault

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/notary"
	"cairn/notary/client"

	"gorm.io/gorm"
)

// ErrorKind names why something is refused; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrUnknownItem: the account keeps nothing under that id.
	ErrUnknownItem = ErrorKind("nothing like this is in your vault")
	// ErrUnknownGroup: the account has no such group.
	ErrUnknownGroup = ErrorKind("no such group is in your vault")
	// ErrName: a name is empty where one is needed, or longer than MaxName.
	ErrName = ErrorKind("a name has between 1 and 200 characters")
	// ErrNote: a note is longer than MaxNote.
	ErrNote = ErrorKind("a note has at most 1,000 characters")
	// ErrGroupTaken: the account has a group of that name.
	ErrGroupTaken = ErrorKind("there is a group of that name already")
	// ErrFull: the account keeps MaxItems already.
	ErrFull = ErrorKind("a vault holds at most 100,000 proofs")
	// ErrTooManyGroups: the account has MaxGroups already.
	ErrTooManyGroups = ErrorKind("a vault has at most 500 groups")
	// ErrTooManyShares: the account has MaxShares links already.
	ErrTooManyShares = ErrorKind("a vault has at most 1,000 links")
	// ErrEntries: none, or more than MaxEntries, are to be kept at once.
	ErrEntries = ErrorKind("between 1 and 10,000 proofs can be added at once")
	// ErrShare: the link was never made, was taken back, or is over. Which of
	// them is not said.
	ErrShare = ErrorKind("this link does not work any more")
	// ErrHash: the proof is not for a SHA-256 digest.
	ErrHash = ErrorKind("only proofs of SHA-256 digests can be kept")
	// ErrEndsNowhere: the proof has neither a block nor a calendar to ask.
	ErrEndsNowhere = ErrorKind("this proof ends nowhere")
)

// Limits of a vault.
const (
	MaxName    = 200 // characters
	MaxNote    = 1000
	MaxItems   = 100_000
	MaxGroups  = 500
	MaxShares  = 1000
	MaxEntries = 10_000
	// PageSize is how many items one page lists.
	PageSize = 50
)

// ID names an item, a group or a link. It is random; whether it is the
// account's is checked all the same.
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

// Account is whose vault it is.
type Account = [16]byte

// Notary knows the proofs in the calendar; notary.Service is one.
type Notary interface {
	Proofs(ctx context.Context, digests []notary.Digest) ([]notary.Proof, error)
	File(ctx context.Context, d notary.Digest) ([]byte, error)
	Watch() (<-chan struct{}, func())
}

// Config is what a vault needs. DB, Notary, Now and Rand are required.
type Config struct {
	DB     *db.DB
	Notary Notary
	// Completed is told of items that were found complete, at most 100 at a
	// time, within the transaction that notes it; nil for nobody.
	Completed func(tx *gorm.DB, done []Completion) error
	// Ask puts questions of imported proofs to the calendars they name; it
	// must refuse calendars nobody trusts. nil asks nobody.
	Ask func(ctx context.Context, questions []client.Question) []client.Answer
	Now func() time.Time
	// Rand must be cryptographic.
	Rand io.Reader
	Log  *slog.Logger
}

// Vault keeps items. Its methods may be called by many at once.
type Vault struct{ cfg Config }

// New makes a Vault on a migrated database.
func New(cfg Config) *Vault {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Vault{cfg}
}

func (v *Vault) now() time.Time { return v.cfg.Now().UTC().Truncate(time.Second) }

func (v *Vault) newID() (id ID, err error) {
	_, err = io.ReadFull(v.cfg.Rand, id[:])
	return id, err
}

// Forget removes all that an account keeps, within tx.
func Forget(tx *gorm.DB, account Account) error {
	for _, table := range []any{&shareRecord{}, &itemRecord{}, &groupRecord{}} {
		if err := tx.Where("account = ?", account[:]).Delete(table).Error; err != nil {
			return err
		}
	}
	return nil
}

// Package audit keeps what was done here that somebody may want to know later:
// who came in, what was paid, what was changed. Entries form a chain: each holds
// the SHA-256 of the one before, so that none can be changed, dropped or put in
// between without all that follow. The newest hash is handed to the notary every
// day, which makes a Bitcoin block the witness of all up to it.
//
// It is a store on app/db. No secrets belong into it, and nobody's address but
// the operator's own doings.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
)

// ErrorKind names what is wrong with the log or an event; match it with
// errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrEvent: an event that cannot be written down.
	ErrEvent = ErrorKind("this event cannot be written into the audit log")
	// ErrBroken: the chain does not hold: something was changed, dropped or put
	// in between.
	ErrBroken = ErrorKind("the audit log was changed")
)

// Hash is that of an entry: the SHA-256 of its line.
type Hash [sha256.Size]byte

// String is the hash in hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Event is what happened.
type Event struct {
	// Who did it, 1 to 100 bytes: Cairn, or an operator's name (OperatorName).
	Who string
	// What happened, 1 to 40 of a–z, 0–9, dots and hyphens: "wallet.sent".
	What string
	// Detail says more, by name: at most 20 values of at most 500 bytes. Names
	// are written as What is.
	Detail map[string]string
}

// Entry is an event in the log.
type Entry struct {
	Event
	Seq int64
	// At is a second of UTC.
	At   time.Time
	Prev Hash
	Hash Hash
	// Line is the entry in canonical form, whose SHA-256 Hash is.
	Line string
}

// Cairn is who acts when nobody told the program to.
const Cairn = "cairn"

// Console is who acts by the command line on the machine itself.
const Console = "console"

// Log is the audit log. Its methods may be called by many at once, also from
// several processes on one database.
type Log struct {
	db  *db.DB
	now func() time.Time
}

// New makes a Log on a migrated database.
func New(d *db.DB, now func() time.Time) *Log { return &Log{db: d, now: now} }

// Record writes an event in a transaction of its own. Errors: ErrEvent.
func (l *Log) Record(ctx context.Context, e Event) error {
	return l.db.Transact(ctx, func(tx *gorm.DB) error { return l.RecordIn(tx, e) })
}

// RecordIn writes an event within a transaction of the caller's, who does in it
// what the event tells of: both happen or neither. Errors: ErrEvent.
func (l *Log) RecordIn(tx *gorm.DB, e Event) error {
	last, err := newest(tx)
	if err != nil {
		return err
	}
	entry := Entry{Event: e, Seq: last.Seq + 1, At: l.now().UTC().Truncate(time.Second), Prev: last.Hash}
	if entry.Line, err = lineOf(entry); err != nil {
		return err
	}
	entry.Hash = sha256.Sum256([]byte(entry.Line))
	if err := tx.Create(recordOf(entry)).Error; err != nil {
		return fmt.Errorf("writing into the audit log: %w", err)
	}
	return nil
}

// newest is the last entry; its zero value when there is none, whose hash the
// first entry holds.
func newest(tx *gorm.DB) (Entry, error) {
	var r record
	err := tx.Order("seq DESC").Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Entry{}, nil
	}
	if err != nil {
		return Entry{}, fmt.Errorf("reading the audit log: %w", err)
	}
	return Entry{Seq: r.Seq, Hash: Hash(r.Hash)}, nil
}

// Entries lists the log from the newest entry, or from the one before the
// number given (0: from the newest), at most limit of them.
func (l *Log) Entries(ctx context.Context, before int64, limit int) ([]Entry, error) {
	q := l.db.Read(ctx).Order("seq DESC").Limit(limit)
	if before > 0 {
		q = q.Where("seq < ?", before)
	}
	var rows []record
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", db.Classify(err))
	}
	out := make([]Entry, len(rows))
	for i, r := range rows {
		entry, err := r.entry()
		if err != nil {
			return nil, err
		}
		out[i] = entry
	}
	return out, nil
}

// Last is the newest entry of a kind; its zero value when there is none.
func (l *Log) Last(ctx context.Context, what string) (Entry, error) {
	var r record
	err := l.db.Read(ctx).Where("what = ?", what).Order("seq DESC").Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Entry{}, nil
	}
	if err != nil {
		return Entry{}, fmt.Errorf("reading the audit log: %w", db.Classify(err))
	}
	return r.entry()
}

type record struct {
	Seq  int64 `gorm:"primaryKey;autoIncrement:false"`
	At   int64
	Who  string
	What string
	Line string
	Hash []byte
}

// TableName implements gorm's Tabler.
func (record) TableName() string { return "audit_entries" }

func recordOf(e Entry) *record {
	return &record{Seq: e.Seq, At: e.At.Unix(), Who: e.Who, What: e.What, Line: e.Line, Hash: e.Hash[:]}
}

// entry reads a row. Error: ErrBroken when the row is not what its line says.
func (r record) entry() (Entry, error) {
	e, err := parseLine(r.Line)
	if err != nil {
		return Entry{}, fmt.Errorf("entry %d: %w", r.Seq, err)
	}
	if e.Seq != r.Seq || e.At.Unix() != r.At || e.Who != r.Who || e.What != r.What || string(e.Hash[:]) != string(r.Hash) {
		return Entry{}, fmt.Errorf("%w: entry %d is not what its line says", ErrBroken, r.Seq)
	}
	return e, nil
}

package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"
)

const (
	// transactAttempts and transactPatience bound the retries of one Transact;
	// whichever ends first ends them.
	transactAttempts = 16
	transactPatience = 20 * time.Second
	// transactLimit ends a transaction whose server has stopped answering.
	transactLimit = 2 * time.Minute
)

type inTransaction struct{}

// Transact runs fn in one serializable transaction and commits it when fn
// returns nil. When fn fails or panics, nothing of it stays.
//
// A transaction that the database gave up because of others (SQLSTATE 40001 or
// 40P01, SQLite's BUSY) is run again a bounded number of times, so fn may run
// more than once: it must take its inputs from outside, overwrite its outputs,
// and do nothing that a rollback does not undo. fn should use tx for all it
// does; a second Transact inside of it would wait for itself and is refused
// with ErrNested when it is given fn's own context.
//
// The commit is not cancelled by ctx. Should it stay open whether it happened,
// the error is ErrCommitUnknown, and the caller has to look: all writers of
// Cairn are idempotent by a key of their own so that running them again is
// right either way.
//
// Errors: those of fn, the kinds of Classify, ErrCommitUnknown, ErrNested.
func (d *DB) Transact(ctx context.Context, fn func(tx *gorm.DB) error) error {
	if ctx.Value(inTransaction{}) != nil {
		return ErrNested
	}
	began := time.Now()
	for attempt := 1; ; attempt++ {
		err := d.transactOnce(ctx, fn)
		if err == nil || !retryable(err) || errors.Is(err, ErrCommitUnknown) {
			return Classify(err)
		}
		if attempt >= transactAttempts || time.Since(began) > transactPatience {
			return fmt.Errorf("after %d attempts: %w", attempt, Classify(err))
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// pause waits a random time that doubles with each attempt, to 250 ms at most.
func pause(ctx context.Context, attempt int) error {
	ceiling := min(2*time.Millisecond<<min(attempt, 7), 250*time.Millisecond)
	timer := time.NewTimer(rand.N(ceiling))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *DB) transactOnce(ctx context.Context, fn func(tx *gorm.DB) error) error {
	// Waiting for a connection ends with ctx; what was begun does not, so that
	// a visitor who goes away cannot cut a commit in two.
	conn, err := d.writeSQL.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), transactLimit)
	defer cancel()
	tx, err := conn.BeginTx(whole, &sql.TxOptions{Isolation: d.isolation()})
	if err != nil {
		return err
	}
	// Does nothing after a commit; undoes everything after an error or panic.
	defer func() { _ = tx.Rollback() }()

	session := d.writer.Session(&gorm.Session{NewDB: true, Context: context.WithValue(ctx, inTransaction{}, true)})
	session.Statement.ConnPool = tx
	if err := fn(session); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		if commitUnknown(err) {
			return fmt.Errorf("%w: %w", ErrCommitUnknown, err)
		}
		return err
	}
	return nil
}

// isolation is what both engines are asked for. SQLite knows no levels: its
// IMMEDIATE transactions are serial by themselves.
func (d *DB) isolation() sql.IsolationLevel {
	if d.dialect == Postgres {
		return sql.LevelSerializable
	}
	return sql.LevelDefault
}

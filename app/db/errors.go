package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrorKind names what went wrong with the database; match it with errors.Is.
// A missing row stays gorm.ErrRecordNotFound and a broken unique constraint
// gorm.ErrDuplicatedKey on both engines. After the latter PostgreSQL refuses
// everything else in the same transaction: prefer ON CONFLICT DO NOTHING.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrURL: the database URL is not one Cairn understands.
	ErrURL = ErrorKind("not a database URL: use sqlite:/path/to/cairn.db or postgres://user@host/name")
	// ErrDiskFull: the disk (or quota) took no more; nothing was changed.
	ErrDiskFull = ErrorKind("the disk of the database is full")
	// ErrReadOnly: the database, its file or file system cannot be written.
	ErrReadOnly = ErrorKind("the database is read-only")
	// ErrBusy: others kept the database busy for longer than the retries last;
	// nothing was changed and the work may be tried again.
	ErrBusy = ErrorKind("the database is busy")
	// ErrUnavailable: the database does not answer, or its file cannot be
	// read; nothing is known to have changed.
	ErrUnavailable = ErrorKind("the database is not available")
	// ErrCorrupt: the file is damaged, or is no database.
	ErrCorrupt = ErrorKind("the database is damaged")
	// ErrCommitUnknown: the connection was lost, or the disk failed, while the
	// commit was under way: the transaction has happened whole or not at all,
	// and only a look at its effects tells which. It is never retried here.
	ErrCommitUnknown = ErrorKind("it is not known whether the transaction was committed")
	// ErrNested: Transact was called inside Transact.
	ErrNested = ErrorKind("a transaction was begun inside a transaction")
	// ErrNewer: the schema is newer than this program.
	ErrNewer = ErrorKind("the database was written by a newer version of Cairn")
	// ErrDirty: a migration stopped half way and needs somebody to look.
	ErrDirty = ErrorKind("a migration of the database stopped half way")
	// ErrLeaseHeld: somebody else holds the lease.
	ErrLeaseHeld = ErrorKind("the lease is held by another process")
	// ErrFenced: the lease passed to somebody else; work done under its old
	// epoch is refused.
	ErrFenced = ErrorKind("the lease was lost to another process")
	// ErrNoSetting: no setting is stored under that key.
	ErrNoSetting = ErrorKind("no such setting")
)

// Classify adds the kind of a driver's error to it: ErrDiskFull, ErrReadOnly,
// ErrBusy, ErrUnavailable or ErrCorrupt. Others, nil among them, come back as
// they are, and so do those that have a kind already.
func Classify(err error) error {
	var known ErrorKind
	if err == nil || errors.As(err, &known) {
		return err
	}
	if kind := kindOf(err); kind != "" {
		return fmt.Errorf("%w: %w", kind, err)
	}
	return err
}

func kindOf(err error) ErrorKind {
	var lite *modernc.Error
	if errors.As(err, &lite) {
		return sqliteKind(lite.Code())
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return postgresKind(pg.Code)
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return ErrDiskFull
	case errors.Is(err, syscall.EROFS):
		return ErrReadOnly
	case errors.Is(err, fs.ErrPermission):
		return ErrUnavailable
	case errors.Is(err, context.Canceled):
		return ""
	}
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) || lostConnection(err) {
		return ErrUnavailable
	}
	return ""
}

func lostConnection(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || pgconn.SafeToRetry(err) ||
		strings.Contains(err.Error(), "unexpected EOF") || strings.Contains(err.Error(), "conn closed") ||
		strings.Contains(err.Error(), "sql: database is closed")
}

// sqliteKind maps a result code, extended or primary (sqlite.org/rescode.html).
func sqliteKind(code int) ErrorKind {
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return ErrDiskFull
	case sqlite3.SQLITE_READONLY:
		return ErrReadOnly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrBusy
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_PERM:
		return ErrUnavailable
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return ErrCorrupt
	}
	return ""
}

// postgresKind maps an SQLSTATE (PostgreSQL documentation, appendix A).
func postgresKind(state string) ErrorKind {
	switch state {
	case "53100": // disk_full
		return ErrDiskFull
	case "25006": // read_only_sql_transaction, as on a standby
		return ErrReadOnly
	case "40001", "40P01", "55P03": // serialization_failure, deadlock_detected, lock_not_available
		return ErrBusy
	case "XX001", "XX002": // data_corrupted, index_corrupted
		return ErrCorrupt
	case "25P03": // idle_in_transaction_session_timeout
		return ErrUnavailable
	}
	switch state[:min(2, len(state))] {
	case "08", "28", "3D", "53", "57", "58": // connection, password, no such database, resources, shutdown, system
		return ErrUnavailable
	}
	return ""
}

// noSuchTable reports whether a statement failed because its table is not there.
func noSuchTable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "42P01" // undefined_table
	}
	// SQLite has no result code for it.
	return strings.Contains(err.Error(), "no such table")
}

// retryable reports whether a transaction that failed with err has certainly
// not happened and may succeed when run again.
func retryable(err error) bool {
	return kindOf(err) == ErrBusy
}

// commitUnknown reports whether a COMMIT that returned err may have happened
// all the same. A server that answered with an error has rolled back, except
// where the answer itself says that it does not know (class 40003, 08).
func commitUnknown(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40003" || strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P")
	}
	var lite *modernc.Error
	if errors.As(err, &lite) {
		// The frames of the commit may have reached the log before the disk failed.
		return lite.Code()&0xff == sqlite3.SQLITE_IOERR
	}
	// pgconn.SafeToRetry is of no use here: when the answer to a COMMIT is
	// lost, pgx ends with "conn closed", which claims that nothing was sent.
	return !errors.Is(err, pgx.ErrTxCommitRollback) && !errors.Is(err, pgx.ErrTxClosed) && !errors.Is(err, sql.ErrTxDone)
}

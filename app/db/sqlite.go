package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/libtnb/sqlite"
)

const defaultReaders = 8

// sqlitePragmas are those of every connection. busy_timeout comes first so
// that the others wait for a lock instead of failing. synchronous=FULL, not
// NORMAL: in WAL mode NORMAL may lose the last commits on power loss, and an
// answer given to a visitor means "on disk" (SQLite documentation, "WAL").
var sqlitePragmas = []string{
	"busy_timeout(10000)",
	"journal_mode(WAL)",
	"synchronous(FULL)",
	"foreign_keys(1)",
	"journal_size_limit(67108864)",
}

func openSQLite(ctx context.Context, path string, o options) (*DB, error) {
	if err := createPrivately(path); err != nil {
		return nil, err
	}
	writeSQL, err := sql.Open(sqlite.DriverName, sqliteDSN(path, "immediate", sqlitePragmas...))
	if err != nil {
		return nil, err
	}
	// One writer: SQLite has one anyway, and waiting in Go's queue is fair
	// where waiting in busy_timeout is not.
	writeSQL.SetMaxOpenConns(1)
	writeSQL.SetMaxIdleConns(1)
	// The writer first: it switches the file to WAL, which readers cannot.
	if err := writeSQL.PingContext(ctx); err != nil {
		return nil, errors.Join(err, writeSQL.Close())
	}
	readers := defaultReaders
	if o.maxConns > 0 {
		readers = o.maxConns
	}
	readSQL, err := sql.Open(sqlite.DriverName, sqliteDSN(path, "deferred", append(sqlitePragmas[:len(sqlitePragmas):len(sqlitePragmas)], "query_only(1)")...))
	if err != nil {
		return nil, errors.Join(err, writeSQL.Close())
	}
	readSQL.SetMaxOpenConns(readers)
	readSQL.SetMaxIdleConns(readers)

	d := &DB{
		dialect: SQLite, log: o.log, readSQL: readSQL, writeSQL: writeSQL,
		leases: make(map[string]observation),
		migrateSQL: func() (*sql.DB, error) {
			// Without foreign_keys: rebuilding a table needs them off.
			return sql.Open(sqlite.DriverName, sqliteDSN(path, "immediate", "busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"))
		},
		lockMigrations: func(ctx context.Context) (func(), error) { return lockFile(ctx, path+".migrating") },
	}
	if d.writer, err = gormOver(sqlite.New(sqlite.Config{Conn: writeSQL}), o.log); err == nil {
		d.reader, err = gormOver(sqlite.New(sqlite.Config{Conn: readSQL}), o.log)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// sqliteDSN makes a data source name of modernc.org/sqlite. The path is
// escaped into a file: URI, so any character but NUL may be in it.
func sqliteDSN(path, txlock string, pragmas ...string) string {
	q := []string{"_txlock=" + txlock, "_time_format=sqlite", "_texttotime=1", "_inttotime=1"}
	for _, p := range pragmas {
		q = append(q, "_pragma="+url.QueryEscape(p))
	}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + strings.Join(q, "&")
}

// createPrivately makes the database file readable by its owner alone, which
// SQLite then copies to the -wal and -shm files, and a missing folder too. A
// folder that is there already is somebody's decision and stays as it is.
func createPrivately(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("creating the data folder: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%w: %s is a folder", ErrURL, path)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("creating the database file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("looking at the database file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := f.Chmod(0o600); err != nil {
			return fmt.Errorf("making the database file private: %w", err)
		}
	}
	return nil
}

// lockFile holds an exclusive lock, until unlock, that other processes see. It
// is a SQLite lock on an empty file beside the database, because that works on
// every system Cairn is built for and is dropped when the process dies.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	lock, err := sql.Open(sqlite.DriverName, sqliteDSN(path, "exclusive", "busy_timeout(60000)", "journal_mode(MEMORY)"))
	if err != nil {
		return nil, err
	}
	lock.SetMaxOpenConns(1)
	tx, err := lock.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return func() {
		_ = tx.Rollback()
		_ = lock.Close()
	}, nil
}

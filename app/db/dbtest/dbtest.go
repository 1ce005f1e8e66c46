// Package dbtest gives tests a fresh, migrated database on every engine Cairn
// runs on. SQLite lives in a temporary folder; PostgreSQL is a private server
// started once for each test binary from the installed package, reachable
// through a unix socket alone, and stopped when the binary ends or dies.
//
// It is for tests only and imports testing.
package dbtest

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"cairn/app/db"
)

// Each runs fn as sub-tests "sqlite" and "postgres", each on its own fresh and
// migrated database. A machine without PostgreSQL fails the second, with the
// name of the package to install, unless CAIRN_TEST_POSTGRES=off says that the
// tests of that engine are not wanted.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) { fn(t, Open(t, dialect)) })
	}
}

// EachBench is Each for benchmarks.
func EachBench(b *testing.B, fn func(b *testing.B, d *db.DB)) {
	b.Helper()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		b.Run(string(dialect), func(b *testing.B) { fn(b, Open(b, dialect)) })
	}
}

// Open is a fresh and migrated database, closed when the test ends.
func Open(tb testing.TB, dialect db.Dialect) *db.DB {
	tb.Helper()
	return Connect(tb, URL(tb, dialect))
}

// URL names a fresh and migrated database, for tests that open it themselves,
// several times, or in another process. It is gone when the test ends.
func URL(tb testing.TB, dialect db.Dialect) string {
	tb.Helper()
	if dialect == db.Postgres {
		return shared(tb).Database(tb)
	}
	url := "sqlite:" + filepath.Join(tb.TempDir(), "data", "cairn.db")
	migrateOnce(tb, url)
	return url
}

// Empty names a database without any tables, for tests of migrations.
func Empty(tb testing.TB, dialect db.Dialect) string {
	tb.Helper()
	if dialect == db.Postgres {
		return shared(tb).empty(tb)
	}
	return "sqlite:" + filepath.Join(tb.TempDir(), "data", "cairn.db")
}

// Connect opens the database at url, and closes it when the test ends.
func Connect(tb testing.TB, url string) *db.DB {
	tb.Helper()
	d, err := db.Open(context.Background(), url, db.WithLog(quiet()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := d.Close(); err != nil {
			tb.Errorf("closing the database: %v", err)
		}
	})
	return d
}

func migrateOnce(tb testing.TB, url string) {
	tb.Helper()
	d, err := db.Open(context.Background(), url, db.WithLog(quiet()))
	if err != nil {
		tb.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Migrate(context.Background()); err != nil {
		tb.Fatal(err)
	}
}

// quiet drops what the database logs unless CAIRN_TEST_LOG asks for it.
func quiet() *slog.Logger {
	if os.Getenv("CAIRN_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return slog.New(slog.NewTextHandler(io.Discard, nil))
}

// Package db opens Cairn's database and runs transactions on it.
//
// Two engines are served, chosen by the URL alone: SQLite for one machine
// ("sqlite:/path/to/cairn.db") and PostgreSQL for several
// ("postgres://user@host/name", also over a unix socket). The rest of Cairn
// sees the same guarantees on both:
//
//   - Transact is serializable. On SQLite there is one writer connection and
//     every transaction begins IMMEDIATE; on PostgreSQL the isolation level is
//     SERIALIZABLE. Code that is right on one engine is right on the other.
//   - A committed transaction survives a crash of the process, of the database
//     server and of the machine (SQLite: WAL with synchronous=FULL; PostgreSQL:
//     synchronous_commit is switched on should the server have it off).
//   - A function given to Transact may run more than once, so it must change
//     nothing outside of the database.
//
// The package is a leaf: stores of every product import it, and it imports
// nothing of Cairn but the embedded migrations. It knows no product, no HTTP
// and no chain.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gorm.io/gorm"
)

// Dialect is the SQL engine in use.
type Dialect string

// The dialects. Their values name the folders of migrations/.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// DB is an open database: a pool for readers and one for writers, which are
// the same pool on PostgreSQL. It is safe for concurrent use.
type DB struct {
	dialect Dialect
	log     *slog.Logger
	reader  *gorm.DB
	writer  *gorm.DB
	readSQL *sql.DB
	// writeSQL has exactly one connection on SQLite.
	writeSQL *sql.DB
	// migrateSQL opens a short-lived pool for the migration tool, which keeps
	// a connection for itself and closes the pool when it is closed.
	migrateSQL func() (*sql.DB, error)
	// lockMigrations keeps other processes from migrating at the same time.
	lockMigrations func(ctx context.Context) (unlock func(), err error)

	leaseMu sync.Mutex
	leases  map[string]observation // guarded by leaseMu
}

// Option changes how Open opens a database.
type Option func(*options)

type options struct {
	log      *slog.Logger
	maxConns int
}

// WithLog sends slow and failing statements to log instead of slog.Default().
// Statements are logged without their parameters.
func WithLog(log *slog.Logger) Option { return func(o *options) { o.log = log } }

// WithMaxConns bounds the connections of the pool: readers on SQLite (8 unless
// told), all of them on PostgreSQL (20 unless told).
func WithMaxConns(n int) Option { return func(o *options) { o.maxConns = n } }

// Open opens the database named by url and checks that it answers. It creates
// the SQLite file (mode 0600) and its folder (mode 0700) when they are missing,
// and creates no tables: call Migrate for that.
//
// Errors: ErrURL for a URL of another shape, and the kinds of Classify.
func Open(ctx context.Context, url string, opts ...Option) (*DB, error) {
	o := options{log: slog.Default()}
	for _, opt := range opts {
		opt(&o)
	}
	loc, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	var d *DB
	switch loc.dialect {
	case SQLite:
		d, err = openSQLite(ctx, loc.path, o)
	case Postgres:
		d, err = openPostgres(ctx, loc.dsn, o)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the %s database: %w", loc.dialect, Classify(err))
	}
	return d, nil
}

// Dialect says which engine this is.
func (d *DB) Dialect() Dialect { return d.dialect }

// Read is a handle on the reader pool: each statement sees what is committed
// when it starts. On SQLite it cannot write.
func (d *DB) Read(ctx context.Context) *gorm.DB { return d.reader.WithContext(ctx) }

// Writer is the pool that writes, for hot paths that keep prepared statements.
// On SQLite it has one connection: whoever holds it stops every Transact, so
// it must be given back within milliseconds, and transactions begun on it are
// IMMEDIATE. On PostgreSQL ask for sql.LevelSerializable where Transact's
// guarantees are needed. Classify names its errors.
func (d *DB) Writer() *sql.DB { return d.writeSQL }

// Ping asks the database for a sign of life, through both pools.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.readSQL.PingContext(ctx); err != nil {
		return Classify(err)
	}
	var one int
	return Classify(d.readSQL.QueryRowContext(ctx, "SELECT 1").Scan(&one))
}

// Close closes every connection. Transactions under way are waited for by the
// driver as far as it can; later calls fail.
func (d *DB) Close() error {
	var errs []error
	if d.readSQL != d.writeSQL {
		errs = append(errs, d.readSQL.Close())
	}
	return errors.Join(append(errs, d.writeSQL.Close())...)
}

// gormOver wraps a pool for gorm with the settings every handle shares.
func gormOver(dialector gorm.Dialector, log *slog.Logger) (*gorm.DB, error) {
	return gorm.Open(dialector, &gorm.Config{
		Logger: slogLogger{log: log, slow: slowStatement},
		// Single statements are atomic as they are; several go through Transact.
		SkipDefaultTransaction: true,
		TranslateError:         true,
		// Whoever forgets a WHERE gets an error instead of an empty table.
		AllowGlobalUpdate:    false,
		DisableAutomaticPing: true,
		NowFunc:              func() time.Time { return time.Now().UTC() },
	})
}

package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
)

const (
	defaultPostgresConns = 20
	// idleInTransaction is how long a transaction of ours may sit idle before
	// the server ends it, as when this process was paused with a lock held
	// that the next leader waits for.
	idleInTransaction = 10 * time.Second
)

// openPostgres opens a pool. Everything libpq understands may be in the URL,
// PG* environment variables and password files included (pgx.ParseConfig).
func openPostgres(ctx context.Context, dsn string, o options) (*DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The driver's words may repeat parts of the URL: keep only ours.
		return nil, fmt.Errorf("%w: the postgres URL cannot be read", ErrURL)
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 10 * time.Second
	}
	setIfMissing(cfg.RuntimeParams, "application_name", "cairn")
	setIfMissing(cfg.RuntimeParams, "idle_in_transaction_session_timeout", fmt.Sprint(idleInTransaction.Milliseconds()))
	if err := keepDurable(ctx, cfg, o); err != nil {
		return nil, err
	}
	pool := stdlib.OpenDB(*cfg)
	conns := defaultPostgresConns
	if o.maxConns > 0 {
		conns = o.maxConns
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)

	d := &DB{
		dialect: Postgres, log: o.log, readSQL: pool, writeSQL: pool,
		leases:     make(map[string]observation),
		migrateSQL: func() (*sql.DB, error) { return stdlib.OpenDB(*cfg), nil },
		lockMigrations: func(ctx context.Context) (func(), error) {
			return lockServer(ctx, cfg)
		},
	}
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	if d.writer, err = gormOver(postgres.New(postgres.Config{Conn: pool}), o.log); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	d.reader = d.writer
	return d, nil
}

// keepDurable looks at how the server treats a commit. A server that answers
// before the commit is on its disk would break the promise made to visitors:
// the session setting is raised; fsync=off cannot be, and is said loudly.
func keepDurable(ctx context.Context, cfg *pgx.ConnConfig, o options) error {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var synchronous, fsync string
	err = conn.QueryRow(ctx, "SELECT current_setting('synchronous_commit', true), coalesce(current_setting('fsync', true), 'on')").Scan(&synchronous, &fsync)
	if err != nil {
		return fmt.Errorf("asking the server how durable a commit is: %w", err)
	}
	if strings.EqualFold(synchronous, "off") {
		cfg.RuntimeParams["synchronous_commit"] = "on"
		o.log.Info("synchronous_commit is off on the server: switched on for this program")
	}
	if strings.EqualFold(fsync, "off") {
		o.log.Warn("the database server runs with fsync=off: a power cut can lose what visitors were told is safe")
	}
	return nil
}

func setIfMissing(params map[string]string, key, value string) {
	if _, ok := params[key]; !ok {
		params[key] = value
	}
}

// migrationLock is the key of the advisory lock around a whole migration. The
// migration tool has one of its own, but reads the version outside of it.
const migrationLock = 0x436169726e // "Cairn"

// lockServer holds an advisory lock until unlock, on a connection of its own
// so that it is dropped when this process dies.
func lockServer(ctx context.Context, cfg *pgx.ConnConfig) (unlock func(), err error) {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	closing := context.WithoutCancel(ctx)
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return nil, errors.Join(err, conn.Close(closing))
	}
	return func() { _ = conn.Close(closing) }, nil
}

package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	migratesqlite "github.com/golang-migrate/migrate/v4/database/sqlite"
	"github.com/golang-migrate/migrate/v4/source/iofs"

	"cairn/migrations"
)

// Migrate brings the schema to the newest version this program knows and
// returns it. Several processes may call it at once: one works, the others
// wait. A schema newer than the program is refused with ErrNewer, one that a
// crash left half migrated with ErrDirty; both are left as they are.
func (d *DB) Migrate(ctx context.Context) (version uint, err error) {
	newest, err := migrations.Newest(string(d.dialect))
	if err != nil {
		return 0, err
	}
	if err := d.MigrateTo(ctx, newest); err != nil {
		return 0, err
	}
	return newest, nil
}

// Version is the version of the schema as it is; 0 means that there is none.
// Errors: ErrDirty, also while another process is migrating.
func (d *DB) Version(ctx context.Context) (version uint, err error) {
	var rows []struct {
		Version uint
		Dirty   bool
	}
	err = d.Read(ctx).Raw("SELECT version, dirty FROM " + migratesqlite.DefaultMigrationsTable).Scan(&rows).Error
	switch {
	case err != nil && noSuchTable(err), err == nil && len(rows) == 0:
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("reading the version of the database: %w", Classify(err))
	case rows[0].Dirty:
		return 0, fmt.Errorf("%w: version %d", ErrDirty, rows[0].Version)
	}
	return rows[0].Version, nil
}

// MigrateTo moves the schema up or down to a version; 0 takes everything away,
// data included. Moving down from a version this program does not know is
// refused with ErrNewer.
func (d *DB) MigrateTo(ctx context.Context, version uint) error {
	newest, err := migrations.Newest(string(d.dialect))
	if err != nil {
		return err
	}
	return d.withMigrator(ctx, func(m *migrate.Migrate) error {
		current, err := schemaVersion(m)
		switch {
		case err != nil:
			return err
		case current > newest:
			return fmt.Errorf("%w: schema %d, this program knows %d", ErrNewer, current, newest)
		case current == version:
			return nil
		case version == 0:
			err = m.Down()
		default:
			err = m.Migrate(version)
		}
		if err != nil && !errors.Is(err, migrate.ErrNoChange) {
			return fmt.Errorf("migrating the database from %d to %d: %w", current, version, Classify(err))
		}
		return nil
	})
}

func schemaVersion(m *migrate.Migrate) (uint, error) {
	version, dirty, err := m.Version()
	switch {
	case errors.Is(err, migrate.ErrNilVersion):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("reading the version of the database: %w", Classify(err))
	case dirty:
		return 0, fmt.Errorf("%w: version %d", ErrDirty, version)
	}
	return version, nil
}

// withMigrator runs fn with the migration tool on a pool of its own, because
// the tool keeps a connection for itself and can only be closed with its pool.
func (d *DB) withMigrator(ctx context.Context, fn func(*migrate.Migrate) error) (err error) {
	unlock, err := d.lockMigrations(ctx)
	if err != nil {
		return fmt.Errorf("waiting for another process to migrate: %w", Classify(err))
	}
	defer unlock()
	files, err := iofs.New(migrations.Files, string(d.dialect))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	pool, err := d.migrateSQL()
	if err != nil {
		return Classify(err)
	}
	defer pool.Close()
	if err := pool.PingContext(ctx); err != nil {
		return Classify(err)
	}
	var target database.Driver
	switch d.dialect {
	case SQLite:
		target, err = migratesqlite.WithInstance(pool, &migratesqlite.Config{})
	case Postgres:
		target, err = migratepgx.WithInstance(pool, &migratepgx.Config{})
	}
	if err != nil {
		return fmt.Errorf("preparing the migration: %w", Classify(err))
	}
	defer target.Close()
	m, err := migrate.NewWithInstance("iofs", files, string(d.dialect), target)
	if err != nil {
		return fmt.Errorf("preparing the migration: %w", err)
	}
	m.LockTimeout = time.Minute
	stop := context.AfterFunc(ctx, func() { m.GracefulStop <- true })
	defer stop()
	return fn(m)
}

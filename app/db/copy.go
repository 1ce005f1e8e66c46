package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrNoCopy: only SQLite is copied from here.
const ErrNoCopy = ErrorKind("PostgreSQL has its own tools for copies: use pg_dump or a standby")

// CopyTo writes a consistent copy of a SQLite database into a file that does
// not exist yet, mode 0600, while others go on writing (SQLite, VACUUM INTO).
// It is on disk when CopyTo returns. Errors: ErrNoCopy, the kinds of Classify.
func (d *DB) CopyTo(ctx context.Context, path string) error {
	if d.dialect != SQLite {
		return ErrNoCopy
	}
	// A connection of its own: the readers may not write, not even elsewhere,
	// and the writer is not to be held for as long as this takes.
	pool, err := d.migrateSQL()
	if err != nil {
		return Classify(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("copying the database: %w", Classify(err))
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("copying the database: %w", Classify(err))
	}
	return errors.Join(syncPath(path), syncPath(filepath.Dir(path)))
}

// syncPath makes a file, or the names in a folder, durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

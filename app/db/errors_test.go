package db_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/app/db/dbtest"
)

func TestClassify(t *testing.T) {
	for state, want := range map[string]error{
		"53100": db.ErrDiskFull, "25006": db.ErrReadOnly, "40001": db.ErrBusy, "40P01": db.ErrBusy, "55P03": db.ErrBusy,
		"08006": db.ErrUnavailable, "28P01": db.ErrUnavailable, "3D000": db.ErrUnavailable, "53300": db.ErrUnavailable,
		"57P01": db.ErrUnavailable, "58030": db.ErrUnavailable, "XX001": db.ErrCorrupt,
	} {
		err := db.Classify(fmt.Errorf("storing: %w", &pgconn.PgError{Code: state}))
		if !errors.Is(err, want) {
			t.Errorf("SQLSTATE %s: got %v, want %v", state, err, want)
		}
	}
	if err := db.Classify(&os.PathError{Err: syscall.ENOSPC}); !errors.Is(err, db.ErrDiskFull) {
		t.Errorf("ENOSPC: %v", err)
	}
	if err := db.Classify(&os.PathError{Err: syscall.EROFS}); !errors.Is(err, db.ErrReadOnly) {
		t.Errorf("EROFS: %v", err)
	}
	for _, plain := range []error{nil, errMine, gorm.ErrRecordNotFound, &pgconn.PgError{Code: "42601"}, &pgconn.PgError{}} {
		if err := db.Classify(plain); err != plain {
			t.Errorf("%v became %v", plain, err)
		}
	}
	once := db.Classify(&pgconn.PgError{Code: "53100"})
	if twice := db.Classify(once); twice != once {
		t.Errorf("classified twice: %v", twice)
	}
}

// SQLite's own words for a full disk, from a file that may grow no more.
func TestSQLiteDiskFull(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	limit := func(pages string) error {
		return d.Transact(t.Context(), func(tx *gorm.DB) error { return tx.Exec("PRAGMA max_page_count = " + pages).Error })
	}
	if err := limit("1"); err != nil { // as many as there are now
		t.Fatal(err)
	}
	store := func(tx *gorm.DB) error {
		return db.PutSetting(tx, "large", []byte(strings.Repeat("x", 1<<20)))
	}
	if err := d.Transact(t.Context(), store); !errors.Is(err, db.ErrDiskFull) {
		t.Errorf("got %v, want ErrDiskFull", err)
	}
	if _, err := db.Setting(d.Read(t.Context()), "large"); !errors.Is(err, db.ErrNoSetting) {
		t.Errorf("something of it stayed: %v", err)
	}
	// Somebody made room: it goes on without a restart.
	if err := limit("1000000"); err != nil {
		t.Fatal(err)
	}
	if err := d.Transact(t.Context(), store); err != nil {
		t.Error(err)
	}
}

func TestSQLiteDamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cairn.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(t.Context(), "sqlite:"+path); !errors.Is(err, db.ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
}

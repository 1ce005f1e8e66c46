package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/app/db/dbtest"
)

func TestOpenChecksTheURL(t *testing.T) {
	for _, url := range []string{"", "cairn.db", "sqlite:", "sqlite::memory:", "sqlite:dir/", "sqlite:a?mode=ro", "sqlite:a#b", "mysql://root@host/x", "postgres://%zz", "sqlite:" + t.TempDir()} {
		t.Run(url, func(t *testing.T) {
			if _, err := db.Open(t.Context(), url); !errors.Is(err, db.ErrURL) {
				t.Errorf("got %v, want ErrURL", err)
			}
		})
	}
}

func TestOpenKeepsThePasswordOutOfErrors(t *testing.T) {
	for _, url := range []string{"postgres://u:hunter2@127.0.0.1:1/x?connect_timeout=1", "postgres://u:hunter2@/x?sslmode=nonsense"} {
		_, err := db.Open(t.Context(), url)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error of %s: %v", db.Redact(url), err)
		}
		if got := db.Redact(url); strings.Contains(got, "hunter2") {
			t.Errorf("Redact left the password: %s", got)
		}
	}
	if _, err := db.Open(t.Context(), "postgres://u@127.0.0.1:1/x?connect_timeout=1"); !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("a server that is not there: got %v, want ErrUnavailable", err)
	}
}

func TestSQLiteFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "with space & 100%", "état")
	path := filepath.Join(dir, "cairn.db")
	d := dbtest.Connect(t, "sqlite:"+path)
	if _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{dir: 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", filepath.Base(name), got, want)
		}
	}
}

func TestSQLiteConnectionsAreDurable(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	pragma := func(tx *gorm.DB, name string) (value string) {
		if err := tx.Raw("PRAGMA " + name).Scan(&value).Error; err != nil {
			t.Fatal(err)
		}
		return value
	}
	check := func(tx *gorm.DB) error {
		for name, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "10000"} {
			if got := pragma(tx, name); got != want {
				t.Errorf("PRAGMA %s is %s, want %s", name, got, want)
			}
		}
		return nil
	}
	if err := d.Transact(t.Context(), check); err != nil {
		t.Fatal(err)
	}
	_ = check(d.Read(t.Context()))
	err := d.Read(t.Context()).Exec("DELETE FROM settings").Error
	if !errors.Is(db.Classify(err), db.ErrReadOnly) {
		t.Errorf("writing through Read: got %v, want ErrReadOnly", err)
	}
}

func TestSettings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if _, err := db.Setting(d.Read(ctx), "key"); !errors.Is(err, db.ErrNoSetting) {
			t.Fatalf("got %v, want ErrNoSetting", err)
		}
		for _, value := range []string{"one", "two", ""} {
			if err := d.Transact(ctx, func(tx *gorm.DB) error { return db.PutSetting(tx, "key", []byte(value)) }); err != nil {
				t.Fatal(err)
			}
			if got, err := db.Setting(d.Read(ctx), "key"); err != nil || string(got) != value {
				t.Errorf("got %q, %v, want %q", got, err, value)
			}
		}
		for _, value := range []string{"first", "second"} {
			err := d.Transact(ctx, func(tx *gorm.DB) error {
				got, err := db.InitSetting(tx, "id", []byte(value))
				if string(got) != "first" {
					t.Errorf("InitSetting(%q) gave %q", value, got)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestPingAndClose(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		d, err := db.Open(t.Context(), dbtest.URL(t, dialect))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if d.Dialect() != dialect {
			t.Errorf("dialect %s, want %s", d.Dialect(), dialect)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		err = d.Transact(context.Background(), func(*gorm.DB) error { return nil })
		if !errors.Is(err, db.ErrUnavailable) {
			t.Errorf("%s after Close: got %v, want ErrUnavailable", dialect, err)
		}
	}
}

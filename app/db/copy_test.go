package db_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/app/db/dbtest"
)

func TestACopyIsWholeAndPrivate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		put := func(value string) {
			t.Helper()
			if err := d.Transact(ctx, func(tx *gorm.DB) error { return db.PutSetting(tx, "copied", []byte(value)) }); err != nil {
				t.Fatal(err)
			}
		}
		put("before")
		path := filepath.Join(t.TempDir(), "copy.db")
		err := d.CopyTo(ctx, path)
		if d.Dialect() == db.Postgres {
			if !errors.Is(err, db.ErrNoCopy) {
				t.Fatalf("got %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		put("after")
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode: %v %v", info, err)
		}
		if err := d.CopyTo(ctx, path); err == nil {
			t.Error("a copy wrote over another")
		}
		copied, err := db.Open(ctx, "sqlite:"+path)
		if err != nil {
			t.Fatal(err)
		}
		defer copied.Close()
		value, err := db.Setting(copied.Read(ctx), "copied")
		if err != nil || string(value) != "before" {
			t.Errorf("the copy says %q, %v", value, err)
		}
	})
}

package db_test

import (
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/migrations"
)

var dialects = []db.Dialect{db.SQLite, db.Postgres}

// eachEmpty runs fn on a database without tables of each engine.
func eachEmpty(t *testing.T, fn func(t *testing.T, url string)) {
	for _, dialect := range dialects {
		t.Run(string(dialect), func(t *testing.T) { fn(t, dbtest.Empty(t, dialect)) })
	}
}

// tables lists tables and columns by name, sorted: "coins.height".
func tables(t *testing.T, d *db.DB) []string {
	t.Helper()
	query := "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
	if d.Dialect() == db.Postgres {
		query = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
	}
	var names []string
	if err := d.Read(t.Context()).Raw(query).Scan(&names).Error; err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, "schema_migrations.") })
	slices.Sort(names)
	return names
}

func TestMigrateUpDownUp(t *testing.T) {
	eachEmpty(t, func(t *testing.T, url string) {
		ctx := t.Context()
		d := dbtest.Connect(t, url)
		if v, err := d.Version(ctx); err != nil || v != 0 {
			t.Fatalf("version of nothing: %d, %v", v, err)
		}
		newest, err := d.Migrate(ctx)
		if err != nil {
			t.Fatal(err)
		}
		up := tables(t, d)
		if len(up) == 0 {
			t.Fatal("no tables after migrating up")
		}
		if v, err := d.Version(ctx); err != nil || v != newest {
			t.Fatalf("version %d, %v, want %d", v, err, newest)
		}
		// Down one by one, up one by one: every pair undoes itself alone.
		numbers, err := migrations.Numbers(string(d.Dialect()))
		if err != nil {
			t.Fatal(err)
		}
		for i := len(numbers) - 1; i >= 0; i-- {
			below := uint(0)
			if i > 0 {
				below = numbers[i-1]
			}
			if err := d.MigrateTo(ctx, below); err != nil {
				t.Fatal(err)
			}
		}
		if left := tables(t, d); len(left) != 0 {
			t.Errorf("left after migrating down: %v", left)
		}
		for _, v := range numbers {
			if err := d.MigrateTo(ctx, v); err != nil {
				t.Fatal(err)
			}
		}
		if again := tables(t, d); !slices.Equal(up, again) {
			t.Errorf("tables differ the second time:\n%v\n%v", up, again)
		}
		if err := d.MigrateTo(ctx, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Migrate(ctx); err != nil {
			t.Errorf("migrating a migrated database: %v", err)
		}
	})
}

func TestMigrationsAreTheSameOnEveryEngine(t *testing.T) {
	name := regexp.MustCompile(`^(\d{6}_[a-z0-9_]+)\.(up|down)\.sql$`)
	files := map[db.Dialect][]string{}
	for _, dialect := range dialects {
		entries, err := fs.ReadDir(migrations.Files, string(dialect))
		if err != nil {
			t.Fatal(err)
		}
		numbers := map[string]int{}
		for _, e := range entries {
			m := name.FindStringSubmatch(e.Name())
			if m == nil {
				t.Errorf("%s/%s is not named 000001_what_it_does.up.sql", dialect, e.Name())
				continue
			}
			numbers[m[1]]++
			files[dialect] = append(files[dialect], e.Name())
		}
		taken := map[string]string{}
		for n, count := range numbers {
			if count != 2 {
				t.Errorf("%s/%s has %d files, want an up and a down", dialect, n, count)
			}
			if other, ok := taken[n[:6]]; ok {
				t.Errorf("%s: %s and %s have the same number", dialect, n, other)
			}
			taken[n[:6]] = n
		}
	}
	if !slices.Equal(files[db.SQLite], files[db.Postgres]) {
		t.Errorf("different files:\n%v\n%v", files[db.SQLite], files[db.Postgres])
	}
	lite, pg := dbtest.Open(t, db.SQLite), dbtest.Open(t, db.Postgres)
	if a, b := tables(t, lite), tables(t, pg); !slices.Equal(a, b) {
		t.Errorf("the engines have different tables or columns:\n%v\n%v", a, b)
	}
}

func TestMigrateRefusesWhatItDoesNotKnow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		set := func(statement string) {
			if err := d.Transact(t.Context(), func(tx *gorm.DB) error { return tx.Exec(statement).Error }); err != nil {
				t.Fatal(err)
			}
		}
		set("UPDATE schema_migrations SET version = 999999")
		if _, err := d.Migrate(t.Context()); !errors.Is(err, db.ErrNewer) {
			t.Errorf("got %v, want ErrNewer", err)
		}
		set("UPDATE schema_migrations SET version = 1, dirty = TRUE")
		if _, err := d.Migrate(t.Context()); !errors.Is(err, db.ErrDirty) {
			t.Errorf("got %v, want ErrDirty", err)
		}
	})
}

// Several processes start at once on one database: all succeed.
func TestMigrateConcurrently(t *testing.T) {
	eachEmpty(t, func(t *testing.T, url string) {
		var all sync.WaitGroup
		for range 6 {
			d := dbtest.Connect(t, url)
			all.Go(func() {
				if _, err := d.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}

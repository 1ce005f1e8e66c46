package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"

	"gorm.io/gorm"
)

// book is a log under a clock that stands still.
type book struct {
	*Log
	t   *testing.T
	db  *db.DB
	now time.Time
}

func each(t *testing.T, fn func(b *book)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := &book{t: t, db: d, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
		b.Log = New(d, func() time.Time { return b.now })
		fn(b)
	})
}

func (b *book) record(what string, detail map[string]string) {
	b.t.Helper()
	if err := b.Record(b.t.Context(), Event{Who: Console, What: what, Detail: detail}); err != nil {
		b.t.Fatal(err)
	}
}

// raw runs a statement that nobody should be able to run.
func (b *book) raw(sql string, args ...any) error {
	return b.db.Transact(b.t.Context(), func(tx *gorm.DB) error { return tx.Exec(sql, args...).Error })
}

// unguarded takes the triggers away, as somebody with the database in his hands
// would.
func (b *book) unguarded() {
	b.t.Helper()
	drop := []string{"DROP TRIGGER audit_entries_no_update", "DROP TRIGGER audit_entries_no_delete"}
	if b.db.Dialect() == db.Postgres {
		drop = []string{"ALTER TABLE audit_entries DISABLE TRIGGER ALL"}
	}
	for _, sql := range drop {
		if err := b.raw(sql); err != nil {
			b.t.Fatal(err)
		}
	}
}

func TestEntriesFormAChain(t *testing.T) {
	each(t, func(b *book) {
		t, ctx := b.t, b.t.Context()
		if s, err := b.Verify(ctx); err != nil || s.Entries != 0 {
			t.Fatalf("an empty log: %+v, %v", s, err)
		}
		b.record("wallet.sent", map[string]string{"to": `<ada> & "bob" 中文`, "amount-sat": "5"})
		b.record("operator.signed-in", nil)
		list, err := b.Entries(ctx, 0, 10)
		if err != nil || len(list) != 2 || list[0].Seq != 2 || list[0].Prev != list[1].Hash || list[1].Prev != (Hash{}) {
			t.Fatalf("%+v, %v", list, err)
		}
		// The format is for ever: others check it with sha256sum alone.
		want := `{"seq":1,"at":"2026-11-22T12:00:00Z","who":"console","what":"wallet.sent","detail":{"amount-sat":"5","to":"<ada> & \"bob\" 中文"},"prev":"` + strings.Repeat("0", 64) + `"}`
		if list[1].Line != want || list[1].Hash != sha256.Sum256([]byte(want)) {
			t.Errorf("the line is %s", list[1].Line)
		}
		if older, err := b.Entries(ctx, 2, 10); err != nil || len(older) != 1 || older[0].Seq != 1 {
			t.Errorf("before 2: %+v, %v", older, err)
		}
		if last, err := b.Last(ctx, "wallet.sent"); err != nil || last.Seq != 1 {
			t.Errorf("last: %+v, %v", last, err)
		}
		if last, err := b.Last(ctx, "none"); err != nil || last.Seq != 0 {
			t.Errorf("last of none: %+v, %v", last, err)
		}
		s, err := b.Verify(ctx)
		if err != nil || s.Entries != 2 || s.Head != list[0].Hash {
			t.Errorf("%+v, %v", s, err)
		}
		var out bytes.Buffer
		if err := b.Export(ctx, &out); err != nil {
			t.Fatal(err)
		}
		if again, err := VerifyExport(&out); err != nil || again != s {
			t.Errorf("the export: %+v, %v", again, err)
		}
	})
}

func TestManyWriteAtOnce(t *testing.T) {
	each(t, func(b *book) {
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				for range 4 {
					if err := b.Record(b.t.Context(), Event{Who: fmt.Sprint("w", i), What: "test"}); err != nil {
						b.t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if s, err := b.Verify(b.t.Context()); err != nil || s.Entries != 48 {
			b.t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestWhatWasRolledBackIsNotInTheLog(t *testing.T) {
	each(t, func(b *book) {
		stop := errors.New("stop")
		err := b.db.Transact(b.t.Context(), func(tx *gorm.DB) error {
			if err := b.RecordIn(tx, Event{Who: Cairn, What: "test"}); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			b.t.Fatal(err)
		}
		if s, err := b.Verify(b.t.Context()); err != nil || s.Entries != 0 {
			b.t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestEventsThatAreNone(t *testing.T) {
	each(t, func(b *book) {
		many := map[string]string{}
		for i := range maxDetails + 1 {
			many[fmt.Sprint("k", i)] = ""
		}
		for _, e := range []Event{
			{}, {Who: "x"}, {What: "x"}, {Who: "x", What: "Upper"}, {Who: "x", What: strings.Repeat("x", 41)}, {Who: "a\nb", What: "x"},
			{Who: strings.Repeat("x", maxWho+1), What: "x"}, {Who: "\xff", What: "x"}, {Who: "x", What: "x", Detail: many},
			{Who: "x", What: "x", Detail: map[string]string{"A": ""}}, {Who: "x", What: "x", Detail: map[string]string{"a": "b\u2028"}},
			{Who: "x", What: "x", Detail: map[string]string{"a": strings.Repeat("x", maxDetail+1)}},
		} {
			if err := b.Record(b.t.Context(), e); !errors.Is(err, ErrEvent) {
				b.t.Errorf("%+v: %v", e, err)
			}
		}
	})
}

func TestTheDatabaseRefusesChanges(t *testing.T) {
	each(t, func(b *book) {
		b.record("one", nil)
		if _, err := b.Stamp(b.t.Context(), 0, func(context.Context, [32]byte) error { return nil }); err != nil {
			b.t.Fatal(err)
		}
		statements := []string{"UPDATE audit_entries SET who = 'x'", "DELETE FROM audit_entries", "UPDATE audit_stamps SET stamped_at = 0", "DELETE FROM audit_stamps"}
		if b.db.Dialect() == db.Postgres {
			statements = append(statements, "TRUNCATE audit_entries, audit_stamps")
		}
		for _, sql := range statements {
			if err := b.raw(sql); err == nil || !strings.Contains(err.Error(), "append-only") {
				b.t.Errorf("%s: %v", sql, err)
			}
		}
		if s, err := b.Verify(b.t.Context()); err != nil || s.Entries != 1 || s.Stamp.Seq != 1 {
			b.t.Errorf("%+v, %v", s, err)
		}
	})
}

// Somebody who has the database in his hands leaves traces, whatever he does.
func TestTampering(t *testing.T) {
	for name, tamper := range map[string]func(b *book) error{
		"a column": func(b *book) error { return b.raw("UPDATE audit_entries SET who = 'nobody' WHERE seq = 2") },
		"a line": func(b *book) error {
			return b.raw("UPDATE audit_entries SET line = replace(line, 'two', 'six'), what = 'six' WHERE seq = 2")
		},
		"a line with its hash": func(b *book) error {
			list, err := b.Entries(b.t.Context(), 3, 1)
			if err != nil {
				return err
			}
			line := strings.Replace(list[0].Line, "two", "six", 1)
			hash := sha256.Sum256([]byte(line))
			return b.raw("UPDATE audit_entries SET line = ?, what = 'six', hash = ? WHERE seq = 2", line, hash[:])
		},
		"the first":  func(b *book) error { return b.raw("DELETE FROM audit_entries WHERE seq = 1") },
		"the middle": func(b *book) error { return b.raw("DELETE FROM audit_entries WHERE seq = 2") },
		"number":     func(b *book) error { return b.raw("UPDATE audit_entries SET seq = 7 WHERE seq = 3") },
		"no line":    func(b *book) error { return b.raw("UPDATE audit_entries SET line = '' WHERE seq = 3") },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(b *book) {
				for _, what := range []string{"one", "two", "three"} {
					b.record(what, nil)
				}
				b.unguarded()
				if err := tamper(b); err != nil {
					b.t.Fatal(err)
				}
				if _, err := b.Verify(b.t.Context()); !errors.Is(err, ErrBroken) {
					b.t.Errorf("nobody noticed: %v", err)
				}
			})
		})
	}
}

// A chain written anew from some entry on holds, but not against what was
// stamped.
func TestAStampHoldsAgainstANewChain(t *testing.T) {
	each(t, func(b *book) {
		ctx := b.t.Context()
		b.record("one", nil)
		b.record("two", nil)
		if did, err := b.Stamp(ctx, 0, func(context.Context, [32]byte) error { return nil }); !did || err != nil {
			b.t.Fatal(did, err)
		}
		b.unguarded()
		list, err := b.Entries(ctx, 0, 1)
		if err != nil {
			b.t.Fatal(err)
		}
		line := strings.Replace(list[0].Line, "two", "six", 1)
		hash := sha256.Sum256([]byte(line))
		if err := b.raw("UPDATE audit_entries SET line = ?, what = 'six', hash = ? WHERE seq = 2", line, hash[:]); err != nil {
			b.t.Fatal(err)
		}
		if _, err := b.Verify(ctx); !errors.Is(err, ErrBroken) {
			b.t.Errorf("nobody noticed: %v", err)
		}
	})
}

func TestTheHeadIsStampedDaily(t *testing.T) {
	each(t, func(b *book) {
		t, ctx := b.t, b.t.Context()
		var handed [][32]byte
		var fail error
		stamp := func(every time.Duration) bool {
			t.Helper()
			did, err := b.Stamp(ctx, every, func(_ context.Context, d [32]byte) error {
				handed = append(handed, d)
				return fail
			})
			if !errors.Is(err, fail) {
				t.Fatal(err)
			}
			return did
		}
		if stamp(StampEvery) || len(handed) != 0 {
			t.Error("an empty log was stamped")
		}
		b.record("one", nil)
		fail = errors.New("the notary is away")
		if stamp(StampEvery) {
			t.Error("it was not stamped")
		}
		fail = nil
		if !stamp(StampEvery) || stamp(StampEvery) {
			t.Error("once, and not again")
		}
		b.record("two", nil)
		if stamp(StampEvery) {
			t.Error("twice on a day")
		}
		b.now = b.now.Add(StampEvery)
		if !stamp(StampEvery) {
			t.Error("not the day after")
		}
		b.now = b.now.Add(StampEvery)
		if stamp(StampEvery) {
			t.Error("again without news")
		}
		b.record("three", nil)
		if !stamp(0) {
			t.Error("not when asked to")
		}
		list, _ := b.Entries(ctx, 0, 10)
		stamps, err := b.Stamps(ctx, 10)
		if err != nil || len(stamps) != 3 || stamps[0].Digest != list[0].Hash || handed[len(handed)-1] != list[0].Hash {
			t.Errorf("%+v, %v", stamps, err)
		}
		if s, err := b.Verify(ctx); err != nil || s.Stamp.Seq != 3 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func FuzzVerifyExport(f *testing.F) {
	first, err := lineOf(Entry{Event: Event{Who: Console, What: "one"}, Seq: 1, At: time.Unix(0, 0)})
	if err != nil {
		f.Fatal(err)
	}
	second, err := lineOf(Entry{Event: Event{Who: Cairn, What: "two"}, Seq: 2, At: time.Unix(9, 0), Prev: sha256.Sum256([]byte(first))})
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"", first, first + "\n" + second + "\n", second, "{}", first + "\n\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := VerifyExport(strings.NewReader(text))
		if err != nil {
			return
		}
		// What is accepted is exactly what was hashed.
		lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
		if s.Entries > 0 && s.Head != sha256.Sum256([]byte(lines[len(lines)-1])) {
			t.Errorf("%q: head %s", text, s.Head)
		}
	})
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{"a\n b\t\u0000c": "a b c", "héllo": "héll", "": "", "\xff": "", "中文": "中"} {
		if got := Clean(text, 5); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

package tsa_test

import (
	"context"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/notary/anchor"
	"cairn/notary/calendar"
	"cairn/notary/tsa"
)

// clock is a time that tests move.
type clock struct{ unix atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.unix.Store(time.Now().Unix())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(c.unix.Load(), 0) }
func (c *clock) advance(d time.Duration) { c.unix.Add(int64(d / time.Second)) }

// bench is an authority over a real calendar.
type bench struct {
	*tsa.Authority
	calendar *calendar.Calendar
	clock    *clock
}

func open(tb testing.TB, d *db.DB, change ...func(*tsa.Config)) *bench {
	tb.Helper()
	b := &bench{calendar: openCalendar(tb, d), clock: newClock()}
	cfg := tsa.Config{DB: d, Calendar: b.calendar, Host: "cairn.example", Now: b.clock.now, Secret: tsa.Secret{1}}
	for _, c := range change {
		c(&cfg)
	}
	var err error
	if b.Authority, err = tsa.Open(tb.Context(), cfg); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(b.Authority.Close)
	return b
}

func openCalendar(tb testing.TB, d *db.DB) *calendar.Calendar {
	tb.Helper()
	journal, err := calendar.OpenJournal(tb.Context(), d)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(journal.Close)
	c, err := calendar.New(calendar.Config{URI: "https://cairn.example"}, journal)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c
}

// roots are the authority's roots, in PEM.
func (b *bench) roots(tb testing.TB) []byte {
	tb.Helper()
	roots, err := b.Roots(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	return roots
}

// folder is where openssl works; its files are named by their content's part.
type folder struct {
	tb  testing.TB
	dir string
}

func newFolder(tb testing.TB) *folder {
	tb.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		tb.Fatal("openssl is not installed; .ci/setup installs it")
	}
	return &folder{tb, tb.TempDir()}
}

func (f *folder) write(name string, content []byte) string {
	f.tb.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		f.tb.Fatal(err)
	}
	return path
}

func (f *folder) read(name string) []byte {
	f.tb.Helper()
	content, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		f.tb.Fatal(err)
	}
	return content
}

// openssl runs a command in the folder and returns what it printed.
func (f *folder) openssl(args ...string) (string, error) {
	cmd := exec.CommandContext(f.tb.Context(), "openssl", args...)
	cmd.Dir = f.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (f *folder) must(args ...string) string {
	f.tb.Helper()
	out, err := f.openssl(args...)
	if err != nil {
		f.tb.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// query makes a query with openssl about data and returns it.
func (f *folder) query(data string, args ...string) []byte {
	f.tb.Helper()
	f.write("data", []byte(data))
	f.must(append([]string{"ts", "-query", "-data", "data", "-out", "query.tsq"}, args...)...)
	return f.read("query.tsq")
}

// token takes the token out of a reply, with openssl.
func (f *folder) token(reply []byte) []byte {
	f.tb.Helper()
	f.write("reply.tsr", reply)
	f.must("ts", "-reply", "-in", "reply.tsr", "-token_out", "-out", "reply.tst")
	return f.read("reply.tst")
}

func sum(s string) [32]byte { return sha256.Sum256([]byte(s)) }

// wantRefused asserts that a reply is refused with a failure openssl names.
func (f *folder) wantRefused(reply []byte, failure string) {
	f.tb.Helper()
	f.write("reply.tsr", reply)
	text := f.must("ts", "-reply", "-in", "reply.tsr", "-text")
	if !strings.Contains(text, "Status: Rejected.") || !strings.Contains(text, failure) {
		f.tb.Errorf("not refused with %q:\n%s", failure, text)
	}
}

// extension is one that no authority knows.
func extension() pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 999, 1}, Value: []byte{5, 0}}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func ledger(d *db.DB) *anchor.Ledger { return anchor.NewLedger(anchor.LedgerConfig{DB: d}) }

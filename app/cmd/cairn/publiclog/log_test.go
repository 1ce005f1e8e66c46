package publiclog_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cairn/app/cmd/cairn/publiclog"
	"cairn/app/cmd/cairn/terminal"
	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/calendar"
	"cairn/notary/ots"
	"cairn/notary/tlog"
	"cairn/notary/tlog/format"

	"github.com/alecthomas/kong"
	"gorm.io/gorm"
)

// site is a calendar with its log on the web, and its operator's hands in the
// database.
type site struct {
	*testing.T
	db       *db.DB
	calendar *calendar.Calendar
	journal  *calendar.Journal
	lease    *db.Lease
	log      *tlog.Service
	url      string
}

// noAnchors: the tests of package anchor have them.
type noAnchors struct{}

func (noAnchors) Published(context.Context, int64, int) ([]format.Anchor, error) { return nil, nil }

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{T: t, db: dbtest.Open(t, db.SQLite)}
	journal, err := calendar.OpenJournal(t.Context(), s.db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(journal.Close)
	s.journal = journal
	if s.calendar, err = calendar.New(calendar.Config{URI: "https://cairn.example"}, journal); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.calendar.Close)
	if s.lease, err = s.db.Acquire(t.Context(), "leader", "test", time.Hour); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.log.Files().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	s.url = server.URL
	s.open()
	return s
}

// open begins anew, as a new process does.
func (s *site) open() {
	s.Helper()
	var err error
	s.log, err = tlog.Open(s.Context(), tlog.Config{DB: s.db, Origin: "cairn.example/log", Digests: s.calendar, Commitments: s.journal, Anchors: noAnchors{}})
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) stamp(n int) (last notary.Digest) {
	s.Helper()
	for i := range n {
		last = sha256.Sum256(fmt.Append(nil, s.Name(), time.Now(), i))
		if err := s.calendar.Keep(s.Context(), last); err != nil {
			s.Fatal(err)
		}
	}
	return last
}

func (s *site) sequence() {
	s.Helper()
	if err := s.log.Sequencer().Once(s.Context(), s.lease); err != nil {
		s.Fatal(err)
	}
	s.open()
}

// tamper changes the journal, forgets the log, and signs another one with the
// same key.
func (s *site) tamper(statements ...string) {
	s.Helper()
	statements = append([]string{
		"PRAGMA defer_foreign_keys = ON",
		"DELETE FROM log_nodes", "UPDATE log_head SET size = 0, note = x'', root = x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
	}, statements...)
	err := s.db.Transact(s.Context(), func(tx *gorm.DB) error {
		for _, statement := range statements {
			if err := tx.Exec(statement).Error; err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	s.open()
	s.sequence()
}

// run executes a command line of `cairn log`.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	var cmd publiclog.Cmd
	parser, err := kong.New(&cmd,
		kong.BindTo(t.Context(), (*context.Context)(nil)),
		kong.Bind(&terminal.Output{Stdout: &out, Stderr: &errs}))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return terminal.ExitUsage, "", err.Error()
	}
	err = parsed.Run()
	code = terminal.ExitOK
	if err != nil {
		code = terminal.ExitFail
		var own interface{ ExitCode() int }
		if errors.As(err, &own) {
			code = own.ExitCode()
		}
		fmt.Fprintln(&errs, err)
	}
	return code, out.String(), errs.String()
}

func want(t *testing.T, code int, texts []string, args ...string) {
	t.Helper()
	got, stdout, stderr := run(t, args...)
	if got != code {
		t.Errorf("%v ends with %d, want %d:\n%s%s", args, got, code, stdout, stderr)
	}
	for _, text := range texts {
		if !strings.Contains(stdout+stderr, text) {
			t.Errorf("%v does not say %q:\n%s%s", args, text, stdout, stderr)
		}
	}
}

// An operator who changes his books, and signs the new ones, is found out by
// whoever looked before.
func TestAnOperatorWhoCheats(t *testing.T) {
	for name, test := range map[string]struct {
		statements []string
		says       string
	}{
		"drops": {[]string{
			"UPDATE proofs SET seq = 1 WHERE seq >= 4",
			"DELETE FROM commitments WHERE seq = 4",
			"UPDATE commitments SET seq = seq - 1 WHERE seq > 4", "UPDATE calendar_head SET seq = seq - 1",
		}, "the log has become shorter"},
		"drops and adds": {[]string{
			"UPDATE proofs SET seq = 1 WHERE seq >= 4",
			"DELETE FROM commitments WHERE seq = 4", "UPDATE commitments SET seq = seq - 1 WHERE seq > 4",
			"INSERT INTO commitments SELECT seq + 1, time, randomblob(32), mac, 1 FROM commitments WHERE seq = 39",
			"INSERT INTO commitments SELECT seq + 2, time, randomblob(32), mac, 1 FROM commitments WHERE seq = 39", "UPDATE calendar_head SET seq = 41",
		}, "an entry was dropped: entry 3 is missing"},
		"reorders": {[]string{
			"UPDATE proofs SET seq = 1", "UPDATE commitments SET seq = 1000 WHERE seq = 7", "UPDATE commitments SET seq = 7 WHERE seq = 8", "UPDATE commitments SET seq = 8 WHERE seq = 1000",
			"INSERT INTO commitments SELECT seq + 1, time, randomblob(32), mac, 1 FROM commitments WHERE seq = 40", "UPDATE calendar_head SET seq = 41",
		}, "entries were reordered: entry 6 stands in the place of entry 7"},
		"replaces": {[]string{
			"UPDATE commitments SET tip = randomblob(32) WHERE seq = 7",
			"INSERT INTO commitments SELECT seq + 1, time, randomblob(32), mac, 1 FROM commitments WHERE seq = 40", "UPDATE calendar_head SET seq = 41",
		}, "an entry was changed: entry 6 is another one"},
		"forks": {[]string{"UPDATE commitments SET tip = randomblob(32) WHERE seq = 7"}, "the log has signed two different histories"},
		"back-dates": {[]string{
			"INSERT INTO commitments SELECT seq + 1, time - 86400, randomblob(32), mac, 1 FROM commitments WHERE seq = 40", "UPDATE calendar_head SET seq = 41",
		}, "an entry was back-dated: entry 40"},
		"takes another key": {[]string{"DELETE FROM settings WHERE name = 'log.seed'"}, "not signed by the log's key"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.stamp(40)
			s.sequence()
			state := filepath.Join(t.TempDir(), "state.json")
			want(t, terminal.ExitOK, []string{"The log is honest", "the log says so itself"}, "verify", s.url, "--state", state)
			s.tamper(test.statements...)
			want(t, terminal.ExitFail, []string{"The log cannot be trusted", test.says}, "verify", s.url, "--state", state)
			want(t, terminal.ExitFail, []string{test.says}, "verify", s.url+"/log/", "--state", state, "--full")
		})
	}
}

func TestVerify(t *testing.T) {
	s := newSite(t)
	s.stamp(300)
	digest := s.stamp(1)
	promise, err := s.log.Receipt(t.Context(), digest)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	early, proven, state := filepath.Join(dir, "early.txt"), filepath.Join(dir, "proven.txt"), filepath.Join(dir, "state.json")
	if err := os.WriteFile(early, promise, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, terminal.ExitUndecided, []string{"It could not be checked", "has no checkpoint"}, "verify", s.url)
	s.sequence()
	receipt, err := s.log.Receipt(t.Context(), digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(proven, receipt, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, terminal.ExitOK, []string{"early.txt, entry 300, is honoured", "proven.txt, entry 300, is honoured", "as you gave it"},
		"verify", s.url, "--receipt", early, "--receipt", proven, "--key", s.log.Key(), "--state", state)
	young, err := s.log.Receipt(t.Context(), s.stamp(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(early, young, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, terminal.ExitPending, []string{"is too young", "the same as at the first look", "contain the 301 that were seen"},
		"verify", s.url, "--receipt", early, "--state", state)

	code, stdout, _ := run(t, "verify", s.url, "--json", "--state", state)
	var result struct {
		Proven  bool   `json:"proven"`
		Size    int64  `json:"size"`
		KeyFrom string `json:"key_from"`
		Since   int64  `json:"since"`
	}
	if err := json.Unmarshal([]byte(stdout), &result); err != nil || code != 0 || !result.Proven || result.Size != 301 || result.KeyFrom != "remembered" || result.Since != 301 {
		t.Errorf("%d, %s, %v", code, stdout, err)
	}
	if err := os.WriteFile(early, []byte("no receipt"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, terminal.ExitFail, []string{"The receipt is worth nothing", "no receipt of the log"}, "verify", s.url, "--receipt", early)
	code, stdout, _ = run(t, "verify", s.url, "--receipt", early, "--json")
	if code != terminal.ExitFail || !strings.Contains(stdout, `"proven": false`) || !strings.Contains(stdout, `"kind": "this is no receipt of the log"`) {
		t.Errorf("%d, %s", code, stdout)
	}
	if err := os.WriteFile(state, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, terminal.ExitUndecided, []string{"what was kept of an earlier check cannot be used"}, "verify", s.url, "--state", state)
	want(t, terminal.ExitUsage, []string{"not the address of a log"}, "verify", "nowhere")
	want(t, terminal.ExitUsage, nil, "verify", s.url, "--parallel", "0")
	want(t, terminal.ExitUsage, nil, "verify")
	want(t, terminal.ExitUndecided, []string{"does not answer"}, "verify", "http://127.0.0.1:1", "--timeout", "1s")
}

func TestMirror(t *testing.T) {
	s := newSite(t)
	s.stamp(300)
	s.sequence()
	dir := filepath.Join(t.TempDir(), "copy")
	want(t, terminal.ExitOK, []string{"The log is honest", "300, root"}, "mirror", s.url, dir)
	s.stamp(5)
	s.sequence()
	want(t, terminal.ExitOK, []string{"contain the 300 that were seen"}, "mirror", s.url, dir)
	want(t, terminal.ExitOK, []string{"The log is honest", "305, root"}, "verify", dir)
	// A copy is a log for others as well.
	served := httptest.NewServer(http.StripPrefix("/log/", http.FileServer(http.Dir(dir))))
	defer served.Close()
	want(t, terminal.ExitOK, []string{"305, root"}, "verify", served.URL)

	bundle := filepath.Join(dir, "tile", "entries", "000")
	raw, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	raw[100] ^= 1
	if err := os.WriteFile(bundle, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, terminal.ExitFail, []string{"an entry was changed: entry 2"}, "verify", dir)
	s.tamper("UPDATE commitments SET tip = randomblob(32) WHERE seq = 7")
	want(t, terminal.ExitFail, []string{"two different histories"}, "mirror", s.url, dir)
}

// A client of the calendar's own protocol gets its receipt by its proof.
func TestReceiptOfAProof(t *testing.T) {
	s := newSite(t)
	s.stamp(3)
	digest := sha256.Sum256([]byte("a letter"))
	answer, err := s.calendar.Submit(t.Context(), nil, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	proof := filepath.Join(dir, "letter.txt.ots")
	if err := os.WriteFile(proof, append(ots.AppendFileHeader(nil, ots.OpSHA256, digest[:]), answer...), 0o600); err != nil {
		t.Fatal(err)
	}
	s.sequence()
	receipt := filepath.Join(dir, "letter.txt.receipt.txt")
	want(t, terminal.ExitOK, []string{receipt}, "receipt", s.url, proof)
	want(t, terminal.ExitOK, []string{"entry 3, is honoured"}, "verify", s.url, "--receipt", receipt)
	want(t, terminal.ExitFail, []string{"is there already"}, "receipt", s.url, proof)

	other := newSite(t)
	other.stamp(3)
	other.sequence()
	if err := os.Remove(receipt); err != nil {
		t.Fatal(err)
	}
	want(t, terminal.ExitFail, []string{"has no receipt for"}, "receipt", other.url, proof)
	if err := os.WriteFile(proof, []byte("no proof"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, terminal.ExitFail, []string{"letter.txt.ots"}, "receipt", s.url, proof)
}

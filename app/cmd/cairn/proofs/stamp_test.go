package proofs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/ots"

	"github.com/alecthomas/kong"
)

// proofCommands are the commands that work with proofs, as main has them.
type proofCommands struct {
	Stamp   StampCmd   `cmd:""`
	Upgrade UpgradeCmd `cmd:""`
	Verify  VerifyCmd  `cmd:""`
	Info    InfoCmd    `cmd:""`
}

// stdin is what the next command line finds at its standard input.
var stdin string

// ran is what a command line did.
type ran struct {
	code           int
	stdout, stderr string
}

// cairn runs a command line as main does.
func cairn(t *testing.T, args ...string) ran {
	t.Helper()
	var commands proofCommands
	var stdout, stderr bytes.Buffer
	parser, err := kong.New(&commands,
		kong.BindTo(context.Background(), (*context.Context)(nil)),
		kong.Bind(&terminal.Output{Stdout: &stdout, Stderr: &stderr, Stdin: strings.NewReader(stdin)}, OpenWallet(openPurse)),
	)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return ran{code: terminal.ExitUsage, stderr: err.Error()}
	}
	err = parsed.Run()
	if err != nil {
		fmt.Fprintln(&stderr, err)
	}
	r := ran{stdout: stdout.String(), stderr: stderr.String()}
	var own interface{ ExitCode() int }
	switch {
	case errors.As(err, &own):
		r.code = own.ExitCode()
	case err != nil:
		r.code = terminal.ExitFail
	}
	return r
}

// want checks the exit code and words that must occur.
func (r ran) want(t *testing.T, code int, words ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d\n%s\n%s", r.code, code, r.stdout, r.stderr)
	}
	for _, w := range words {
		if !strings.Contains(r.stdout+r.stderr, w) {
			t.Errorf("%q is missing in\n%s\n%s", w, r.stdout, r.stderr)
		}
	}
}

const vectors = "../../../../notary/ots/testdata"

// vector copies a file of the test vectors into a fresh folder.
func vector(t *testing.T, folder, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(vectors, name))
	if err != nil {
		t.Fatal(err)
	}
	return write(t, folder, filepath.Base(name), raw)
}

func write(t *testing.T, folder, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// testCalendar is a calendar in the manner of the reference server: it appends
// a nonce, hashes, promises; and knows no block until it is told of one.
type testCalendar struct {
	URL    string
	server *httptest.Server

	mu       sync.Mutex
	promised map[string]bool
	answer   []byte // what completes every commitment; nil before a block
	// promiseAll: it knows every commitment.
	promiseAll bool
	requests   int
	patience   int // after how many more questions there is a block by itself; 0 for never
}

func newTestCalendar(t *testing.T) *testCalendar {
	c := &testCalendar{promised: map[string]bool{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.URL, c.server = server.URL, server
	return c
}

func (c *testCalendar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if r.URL.Path == "/digest" {
		digest, _ := io.ReadAll(r.Body)
		ts, err := ots.New(digest)
		if err != nil {
			http.Error(w, "digest too long", http.StatusBadRequest)
			return
		}
		at, err := ts.Extend(ots.Append([]byte(c.URL)), ots.SHA256(), ots.Prepend([]byte("time")), ots.Append([]byte("8bytemac")))
		if err == nil {
			err = at.Attest(ots.Pending(c.URL))
		}
		answer, writeErr := ts.AppendBinary(nil)
		if err = errors.Join(err, writeErr); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		c.promised[fmt.Sprintf("/timestamp/%x", at.Message())] = true
		w.Write(answer)
		return
	}
	if c.patience--; c.patience == 0 {
		c.answer = blockSeven()
	}
	switch {
	case !c.promised[r.URL.Path] && !c.promiseAll:
		http.Error(w, "Not found", http.StatusNotFound)
	case c.answer == nil:
		http.Error(w, "Pending confirmation in Bitcoin blockchain", http.StatusNotFound)
	default:
		w.Write(c.answer)
	}
}

// complete makes the calendar answer with a Bitcoin block.
func (c *testCalendar) complete() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = blockSeven()
}

// blockSeven is the way from any commitment to a block of its own.
func blockSeven() []byte {
	return ots.AppendAttestation(ots.AppendOps(nil, ots.SHA256()), ots.Bitcoin(7))
}

func TestStampUpgradeInfo(t *testing.T) {
	calendar := newTestCalendar(t)
	folder := t.TempDir()
	file := write(t, folder, "photo.jpg", []byte("a photograph"))
	proof := file + ".ots"

	cairn(t, "stamp", file, "-c", calendar.URL).want(t, terminal.ExitOK, proof, "cairn upgrade --wait -l "+calendar.URL+" "+proof)
	pending, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	cairn(t, "info", proof).want(t, terminal.ExitOK, "File sha256 hash: ", "verify PendingAttestation('"+calendar.URL+"')")

	// Not over an existing proof.
	cairn(t, "stamp", file, "-c", calendar.URL).want(t, terminal.ExitOK, "had a proof already")
	if now, err := os.ReadFile(proof); err != nil || !bytes.Equal(now, pending) {
		t.Errorf("a second stamp changed the proof (%v)", err)
	}

	// Not from a calendar that nobody allowed, and not before there is a block.
	cairn(t, "upgrade", proof).want(t, terminal.ExitPending, "not on the list")
	cairn(t, "upgrade", "-l", calendar.URL, proof).want(t, terminal.ExitPending, "Pending confirmation in Bitcoin blockchain", "not complete yet")
	if now, err := os.ReadFile(proof); err != nil || !bytes.Equal(now, pending) {
		t.Errorf("an upgrade without news changed the proof (%v)", err)
	}

	calendar.complete()
	if err := os.Chmod(proof, 0o600); err != nil {
		t.Fatal(err)
	}
	cairn(t, "upgrade", "-l", calendar.URL, proof).want(t, terminal.ExitOK, "is complete now", proof+".bak")
	if now, err := os.Stat(proof); err != nil || now.Mode().Perm() != 0o600 {
		t.Errorf("permissions %v, %v", now, err)
	}
	cairn(t, "info", proof).want(t, terminal.ExitOK, "verify BitcoinBlockHeaderAttestation(7)")
	if old, err := os.ReadFile(proof + ".bak"); err != nil || !bytes.Equal(old, pending) {
		t.Errorf("the backup is not the old proof (%v)", err)
	}
	cairn(t, "upgrade", proof).want(t, terminal.ExitOK, "is complete")

	// A second backup does not overwrite the first.
	write(t, folder, "photo.jpg.ots", pending)
	cairn(t, "upgrade", "-l", calendar.URL, proof).want(t, terminal.ExitOK, proof+".bak2")

	left, err := filepath.Glob(filepath.Join(folder, ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestUpgradeWaits(t *testing.T) {
	calendar := newTestCalendar(t)
	file := write(t, t.TempDir(), "file", []byte("content"))
	cairn(t, "stamp", file, "-c", calendar.URL).want(t, terminal.ExitOK)
	// Nobody to wait for: only the calendar could complete it, and is not asked.
	cairn(t, "upgrade", "--wait", file+".ots").want(t, terminal.ExitPending, "not on the list")
	calendar.mu.Lock()
	calendar.patience = 3
	calendar.mu.Unlock()
	cairn(t, "upgrade", "--wait", "--every", "1ms", "-l", calendar.URL, file+".ots").want(t, terminal.ExitOK, "is complete now")
	if calendar.patience != 0 {
		t.Errorf("%d questions too few", calendar.patience)
	}
}

func TestStampSeveralFilesAndADigest(t *testing.T) {
	a, b := newTestCalendar(t), newTestCalendar(t)
	folder := t.TempDir()
	t.Chdir(folder)
	write(t, folder, "one", []byte("1"))
	write(t, folder, "two", []byte("2"))
	const digest = "6B86B273FF34FCE19D6B804EFF5A3F5747ADA4EAA22F1D49C01E52DDB7875B4B" // of "1"

	r := cairn(t, "stamp", "one", "two", "--digest", digest, "-c", a.URL, "-c", b.URL, "--json")
	r.want(t, terminal.ExitOK)
	var result stampJSON
	if err := json.Unmarshal([]byte(r.stdout), &result); err != nil {
		t.Fatal(err)
	}
	if len(result.Proofs) != 3 || len(result.Calendars) != 2 || !result.Calendars[0].OK || !result.Calendars[1].OK {
		t.Fatalf("%+v", result)
	}
	lower := strings.ToLower(digest)
	for i, want := range []stampedJSON{
		{File: "one", SHA256: lower, Proof: "one.ots"},
		{File: "two", SHA256: "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35", Proof: "two.ots"},
		{SHA256: lower, Proof: lower + ".ots"},
	} {
		if result.Proofs[i] != want {
			t.Errorf("%+v, want %+v", result.Proofs[i], want)
		}
		f, err := readProof(want.Proof)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", f.Digest()); got != want.SHA256 {
			t.Errorf("%s is for %s", want.Proof, got)
		}
		promises := 0
		for range f.Timestamp.All() {
			promises++
		}
		if promises != 2 {
			t.Errorf("%s has %d promises", want.Proof, promises)
		}
	}
}

func TestStampFailsWithoutLeavingAProof(t *testing.T) {
	good := newTestCalendar(t)
	closed := httptest.NewServer(nil)
	closed.Close()
	folder := t.TempDir()
	file := write(t, folder, "file", []byte("content"))
	other := write(t, t.TempDir(), "file", []byte("other content"))

	cairn(t, "stamp", file, "-c", closed.URL).want(t, terminal.ExitFail, "too few calendars answered", "cairn serve")
	cairn(t, "stamp", file, "-c", closed.URL, "-c", good.URL).want(t, terminal.ExitFail, "1 of the 2 needed")
	cairn(t, "stamp", filepath.Join(folder, "missing"), "-c", good.URL).want(t, terminal.ExitFail, "no such file")
	cairn(t, "stamp", t.TempDir(), "-c", good.URL).want(t, terminal.ExitFail, "nothing to stamp")
	cairn(t, "stamp", os.DevNull, "-c", good.URL).want(t, terminal.ExitFail, "only files and folders")
	cairn(t, "stamp").want(t, terminal.ExitUsage, "name a file")
	cairn(t, "stamp", "--digest", "12", "-c", good.URL).want(t, terminal.ExitUsage, "64 hexadecimal digits")
	cairn(t, "stamp", file, "-c", "ftp://x").want(t, terminal.ExitUsage, "not the address of a server")
	cairn(t, "stamp", file, "-c", good.URL, "-m", "2").want(t, terminal.ExitUsage, "-m 2")
	cairn(t, "stamp", file, other, "-c", good.URL, "-o", t.TempDir()).want(t, terminal.ExitUsage, "two proofs would go there")
	cairn(t, "stamp", file, other, "-o", "x.ots", "-c", good.URL).want(t, terminal.ExitUsage, "--output")
	if _, err := os.Stat(file + ".ots"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a proof was written: %v", err)
	}

	cairn(t, "stamp", file, "-c", closed.URL, "-c", good.URL, "-m", "1", "-o", filepath.Join(folder, "other.ots")).
		want(t, terminal.ExitOK, "other.ots", "does not answer")
}

// A proof's folder may be one that cannot be written to.
func TestStampIntoAFolderThatIsNotThere(t *testing.T) {
	calendar := newTestCalendar(t)
	file := write(t, t.TempDir(), "file", []byte("content"))
	cairn(t, "stamp", file, "-c", calendar.URL, "-o", filepath.Join(t.TempDir(), "no", "x.ots")).
		want(t, terminal.ExitFail, "the proof was not written")
}

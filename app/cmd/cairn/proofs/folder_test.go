package proofs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/ots"
)

// tree makes files with their own names as content, and links where a name has
// an arrow.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		name, target, isLink := strings.Cut(name, " -> ")
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if isLink {
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		write(t, root, name, []byte(name))
	}
	return root
}

// proofsIn lists the proofs below a folder, and checks that each is one of the
// file that has its name without .ots, by its content.
func proofsIn(t *testing.T, root string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, proofExt) {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		names = append(names, filepath.ToSlash(name))
		f, err := readProof(path)
		if err != nil {
			return err
		}
		if want := sha256.Sum256([]byte(strings.TrimSuffix(name, proofExt))); !bytes.Equal(f.Digest(), want[:]) {
			t.Errorf("%s is for %x", name, f.Digest())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// asked counts the requests of a calendar.
func (c *testCalendar) asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests
}

func TestStampAFolder(t *testing.T) {
	calendar := newTestCalendar(t)
	root := tree(t, "a", "b/c", "b/d.txt", "e f", ".hidden", ".git/config", "link -> a", "away -> /", "old.ots.bak", "old.ots.bak2")

	r := cairn(t, "stamp", root, "-c", calendar.URL)
	r.want(t, terminal.ExitOK, "4 files stamped; 2 hidden, passed over; 2 links, passed over", "cairn upgrade --wait -l "+calendar.URL+" "+root)
	if got, want := proofsIn(t, root), []string{"a.ots", "b/c.ots", "b/d.txt.ots", "e f.ots"}; !slices.Equal(got, want) {
		t.Errorf("proofs %q, want %q", got, want)
	}
	if calendar.asked() != 1 {
		t.Errorf("the calendar was asked %d times", calendar.asked())
	}
	// A second run has nothing to do, and goes on where the first was stopped.
	cairn(t, "stamp", root, "-c", calendar.URL).want(t, terminal.ExitOK, "0 files stamped; 4 had a proof already")
	if err := os.Remove(filepath.Join(root, "b/c.ots")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "a.ots"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cairn(t, "stamp", root, "-c", calendar.URL).want(t, terminal.ExitPartly, "1 file stamped; 1 failed; 2 had a proof already", "a.ots: this is not an OpenTimestamps proof: the file is empty")
	cairn(t, "stamp", root, "-c", calendar.URL, "--force", "--hidden").want(t, terminal.ExitOK, "6 files stamped; 2 links")
	proofsIn(t, root)
	if _, err := os.Stat(filepath.Join(root, "b/c.ots.bak")); err != nil {
		t.Error(err)
	}
	changed := filepath.Join(root, "e f")
	if err := os.Chtimes(changed, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	cairn(t, "stamp", root, "-c", calendar.URL).want(t, terminal.ExitOK, "1 file changed since the proof was made")
}

func TestStampIntoAnotherFolder(t *testing.T) {
	calendar := newTestCalendar(t)
	root, out := tree(t, "a", "b/c"), filepath.Join(t.TempDir(), "new", "proofs")
	cairn(t, "stamp", root, "-c", calendar.URL, "-o", out).want(t, terminal.ExitOK, "2 files stamped", "cairn upgrade --wait -l "+calendar.URL+" "+out)
	if got := proofsIn(t, out); !slices.Equal(got, []string{"a.ots", "b/c.ots"}) {
		t.Errorf("proofs %q", got)
	}
	if got := proofsIn(t, root); len(got) != 0 {
		t.Errorf("proofs beside the files: %q", got)
	}
	// A file's proof goes there by the file's own name.
	cairn(t, "stamp", filepath.Join(root, "b/c"), "-c", calendar.URL, "-o", out+"/").want(t, terminal.ExitOK, filepath.Join(out, "c.ots"))
}

// What cannot be read is named and counted; the rest is stamped.
func TestStampWithUnreadableFiles(t *testing.T) {
	const unreadable = "/proc/self/mem" // can be opened, even by root, and not be read from its start
	if _, err := os.Stat(unreadable); err != nil {
		t.Skip("no /proc here")
	}
	calendar := newTestCalendar(t)
	root := tree(t, "a")
	r := cairn(t, "stamp", root, unreadable, "-c", calendar.URL, "-o", t.TempDir(), "--json")
	r.want(t, terminal.ExitPartly)
	var result stampJSON
	if err := json.Unmarshal([]byte(r.stdout), &result); err != nil {
		t.Fatal(err)
	}
	if len(result.Proofs) != 1 || len(result.Failed) != 1 || result.Failed[0].File != unreadable || result.Failed[0].Error == "" ||
		result.Counts.Stamped != 1 || result.Counts.Failed != 1 {
		t.Errorf("%s", r.stdout)
	}
	cairn(t, "stamp", unreadable, "-c", calendar.URL, "-o", t.TempDir()).want(t, terminal.ExitFail, unreadable)
	// Nor does a proof that cannot be written stop the others.
	root = tree(t, "a", "b")
	if err := os.Mkdir(filepath.Join(root, "a.ots"), 0o755); err != nil {
		t.Fatal(err)
	}
	cairn(t, "stamp", root, "-c", calendar.URL).want(t, terminal.ExitPartly, "1 file stamped; 1 failed", filepath.Join(root, "a.ots"))
}

func TestStampAList(t *testing.T) {
	calendar := newTestCalendar(t)
	root := tree(t, "a", "b/c", "with space")
	t.Chdir(root)
	line := func(name string) string { return fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(name)), name) }
	alone := strings.Repeat("ab", 32)
	list := write(t, t.TempDir(), "SHA256SUMS", []byte(line("a")+line("b/c")+"SHA256 (with space) = "+line("with space")[:64]+"\n"+alone+"\n"))

	r := cairn(t, "stamp", "--sums", list, "-c", calendar.URL, "--ndjson")
	r.want(t, terminal.ExitOK)
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	if len(lines) != 5 || calendar.asked() != 1 {
		t.Fatalf("%d lines, asked %d times\n%s", len(lines), calendar.asked(), r.stdout)
	}
	var second stampedJSON
	var last stampJSON
	if err := errors.Join(json.Unmarshal([]byte(lines[1]), &second), json.Unmarshal([]byte(lines[4]), &last)); err != nil {
		t.Fatal(err)
	}
	if second.File != "b/c" || second.Proof != filepath.FromSlash("b/c.ots") || last.Counts.Stamped != 4 || len(last.Tip) != 64 {
		t.Errorf("%s", r.stdout)
	}
	if err := os.Remove(alone + ".ots"); err != nil {
		t.Error(err)
	}
	if got := proofsIn(t, root); !slices.Equal(got, []string{"a.ots", "b/c.ots", "with space.ots"}) {
		t.Errorf("proofs %q", got)
	}
	// The same list again, from standard input, now and into a folder.
	stdin = line("a") + line("new")
	cairn(t, "stamp", "--sums", "-", "-c", calendar.URL).want(t, terminal.ExitOK, "1 file stamped; 1 had a proof already")
	stdin = line("a") + line("x/y")
	out := t.TempDir()
	cairn(t, "stamp", "--sums", "-", "-c", calendar.URL, "-o", out).want(t, terminal.ExitOK, "2 files stamped")
	if got := proofsIn(t, out); !slices.Equal(got, []string{"a.ots", "x/y.ots"}) {
		t.Errorf("proofs %q", got)
	}
	stdin = alone + "  a\n"
	cairn(t, "stamp", "--sums", "-", "-c", calendar.URL).want(t, terminal.ExitFail, "a.ots is there already, for another digest")
	stdin = line("../out")
	cairn(t, "stamp", "--sums", "-", "-c", calendar.URL, "-o", out).want(t, terminal.ExitFail, "line 1", "leads out of the folder")
}

// A list with bad lines: every one is named by its number, nothing is stamped.
func TestStampABadList(t *testing.T) {
	calendar := newTestCalendar(t)
	t.Chdir(t.TempDir())
	good := fmt.Sprintf("%x  good\n", sha256.Sum256(nil))
	stdin = good + "oops\n" + good[:40] + "  sha1\n" + good + strings.Repeat("0", 64) + "  good\n"
	cairn(t, "stamp", "--sums", "-", "-c", calendar.URL).want(t, terminal.ExitFail,
		"nothing was stamped", "line 2: not a line of sha256sum", "line 3: not a SHA-256 digest", "line 5: another digest")
	if left, _ := filepath.Glob("*"); len(left) != 0 || calendar.asked() != 0 {
		t.Errorf("left %v, asked %d times", left, calendar.asked())
	}
	stdin = "\n"
	cairn(t, "stamp", "--sums", "-", "-c", calendar.URL).want(t, terminal.ExitFail, "the list has no digest")
	cairn(t, "stamp", "--sums", "missing", "-c", calendar.URL).want(t, terminal.ExitFail, "no such file")
}

// A thousand proofs come by way of one sync; a stop half way leaves whole
// proofs and nothing else.
func TestManyProofsAreWrittenWholeOrNotAtAll(t *testing.T) {
	root := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	told := 0
	const all = 2*writeChunk + 100
	w := newWriter(all, func(p *written) {
		if p.err != nil {
			t.Errorf("%s: %v", p.path, p.err)
		}
		if told++; told == writeChunk+1 {
			stop()
		}
	})
	var err error
	for i := range all {
		if err = w.add(ctx, &written{path: filepath.Join(root, fmt.Sprint(i)+proofExt), raw: []byte("whole")}); err != nil {
			break
		}
	}
	if err = errors.Join(err, w.flush(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != told || told != 2*writeChunk {
		t.Errorf("%d files of %d told, %v", len(entries), told, err)
	}
	for _, e := range entries {
		if raw, err := os.ReadFile(filepath.Join(root, e.Name())); err != nil || string(raw) != "whole" {
			t.Fatalf("%s: %q, %v", e.Name(), raw, err)
		}
	}
}

// What a killed process left is removed by the next, but not what another one
// is writing now.
func TestLeftoversAreRemoved(t *testing.T) {
	calendar := newTestCalendar(t)
	root := tree(t, "a", "b")
	dead := write(t, root, ".a.ots.999999999.tmp", nil)
	alive := write(t, root, fmt.Sprintf(".b.ots.%d.tmp", os.Getppid()), nil)
	other := write(t, root, ".notes.tmp", nil)
	cairn(t, "stamp", root, "-c", calendar.URL).want(t, terminal.ExitOK, "2 files stamped")
	if _, err := os.Stat(dead); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
	for _, path := range []string{alive, other} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

// Any number of proofs under one commitment are one question.
func TestUpgradeAFolderAsksOnce(t *testing.T) {
	calendar := newTestCalendar(t)
	names := []string{"sub/x"}
	for i := range 50 {
		names = append(names, fmt.Sprintf("f%02d", i))
	}
	root := tree(t, names...)
	cairn(t, "stamp", root, "-c", calendar.URL).want(t, terminal.ExitOK, "51 files stamped")
	write(t, root, "broken.ots", []byte("nonsense"))

	cairn(t, "upgrade", root, "-l", calendar.URL).want(t, terminal.ExitPartly, "0 proofs complete, 51 pending; 1 failed", "Pending confirmation", "broken.ots")
	if calendar.asked() != 2 {
		t.Errorf("asked %d times, not twice", calendar.asked())
	}
	if err := os.Remove(filepath.Join(root, "broken.ots")); err != nil {
		t.Fatal(err)
	}
	calendar.complete()
	r := cairn(t, "upgrade", root, "-l", calendar.URL, "--json")
	r.want(t, terminal.ExitOK)
	var result upgradeJSON
	if err := json.Unmarshal([]byte(r.stdout), &result); err != nil {
		t.Fatal(err)
	}
	if !result.Complete || len(result.Proofs) != 51 || result.Counts.Changed != 51 || len(result.Calendars) != 1 || calendar.asked() != 3 {
		t.Errorf("asked %d times\n%s", calendar.asked(), r.stdout)
	}
	for _, name := range proofsIn(t, root) {
		if f, err := readProof(filepath.Join(root, name)); err != nil || !f.Timestamp.Complete() {
			t.Errorf("%s: %v", name, err)
		}
	}
	if backups, _ := filepath.Glob(filepath.Join(root, "*.ots.bak")); len(backups) != 50 {
		t.Errorf("%d backups", len(backups))
	}
	cairn(t, "upgrade", t.TempDir()).want(t, terminal.ExitFail, "there is no proof")
}

// With --all a proof waits for every calendar in it.
func TestUpgradeAll(t *testing.T) {
	a, b := newTestCalendar(t), newTestCalendar(t)
	root := tree(t, "a")
	proof := filepath.Join(root, "a.ots")
	cairn(t, "stamp", filepath.Join(root, "a"), "-c", a.URL, "-c", b.URL).want(t, terminal.ExitOK)
	a.complete()
	cairn(t, "upgrade", proof, "-l", a.URL, "-l", b.URL, "--all").want(t, terminal.ExitPending, "says more now, but is not complete yet")
	cairn(t, "upgrade", proof, "-l", a.URL, "-l", b.URL).want(t, terminal.ExitOK, "is complete")
	b.complete()
	cairn(t, "upgrade", proof, "-l", a.URL, "-l", b.URL, "--all").want(t, terminal.ExitOK, "is complete now")
}

// Waiting ends: when the time is over, and when the calendar has fallen silent.
func TestUpgradeDoesNotWaitForEver(t *testing.T) {
	calendar := newTestCalendar(t)
	root := tree(t, "a")
	file := filepath.Join(root, "a")
	cairn(t, "stamp", file, "-c", calendar.URL).want(t, terminal.ExitOK)
	wait := []string{"upgrade", file + ".ots", "-l", calendar.URL, "--wait", "--every", "5ms"}

	cairn(t, append(wait, "--give-up", "50ms")...).want(t, terminal.ExitPending,
		"waiting for "+calendar.URL+" (Pending confirmation in Bitcoin blockchain)", "gave up waiting after 50ms", "not complete yet")
	calendar.server.Close()
	r := cairn(t, append(wait, "--silent", "1s")...)
	r.want(t, terminal.ExitFail, "waiting for "+calendar.URL+" (does not answer)", "the calendar has fallen silent: "+calendar.URL+" did not answer for 1 second")
	cairn(t, "upgrade", file+".ots", "--wait", "--every", "0s").want(t, terminal.ExitUsage, "longer than nothing")
}

// A calendar that comes back is not given up.
func TestUpgradeWaitsThroughAnOutage(t *testing.T) {
	calendar := newTestCalendar(t)
	root := tree(t, "a")
	file := filepath.Join(root, "a")
	cairn(t, "stamp", file, "-c", calendar.URL).want(t, terminal.ExitOK)
	calendar.complete()
	var refused atomic.Int32
	calendar.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refused.Add(1) <= 3 {
			http.Error(w, "out of order", http.StatusServiceUnavailable)
			return
		}
		calendar.ServeHTTP(w, r)
	})
	cairn(t, "upgrade", file+".ots", "-l", calendar.URL, "--wait", "--every", "2ms").want(t, terminal.ExitOK, "does not answer", "is complete now")
}

// A pool's answer may lead to another calendar, which is asked in turn.
func TestUpgradeFollowsAPool(t *testing.T) {
	calendar := newTestCalendar(t)
	pool := httptest.NewServer(nil)
	t.Cleanup(pool.Close)
	f, err := ots.NewFile(ots.OpSHA256, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Timestamp.Attest(ots.Pending(pool.URL)); err != nil {
		t.Fatal(err)
	}
	raw, err := f.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	proof := write(t, t.TempDir(), "a.ots", raw)
	pool.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write(ots.AppendPending(ots.AppendOps(nil, ots.SHA256()), calendar.URL))
	})
	calendar.promiseAll = true
	calendar.complete()
	cairn(t, "upgrade", proof, "-l", pool.URL, "-l", calendar.URL).want(t, terminal.ExitOK, "is complete now")
}

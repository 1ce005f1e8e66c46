package tlog

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary/tlog/audit"
	"cairn/notary/tlog/format"

	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"
)

func (w *world) serve() *httptest.Server {
	server := httptest.NewServer(w.service.Files())
	w.Cleanup(server.Close)
	return server
}

func ask(t testing.TB, method, url string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestHandler(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite))
	site := w.serve().URL
	if resp, _ := ask(t, "GET", site+"/log/checkpoint"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("before the first checkpoint: %d", resp.StatusCode)
	}
	w.fill(600)
	w.sequence()
	for range 3 {
		w.anchors = append(w.anchors, format.Anchor{ID: int64(len(w.anchors) + 1), Last: 255})
	}
	w.anchors[2].Last = 600 // not in the log yet
	time.Sleep(fresh)
	for _, test := range []struct {
		method, path string
		status       int
		kind, cache  string
		length       int
	}{
		{"GET", "checkpoint", 200, "text/plain; charset=utf-8", "public, max-age=1", -1},
		{"HEAD", "checkpoint", 200, "text/plain; charset=utf-8", "public, max-age=1", 0},
		{"GET", "key", 200, "text/plain; charset=utf-8", "public, max-age=60", -1},
		{"GET", "tile/0/000", 200, "application/octet-stream", "public, max-age=31536000, immutable", 8192},
		{"GET", "tile/0/000.p/7", 200, "application/octet-stream", "public, max-age=31536000, immutable", 7 * 32},
		{"GET", "tile/0/002.p/88", 200, "application/octet-stream", "public, max-age=31536000, immutable", 88 * 32},
		{"GET", "tile/1/000.p/2", 200, "application/octet-stream", "public, max-age=31536000, immutable", 64},
		{"GET", "tile/entries/001", 200, "application/octet-stream", "public, max-age=31536000, immutable", 256 * 46},
		{"GET", "tile/entries/002.p/88", 200, "application/octet-stream", "public, max-age=31536000, immutable", 88 * 46},
		{"GET", "tile/0/002", 404, "text/plain; charset=utf-8", "public, max-age=1", -1},
		{"GET", "tile/0/002.p/89", 404, "text/plain; charset=utf-8", "public, max-age=1", -1},
		{"GET", "tile/1/000.p/3", 404, "text/plain; charset=utf-8", "public, max-age=1", -1},
		{"GET", "tile/2/000.p/1", 404, "text/plain; charset=utf-8", "public, max-age=1", -1},
		{"GET", "tile/0/0", 404, "text/plain; charset=utf-8", "public, max-age=60", -1},
		{"GET", "tile/64/000", 404, "text/plain; charset=utf-8", "public, max-age=60", -1},
		{"GET", "", 404, "text/plain; charset=utf-8", "public, max-age=60", -1}, // led on to the page, which is not here
		{"GET", "else", 404, "text/plain; charset=utf-8", "public, max-age=60", -1},
		{"GET", "receipt/" + testEntry(599).String(), 200, "text/plain; charset=utf-8", "public, max-age=1", -1},
		{"GET", "receipt/" + testEntry(600).String(), 404, "text/plain; charset=utf-8", "public, max-age=1", -1},
		{"GET", "receipt/00", 400, "text/plain; charset=utf-8", "public, max-age=60", -1},
		{"GET", "anchors", 200, "application/x-ndjson", "public, max-age=60", -1},
		{"GET", "anchors?after=x", 400, "text/plain; charset=utf-8", "", -1},
		{"GET", "anchors?after=-1", 400, "text/plain; charset=utf-8", "", -1},
		{"POST", "checkpoint", 405, "text/plain; charset=utf-8", "", -1},
		{"OPTIONS", "checkpoint", 204, "", "", 0},
	} {
		resp, body := ask(t, test.method, site+"/log/"+test.path)
		h := resp.Header
		if resp.StatusCode != test.status || h.Get("Content-Type") != test.kind || h.Get("Cache-Control") != test.cache ||
			test.length >= 0 && len(body) != test.length {
			t.Errorf("%s %s: %d %q %q, %d bytes", test.method, test.path, resp.StatusCode, h.Get("Content-Type"), h.Get("Cache-Control"), len(body))
		}
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: the headers are %v", test.path, h)
		}
	}
	_, receipt := ask(t, "GET", site+"/log/receipt/"+testEntry(599).String())
	if r, err := format.OpenReceipt([]byte(receipt), w.key()); err != nil || r.Index != 599 || r.Entry != testEntry(599) || r.Checkpoint == nil {
		t.Errorf("the receipt of an entry is %+v, %v\n%s", r, err, receipt)
	}
	if _, lines := ask(t, "GET", site+"/log/anchors"); strings.Count(lines, "\n") != 2 {
		t.Errorf("the anchors are %q", lines)
	}
	if _, lines := ask(t, "GET", site+"/log/anchors?after=1"); strings.Count(lines, "\n") != 1 || !strings.HasPrefix(lines, `{"id":2,`) {
		t.Errorf("the anchors after the first are %q", lines)
	}
}

// Another implementation reads the log: golang.org/x/mod/sumdb/tlog, which
// authenticates every tile of height 8 against the checkpoint.
func TestTilesForOthers(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite))
	w.fill(70_000)
	w.sequence()
	site := w.serve().URL
	_, signed := ask(t, "GET", site+"/log/checkpoint")
	c, err := format.OpenCheckpoint([]byte(signed), w.key())
	if err != nil {
		t.Fatal(err)
	}
	reader := tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, &otherReader{t, site})
	for _, i := range []int64{0, 255, 256, 65_535, 65_536, 69_999} {
		proof, err := tlog.ProveRecord(c.Size, i, reader)
		if err != nil {
			t.Fatal(err)
		}
		e := testEntry(i)
		if err := tlog.CheckRecord(proof, c.Size, c.Root, i, tlog.RecordHash(e[:])); err != nil {
			t.Errorf("entry %d: %v", i, err)
		}
	}
	for _, n := range []int64{1, 256, 300, 65_536, 69_999} {
		old, err := tlog.TreeHash(n, reader)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := tlog.ProveTree(c.Size, n, reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckTree(proof, c.Size, c.Root, n, old); err != nil {
			t.Errorf("from %d entries: %v", n, err)
		}
	}
}

// otherReader asks for tiles by the paths of the specification.
type otherReader struct {
	testing.TB
	site string
}

func (*otherReader) Height() int                     { return 8 }
func (*otherReader) SaveTiles([]tlog.Tile, [][]byte) {}
func (r *otherReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, t := range tiles {
		// golang.org/x/mod's own spelling, without the height.
		path := "tile/" + strings.TrimPrefix(t.Path(), "tile/8/")
		resp, body := ask(r, "GET", r.site+"/log/"+path)
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %d", path, resp.StatusCode)
		}
		data[i] = []byte(body)
	}
	return data, nil
}

// Receipts are promises at once and proofs from the next checkpoint on, and
// the whole log with them is found honest from outside.
func TestReceipts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		digest := w.stamp("a photograph")
		promise, err := w.service.Receipt(t.Context(), digest)
		if err != nil {
			t.Fatal(err)
		}
		r, err := format.OpenReceipt(promise, w.key())
		if err != nil || r.Index != 0 || r.Digest != digest || r.Checkpoint != nil {
			t.Fatalf("the promise is %+v, %v", r, err)
		}
		for i := range 300 {
			w.stamp(fmt.Sprint("file ", i))
		}
		w.sequence()
		time.Sleep(fresh)
		proven, err := w.service.Receipt(t.Context(), digest)
		if err != nil {
			t.Fatal(err)
		}
		r, err = format.OpenReceipt(proven, w.key())
		if err != nil || r.Index != 0 || r.Checkpoint == nil || r.Checkpoint.Size != 301 {
			t.Fatalf("the receipt is %+v, %v\n%s", r, err, proven)
		}
		late := w.stamp("after the checkpoint")
		other, err := w.service.Receipt(t.Context(), late)
		if err != nil {
			t.Fatal(err)
		}
		source, err := audit.NewServer(w.serve().URL, 10*time.Second, 4)
		if err != nil {
			t.Fatal(err)
		}
		result, err := audit.Verify(t.Context(), audit.Config{Source: source, Receipts: []audit.Receipt{
			{Name: "promise", Text: promise}, {Name: "proven", Text: proven}, {Name: "late", Text: other},
		}})
		if err != nil {
			t.Fatal(err)
		}
		for i, found := range []bool{true, true, false} {
			if result.Receipts[i].Found != found {
				t.Errorf("%s is found: %v", result.Receipts[i].Name, !found)
			}
		}
		if _, err := w.service.Receipt(t.Context(), sha256.Sum256([]byte("never stamped"))); err == nil {
			t.Error("a receipt for what was never stamped")
		}
	})
}

// The log keeps its name and key, also under another address.
func TestIdentityStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first, err := Open(t.Context(), Config{DB: d, Origin: "one.example/log"})
		if err != nil {
			t.Fatal(err)
		}
		second, err := Open(t.Context(), Config{DB: d, Origin: "two.example/log"})
		if err != nil {
			t.Fatal(err)
		}
		if first.Key() != second.Key() || second.Origin() != "one.example/log" {
			t.Errorf("%s became %s", first.Key(), second.Key())
		}
	})
	// An operator who begins a new log, because he must, signs what there is.
	w := newWorld(t, dbtest.Open(t, db.SQLite))
	w.fill(3)
	w.sequence()
	before := w.service.Key()
	if err := w.db.Transact(t.Context(), func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM settings WHERE name IN ('log.origin', 'log.seed')").Error
	}); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.sequence()
	if _, c := w.stored(); c.Size != 3 || w.service.Key() == before {
		t.Errorf("the new log is %+v of %s", c, w.service.Key())
	}

	for url, want := range map[string]string{
		"https://cairn.example": "cairn.example/log", "http://127.0.0.1:8780": "127.0.0.1:8780/log", "https://x.example/cairn/": "x.example/cairn/log",
	} {
		if got, err := OriginOf(url); err != nil || got != want {
			t.Errorf("%s names %q, %v", url, got, err)
		}
	}
	if _, err := OriginOf("nowhere"); err == nil {
		t.Error("a log without a host")
	}
}

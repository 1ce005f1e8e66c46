package calendar_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/calendar"
	"cairn/notary/calendar/calendartest"
)

// childDatabase makes the test binary a calendar server on that database, to
// be killed.
const childDatabase = "CAIRN_TEST_CALENDAR_CHILD"

func TestMain(m *testing.M) {
	if url := os.Getenv(childDatabase); url != "" {
		fmt.Fprintln(os.Stderr, serveUntilKilled(url))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// serveUntilKilled prints its address and serves the calendar, /keep for
// digests that are to be found again by themselves, and /many for batches of
// the digests that batchOf makes of one, while it tidies the index.
func serveUntilKilled(url string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	journal, err := calendar.OpenJournal(ctx, d)
	if err != nil {
		return err
	}
	c, err := calendar.New(calendar.Config{URI: uri}, journal)
	if err != nil {
		return err
	}
	handler := calendar.NewHandler(c, journal, &fixedAnchors{})
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	mux.HandleFunc("/keep", func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err == nil && len(raw) == len(notary.Digest{}) {
			err = c.Keep(r.Context(), notary.Digest(raw))
		}
		if err != nil {
			http.Error(w, "not kept", http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("/many", func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err == nil && len(raw) == len(notary.Digest{}) {
			_, err = c.KeepMany(r.Context(), notary.BatchID{}, batchOf([32]byte(raw)))
		}
		if err != nil {
			http.Error(w, "not kept", http.StatusServiceUnavailable)
		}
	})
	go journal.Tidy(ctx)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return http.Serve(listener, mux)
}

// killRounds is 10, or what CAIRN_KILL_ROUNDS says; the figure to reach is 100
// on each database (make bench).
func killRounds(t *testing.T) int {
	t.Helper()
	rounds := 10
	if said := os.Getenv("CAIRN_KILL_ROUNDS"); said != "" {
		n, err := strconv.Atoi(said)
		if err != nil || n < 1 {
			t.Fatalf("CAIRN_KILL_ROUNDS=%q is not a number of rounds", said)
		}
		rounds = n
	}
	return rounds
}

// The process is killed at random moments under load; whatever it had
// acknowledged is there when it is back.
func TestKillLosesNothingSQLite(t *testing.T) {
	url := dbtest.URL(t, db.SQLite)
	killAndCheck(t, url, func() {})
	d := dbtest.Connect(t, url)
	var integrity string
	if err := d.Read(t.Context()).Raw("PRAGMA integrity_check").Scan(&integrity).Error; err != nil || integrity != "ok" {
		t.Errorf("integrity check: %q, %v", integrity, err)
	}
	assertContiguous(t, d)
}

// On PostgreSQL the server crashes as well, three times of four.
func TestKillLosesNothingPostgres(t *testing.T) {
	server := dbtest.Server(t)
	url := server.Database(t)
	killAndCheck(t, url, func() {
		if err := server.StopImmediate(); err != nil {
			t.Fatal(err)
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
	})
	assertContiguous(t, dbtest.Connect(t, url))
}

// acknowledged is what clients were told is safe.
type acknowledged struct {
	mu    sync.Mutex
	posts [][2][]byte // guarded by mu; digest and answer
	kept  [][32]byte  // guarded by mu
	many  [][32]byte  // guarded by mu; what batches were made of
}

// batchOf is 300 digests that begin with a seed.
func batchOf(seed [32]byte) []notary.Digest {
	digests := make([]notary.Digest, 300)
	digests[0] = seed
	for i := 1; i < len(digests); i++ {
		digests[i] = sha256.Sum256(digests[i-1][:])
	}
	return digests
}

func killAndCheck(t *testing.T, url string, crashDatabase func()) {
	t.Helper()
	var all acknowledged
	for round := range killRounds(t) {
		child := startChild(t, url)
		var acked acknowledged
		done := make(chan struct{})
		go func() {
			defer close(done)
			// The error that ends the load is the kill.
			_, _ = calendartest.Load(child.addr, 32, acked.work)
		}()
		time.Sleep(time.Duration(20+rand.IntN(230)) * time.Millisecond)
		if round%4 == 3 {
			crashDatabase() // first, under a living process
		}
		child.kill()
		<-done
		if round%2 == 0 {
			crashDatabase()
		}
		child = startChild(t, url)
		checkKnown(t, round, child.addr, &acked)
		child.kill()
		all.posts = append(all.posts, acked.posts...)
		all.kept = append(all.kept, acked.kept...)
		all.many = append(all.many, acked.many...)
	}
	if len(all.posts) == 0 || len(all.kept) == 0 || len(all.many) == 0 {
		t.Fatalf("nothing was acknowledged: %d posts, %d kept, %d batches", len(all.posts), len(all.kept), len(all.many))
	}
	for _, seed := range all.many {
		digests := batchOf(seed)
		all.kept = append(all.kept, digests[0], digests[len(digests)/2], digests[len(digests)-1])
	}
	child := startChild(t, url)
	defer child.kill()
	checkKnown(t, -1, child.addr, &all)
	checkKept(t, url, all.kept)
	t.Logf("%d rounds, %d digests acknowledged, %d of them by themselves and %d batches, 0 lost",
		killRounds(t), len(all.posts)+len(all.kept)+297*len(all.many), len(all.kept)-3*len(all.many), len(all.many))
}

// work posts a digest, every fourth time keeps one, and sometimes a batch.
func (a *acknowledged) work(c *calendartest.Client, random *rand.Rand) (bool, error) {
	digest := calendartest.RandomDigest(random)
	if random.IntN(40) == 0 {
		if _, err := c.Post("/many", &digest); err != nil {
			return false, err
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.many = append(a.many, digest)
		return true, nil
	}
	if random.IntN(4) == 0 {
		if _, err := c.Post("/keep", &digest); err != nil {
			return false, err
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.kept = append(a.kept, digest)
		return true, nil
	}
	answer, err := c.Post("/digest", &digest)
	if err != nil {
		return false, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.posts = append(a.posts, [2][]byte{bytes.Clone(digest[:]), bytes.Clone(answer)})
	return true, nil
}

// checkKnown asks the calendar for every commitment it promised.
func checkKnown(t *testing.T, round int, addr string, acked *acknowledged) {
	t.Helper()
	asked := make(map[calendar.Commitment]bool)
	for _, post := range acked.posts {
		commitment := promised(t, post[0], post[1])
		if asked[commitment] {
			continue
		}
		asked[commitment] = true
		response, err := http.Get("http://" + addr + "/timestamp/" + commitment.String())
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusNotFound || !strings.HasPrefix(string(body), "Pending confirmation") {
			t.Fatalf("round %d: an acknowledged commitment is answered %d %q, %v", round, response.StatusCode, body, err)
		}
	}
}

func checkKept(t *testing.T, url string, kept [][32]byte) {
	t.Helper()
	d := dbtest.Connect(t, url)
	journal, err := calendar.OpenJournal(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	for _, digest := range kept {
		receipt, err := journal.Receipt(t.Context(), digest)
		if err != nil {
			t.Fatalf("acknowledged digest %x: %v", digest, err)
		}
		assertLeadsTo(t, digest, receipt)
	}
}

func assertContiguous(t *testing.T, d *db.DB) {
	t.Helper()
	head, digests, err := calendar.Head(d.Read(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	var rows struct{ Count, Max, Digests int64 }
	err = d.Read(t.Context()).Raw("SELECT count(*) AS count, max(seq) AS max, sum(digests) AS digests FROM commitments").Scan(&rows).Error
	if err != nil || rows.Count != head || rows.Max != head || rows.Digests != digests {
		t.Errorf("head %d with %d digests, journal %+v, %v", head, digests, rows, err)
	}
}

type child struct {
	cmd  *exec.Cmd
	addr string
}

func startChild(t *testing.T, url string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDatabase+"="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd}
	t.Cleanup(c.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the calendar did not start: %v", err)
	}
	c.addr = strings.TrimSpace(line)
	return c
}

// kill is SIGKILL; killing twice does nothing.
func (c *child) kill() {
	if err := c.cmd.Process.Kill(); !errors.Is(err, os.ErrProcessDone) {
		_ = c.cmd.Wait()
	}
}

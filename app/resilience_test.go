package app_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain/node"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/wire"
)

// devnetHeaders checks proofs against the chain itself.
type devnetHeaders struct{ r *running }

// HeaderAt implements verify.Headers.
func (h devnetHeaders) HeaderAt(ctx context.Context, height int32) (*wire.BlockHeader, error) {
	hash, err := h.r.Devnet().HashAt(ctx, height)
	if err != nil {
		return nil, err
	}
	return h.r.Devnet().Header(ctx, hash)
}

// confirmed returns the height in which a stamped digest's proof file ends, or
// 0 while it does not end in a block of the chain as it is now.
func (r *running) confirmed(digest [32]byte) int32 {
	r.t.Helper()
	status, body := r.get("/proof/" + hexOf(digest) + ".ots")
	if status != http.StatusOK {
		r.t.Fatalf("the proof is gone: status %d\n%s", status, body)
	}
	file, err := ots.ParseFile([]byte(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if err := verify.Match(file, digest[:]); err != nil {
		r.t.Fatal(err)
	}
	verdict, err := verify.Check(r.t.Context(), file.Timestamp, devnetHeaders{r})
	if err != nil {
		r.t.Fatal(err)
	}
	if verdict.Outcome != verify.Confirmed {
		return 0
	}
	return verdict.Block.Height
}

func (r *running) awaitConfirmed(digest [32]byte) (height int32) {
	r.t.Helper()
	eventually(r.t, "a proof that ends in a block", func() bool {
		height = r.confirmed(digest)
		return height > 0
	})
	return height
}

func digestOf(name string) [32]byte { return sha256.Sum256([]byte(name)) }

// TestRestartsAndReorgs: what was stamped survives a stop at any moment and
// a chain that changes its mind, on both databases.
func TestRestartsAndReorgs(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			cfg := settings(t)
			if dialect == db.Postgres {
				cfg.Database = dbtest.Empty(t, db.Postgres)
			}
			// The address stands in pending proofs, so it must stay.
			r := start(t, cfg)
			early := digestOf("stamped, then stopped at once")
			stampInPage(t, r, early)
			if err := r.stop(); err != nil {
				t.Fatalf("stop: %v", err)
			}

			r = start(t, cfg)
			first := r.awaitConfirmed(early)

			// A reorg takes its block away, and the transaction out of the
			// blocks that replace it; the proof comes back, in another one.
			tip, err := r.Devnet().Tip(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Devnet().Reorg(int(tip.Height-first) + 1); err != nil {
				t.Fatal(err)
			}
			again := r.awaitConfirmed(early)
			if again <= first {
				t.Errorf("confirmed by block %d, then by block %d of another branch", first, again)
			}
			status, page := r.get("/proof/"+hexOf(early), "Accept-Language", "en")
			if status != http.StatusOK || !strings.Contains(page, fmt.Sprint(again)) {
				t.Errorf("the page does not name block %d", again)
			}
		})
	}
}

// TestTheSiteOutlivesItsEngine: the node is killed and hung while people
// stamp; the site stays up and says so, nothing is lost, and anchoring goes on
// by itself.
func TestTheSiteOutlivesItsEngine(t *testing.T) {
	r := startWith(t, settings(t), node.Child)
	eventually(t, "the engine", func() bool { return r.Engine().Ready() })
	r.awaitConfirmed(stamped(t, r, "while all is well"))

	for _, harm := range []struct {
		name   string
		signal syscall.Signal
	}{
		{"killed", syscall.SIGKILL},
		{"hung", syscall.SIGSTOP},
	} {
		t.Run(harm.name, func(t *testing.T) {
			before := r.Engine().Restarts
			pid := r.EnginePID()
			if pid == 0 {
				t.Fatal("no child process")
			}
			if err := syscall.Kill(pid, harm.signal); err != nil {
				t.Fatal(err)
			}
			digest := stamped(t, r, "while the engine is "+harm.name)
			eventually(t, "the site to say so", func() bool {
				status, page := r.get("/", "Accept-Language", "en")
				if status != http.StatusOK {
					t.Fatalf("home page: %d", status)
				}
				return strings.Contains(page, "The node is not answering") || r.Engine().Restarts > before
			})
			if status, body := r.get("/readyz"); status != http.StatusOK {
				t.Errorf("the site is not ready without its node: %s", body)
			}
			eventually(t, "the engine again", func() bool { return r.Engine().Ready() && r.Engine().Restarts > before })
			r.awaitConfirmed(digest)
		})
	}
}

func stamped(t *testing.T, r *running, name string) [32]byte {
	t.Helper()
	digest := digestOf(name)
	stampInPage(t, r, digest)
	return digest
}

// TestStoppingLosesNothing: digests are posted by many while the process is
// told to stop; whatever was answered is there afterwards.
func TestStoppingLosesNothing(t *testing.T) {
	cfg := settings(t)
	r := start(t, cfg)
	var mu sync.Mutex
	var kept [][32]byte
	var senders sync.WaitGroup
	for sender := range 16 {
		senders.Go(func() {
			client := &http.Client{
				Transport:     &http.Transport{},
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			}
			for i := 0; ; i++ {
				digest := digestOf(fmt.Sprint("sender ", sender, " digest ", i))
				req, err := http.NewRequest(http.MethodPost, r.URL()+"/stamp", strings.NewReader("digest="+hexOf(digest)))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				resp, err := client.Do(req)
				if err != nil {
					return // the listener is gone
				}
				resp.Body.Close()
				if resp.StatusCode == http.StatusSeeOther {
					mu.Lock()
					kept = append(kept, digest)
					mu.Unlock()
				} else if resp.StatusCode == http.StatusTooManyRequests {
					time.Sleep(20 * time.Millisecond)
				}
			}
		})
	}
	time.Sleep(time.Second)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	senders.Wait()
	if len(kept) < 50 {
		t.Fatalf("only %d digests were acknowledged: the test shows nothing", len(kept))
	}
	r = start(t, cfg)
	for _, digest := range kept {
		if status, _ := r.get("/proof/" + hexOf(digest)); status != http.StatusOK {
			t.Errorf("digest %s was acknowledged and is gone (%d)", hexOf(digest), status)
		}
	}
}

// TestADatabaseOutageIsSurvived: the server goes away for longer than a lease
// lives. Pages still answer, digests are refused and not lost, and afterwards
// everything goes on by itself.
func TestADatabaseOutageIsSurvived(t *testing.T) {
	server := dbtest.Server(t)
	cfg := settings(t)
	cfg.Database = server.Database(t)
	r := start(t, cfg)
	before := stamped(t, r, "before the outage")
	r.awaitConfirmed(before)

	if err := server.StopImmediate(); err != nil {
		t.Fatal(err)
	}
	outage := time.Now()
	if status, _ := r.get("/"); status != http.StatusOK {
		t.Errorf("home page during the outage: %d", status)
	}
	if status, _ := r.get("/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("readyz during the outage: %d", status)
	}
	resp, err := http.Post(r.URL()+"/digest", "application/octet-stream", strings.NewReader("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode < 500 {
		t.Errorf("a digest was answered with %s while nothing can be stored", resp.Status)
	}
	time.Sleep(time.Until(outage.Add(20 * time.Second))) // longer than the lease
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "ready again", func() bool {
		status, _ := r.get("/readyz")
		return status == http.StatusOK
	})
	r.awaitConfirmed(stamped(t, r, "after the outage"))
	if r.confirmed(before) == 0 {
		t.Error("the proof of before is no longer complete")
	}
}

package webhook_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/outbound"
	"cairn/app/webhook"

	"gorm.io/gorm"
)

// got is a request as a receiver sees it.
type got struct {
	header http.Header
	body   []byte
}

// receiver is a TLS server that answers with a status and remembers.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []got
	// during runs while a request is being answered.
	during func()
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusNoContent}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil || req.Method != http.MethodPost {
			t.Errorf("%s: %v", req.Method, err)
		}
		r.mu.Lock()
		r.got = append(r.got, got{req.Header, body})
		status, during := r.status, r.during
		r.mu.Unlock()
		if during != nil {
			during()
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

type anyName struct{}

func (anyName) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

// guard lets deliveries reach the receiver, whatever its name.
func (r *receiver) guard() outbound.Guard {
	roots := x509.NewCertPool()
	roots.AddCert(r.Certificate())
	return outbound.Guard{
		Port:     netip.MustParseAddrPort(r.Listener.Addr().String()).Port(),
		Resolver: anyName{}, Allow: func(netip.Addr) error { return nil }, Roots: roots,
	}
}

type world struct {
	*webhook.Webhooks
	t         *testing.T
	db        *db.DB
	mu        sync.Mutex
	clock     time.Time
	me, other webhook.Account
}

func newWorld(t *testing.T, d *db.DB, guard webhook.Guard) *world {
	w := &world{t: t, db: d, clock: time.Now().UTC().Truncate(time.Second), me: webhook.Account{1}, other: webhook.Account{2}}
	w.Webhooks = webhook.New(webhook.Config{DB: d, Guard: guard, Now: w.now, Rand: rand.Reader})
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) add(account webhook.Account, address string) (webhook.ID, string) {
	w.t.Helper()
	id, secret, err := w.Add(w.t.Context(), account, address)
	if err != nil {
		w.t.Fatal(err)
	}
	return id, secret
}

func (w *world) tell(account webhook.Account, digest string) {
	w.t.Helper()
	err := w.db.Transact(w.t.Context(), func(tx *gorm.DB) error {
		return w.Tell(tx, account, webhook.ProofComplete, &webhook.Proof{Digest: digest, Name: "contract.pdf", BlockHeight: 77})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) send() int {
	w.t.Helper()
	n, err := w.Send(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) deliveries(endpoint webhook.ID) []webhook.Delivery {
	w.t.Helper()
	list, err := w.Deliveries(w.t.Context(), w.me, endpoint)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func TestADeliveryArrivesSigned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newReceiver(t)
		w := newWorld(t, d, r.guard())
		endpoint, secret := w.add(w.me, "https://example.com/hook?a=b")
		w.add(w.other, "https://example.com/theirs")
		w.tell(w.me, "ab")
		if n := w.send(); n != 1 || r.count() != 1 {
			t.Fatalf("sent %d, arrived %d", n, r.count())
		}
		sent := r.got[0]
		if !webhook.Verify(secret, sent.header.Get(webhook.SignatureHeader), sent.body, w.now()) {
			t.Errorf("signature %q", sent.header.Get(webhook.SignatureHeader))
		}
		var m webhook.Message
		if err := json.Unmarshal(sent.body, &m); err != nil {
			t.Fatal(err)
		}
		list := w.deliveries(endpoint)
		if len(list) != 1 || list[0].State != webhook.Delivered || list[0].Status != 204 || list[0].Attempts != 1 || m.ID != list[0].ID.String() {
			t.Errorf("%+v, %+v", list, m)
		}
		if m.Event != "proof.complete" || m.Proof.Digest != "ab" || m.Proof.Name != "contract.pdf" || m.Proof.BlockHeight != 77 || !m.CreatedAt.Equal(w.now()) {
			t.Errorf("%+v", m)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json", "User-Agent": "Cairn-Webhook/1", "Cairn-Event": "proof.complete", "Cairn-Delivery": m.ID, "Cookie": "",
		} {
			if have := sent.header.Get(name); have != want {
				t.Errorf("%s: %q", name, have)
			}
		}
		if w.send() != 0 || r.count() != 1 {
			t.Error("it was sent again")
		}

		// By hand again, with the same id.
		if err := w.Replay(t.Context(), w.me, list[0].ID); err != nil {
			t.Fatal(err)
		}
		if w.send() != 1 || string(r.got[1].body) != string(sent.body) {
			t.Error("the replay differs")
		}
		if err := w.SendTest(t.Context(), w.me, endpoint); err != nil || w.send() != 1 || !strings.Contains(string(r.got[2].body), `"event":"test"`) {
			t.Errorf("the test message: %v", err)
		}
	})
}

func TestFailuresAreTriedAgainUntilDead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newReceiver(t)
		r.answer(500)
		w := newWorld(t, d, r.guard())
		endpoint, _ := w.add(w.me, "https://example.com/hook")
		w.tell(w.me, "ab")
		for i, pause := range []time.Duration{0, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour} {
			if pause > 0 {
				w.pass(pause - time.Second)
				if w.send() != 0 {
					t.Fatalf("attempt %d came early", i+1)
				}
				w.pass(time.Second)
			}
			if w.send() != 1 {
				t.Fatalf("attempt %d did not come: %+v", i+1, w.deliveries(endpoint))
			}
		}
		w.pass(1000 * time.Hour)
		list := w.deliveries(endpoint)
		if w.send() != 0 || list[0].State != webhook.Dead || list[0].Attempts != 7 || list[0].Status != 500 {
			t.Errorf("%+v", list)
		}
		r.answer(200)
		if err := w.Replay(t.Context(), w.me, list[0].ID); err != nil || w.send() != 1 {
			t.Errorf("the dead cannot be replayed: %v", err)
		}
		if list := w.deliveries(endpoint); list[0].State != webhook.Delivered {
			t.Errorf("%+v", list)
		}
		if endpoints, _ := w.Endpoints(t.Context(), w.me); endpoints[0].Failures != 0 {
			t.Errorf("%+v", endpoints)
		}
	})
}

// An endpoint that fails is let rest, and the others go on.
func TestCircuitBreaker(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newReceiver(t)
		r.answer(503)
		w := newWorld(t, d, r.guard())
		bad, _ := w.add(w.me, "https://example.com/bad")
		for i := range 40 {
			w.tell(w.me, fmt.Sprint(i))
		}
		for round, want := range []int{4, 4, 0} {
			if n := w.send(); n != want {
				t.Fatalf("round %d: %d were sent to an endpoint that fails", round, n)
			}
		}
		endpoints, err := w.Endpoints(t.Context(), w.me)
		if err != nil || endpoints[0].Failures != 8 || endpoints[0].RestsUntil.IsZero() {
			t.Fatalf("%+v, %v", endpoints, err)
		}
		w.add(w.other, "https://example.com/good")
		w.tell(w.other, "x")
		r.answer(200)
		if w.send() != 1 {
			t.Error("another's delivery waits for it")
		}
		w.pass(endpoints[0].RestsUntil.Sub(w.now()))
		if w.send() != 1 {
			t.Error("after its rest it is tried with more than one delivery, or none")
		}
		if endpoints, _ = w.Endpoints(t.Context(), w.me); endpoints[0].Failures != 0 {
			t.Errorf("a success did not close the breaker: %+v", endpoints)
		}
		for w.send() > 0 {
		}
		w.pass(time.Hour)
		for w.send() > 0 {
		}
		for _, delivery := range w.deliveries(bad) {
			if delivery.State != webhook.Delivered {
				t.Errorf("%+v", delivery)
			}
		}
	})
}

// A worker that dies between claiming and sending: nobody sends while its claim
// lasts, and one does afterwards.
func TestAWorkerDiesBetweenClaimAndSend(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newReceiver(t)
		w := newWorld(t, d, r.guard())
		endpoint, _ := w.add(w.me, "https://example.com/hook")
		w.tell(w.me, "ab")
		dead, kill := context.WithCancel(t.Context())
		dying := webhook.New(webhook.Config{DB: d, Guard: killing{r.guard(), kill}, Now: w.now, Rand: rand.Reader})
		if n, err := dying.Send(dead); err != nil || n != 1 || r.count() != 0 {
			t.Fatalf("claimed %d, sent %d, %v", n, r.count(), err)
		}
		if w.send() != 0 {
			t.Fatal("a claimed delivery was sent by another")
		}
		w.pass(30 * time.Second)
		if w.send() != 1 || w.send() != 0 || r.count() != 1 {
			t.Errorf("%d arrived", r.count())
		}
		if list := w.deliveries(endpoint); list[0].State != webhook.Delivered || list[0].Attempts != 1 {
			t.Errorf("%+v", list)
		}
	})
}

// killing ends its worker when it is about to send.
type killing struct {
	outbound.Guard
	kill func()
}

func (k killing) Client() *http.Client { return &http.Client{Transport: k} }

func (k killing) RoundTrip(*http.Request) (*http.Response, error) {
	k.kill()
	return nil, context.Canceled
}

func TestTwoWorkersSendEachOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newReceiver(t)
		w := newWorld(t, d, r.guard())
		w.add(w.me, "https://example.com/hook")
		for i := range 50 {
			w.tell(w.me, fmt.Sprint(i))
		}
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for range 2 {
			worker := webhook.New(webhook.Config{DB: d, Guard: r.guard(), Now: w.now, Rand: rand.Reader})
			group.Go(func() {
				for ctx.Err() == nil && r.count() < 50 {
					if _, err := worker.Send(ctx); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		stop()
		seen := map[string]int{}
		for _, g := range r.got {
			seen[g.header.Get("Cairn-Delivery")]++
		}
		if len(seen) != 50 || len(r.got) != 50 {
			t.Errorf("%d deliveries arrived %d times", len(seen), len(r.got))
		}
	})
}

func TestRunSendsWithoutBeingAsked(t *testing.T) {
	r := newReceiver(t)
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(t, d, r.guard())
	endpoint, _ := w.add(w.me, "https://example.com/hook")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	arrived := make(chan struct{}, 1)
	r.during = func() { arrived <- struct{}{} }
	go func() { ended <- w.Run(ctx) }()
	if err := w.SendTest(t.Context(), w.me, endpoint); err != nil {
		t.Fatal(err)
	}
	select {
	case <-arrived:
	case <-time.After(20 * time.Second):
		t.Error("nothing arrived")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// An address that was public when it was entered and leads inside now.
func TestPrivateAddressesAreNeverAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newReceiver(t)
		guard := r.guard()
		w := newWorld(t, d, guard)
		endpoint, _ := w.add(w.me, "https://example.com/hook")
		guard.Allow = nil
		strict := newWorld(t, d, guard)
		strict.clock = w.clock
		_, _, err := strict.Add(t.Context(), w.me, "https://example.com/other")
		if !errors.Is(err, outbound.ErrPrivate) {
			t.Errorf("entered: %v", err)
		}
		w.tell(w.me, "ab")
		if strict.send() != 1 || r.count() != 0 {
			t.Fatal("it was asked")
		}
		list := w.deliveries(endpoint)
		if list[0].State != webhook.Waiting || list[0].Problem != outbound.ErrPrivate.Error() || list[0].Status != 0 {
			t.Errorf("%+v", list)
		}
	})
}

func TestEndpointsBelongToTheirAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newReceiver(t)
		w := newWorld(t, d, r.guard())
		ctx := t.Context()
		mine, secret := w.add(w.me, "https://example.com/0")
		if !strings.HasPrefix(secret, "cairn_whsec_") || len(secret) != 55 {
			t.Errorf("secret of %d characters", len(secret))
		}
		_, _, err := w.Add(ctx, w.me, "https://EXAMPLE.com/0")
		wantErr(t, err, webhook.ErrTaken)
		for i := range webhook.MaxEndpoints - 1 {
			w.add(w.me, fmt.Sprintf("https://example.com/%d", i+1))
		}
		_, _, err = w.Add(ctx, w.me, "https://example.com/more")
		wantErr(t, err, webhook.ErrTooManyEndpoints)
		w.tell(w.me, "ab")
		for w.send() > 0 {
		}
		list := w.deliveries(mine)
		_, err = w.Deliveries(ctx, w.other, mine)
		wantErr(t, err, webhook.ErrUnknownEndpoint)
		wantErr(t, w.SendTest(ctx, w.other, mine), webhook.ErrUnknownEndpoint)
		wantErr(t, w.Replay(ctx, w.other, list[0].ID), webhook.ErrUnknownDelivery)
		wantErr(t, w.Replay(ctx, w.me, webhook.ID{9}), webhook.ErrUnknownDelivery)
		if err := w.Remove(ctx, w.other, mine); err != nil {
			t.Error(err)
		}
		if err := d.Transact(ctx, func(tx *gorm.DB) error { return webhook.Forget(tx, w.other) }); err != nil {
			t.Error(err)
		}
		if len(w.deliveries(mine)) != 1 {
			t.Error("a stranger removed something")
		}
		if err := w.Remove(ctx, w.me, mine); err != nil {
			t.Error(err)
		}
		if err := d.Transact(ctx, func(tx *gorm.DB) error { return webhook.Forget(tx, w.me) }); err != nil {
			t.Error(err)
		}
		for _, table := range []string{"webhook_endpoints", "webhook_deliveries"} {
			var n int64
			if err := d.Read(ctx).Table(table).Count(&n).Error; err != nil || n != 0 {
				t.Errorf("%s keeps %d rows, %v", table, n, err)
			}
		}
	})
}

func TestPruneRemovesWhatIsOver(t *testing.T) {
	r := newReceiver(t)
	w := newWorld(t, dbtest.Open(t, db.SQLite), r.guard())
	endpoint, _ := w.add(w.me, "https://example.com/hook")
	w.tell(w.me, "old")
	w.send()
	w.pass(webhook.KeepFor)
	w.tell(w.me, "new")
	if err := w.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list := w.deliveries(endpoint); len(list) != 1 || list[0].State != webhook.Waiting {
		t.Errorf("%+v", list)
	}
}

func wantErr(t *testing.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("got %v, want %v", err, kind)
	}
}

func TestVerifyRefusesWhatIsNotSigned(t *testing.T) {
	now := time.Now()
	body := []byte(`{"id":"x"}`)
	good := webhook.Sign("secret", now, body)
	for name, c := range map[string]struct {
		secret, header, body string
		at                   time.Time
		want                 bool
	}{
		"good":         {"secret", good, string(body), now, true},
		"other secret": {"other", good, string(body), now, false},
		"other body":   {"secret", good, `{"id":"y"}`, now, false},
		"too old":      {"secret", good, string(body), now.Add(6 * time.Minute), false},
		"from later":   {"secret", good, string(body), now.Add(-6 * time.Minute), false},
		"other time":   {"secret", strings.Replace(good, "t=1", "t=2", 1), string(body), now, false},
		"no signature": {"secret", good[:13], string(body), now, false},
		"nothing":      {"secret", "", string(body), now, false},
	} {
		if got := webhook.Verify(c.secret, c.header, []byte(c.body), c.at); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The programs on the page, run as a reader would.
func TestTheExamplesCheckSignatures(t *testing.T) {
	body := `{"id":"x","proof":{"name":"合同.pdf"}}`
	for name, command := range map[string][]string{
		"go":     {"go", "run", "./examples/go"},
		"python": {"python3", "examples/verify.py"},
		"node":   {"node", "examples/verify.mjs"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(command[0]); err != nil {
				t.Skipf("%s is not installed", command[0])
			}
			run := func(header, body string) bool {
				cmd := exec.Command(command[0], append(command[1:], header)...)
				cmd.Env = append(os.Environ(), "CAIRN_SECRET=cairn_whsec_x")
				cmd.Stdin = strings.NewReader(body)
				out, err := cmd.CombinedOutput()
				var exit *exec.ExitError
				if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1 || strings.Contains(string(out), "Error")) {
					t.Fatalf("%v: %s", err, out)
				}
				return err == nil
			}
			now := time.Now()
			if !run(webhook.Sign("cairn_whsec_x", now, []byte(body)), body) {
				t.Error("a good signature is refused")
			}
			for _, bad := range []string{
				webhook.Sign("cairn_whsec_y", now, []byte(body)),
				webhook.Sign("cairn_whsec_x", now, []byte(body+" ")),
				webhook.Sign("cairn_whsec_x", now.Add(-time.Hour), []byte(body)),
				"nonsense",
			} {
				if run(bad, body) {
					t.Errorf("%q is accepted", bad)
				}
			}
		})
	}
}

func FuzzVerify(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	f.Add(webhook.Sign("secret", now, []byte("body")))
	f.Add("t=,v1=")
	f.Fuzz(func(t *testing.T, header string) {
		if webhook.Verify("another secret", header, []byte("body"), now) {
			t.Errorf("%q is accepted", header)
		}
	})
}

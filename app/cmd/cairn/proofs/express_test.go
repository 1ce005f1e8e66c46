package proofs

import (
	"context"
	"encoding/base64"
	"encoding/hex"
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

	"cairn/app/cmd/cairn/buy"
	"cairn/app/cmd/cairn/terminal"
	"cairn/channels/amount"
	"cairn/channels/invoice"
	"cairn/channels/l402"
	"cairn/channels/ln"
	"cairn/notary/ots"
)

// purse is the wallet that --pay-with opens in a test.
var purse *testPurse

func openPurse(_ context.Context, address string) (buy.Wallet, func(), error) {
	if purse == nil || address == "lnd:nowhere" {
		return nil, nil, errors.New("there is no wallet")
	}
	return purse, func() {}, nil
}

// testPurse pays invoices "pay-<preimage>-<msat>". What it answers next may be
// chosen.
type testPurse struct {
	mu       sync.Mutex
	paid     map[invoice.Hash]invoice.Preimage
	payments int
	asks     amount.MilliSatoshi // instead of what the server says
	fails    error               // of the next Pay, after paying if the outcome is unknown
	routing  amount.MilliSatoshi // that Pay was allowed
	lost     error               // of Track
}

func readInvoice(bolt11 string) (invoice.Preimage, amount.MilliSatoshi, error) {
	parts := strings.Split(bolt11, "-")
	var msat int64
	if len(parts) != 3 {
		return invoice.Preimage{}, 0, ln.ErrInvoice
	}
	p, err := invoice.ParsePreimage(parts[1])
	if err == nil {
		_, err = fmt.Sscan(parts[2], &msat)
	}
	return p, amount.MilliSatoshi(msat), err
}

func (w *testPurse) Price(bolt11 string) (amount.MilliSatoshi, invoice.Hash, error) {
	p, msat, err := readInvoice(bolt11)
	if w.asks != 0 {
		msat = w.asks
	}
	return msat, p.Hash(), err
}

func (w *testPurse) Pay(_ context.Context, bolt11 string, routing amount.MilliSatoshi) (buy.Paid, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, _, err := readInvoice(bolt11)
	if err != nil {
		return buy.Paid{}, err
	}
	w.routing = routing
	fails := w.fails
	w.fails = nil
	if fails == nil || errors.Is(fails, ln.ErrUnknownOutcome) {
		w.payments++
		w.paid[p.Hash()] = p
	}
	return buy.Paid{Preimage: p, Routing: 7}, fails
}

func (w *testPurse) Track(_ context.Context, hash invoice.Hash) (buy.Paid, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lost != nil {
		return buy.Paid{}, w.lost
	}
	p, ok := w.paid[hash]
	if !ok {
		return buy.Paid{}, ln.ErrUnknownPayment
	}
	return buy.Paid{Preimage: p}, nil
}

// counter is a Cairn that sells transactions of their own.
type counter struct {
	*httptest.Server
	mu      sync.Mutex
	mint    *l402.Mint
	sold    []string // the digests that were ordered with a credential
	busy    int      // how many credentials are answered with 503
	refuses string   // the problem's title, for everybody
	closed  bool     // nothing can be received over Lightning
}

const expressPrice = 1234

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{mint: l402.NewMint([32]byte{1})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /digest", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		stamp, err := ots.New(body)
		if err == nil {
			err = stamp.Attest(ots.Pending("http://calendar.test"))
		}
		raw, err := marshal(stamp, err)
		if err != nil {
			t.Error(err)
		}
		w.Write(raw) //nolint:errcheck // a test's answer
	})
	mux.HandleFunc("POST /api/v1/express", c.express)
	mux.HandleFunc("GET /api/v1/proofs/{digest}", func(w http.ResponseWriter, r *http.Request) {
		if digest, ok := strings.CutSuffix(r.PathValue("digest"), ".ots"); ok {
			tip, _ := hex.DecodeString(digest)
			stamp, err := ots.New(tip)
			if err == nil {
				err = stamp.Attest(ots.Bitcoin(7))
			}
			raw, err := marshal(stamp, err)
			if err != nil {
				t.Error(err)
			}
			w.Write(append(ots.AppendFileHeader(nil, ots.OpSHA256, tip), raw...)) //nolint:errcheck // a test's answer
			return
		}
		fmt.Fprint(w, `{"stage":"complete"}`)
	})
	c.Server = httptest.NewServer(mux)
	t.Cleanup(c.Close)
	return c
}

func marshal(stamp *ots.Timestamp, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return stamp.AppendBinary(nil)
}

func (c *counter) express(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var body struct{ Digest string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body.Digest) != 64 {
		http.Error(w, `{"title":"no digest"}`, http.StatusBadRequest)
		return
	}
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		credential, err := l402.ParseCredential(authorization)
		if err == nil && c.busy > 0 {
			c.busy--
			http.Error(w, `{"title":"busy"}`, http.StatusServiceUnavailable)
			return
		}
		if err != nil || credential.Preimage.Text() != body.Digest {
			http.Error(w, `{"title":"no such payment"}`, http.StatusUnauthorized)
			return
		}
		c.sold = append(c.sold, body.Digest)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"stage":"stored"}`)
		return
	}
	if c.refuses != "" {
		w.WriteHeader(http.StatusServiceUnavailable)
		json.NewEncoder(w).Encode(map[string]string{"title": c.refuses}) //nolint:errcheck // a test's answer
		return
	}
	if c.closed {
		w.WriteHeader(http.StatusPaymentRequired)
		fmt.Fprintf(w, `{"payment":{"sat":%d,"checkout":"http://cairn.test/pay/1","lightning":null,"closed":[{"door":"lightning","reason":"No room."}]}}`, expressPrice)
		return
	}
	// The digest is the preimage, so that the test knows what belongs together.
	preimage, err := invoice.ParsePreimage(body.Digest)
	if err != nil {
		http.Error(w, `{"title":"no digest"}`, http.StatusBadRequest)
		return
	}
	token, err := c.mint.Token(l402.TokenID{1}, preimage.Hash(), l402.Terms{Service: "express-anchor"})
	if err != nil {
		http.Error(w, `{"title":"no token"}`, http.StatusInternalServerError)
		return
	}
	bolt11 := fmt.Sprintf("pay-%s-%d", preimage.Text(), expressPrice*1000)
	text := base64.StdEncoding.EncodeToString(token)
	w.Header().Add("WWW-Authenticate", fmt.Sprintf(`L402 version="0", token="%s", macaroon="%s", invoice="%s"`, text, text, bolt11))
	w.WriteHeader(http.StatusPaymentRequired)
	fmt.Fprintf(w, `{"payment":{"sat":%d,"checkout":"http://cairn.test/pay/1","lightning":{"invoice":"%s"},"closed":[]}}`, expressPrice, bolt11)
}

// expressTest is a folder with a file, a counter and a purse.
func expressTest(t *testing.T) (c *counter, file, purchases string) {
	t.Helper()
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	c = newCounter(t)
	purse = &testPurse{paid: map[invoice.Hash]invoice.Preimage{}}
	t.Cleanup(func() { purse = nil; stdin = "" })
	file = filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	return c, file, filepath.Join(state, "cairn", "purchases")
}

func kept(t *testing.T, purchases string) int {
	t.Helper()
	entries, err := os.ReadDir(purchases)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return len(entries)
}

// heights are the blocks that attest a file's proof.
func heights(t *testing.T, file string) (blocks, pending int) {
	t.Helper()
	f, err := readProof(file + ".ots")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range f.Timestamp.All() {
		switch a.Tag {
		case ots.TagPending:
			pending++
		case ots.TagBitcoin:
			blocks++
		}
	}
	return blocks, pending
}

func TestExpressIsPaidAndCompletesTheProof(t *testing.T) {
	c, file, purchases := expressTest(t)
	stdin = "y\n"
	r := cairn(t, "stamp", "-c", c.URL, "--express", "--pay-with", "lnd:here", file)
	r.want(t, terminal.ExitOK, "costs 1234 sat. Pay? [y/N]", "paid 1234 sat", "a.txt.ots")
	if strings.Contains(r.stderr, "cairn upgrade --wait") {
		t.Errorf("a complete proof is to be completed: %s", r.stderr)
	}
	if blocks, pending := heights(t, file); blocks != 1 || pending != 1 {
		t.Errorf("the proof names %d blocks and %d calendars", blocks, pending)
	}
	if purse.payments != 1 || len(c.sold) != 1 || kept(t, purchases) != 0 {
		t.Errorf("%d payments, %d sold, %d kept", purse.payments, len(c.sold), kept(t, purchases))
	}
	if purse.routing != (1234/20+10)*amount.PerSatoshi {
		t.Errorf("%s for the way", purse.routing)
	}
	if entries, err := filepath.Glob(file + "*.bak*"); err != nil || len(entries) != 0 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}

func TestExpressKeepsToWhatIsAllowed(t *testing.T) {
	c, file, purchases := expressTest(t)
	express := func(more ...string) ran {
		return cairn(t, append([]string{"stamp", "--force", "-c", c.URL, "--express", "--pay-with", "lnd:here", file}, more...)...)
	}
	express("--max-fee", "1233").want(t, terminal.ExitFail, "more than --max-fee allows", "1234 sat", "the proofs are written")
	stdin = "n\n"
	express().want(t, terminal.ExitFail, "nothing was bought")
	stdin = ""
	express().want(t, terminal.ExitFail, "nobody answered; --max-fee")
	purse.asks = 2_000_000
	express("--max-fee", "5000").want(t, terminal.ExitFail, "the invoice and the price differ")
	purse.asks = 0
	c.closed = true
	express("--max-fee", "5000").want(t, terminal.ExitFail, "No room.", "Pay 1234 sat in a browser instead: http://cairn.test/pay/1")
	c.closed, c.refuses = false, "The fees are too high now."
	express("--max-fee", "5000").want(t, terminal.ExitFail, "The fees are too high now.")
	c.refuses = ""
	if purse.payments != 0 || kept(t, purchases) != 0 {
		t.Fatalf("%d payments, %d kept", purse.payments, kept(t, purchases))
	}
	express("--max-fee", "1300").want(t, terminal.ExitOK)
	if purse.routing != 66*amount.PerSatoshi {
		t.Errorf("%s for the way", purse.routing)
	}
	cairn(t, "stamp", "-c", c.URL, "--express", file).want(t, terminal.ExitUsage, "--pay-with")
	other := filepath.Join(t.TempDir(), "b.txt")
	if err := os.WriteFile(other, []byte("b"), 0o600); err != nil {
		t.Fatal(err)
	}
	cairn(t, "stamp", "-c", c.URL, "--express", "--pay-with", "lnd:nowhere", other).want(t, terminal.ExitFail, "there is no wallet")
	if _, err := os.Stat(other + ".ots"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("stamped though it cannot be paid: %v", err)
	}
	cairn(t, "stamp", "-c", c.URL, "--pay-with", "lnd:x", file).want(t, terminal.ExitUsage, "--express")
}

// A payment that failed for certain leaves nothing behind; one whose outcome is
// unknown is looked after by the next run before anything else is paid.
func TestExpressNeverPaysTwice(t *testing.T) {
	c, file, purchases := expressTest(t)
	express := func() ran {
		return cairn(t, "stamp", "--force", "-c", c.URL, "--express", "--pay-with", "lnd:here", "--max-fee", "5000", file)
	}
	for _, kind := range []error{ln.ErrNoRoute, ln.ErrTimedOut, ln.ErrRefused, ln.ErrNoBalance} {
		purse.fails = fmt.Errorf("pay: %w", kind)
		express().want(t, terminal.ExitFail, "nothing was paid", kind.Error())
		if kept(t, purchases) != 0 {
			t.Fatalf("%v: a purchase is kept", kind)
		}
	}
	// The node went away while it paid.
	purse.fails, purse.lost = ln.ErrUnknownOutcome, ln.ErrUnknownOutcome
	express().want(t, terminal.ExitFail, "still under way")
	if purse.payments != 1 || kept(t, purchases) != 1 {
		t.Fatalf("%d payments, %d kept", purse.payments, kept(t, purchases))
	}
	files, err := filepath.Glob(filepath.Join(purchases, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the purchase is readable by others: %v, %v", info.Mode(), err)
	}
	// It is still away: nothing new is paid.
	express().want(t, terminal.ExitFail, "still under way")
	if purse.payments != 1 || len(c.sold) != 0 {
		t.Fatalf("%d payments, %d sold", purse.payments, len(c.sold))
	}
	// It is back, and the first was paid: claimed, and then today's is bought.
	purse.lost = nil
	express().want(t, terminal.ExitOK, "going on with the payment of 1234 sat")
	if purse.payments != 2 || len(c.sold) != 2 || c.sold[0] == c.sold[1] || kept(t, purchases) != 0 {
		t.Errorf("%d payments, sold %v, %d kept", purse.payments, c.sold, kept(t, purchases))
	}
}

// The process dies after the purchase is stored and before anything is paid.
func TestExpressForgetsWhatWasNeverBegun(t *testing.T) {
	c, file, purchases := expressTest(t)
	if err := os.MkdirAll(purchases, 0o700); err != nil {
		t.Fatal(err)
	}
	hash := strings.Repeat("ab", 32)
	stored := fmt.Sprintf(`{"server":%q,"digest":%q,"sat":1234,"invoice":"x","payment_hash":%q,"token":"AAAA","made_at":"2026-01-02T03:04:05Z"}`, c.URL, hash, hash)
	if err := os.WriteFile(filepath.Join(purchases, hash+".purchase"), []byte(stored), 0o600); err != nil {
		t.Fatal(err)
	}
	cairn(t, "stamp", "-c", c.URL, "--express", "--pay-with", "lnd:here", "--max-fee", "5000", file).want(t, terminal.ExitOK)
	if purse.payments != 1 || len(c.sold) != 1 || kept(t, purchases) != 0 {
		t.Errorf("%d payments, %d sold, %d kept", purse.payments, len(c.sold), kept(t, purchases))
	}
}

// A server that is busy just when the payment arrives is asked again.
func TestExpressComesAgainToABusyServer(t *testing.T) {
	c, file, purchases := expressTest(t)
	c.busy = 1
	cairn(t, "stamp", "-c", c.URL, "--express", "--pay-with", "lnd:here", "--max-fee", "5000", file).want(t, terminal.ExitOK)
	if purse.payments != 1 || len(c.sold) != 1 || kept(t, purchases) != 0 {
		t.Errorf("%d payments, %d sold, %d kept", purse.payments, len(c.sold), kept(t, purchases))
	}
}

package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/node"
	"cairn/chain/wallet"
	"cairn/channels/lightning"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
)

// customer is a browser without scripts.
type customer struct {
	*running
	http *http.Client
}

func newCustomer(t *testing.T, r *running) customer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return customer{r, &http.Client{Jar: jar}}
}

// post sends a form and follows to where it leads.
func (c customer) post(path string, fields url.Values) (status int, at, page string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.URL()+path, strings.NewReader(fields.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept-Language", "en")
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, resp.Request.URL.Path, body.String()
}

// orders asks for a transaction of its own for something stamped, and returns
// where it is paid.
func (c customer) orders(name string) (at string) {
	c.t.Helper()
	digest := hexOf(digestOf(name))
	c.post("/stamp", url.Values{"digest": {digest}})
	// Before, there is no invoice that could be paid.
	eventually(c.t, "the payer", c.PayerReady)
	eventually(c.t, "a transaction of its own to be sold", func() bool {
		_, at, _ = c.post("/proof/"+digest+"/express", url.Values{"form": {"plain"}})
		if sold := strings.HasPrefix(at, "/pay/"); sold {
			return true
		}
		time.Sleep(time.Second) // the wallet has no coin yet; asking is rationed
		return false
	})
	return at
}

// bill is what the checkout says to programs.
type bill struct {
	State, Invoice, Address string
}

func (c customer) bill(at string) (b bill) {
	c.t.Helper()
	_, body := c.get(at, "Accept", "application/json")
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		c.t.Fatalf("%v: %s", err, body)
	}
	return b
}

// delivered waits until what was paid for is had.
func (c customer) delivered(at string) {
	c.t.Helper()
	eventually(c.t, "the payment to be used", func() bool { return c.bill(at).State == "used" })
}

// paysFromSandbox presses the button until the payer is there.
func (c customer) paysFromSandbox(at, way string) {
	c.t.Helper()
	eventually(c.t, "the sandbox to pay", func() bool {
		status, _, page := c.post(at+"/sandbox", url.Values{"way": {way}})
		switch status {
		case http.StatusOK:
			return true
		case http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusTooManyRequests: // coming up, or coming back
			time.Sleep(time.Second)
			return false
		}
		if state := c.bill(at).State; state == "used" || state == "settled" {
			return true // an outcome nobody knew was a good one
		}
		c.t.Fatalf("paying from the sandbox: %d\n%s", status, page)
		return false
	})
	c.delivered(at)
}

// TestTheSandboxPays: a newcomer pays from the second node, over Lightning and
// on chain, also after either node was killed and after everything was stopped;
// and whoever has an lnd of his own pays the same.
func TestTheSandboxPays(t *testing.T) {
	cfg := settings(t)
	cfg.Sandbox.Payer, cfg.Node.Listen = true, "127.0.0.1:0"
	cfg.Prices.ExpressLeast = 2000 // enough to be paid on chain
	began := time.Now()
	r := startWith(t, cfg, node.Child)
	if status, _ := r.get("/"); status != http.StatusOK {
		t.Fatalf("home page: %d", status)
	}
	t.Logf("the site is up after %v", time.Since(began))
	c := newCustomer(t, r)
	eventually(t, "the payer", r.PayerReady)
	t.Logf("the payer is ready after %v", time.Since(began))
	c.paysFromSandbox(c.orders("paid over Lightning"), "lightning")
	t.Logf("paid from the sandbox after %v", time.Since(began))
	c.paysFromSandbox(c.orders("paid on chain"), "chain")

	t.Run("a second lnd pays the same", func(t *testing.T) { strangerPays(t, c) })

	t.Run("the payer and the node are killed", func(t *testing.T) {
		for name, pid := range map[string]func() int{"the payer": r.PayerPID, "the node": r.EnginePID} {
			at := c.orders("after " + name + " was killed")
			before := pid()
			if before == 0 {
				t.Fatalf("%s has no process", name)
			}
			if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually(t, name+" again", func() bool { now := pid(); return now != 0 && now != before })
			c.paysFromSandbox(at, "lightning")
		}
	})

	t.Run("everything is started again", func(t *testing.T) {
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		r := startWith(t, cfg, node.Child)
		c := newCustomer(t, r)
		c.paysFromSandbox(c.orders("after a new start"), "lightning")
	})
}

// strangerPays starts an lnd outside of the app, in a folder of its own. It
// knows of the site what any node can: its key, where it listens, and the
// invoice on the page.
func strangerPays(t *testing.T, c customer) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	stranger, err := node.Open(node.Config{
		Network: chain.Devnet, Driver: node.Child, Dir: filepath.Join(t.TempDir(), "stranger"),
		Chain: node.ChainConfig{Connect: []string{c.Devnet().P2PAddr()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if err := stranger.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	coins, err := wallet.New(wallet.Config{Conn: stranger.Conn(), DB: dbtest.Open(t, db.SQLite), Network: chain.Devnet})
	if err != nil {
		t.Fatal(err)
	}
	if err := coins.EnsureFunds(ctx, c.Devnet(), 1, btcutil.SatoshiPerBitcoin/10); err != nil {
		t.Fatal(err)
	}
	own, err := lightning.New(lightning.Config{Conn: stranger.Conn(), Network: chain.Devnet})
	if err != nil {
		t.Fatal(err)
	}
	at, err := ln.ParsePeer(c.Engine().PubKey + "@" + c.PeersAt())
	if err != nil {
		t.Fatal(err)
	}
	// lnd refuses a channel, "internal error", while its wallet takes in a block;
	// whoever meets that asks again.
	eventually(t, "the site's node to take the channel", func() bool {
		_, err = own.Open(ctx, ln.Opening{Peer: at, Amount: 1_000_000, FeeRate: 2})
		return !errors.Is(err, ln.ErrPeerRefused)
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the channel", func() bool { // the devnet mines by itself
		can, err := own.Sendable(ctx)
		return err == nil && can > 0
	})
	page := c.orders("paid by a stranger")
	eventually(t, "the stranger to pay", func() bool { // the channel's terms come a moment after it
		_, err = own.Pay(ctx, ln.Order{Invoice: c.bill(page).Invoice})
		return !errors.Is(err, ln.ErrNoBalance) && !errors.Is(err, ln.ErrNoRoute)
	})
	if err != nil {
		t.Fatal(err)
	}
	c.delivered(page)
}

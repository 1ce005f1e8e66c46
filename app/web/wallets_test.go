package web

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cairn/chain"
	"cairn/chain/visitor"
)

const walletID = "000102030405060708090a0b0c0d0e0f"

// say posts what a wallet posts, and reads the answer.
func (s *site) say(path, body string, header ...string) (*httptest.ResponseRecorder, map[string]any) {
	s.t.Helper()
	w := s.ask(http.MethodPost, path, body, append([]string{"Content-Type", "application/json", "Accept", "application/json"}, header...)...)
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		s.t.Fatalf("%s answers %q: %v", path, w.Body, err)
	}
	return w, answer
}

func TestTheWalletsPage(t *testing.T) {
	s := newSite(t)
	for lang, want := range map[string]string{"en": "We never see its key.", "zh": "我们从不接触它的密钥"} {
		w := s.ask(http.MethodGet, "/wallet", "", "Accept-Language", lang)
		wantStatus(t, w, http.StatusOK)
		wantText(t, w, want, "<noscript>", `data-network="devnet"`, "mywallet.")
		if strings.Contains(w.Body.String(), "{{") || strings.Contains(w.Body.String(), "\x00") {
			t.Errorf("%s: a text was not filled in", lang)
		}
	}
	none := newSite(t, func(_ *Config, d *Deps) { d.Wallets = nil })
	wantStatus(t, none.ask(http.MethodGet, "/wallet", ""), http.StatusNotFound)
	real := newSite(t, func(_ *Config, d *Deps) { d.Wallets.Faucet = nil })
	if w := real.ask(http.MethodGet, "/wallet", ""); strings.Contains(w.Body.String(), "data-faucet") {
		t.Error("play money is offered where money is real")
	}
	wantStatus(t, real.ask(http.MethodPost, "/wallet/faucet", "{}"), http.StatusNotFound)
}

// Every kind of error of the wallet has a sentence in the page.
func TestTheWalletsSentences(t *testing.T) {
	page := newSite(t).ask(http.MethodGet, "/wallet", "").Body.String()
	for _, kind := range walletKinds(t) {
		if !strings.Contains(page, fmt.Sprintf("data-kind=%q", kind)) {
			t.Errorf("there is no sentence for %q", kind)
		}
	}
}

func TestAWalletIsWatchedAndFed(t *testing.T) {
	s := newSite(t)
	const script = "5120" + "1111111111111111111111111111111111111111111111111111111111111111"
	w, answer := s.say("/wallet/coins", `{"id":"`+walletID+`"}`)
	wantStatus(t, w, http.StatusNotFound)
	if answer["error"] == "" {
		t.Error("no sentence")
	}
	w, _ = s.say("/wallet/watch", `{"id":"`+walletID+`","scripts":["`+script+`"],"search":true}`)
	wantStatus(t, w, http.StatusOK)
	if got := s.watcher.all(); len(got) != 1 || got[0] != script {
		t.Fatalf("watched: %v", got)
	}
	_, empty := s.say("/wallet/coins", `{"id":"`+walletID+`"}`)
	if len(empty["coins"].([]any)) != 0 || empty["height"] != 100.0 || empty["tag"] == "" {
		t.Fatalf("empty: %v", empty)
	}
	// The answer to a question with a tag waits for news.
	raw, err := hex.DecodeString(script)
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan map[string]any, 1)
	go func() {
		_, fed := s.say("/wallet/coins", fmt.Sprintf(`{"id":%q,"since":%q,"wait":20}`, walletID, empty["tag"]))
		answered <- fed
	}()
	select {
	case fed := <-answered:
		t.Fatalf("it did not wait: %v", fed)
	case <-time.After(50 * time.Millisecond):
	}
	if _, err := s.watcher.pay(t.Context(), raw, 50_000); err != nil {
		t.Fatal(err)
	}
	select {
	case fed := <-answered:
		coin := fed["coins"].([]any)[0].(map[string]any)
		if coin["value"] != 50_000.0 || coin["script"] != script || coin["height"] != 0.0 || coin["spent"] != nil {
			t.Errorf("fed: %v", fed)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it still waits")
	}
}

func TestWhatWalletsMayNotAsk(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/wallet/watch", `{`, 400},
		{"/wallet/watch", `{"id":"00","scripts":[]}`, 422},
		{"/wallet/watch", `{"id":"` + walletID + `","scripts":["zz"]}`, 422},
		{"/wallet/watch", `{"id":"` + walletID + `","scripts":[""]}`, 422},
		{"/wallet/watch", `{"id":"` + strings.Repeat("a", 65<<10) + `"}`, 413},
		{"/wallet/coins", `{"id":"zz"}`, 422},
		{"/wallet/send", `{"hex":"0"}`, 422},
		{"/wallet/send", `{"hex":"` + strings.Repeat("00", visitor.MostBytes+1024) + `"}`, 413},
		{"/wallet/code", `{"text":""}`, 400},
		{"/wallet/code", `{"text":"` + strings.Repeat("a", 2001) + `"}`, 400},
		{"/wallet/faucet", `{"address":"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4","amount":1000}`, 422},
		{"/wallet/faucet", `{"address":"bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080","amount":999}`, 400},
		{"/wallet/faucet", `{"address":"bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080","amount":100000001}`, 400},
	} {
		w, answer := s.say(c.path, c.body)
		if w.Code != c.status || answer["error"] == "" || answer["error"] == nil {
			t.Errorf("%s %.60s: %d, %v", c.path, c.body, w.Code, answer)
		}
	}
	// A form of another site cannot be JSON.
	wantStatus(t, s.ask(http.MethodPost, "/wallet/send", `{"hex":"00"}`), http.StatusBadRequest)
	if len(s.watcher.sent) != 0 || len(s.watcher.coins) != 0 {
		t.Error("something was done")
	}
}

func TestWhyAPaymentIsRefused(t *testing.T) {
	s := newSite(t)
	w, answer := s.say("/wallet/send", `{"hex":"00"}`)
	wantStatus(t, w, http.StatusOK)
	if len(answer["txid"].(string)) != 64 || answer["later"] != false {
		t.Errorf("got %v", answer)
	}
	for _, c := range []struct {
		err    error
		status int
		text   string
	}{
		{fmt.Errorf("%w: %w", visitor.ErrFee, chain.ErrRejected), 422, "too low"},
		{fmt.Errorf("%w: %w", visitor.ErrSpent, chain.ErrRejected), 409, "spent already"},
		{visitor.ErrSignature, 422, "signature"},
		{visitor.ErrTransaction, 422, "does not take"},
		{errors.New("what is this"), 500, ""},
	} {
		s.watcher.refuse = c.err
		w, answer := s.say("/wallet/send", `{"hex":"00"}`)
		if w.Code != c.status || !strings.Contains(answer["error"].(string), c.text) {
			t.Errorf("%v: %d, %v", c.err, w.Code, answer)
		}
	}
}

func TestCodesAndRates(t *testing.T) {
	s := newSite(t)
	_, code := s.say("/wallet/code", `{"text":"BITCOIN:BCRT1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KYGT080"}`)
	if code["side"].(float64) < 29 || !strings.HasPrefix(code["path"].(string), "M4 4.5h7") {
		t.Errorf("code: %v", code)
	}
	w := s.ask(http.MethodGet, "/wallet/rates", "", "Accept", "application/json")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, `{"rates":[{"name":"slow","rate":253,"minutes":60}`)
	_, paid := s.say("/wallet/faucet", `{"address":"bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080","amount":21000}`)
	if len(paid["txid"].(string)) != 64 || len(s.watcher.coins) != 1 || s.watcher.coins[0].Value != 21_000 {
		t.Errorf("faucet: %v", paid)
	}
}

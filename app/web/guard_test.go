package web

import (
	"bytes"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"cairn/assets/guard"
	view "cairn/templates/guard"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
)

// look posts the guard's form.
func (s *site) look(typed string, file []byte, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if err := form.WriteField("transaction", typed); err != nil {
		s.t.Fatal(err)
	}
	part, err := form.CreateFormFile("file", "x.psbt")
	if err != nil {
		s.t.Fatal(err)
	}
	part.Write(file) //nolint:errcheck // into memory
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	return s.ask(http.MethodPost, "/assets/guard", b.String(), append([]string{"Content-Type", form.FormDataContentType()}, header...)...)
}

func TestTheGuardsPage(t *testing.T) {
	s := newSite(t)
	for lang, want := range map[string]string{"en": "Check before you sign", "zh": "签名前先看一眼"} {
		w := s.ask(http.MethodGet, "/assets/guard", "", "Accept-Language", lang)
		wantStatus(t, w, http.StatusOK)
		wantText(t, w, want, `name="transaction"`, `name="addresses"`)
	}
	none := newSite(t, func(_ *Config, d *Deps) { d.Guard = nil })
	if w := none.ask(http.MethodGet, "/assets/guard", ""); w.Code == http.StatusOK {
		t.Error("the page is there without a guard")
	}
}

func TestTheGuardsVerdicts(t *testing.T) {
	for tx, want := range map[string][]string{
		guardedTx(2):    {"verdict good", "Nothing coloured is touched", "50,000 sat", "912,095"},
		movedTx():       {"verdict good", "Nothing gets lost", "3 MasterBTC", "17 MasterBTC", "Output 1, 2: this kind of address"},
		guardedTx(2, 1): {"verdict bad", "Stop: this destroys 20 MasterBTC", "of input 1", "as if an ordinary wallet had made it"},
		guardedTx(3):    {"verdict wait", "This cannot be told", "One of its coins is not known"},
		guardedTx(3, 1): {"verdict bad", "One of its coins is not known"},
	} {
		s := newSite(t) // each of them within its limits
		raw, err := hex.DecodeString(tx)
		if err != nil {
			t.Fatal(err)
		}
		for form, w := range map[string]*httptest.ResponseRecorder{
			"pasted": s.look(" "+tx+"\n", nil), "as a file": s.look("", raw), "a file before text": s.look("hello", []byte(tx)),
			"a plain form": s.ask(http.MethodPost, "/assets/guard", url.Values{"transaction": {tx}}.Encode()),
		} {
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d", form, w.Code)
			}
			wantText(t, w, want...)
		}
		w := s.look(tx, nil, "Accept-Language", "zh")
		if body := w.Body.String(); strings.Contains(body, "{{") || strings.Contains(body, "\x00") {
			t.Error("a text was not filled in")
		}
	}
}

func TestWhatTheGuardCannotRead(t *testing.T) {
	s := newSite(t)
	for typed, c := range map[string]struct {
		status int
		want   string
	}{
		"":                                     {http.StatusUnprocessableEntity, "Paste a transaction, or choose a file."},
		"hello":                                {http.StatusUnprocessableEntity, "neither a transaction nor a PSBT"},
		"<b>":                                  {http.StatusUnprocessableEntity, "&lt;b&gt;</textarea>"},
		strings.Repeat("00", guard.MaxBytes+1): {http.StatusRequestEntityTooLarge, "too large for a transaction"},
	} {
		w := s.look(typed, nil)
		if w.Code != c.status {
			t.Errorf("%.10q: %d", typed, w.Code)
		}
		wantText(t, w, c.want)
	}
	wantStatus(t, s.look(strings.Repeat("0", maxGuardBody), nil), http.StatusRequestEntityTooLarge)
}

func TestTheGuardsLists(t *testing.T) {
	s := newSite(t)
	address := func(last byte) string {
		hash := make([]byte, 20)
		hash[19] = last
		a, err := btcutil.NewAddressWitnessPubKeyHash(hash, &chaincfg.RegressionNetParams)
		if err != nil {
			t.Fatal(err)
		}
		return a.EncodeAddress()
	}
	ask := func(addresses, as string) *httptest.ResponseRecorder {
		return s.ask(http.MethodPost, "/assets/guard/freeze", url.Values{"addresses": {addresses}, "as": {as}}.Encode())
	}
	for as, c := range map[string]struct{ name, want string }{
		"labels":   {"labels.jsonl", `"label":"20 MasterBTC","spendable":false}`},
		"core":     {"lockunspent.txt", "bitcoin-cli lockunspent false '[{"},
		"electrum": {"freeze.txt", "wallet.set_frozen_state_of_coins(["},
		"":         {"labels.jsonl", `{"type":"output","ref":"`},
	} {
		w := ask(address(1)+"\n"+address(2), as)
		wantStatus(t, w, http.StatusOK)
		wantText(t, w, c.want)
		if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="`+c.name+`"` {
			t.Errorf("%q: %s", as, got)
		}
	}
	wantText(t, ask(address(2), "labels"), "There is nothing to freeze.")
	for addresses, want := range map[string]string{
		"": "between 1 and 1,000", "hello<b>": "“hello&lt;b&gt;” is not an address of this network", strings.Repeat("a ", 1001): "between 1 and 1,000",
		"akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy": "is not an address of this network",
	} {
		w := ask(addresses, "labels")
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, want)
	}
}

func TestTheGuardsGallery(t *testing.T) {
	s := newSite(t)
	for _, sample := range view.Samples() {
		for _, lang := range []string{"en", "zh"} {
			w := s.ask(http.MethodGet, "/gallery/guard?state="+sample.Name, "", "Accept-Language", lang)
			wantStatus(t, w, http.StatusOK)
			if body := w.Body.String(); strings.Contains(body, "{{") || strings.Contains(body, "\x00") {
				t.Errorf("%s: a text was not filled in", sample.Name)
			}
		}
	}
}

package app_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
)

// buysExpress buys a transaction of its own for a file on its proof's page,
// pays on chain, and has the npm client verify what comes of it.
func buysExpress(t *testing.T, r *running, form string) {
	t.Helper()
	content := []byte("a contract, " + form)
	digest := hexOf(sha256.Sum256(content))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	post := func(path string, fields url.Values) *http.Response {
		resp, err := browser.PostForm(r.URL()+path, fields)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	post("/stamp", url.Values{"digest": {digest}})
	var at string
	eventually(t, "a transaction of its own to be sold", func() bool {
		at = post("/proof/"+digest+"/express", url.Values{"form": {form}}).Request.URL.Path
		return strings.HasPrefix(at, "/pay/")
	})

	var quote struct {
		State, Address string
		Missing        int64 `json:"missing_msat"`
	}
	look := func() {
		_, body := r.get(at, "Accept", "application/json")
		if err := json.Unmarshal([]byte(body), &quote); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
	}
	look()
	address, err := btcutil.DecodeAddress(quote.Address, r.Devnet().Params())
	if err != nil || quote.Missing < 1_000_000 {
		t.Fatalf("quote %+v, %v", quote, err)
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Devnet().Faucet(t.Context(), script, btcutil.Amount(quote.Missing/1000)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the payment to be used", func() bool { look(); return quote.State == "used" })

	own := map[string]string{"plain": "Plain", "docproof": "Public record (DOCPROOF)"}[form]
	eventually(t, "the proof to have two ways", func() bool {
		_, ots := r.get("/proof/" + digest + ".ots")
		_, page := r.get("/proof/" + digest)
		return strings.Count(ots, "\x05\x88\x96\x0d\x73\xd7\x19\x01") == 2 && strings.Contains(page, own)
	})
	dir := t.TempDir()
	file, proof := filepath.Join(dir, "contract"), filepath.Join(dir, "contract.ots")
	_, ots := r.get("/proof/" + digest + ".ots")
	for path, raw := range map[string][]byte{file: content, proof: []byte(ots)} {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, code := r.client("verify", r.URL(), file, proof); code != 0 {
		t.Errorf("verify: %s", out)
	}
	once(t, r, form, sha256.Sum256(content))
}

// once asserts that exactly one transaction of the chain carries a digest by
// itself, in the docproof form; the plain form hides it.
func once(t *testing.T, r *running, form string, digest [32]byte) {
	t.Helper()
	tip, err := r.Devnet().Tip(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for height := tip.Height; height > 0 && height > tip.Height-60; height-- {
		hash, err := r.Devnet().HashAt(t.Context(), height)
		if err != nil {
			t.Fatal(err)
		}
		block, err := r.Devnet().Block(t.Context(), hash)
		if err != nil {
			t.Fatal(err)
		}
		for _, tx := range block.Transactions {
			for _, out := range tx.TxOut {
				if bytes.Contains(out.PkScript, digest[:]) {
					found++
				}
			}
		}
	}
	if want := map[string]int{"plain": 0, "docproof": 1}[form]; found != want {
		t.Errorf("%s: the digest itself is in %d outputs, want %d", form, found, want)
	}
}

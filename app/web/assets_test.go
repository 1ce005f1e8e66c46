package web

import (
	"cairn/assets"
	"cairn/assets/receipt"
	"cairn/assets/receipt/maker"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cairn/assets/definition"
	"cairn/chain"
	"cairn/templates/asset"
)

func TestExplorerPages(t *testing.T) {
	st := newSite(t)
	c := colorsOnce()
	voucher := asset.Path(c.voucher.Text(chain.Devnet))
	for path, want := range map[string][]string{
		"/assets":                        {"MasterBTC", "Ten coffees", "18 units", "3 holders"},
		"/assets?order=age":              {"MasterBTC"},
		"/assets?q=master":               {"MasterBTC", "/assets/"},
		voucher:                          {"MasterBTC", "One copy of", "The bookshop", "20 were ever made, 2 destroyed", "/assets/pictures/", "nobody can change it"},
		voucher + "?at=1":                {"how it was at block 1", "20 were ever made, 0 destroyed"},
		asset.TxPath(c.issued.String()):  {"new units are made", "20 MasterBTC: newly made", "The marker, byte by byte", "4f41", "Metadata"},
		asset.TxPath(c.shared.String()):  {"3 MasterBTC: units", "of input 0", "class=\"band"},
		asset.TxPath(c.burnt.String()):   {"2 MasterBTC destroyed", "falls", "Destroyed"},
		asset.TxPath(c.stamped.String()): {"Ten coffees", "SHA-256 of the description"},
		asset.TxPath(c.forked.String()):  {"Other programs read this otherwise", "(differs)"},
		asset.TxPath(c.forked.String()) + "?protocol=open-assets&reading=nbitcoin": {"the marker does not hold"},
		"/assets/address/" + st.scriptText(keyHash(2)):                             {"MasterBTC", "2 sent", "5 received"},
		"/assets/address/" + st.scriptText(witnessHash(3)):                         {"There is none: that form"},
		"/assets/block/3": {c.burnt.String(), c.stamped.String()},
		"/assets/hashes":  {"Compare two ledgers", "api/v1/assets/ledger/open-assets"},
	} {
		w := st.ask("GET", path, "", "Accept-Language", "en")
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
			continue
		}
		for _, text := range want {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s does not say %q", path, text)
			}
		}
		if n := w.Body.Len(); n > 50<<10 {
			t.Errorf("%s has %d bytes", path, n)
		}
		if w := st.ask("GET", path, "", "Accept-Language", "zh-Hans"); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "asset.") {
			t.Errorf("%s in Chinese: %d", path, w.Code)
		}
	}
}

func TestExplorerFindsAnything(t *testing.T) {
	st := newSite(t)
	c := colorsOnce()
	address := st.scriptText(keyHash(2))
	for query, want := range map[string]string{
		c.voucher.Text(chain.Devnet):  asset.Path(c.voucher.Text(chain.Devnet)),
		c.card.Text(chain.Devnet):     asset.Path(c.card.Text(chain.Devnet)),
		c.issued.String():             asset.TxPath(c.issued.String()),
		" " + c.issued.String() + " ": asset.TxPath(c.issued.String()),
		c.issued.String() + ":1":      asset.TxPath(c.issued.String()) + "#o1",
		address:                       asset.AddressPath(address),
		"3":                           "/assets/block/3",
	} {
		w := st.ask("GET", "/assets?q="+url.QueryEscape(query), "")
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%q leads to %d %q, want %q", query, w.Code, w.Header().Get("Location"), want)
		}
	}
	for _, query := range []string{"no such name", strings.Repeat("ab", 32), strings.Repeat("x", 5000), "%", "\x00", "1HpyyiGaXLq7ZCHk3s9EkVEFoG15oLn2Us"} {
		if w := st.ask("GET", "/assets?q="+url.QueryEscape(query), ""); w.Code != http.StatusNotFound {
			t.Errorf("%q: %d", query[:min(len(query), 20)], w.Code)
		}
	}
}

func TestExplorerRefusesInPlainWords(t *testing.T) {
	st := newSite(t)
	c := colorsOnce()
	voucher := asset.Path(c.voucher.Text(chain.Devnet))
	for path, status := range map[string]int{
		"/assets/oUnknown":                                     http.StatusUnprocessableEntity,
		"/assets/AcuRVsoa81hoLHmVTNXrRD8KpTqUXeqwgH":           http.StatusUnprocessableEntity, // of mainnet
		"/assets/La6r7PVFttyVYMERnwHSpUfpQJrbkUHQtSpRrT":       http.StatusNotFound,
		voucher + "?at=-1":                                     http.StatusBadRequest,
		voucher + "?at=4000000":                                http.StatusNotFound,
		voucher + "?holders=rubbish":                           http.StatusUnprocessableEntity,
		"/assets?after=rubbish":                                http.StatusUnprocessableEntity,
		"/assets/tx/12":                                        http.StatusBadRequest,
		"/assets/tx/" + strings.Repeat("0", 64):                http.StatusNotFound,
		asset.TxPath(c.issued.String()) + "?protocol=xcp":      http.StatusUnprocessableEntity,
		asset.TxPath(c.issued.String()) + "?protocol=colu":     http.StatusNotFound,
		"/assets/address/nonsense":                             http.StatusUnprocessableEntity,
		"/assets/block/99999999":                               http.StatusNotFound,
		"/assets/definitions/00.json":                          http.StatusNotFound,
		"/assets/pictures/" + strings.Repeat("0", 64) + ".jpg": http.StatusNotFound,
		"/assets/terms/x.txt":                                  http.StatusNotFound,
	} {
		if w := st.ask("GET", path, ""); w.Code != status {
			t.Errorf("%s: %d, want %d", path, w.Code, status)
		}
	}
}

func TestDefinitionsAreServedForEver(t *testing.T) {
	st := newSite(t)
	p := colorsOnce().published
	for path, media := range map[string]string{
		definition.Path(p.Hash): "application/json", "/assets/definitions/" + hex.EncodeToString(p.Hash160[:]) + ".json": "application/json",
		definition.PicturePath(p.Picture): "image/jpeg", definition.TermsPath(p.Terms): "text/plain",
		strings.Replace(definition.Path(p.Hash), ".json", ".torrent", 1): "application/x-bittorrent",
	} {
		w := st.ask("GET", path, "")
		h := w.Header()
		if w.Code != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), media) || h.Get("Access-Control-Allow-Origin") != "*" ||
			!strings.Contains(h.Get("Cache-Control"), "immutable") || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", path, w.Code, h)
		}
		if media == "application/json" && sha256.Sum256(w.Body.Bytes()) != p.Hash {
			t.Errorf("%s is another file", path)
		}
	}
}

func TestTables(t *testing.T) {
	st := newSite(t)
	voucher := asset.Path(colorsOnce().voucher.Text(chain.Devnet))
	for path, lines := range map[string]int{voucher + "/holders.csv": 4, voucher + "/holders.csv?at=1": 2, voucher + "/transfers.csv": 4} {
		w := st.ask("GET", path, "")
		if got := strings.Count(w.Body.String(), "\n"); w.Code != http.StatusOK || got != lines || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
			t.Errorf("%s: %d, %d lines\n%s", path, w.Code, got, w.Body)
		}
	}
}

// explores asks what there is of assets.
func (a *apiContract) explores(t *testing.T) {
	st := newSite(t)
	c := colorsOnce()
	id := c.voucher.Text(chain.Devnet)
	nobodys, err := assets.NewID(assets.OpenAssets, make([]byte, 20))
	if err != nil {
		t.Fatal(err)
	}
	stranger := nobodys.Text(chain.Devnet)
	for path, want := range map[string][]string{
		"/assets/" + id:                             {`"supply":"18"`, `"holders":3`, `"name":"MasterBTC"`, `"pinned":true`},
		"/assets/" + id + "?at=1":                   {`"supply":"20"`, `"as_of_height":1`},
		"/assets/holders/" + id:                     {`"units":"12"`, `"next":""`},
		"/assets/transfers/" + id:                   {`"destroyed":"2"`, c.issued.String()},
		"/assets/transactions/" + c.burnt.String():  {`"to_output":null`, `"verdict":"valid"`},
		"/assets/transactions/" + c.forked.String(): {`"forks":["`},
	} {
		w := a.ask(st, "GET", "/api/v1"+path, "")
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		for _, text := range want {
			if !strings.Contains(strings.ReplaceAll(w.Body.String(), ": ", ":"), text) {
				t.Errorf("%s does not say %s: %s", path, text, w.Body)
			}
		}
	}
	for path, status := range map[string]int{
		"/assets/" + strings.Repeat("x", 50): http.StatusUnprocessableEntity, "/assets/" + id + "?at=x": http.StatusUnprocessableEntity,
		"/assets/holders/" + id + "?at=999": http.StatusNotFound, "/assets/transactions/00": http.StatusNotFound,
		"/assets/" + stranger: http.StatusNotFound, "/assets/transfers/" + stranger: http.StatusNotFound,
		"/assets/holders/none": http.StatusUnprocessableEntity, "/assets/transfers/none": http.StatusUnprocessableEntity,
	} {
		if w := a.ask(st, "GET", "/api/v1"+path, ""); w.Code != status {
			t.Errorf("%s: %d, want %d", path, w.Code, status)
		}
	}
	limited := newSite(t, func(cfg *Config, d *Deps) { cfg.APIRate = 1; d.API.Receipts = fakeReceipts{} })
	for range 20 {
		a.ask(limited, "GET", "/api/v1/status", "")
	}
	for _, path := range []string{"/" + id, "/holders/" + id, "/transfers/" + id, "/transactions/" + c.burnt.String(), "/receipts/" + keptCoin(t, "colu-issue")} {
		a.fails(limited, http.StatusTooManyRequests, "too-many-requests", "GET", "/api/v1/assets"+path, "")
	}
}

// proves asks for receipts of coins.
func (a *apiContract) proves(t *testing.T) {
	st := newSite(t, func(_ *Config, d *Deps) { d.API.Receipts = fakeReceipts{} })
	const path = "/api/v1/assets/receipts/"
	for _, name := range []string{"open-assets-transfer", "colu-issue", "epobc-genesis"} {
		w := a.ask(st, "GET", path+keptCoin(t, name), "")
		wantStatus(t, w, http.StatusOK)
		if f, err := receipt.Decode(w.Body.Bytes()); err != nil || f.Coin != keptCoin(t, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.fails(st, http.StatusNotFound, "uncoloured", "GET", path+strings.Repeat("0", 64)+":0", "")
	a.fails(st, http.StatusUnprocessableEntity, "bad-coin", "GET", path+"00:0", "")
	waiting := newSite(t, func(_ *Config, d *Deps) { d.API.Receipts = noReceipts{maker.ErrWaiting} })
	a.fails(waiting, http.StatusConflict, "no-block-yet", "GET", path+keptCoin(t, "colu-issue"), "")
}

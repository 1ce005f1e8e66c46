package web

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cairn/assets/compose"
	"cairn/assets/openassets"
	"cairn/chain"
	"cairn/templates/assetdesk"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/txscript"
)

// Units go to many at once, by a list as spreadsheets save it; a mistake is told by
// its line, and nothing is ordered.
func TestUnitsAreSentByAList(t *testing.T) {
	s, f := deskSite(t)
	address, err := btcutil.NewAddressWitnessPubKeyHash(bytes.Repeat([]byte{5}, 20), &chaincfg.RegressionNetParams)
	if err != nil {
		t.Fatal(err)
	}
	plain := address.EncodeAddress()
	oa, err := openassets.Address(append(append([]byte{txscript.OP_DUP, txscript.OP_HASH160, 20}, bytes.Repeat([]byte{6}, 20)...), txscript.OP_EQUALVERIFY, txscript.OP_CHECKSIG), chain.Devnet)
	if err != nil {
		t.Fatal(err)
	}
	link := "https://cairn.example/assets/send?to=" + plain
	list := "address,units\n\"" + link + "\";\"2\"\n" + oa + "\t1\r\n\n"
	w := s.ask(http.MethodPost, f.path(assetdesk.Send), url.Values{"coins": {aCoin}, "list": {list}}.Encode())
	wantStatus(t, w, http.StatusSeeOther)
	o := f.last(t)
	if o.Operation != compose.Transfer || len(o.Payments) != 2 || o.Payments[0].Units != 2 || o.Payments[1].Units != 1 ||
		hex.EncodeToString(o.Payments[0].Script) != "0014"+strings.Repeat("05", 20) || o.Payments[1].Asset != f.asset {
		t.Errorf("ordered %+v", o.Payments)
	}

	orders := len(f.orders)
	for list, says := range map[string]string{
		plain + " 1":                       "Tick the box",
		link + " 1\nrubbish 2":             "Line 2: ",
		link + " 1\n\n" + link + " 1.5":    "Line 3: ",
		link:                               "Line 1: ",
		link + " 1\n" + link + " -1":       "Line 2: ",
		"address,units\n":                  "",
		strings.Repeat(link+" 1\n", 2_001): "",
	} {
		w := s.ask(http.MethodPost, f.path(assetdesk.Send), url.Values{"coins": {aCoin}, "list": {list}}.Encode(), "Accept", "application/json")
		var answer struct{ Wrong map[string]string }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code < 400 || w.Code >= 500 {
			t.Errorf("%.40q: %d %v", list, w.Code, err)
		}
		if said := answer.Wrong["list"]; said == "" || !strings.HasPrefix(said, says) {
			t.Errorf("%.40q: said %q, want %q", list, said, says)
		}
	}
	if len(f.orders) != orders {
		t.Error("a bad list was ordered")
	}
	if w := s.ask(http.MethodPost, f.path(assetdesk.Send), url.Values{"coins": {aCoin}, "list": {plain + " 1"}, "sure": {"yes"}}.Encode()); w.Code != http.StatusSeeOther {
		t.Errorf("what was ticked is refused: %d", w.Code)
	}
}

// A receiving link prefills the form, and a request for another asset is refused.
func TestToWhomALinkSays(t *testing.T) {
	s, f := deskSite(t)
	wantText(t, s.ask(http.MethodGet, f.path(assetdesk.Send)+"?to=bcrt1qxyz", ""), `/assets/send?to=bcrt1qxyz"`)
	wantText(t, s.ask(http.MethodGet, assetdesk.MinePath+"?to=bcrt1qxyz", ""), "Choose what to send to", "bcrt1qxyz")
	script := append(append([]byte{txscript.OP_DUP, txscript.OP_HASH160, 20}, bytes.Repeat([]byte{6}, 20)...), txscript.OP_EQUALVERIFY, txscript.OP_CHECKSIG)
	send := func(to string) (int, string) {
		w := s.ask(http.MethodPost, f.path(assetdesk.Send), url.Values{"coins": {aCoin}, "units": {"1"}, "to": {to}}.Encode())
		return w.Code, w.Body.String()
	}
	good, err := openassets.Request{Script: script, Asset: f.asset, Units: 1}.URI(chain.Devnet)
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := send(strings.Replace(good, "openassets:", "OpenAssets:", 1)); code != http.StatusSeeOther {
		t.Errorf("%s: %d", good, code)
	}
	other, err := openassets.Request{Script: script, Asset: openassets.AssetID([]byte("other"))}.URI(chain.Devnet)
	if err != nil {
		t.Fatal(err)
	}
	for link, says := range map[string]string{other: "another asset", good + "&req-vault=1": "neither an address"} {
		if code, body := send(link); code != http.StatusUnprocessableEntity || !strings.Contains(body, says) {
			t.Errorf("%s: %d", link, code)
		}
	}
}

// An offer is taken out of the book by whoever can sign for its coin.
func TestAnOfferIsWithdrawn(t *testing.T) {
	s, f := deskSite(t)
	path := assetdesk.OffersPath + "/" + f.offers[0].ID.String()
	wantText(t, s.ask(http.MethodGet, path, ""), `data-act="withdraw"`, `data-open`)
	w, _ := s.say(path+"/withdraw", `{"signature":""}`)
	wantStatus(t, w, http.StatusForbidden)
	w, _ = s.say(path+"/withdraw", `{"signature":"smp…"}`)
	wantStatus(t, w, http.StatusOK)
	body := s.ask(http.MethodGet, path, "").Body.String()
	if !strings.Contains(body, "withdrawn this offer") || strings.Contains(body, `data-act="take"`) || !strings.Contains(body, `data-act="withdraw"`) {
		t.Error("a withdrawn offer is not shown as one")
	}
	w, _ = s.say(assetdesk.OffersPath+"/"+strings.Repeat("f", 32)+"/withdraw", `{"signature":"smp…"}`)
	wantStatus(t, w, http.StatusNotFound)
}

// The whole table of a dividend, those with too little in it too.
func TestTheSharesOfADividendAsAFile(t *testing.T) {
	s, f := deskSite(t)
	w := s.ask(http.MethodGet, f.path(assetdesk.Dividend)+".csv?sum=2000&at=100", "")
	wantStatus(t, w, http.StatusOK)
	rows := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if len(rows) != 4 || !strings.HasSuffix(strings.TrimSpace(rows[1]), ",12,1200,yes,no") || !strings.HasSuffix(strings.TrimSpace(rows[3]), ",1,100,no,no") {
		t.Errorf("the table is %q", rows)
	}
	wantStatus(t, s.ask(http.MethodGet, f.path(assetdesk.Dividend)+".csv?sum=x", ""), http.StatusUnprocessableEntity)
}

// Somebody without any coin issues from one that the node makes.
func TestAnAssetIsIssuedFromNothing(t *testing.T) {
	s, f := deskSite(t)
	values := url.Values{"name": {"Coffees"}, "units": {"12"}, "more": {"yes"}, "pay": {"sponsor"}, "coins": {""}, "seed": {deskHex}, "change": {"0014" + strings.Repeat("08", 20)}}
	wantStatus(t, s.ask(http.MethodPost, assetdesk.IssuePath, values.Encode()), http.StatusSeeOther)
	o := f.last(t)
	if len(o.Coins) != 0 || hex.EncodeToString(o.Seed) != deskHex || !o.Sponsored {
		t.Errorf("ordered %+v", o)
	}
	values.Set("pay", "own") // who pays himself has a coin
	wantStatus(t, s.ask(http.MethodPost, assetdesk.IssuePath, values.Encode()), http.StatusUnprocessableEntity)
}

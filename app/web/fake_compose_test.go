package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cairn/app/web/api"
	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/openassets"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// fakeCompose drafts the same thing for everybody, and remembers what was ordered.
type fakeCompose struct {
	refuse error
	orders []compose.Order
}

var (
	composedScript = append([]byte{0, 20}, make([]byte, 20)...)
	composedAsset  = openassets.AssetID(composedScript)
)

func (f *fakeCompose) draft() compose.Draft {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: 1}, nil, nil))
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: 2}, nil, nil))
	tx.AddTxOut(wire.NewTxOut(600, composedScript))
	tx.AddTxOut(wire.NewTxOut(0, []byte{0x6a}))
	units := []assets.Holding{{Asset: composedAsset, Units: 1<<63 - 1}}
	return compose.Draft{
		ID: compose.ID{7}, Operation: compose.Dividend, State: compose.Open, Asset: composedAsset, Fee: 300, Height: 12, Offer: compose.OfferID{7},
		Parts: []compose.Part{{
			PSBT: []byte("psbt"), Visitors: 1, Tx: tx, Txid: chainhash.Hash{7}, Fee: 300, Holdings: [][]assets.Holding{units, nil}, Sent: true, Height: 13,
			Coloring: assets.Coloring{Outputs: [][]assets.Holding{units, nil}, Flows: []assets.Flow{
				{Asset: composedAsset, From: assets.Issued, Units: 5}, {Asset: composedAsset, From: 0, To: assets.Destroyed, Units: 4},
			}},
		}},
		Sponsored: &compose.Sponsored{Price: 360, Quote: compose.Quote{ID: strings.Repeat("7", 32), State: "active", Invoice: "lnbcrt1", ExpiresAt: time.Unix(1_800_000_600, 0)}},
		Shares:    []compose.Share{{Script: composedScript, Units: 9, Amount: 1_000}, {Script: []byte{0x6a}, Units: 1, Amount: 100, Left: compose.LeftUnpayable}},
		ExpiresAt: time.Unix(1_800_000_600, 0),
	}
}

func (f *fakeCompose) PrepareFor(_ context.Context, _ string, o compose.Order) (compose.Draft, error) {
	f.orders = append(f.orders, o)
	return f.draft(), f.refuse
}

func (f *fakeCompose) Identify(compose.Order) (assets.ID, error) { return composedAsset, f.refuse }

func (f *fakeCompose) Get(context.Context, compose.ID) (compose.Draft, error) {
	return f.draft(), f.refuse
}

func (f *fakeCompose) Accept(context.Context, compose.ID, [][]byte) (compose.Draft, error) {
	return f.draft(), f.refuse
}

func (f *fakeCompose) offer() compose.Offer {
	return compose.Offer{
		ID: compose.OfferID{7}, State: compose.OfferOver, Asset: composedAsset, Units: 3, Price: 30_000, PayTo: composedScript,
		Coin: compose.Coin{Script: composedScript}, PSBT: []byte("half"), By: chainhash.Hash{7}, At: time.Unix(1_800_000_000, 0), Until: time.Unix(1_800_000_600, 0),
	}
}

func (f *fakeCompose) Offer(context.Context, compose.OfferID) (compose.Offer, error) {
	return f.offer(), f.refuse
}

func (f *fakeCompose) Offers(context.Context, assets.ID) ([]compose.Offer, error) {
	return []compose.Offer{f.offer()}, f.refuse
}

func (f *fakeCompose) Withdraw(context.Context, compose.OfferID, string) (compose.Offer, error) {
	return f.offer(), f.refuse
}

func (f *fakeCompose) Dividends(context.Context, assets.ID, int) ([]compose.Paid, error) {
	d := f.draft()
	return []compose.Paid{{ID: d.ID, Asset: d.Asset, Height: 12, Shares: d.Shares, Txids: []chainhash.Hash{{7}}, At: time.Unix(1_800_000_000, 0), Confirmed: true}}, f.refuse
}

// composes holds the answers about drafts and offers to the contract.
func (c *apiContract) composes() {
	c.t.Helper()
	fake := &fakeCompose{}
	s := newSite(c.t, func(_ *Config, d *Deps) { d.API.Compose = fake })
	asset := composedAsset.Text(chain.Devnet)
	script := fmt.Sprintf("%x", composedScript)
	coin := `"coins":[{"txid":"` + strings.Repeat("7", 64) + `","vout":1,"value_sat":600,"script":"` + script + `","previous":"","weight":0}]`
	to, err := openassets.Address(append([]byte{0x76, 0xa9, 20}, append(make([]byte, 20), 0x88, 0xac)...), chain.Devnet)
	if err != nil {
		c.t.Fatal(err)
	}
	order := `{"operation":"transfer","asset":"` + asset + `",` + coin + `,"payments":[{"to":"` + to + `","asset":"` + asset + `","units":"9223372036854775807"}],
		"burn":{"asset":"` + asset + `","units":"1"},"change":"` + script + `","sponsored":true,"rate_sat_vb":2,"metadata":"753d","exclude":["` + script + `"],
		"pay_to":"` + script + `","offer":"` + strings.Repeat("7", 32) + `","protocol":"open-assets"}`
	post := func(path, body string) {
		wantStatus(c.t, c.ask(s, "POST", path, body, "Content-Type", asJSON), http.StatusOK)
	}
	w := c.ask(s, "POST", "/api/v1/assets/drafts", order, "Content-Type", asJSON)
	wantStatus(c.t, w, http.StatusCreated)
	self := w.Header().Get("Location")
	wantText(c.t, w, `"units":"9223372036854775807"`, `"price_sat":360`, `"destroyed":[{"asset":"`+asset+`","units":"4"}]`, `"left_out":"unpayable"`, `"links":{"self":"`+self+`"}`)
	if o := fake.orders[0]; len(o.Coins) != 1 || o.Payments[0].Units != 1<<63-1 || o.Burn[0].Units != 1 || !o.Sponsored || string(o.Metadata) != "u=" || len(o.Payments[0].Script) != 25 {
		c.t.Errorf("%+v", o)
	}
	wantStatus(c.t, c.ask(s, "GET", self, ""), http.StatusOK)
	post(self, `{"psbts":["`+base64Of("signed")+`"]}`)
	post("/api/v1/assets/identify", order)
	offer := "/api/v1/assets/offers/" + strings.Repeat("7", 32)
	wantStatus(c.t, c.ask(s, "GET", "/api/v1/assets/offers?asset="+asset, ""), http.StatusOK)
	wantStatus(c.t, c.ask(s, "GET", offer, ""), http.StatusOK)
	post(offer+"/withdraw", `{"signature":"smp"}`)
	wantStatus(c.t, c.ask(s, "GET", "/api/v1/assets/dividends?asset="+asset, ""), http.StatusOK)

	with := func(name, value string) string { return strings.Replace(order, name, value, 1) }
	for _, bad := range []struct {
		kind   string
		status int
		body   string
	}{
		{"bad-json", 400, `{`},
		{"bad-json", 400, with(`"753d"`, `"7"`)},
		{"bad-json", 400, with(strings.Repeat("7", 64), "77")},
		{"bad-json", 400, with(`"rate_sat_vb":2`, `"rate_sat_vb":-2`)},
		{"unknown-protocol", 422, with(`"open-assets"`, `"runes"`)},
		{"bad-asset", 422, with(`"asset":"`+asset, `"asset":"x`)},
		{"bad-units", 422, with("9223372036854775807", "9223372036854775808")},
		{"bad-units", 422, with("9223372036854775807", "0")},
		{"bad-address", 422, with(to, "nowhere")},
		{"other-network", 422, with(`"asset":"`+asset, `"asset":"`+composedAsset.Text(chain.Mainnet))},
		{"unknown-offer", 404, with(strings.Repeat("7", 32)+`","protocol"`, `7","protocol"`)},
		{"order-too-large", 422, with(coin, `"coins":[`+strings.Repeat(coin[9:len(coin)-1]+",", 80)+coin[9:])},
		{"too-large", 413, with(script, strings.Repeat("0", 2<<20))},
	} {
		c.fails(s, bad.status, bad.kind, "POST", "/api/v1/assets/drafts", bad.body, "Content-Type", asJSON)
	}
	c.fails(s, 415, "media-type", "POST", "/api/v1/assets/drafts", order, "Content-Type", "text/plain")
	c.fails(s, 400, "bad-json", "POST", "/api/v1/assets/identify", "{", "Content-Type", asJSON)
	c.fails(s, 400, "bad-json", "POST", offer+"/withdraw", "{", "Content-Type", asJSON)
	c.fails(s, 400, "bad-json", "POST", self, "{", "Content-Type", asJSON)
	c.fails(s, 413, "too-large", "POST", self, `{"psbts":["`+strings.Repeat("a", 4<<20)+`"]}`, "Content-Type", asJSON)
	c.fails(s, 422, "bad-asset", "GET", "/api/v1/assets/offers?asset=x", "")
	c.fails(s, 422, "bad-asset", "GET", "/api/v1/assets/dividends?asset=x", "")
	c.fails(s, 404, "unknown-draft", "GET", "/api/v1/assets/drafts/x", "")
	c.fails(s, 404, "unknown-offer", "GET", "/api/v1/assets/offers/x", "")

	for _, r := range composeRules {
		fake.refuse = r.kind
		name := api.KindOf(r.kind)
		path, body := "/api/v1/assets/drafts", order
		switch r.status {
		case 403:
			path, body = offer+"/withdraw", `{"signature":"smp"}`
		case 404:
			c.fails(s, 404, name, "POST", self, `{"psbts":["`+base64Of("x")+`"]}`, "Content-Type", asJSON)
			c.fails(s, 404, name, "POST", offer+"/withdraw", `{"signature":"smp"}`, "Content-Type", asJSON)
		case 410:
			c.fails(s, 410, name, "POST", self, `{"psbts":["`+base64Of("x")+`"]}`, "Content-Type", asJSON)
			c.fails(s, 410, name, "POST", offer+"/withdraw", `{"signature":"smp"}`, "Content-Type", asJSON)
		case 422:
			c.fails(s, 422, name, "POST", self, `{"psbts":["`+base64Of("x")+`"]}`, "Content-Type", asJSON)
			c.fails(s, 422, name, "POST", "/api/v1/assets/identify", order, "Content-Type", asJSON)
		}
		c.fails(s, r.status, name, "POST", path, body, "Content-Type", asJSON)
	}
	limited := newSite(c.t, func(cfg *Config, d *Deps) { cfg.APIRate, d.API.Compose = 1, fake })
	c.fails(limited, 429, "too-many-requests", "POST", "/api/v1/assets/drafts", order, "Content-Type", asJSON)
}

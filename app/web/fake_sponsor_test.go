package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"cairn/app/web/api"
	"cairn/channels/fees"
	"cairn/channels/sponsor"
	"cairn/channels/sponsoring"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// fakeSponsor proposes whatever it is sent. An error is asked for by
// its words in the place of the PSBT.
type fakeSponsor struct {
	proposals map[sponsoring.ID]sponsoring.Proposal
}

func newFakeSponsor() *fakeSponsor {
	return &fakeSponsor{proposals: map[sponsoring.ID]sponsoring.Proposal{}}
}

func (f *fakeSponsor) fails(psbt []byte) error {
	for _, r := range sponsorRules {
		if string(psbt) == r.kind.Error() {
			return r.kind
		}
	}
	if string(psbt) == fees.ErrUnpayable.Error() {
		return fees.ErrUnpayable
	}
	return nil
}

func (f *fakeSponsor) Propose(_ context.Context, address string, req sponsoring.Request) (sponsoring.Proposal, error) {
	if err := f.fails(req.PSBT); err != nil {
		return sponsoring.Proposal{}, err
	}
	p := sponsoring.Proposal{
		ID: sponsoring.ID{byte(len(f.proposals) + 1)}, State: sponsoring.Open, PSBT: append(req.PSBT, address...), Fee: 300, Pays: 300, Weight: 1200,
		Price: 360_000, ExpiresAt: time.Unix(1_800_000_600, 0),
		Quote: fees.Quote{ID: fees.ID{7}, State: fees.Active, Invoice: "lnbcrt1", ExpiresAt: time.Unix(1_800_000_600, 0)},
	}
	f.proposals[p.ID] = p
	return p, nil
}

func (f *fakeSponsor) Get(_ context.Context, id sponsoring.ID) (sponsoring.Proposal, error) {
	p, ok := f.proposals[id]
	if !ok {
		return p, sponsoring.ErrUnknown
	}
	return p, nil
}

func (f *fakeSponsor) Accept(ctx context.Context, id sponsoring.ID, signed []byte) (sponsoring.Proposal, error) {
	if err := f.fails(signed); err != nil {
		return sponsoring.Proposal{}, err
	}
	p, err := f.Get(ctx, id)
	if err != nil {
		return p, err
	}
	p.State, p.Signed, p.Txid = sponsoring.Sent, true, chainhash.Hash(bytes.Repeat([]byte{7}, 32))
	f.proposals[id] = p
	return p, nil
}

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// kindNamed is the API's name for a kind.
func kindNamed(kind error) string {
	for _, k := range api.Kinds() {
		if errors.Is(k.Err, kind) {
			return k.Name
		}
	}
	switch kind {
	case sponsoring.ErrBusy:
		return "busy"
	case sponsor.ErrCoins:
		return "no-funds"
	}
	return "internal"
}

// sponsored holds the answers about transactions of visitors to the contract.
func (c *apiContract) sponsored(s *site) {
	c.t.Helper()
	ask := func(psbt string) string {
		return `{"psbt":"` + base64Of(psbt) + `","gift_sat":330,"blocks":2,"weights":[0,300]}`
	}
	w := c.ask(s, "POST", "/api/v1/sponsor", ask("psbt"), "Content-Type", asJSON)
	wantStatus(c.t, w, 201)
	self := w.Header().Get("Location")
	wantText(c.t, w, `"links":{"self":"`+self+`"}`, `"price_sat":360`, `"txid":null`)
	wantStatus(c.t, c.ask(s, "GET", self, ""), 200)
	for _, r := range sponsorRules {
		name := r.kind.Error()
		path, kind := "/api/v1/sponsor", kindNamed(r.kind)
		switch r.status {
		case 404, 402, 410:
			path = self
		}
		c.fails(s, r.status, kind, "POST", path, ask(name), "Content-Type", asJSON)
		if strings.HasPrefix(kind, "changed-") || kind == "bad-signature" {
			c.fails(s, r.status, kind, "POST", self, ask(name), "Content-Type", asJSON)
		}
	}
	c.fails(s, 503, "unpayable", "POST", "/api/v1/sponsor", ask(fees.ErrUnpayable.Error()), "Content-Type", asJSON)
	done := c.ask(s, "POST", self, ask("signed"), "Content-Type", asJSON)
	wantStatus(c.t, done, 200)
	wantText(c.t, done, `"state":"sent"`, `"txid":"0707`)

	nowhere := "/api/v1/sponsor/" + strings.Repeat("0", 32)
	c.fails(s, 404, "unknown-proposal", "GET", nowhere, "")
	c.fails(s, 404, "unknown-proposal", "POST", nowhere, ask("signed"), "Content-Type", asJSON)
	for _, body := range []string{`{`, `{}`, `{"psbt":7}`, `{"psbt":"!"}`, `{"psbt":"","blocks":-1}`, `{"psbt":"","blocks":1009}`} {
		c.fails(s, 400, "bad-json", "POST", "/api/v1/sponsor", body, "Content-Type", asJSON)
	}
	c.fails(s, 413, "too-large", "POST", "/api/v1/sponsor", ask(strings.Repeat("x", 104_000)), "Content-Type", asJSON)
	c.fails(s, 415, "media-type", "POST", "/api/v1/sponsor", "psbt", "Content-Type", "text/plain")

	limited := newSite(c.t, func(cfg *Config, _ *Deps) { cfg.APIRate = 1 })
	c.fails(limited, 429, "too-many-requests", "POST", "/api/v1/sponsor", ask("psbt"), "Content-Type", asJSON)
	without := newSite(c.t, func(_ *Config, d *Deps) { d.API.Sponsor = nil })
	for _, method := range []string{"GET", "POST"} {
		c.fails(without, 404, "not-offered", method, self, ask("signed"), "Content-Type", asJSON)
	}
}

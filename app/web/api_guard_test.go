package web

import (
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"cairn/assets/guard"
)

// guards asks what transactions would destroy.
func (c *apiContract) guards(t *testing.T) {
	const at = "/api/v1/assets/guard"
	s := newSite(t)
	ask := func(tx string) string {
		w := c.ask(s, "POST", at, `{"transaction":"`+tx+`"}`, "Content-Type", asJSON)
		wantStatus(t, w, http.StatusOK)
		return w.Body.String()
	}
	for tx, want := range map[string]string{
		guardedTx(2): `"verdict":"safe"`, movedTx(): `"verdict":"moves"`, guardedTx(3): `"verdict":"unsure"`,
		guardedTx(2, 1): `"lost":[{"protocol":"open-assets","asset":"` + voucherAsset.Text("devnet") + `","units":"20","input":1,"output":null,"why":"ordinary"}]`,
	} {
		if body := ask(tx); !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	raw, err := hex.DecodeString(guardedTx(1))
	if err != nil {
		t.Fatal(err)
	}
	w := c.ask(s, "POST", at, string(raw), "Content-Type", "application/octet-stream")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, `"verdict":"destroys"`, `"care":null`)
	c.fails(s, 400, "bad-json", "POST", at, `{"transaction":1}`, "Content-Type", asJSON)
	c.fails(s, 409, "asset-spent", "POST", at, `{"transaction":"`+guardedTx(spentCoin)+`"}`, "Content-Type", asJSON)
	c.fails(s, 413, "too-large", "POST", at, strings.Repeat("0", guard.MaxBytes+1), "Content-Type", "application/octet-stream")
	c.fails(s, 415, "media-type", "POST", at, "x")
	c.fails(s, 422, "not-a-transaction", "POST", at, `{"transaction":"hello"}`, "Content-Type", asJSON)
	c.fails(s, 422, "psbt-other-coin", "POST", at, `{"transaction":"`+lyingPSBT(t)+`"}`, "Content-Type", asJSON)
	few := newSite(t, func(cfg *Config, _ *Deps) { cfg.APIRate = 1 })
	c.fails(few, 429, "too-many-requests", "POST", at, `{"transaction":"`+guardedTx(2)+`"}`, "Content-Type", asJSON)
}

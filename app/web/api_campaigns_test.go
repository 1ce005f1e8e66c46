package web

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cairn/chain"
	"cairn/chain/coins"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"
	"cairn/lighthouse/pledges"
	"cairn/lighthouse/progress"
	"cairn/lighthouse/progress/tree"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
)

// crowdfunds asks everything about campaigns and pledges.
func (c *apiContract) crowdfunds(t *testing.T) {
	crowd := newCrowdAPI()
	s := newSite(t, func(_ *Config, d *Deps) { d.API.Crowdfunding = crowd.deps() })
	at := "/api/v1/campaigns/" + crowd.campaign.ID.String()
	unknown := "/api/v1/campaigns/" + lighthouse.ID{99}.String()

	// Lists and reads.
	w := c.ask(s, "GET", "/api/v1/campaigns?q=ridge&category=community&sort=almost&limit=5", "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, `"next":"more"`)
	wantText(t, w, `"self":"`+at+`"`)
	wantStatus(t, c.ask(s, "GET", "/api/v1/campaigns?after=more", ""), http.StatusOK)
	c.fails(s, 400, "order", "GET", "/api/v1/campaigns?sort=size", "")
	c.fails(s, 422, "category", "GET", "/api/v1/campaigns?category=war", "")
	c.fails(s, 422, "page", "GET", "/api/v1/campaigns?limit=x", "")
	w = c.ask(s, "GET", at, "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, `"contract_id":"`)
	for _, path := range []string{"", "/file", "/pledges", "/progress", "/heads", "/claim", "/opening"} {
		c.fails(s, 404, "unknown-campaign", "GET", unknown+path, "")
	}
	c.fails(s, 404, "unknown-campaign", "GET", "/api/v1/campaigns/ridge", "")
	wantStatus(t, c.ask(s, "GET", at+"/progress", ""), http.StatusOK)
	c.fails(s, 404, "no-claim", "GET", at+"/claim", "")
	c.fails(s, 409, "too-early", "GET", at+"/opening", "")

	// The file is one that anybody can check.
	file := c.ask(s, "GET", at+"/file", "")
	wantStatus(t, file, http.StatusOK)
	read, err := document.ReadCampaign(file.Body.Bytes())
	if err != nil || read.Campaign.ID != crowd.campaign.ID {
		t.Fatalf("the file: %v", err)
	}

	// A pledge, in every form, is the same pledge.
	_, script := crowdAddress(crowdKey("Ada"))
	post := func(pledge string, more string) string {
		raw, err := json.Marshal(pledge)
		if err != nil {
			t.Fatal(err)
		}
		return `{"pledge":` + string(raw) + more + `}`
	}
	const pledging = txscript.SigHashAll | txscript.SigHashAnyOneCanPay
	goal := string(document.Hex(crowd.sign("Ada", 0, pledging)))
	both := goal + "\n" + string(document.Hex(crowd.sign("Ada", 1, pledging)))
	coin := `,"script":"` + hex.EncodeToString(script) + `","height":100`
	w = c.ask(s, "POST", at+"/pledges", post(both, coin+`,"name":"Ada","message":"Go"`), "Content-Type", asJSON)
	wantStatus(t, w, http.StatusCreated)
	var made struct {
		ID, Key string
		Levels  []int
		Links   struct{ Self string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || len(made.Levels) != 2 || w.Header().Get("Location") != made.Links.Self {
		t.Fatalf("%s, %v", w.Body, err)
	}
	again := c.ask(s, "POST", at+"/pledges", post(both, coin+`,"name":"Ada","message":"Go"`), "Content-Type", asJSON)
	if again.Code != http.StatusCreated || again.Body.String() != w.Body.String() {
		t.Errorf("sent again: %d %s", again.Code, again.Body)
	}
	wantStatus(t, c.ask(s, "GET", made.Links.Self, ""), http.StatusOK)
	w = c.ask(s, "GET", at+"/pledges?sort=largest", "")
	wantText(t, w, made.ID)
	if strings.Contains(w.Body.String(), crowd.pledged[0].Outpoint.Hash.String()) || strings.Contains(w.Body.String(), made.Key) {
		t.Error("the list tells which coin it is, or the key")
	}
	c.fails(s, 422, "page", "GET", at+"/pledges?page=x", "")
	c.fails(s, 422, "page", "GET", at+"/heads?below=x", "")
	c.fails(newSite(t), 404, "not-found", "GET", "/api/v1/campaigns", "")
	c.fails(s, 404, "unknown-pledge", "GET", "/api/v1/pledges/"+strings.Repeat("0", 32), "")

	// Files for its owner, and for nobody else.
	receipt := c.ask(s, "GET", made.Links.Self+"/receipt", "", "Authorization", "Bearer "+made.Key)
	if _, err := document.ReadReceipt(receipt.Body.Bytes()); err != nil {
		t.Errorf("the receipt: %v", err)
	}
	own := c.ask(s, "GET", made.Links.Self+"/file", "", "Authorization", "Bearer "+made.Key).Body.String()
	for _, path := range []string{"/receipt", "/file"} {
		c.fails(s, 403, "not-yours", "GET", made.Links.Self+path, "")
		c.fails(s, 403, "not-yours", "GET", made.Links.Self+path, "", "Authorization", "Bearer "+strings.Repeat("0", 32))
		c.fails(s, 403, "not-yours", "GET", "/api/v1/pledges/"+strings.Repeat("1", 32)+path, "", "Authorization", "Bearer "+made.Key)
	}
	w = c.ask(s, "POST", at+"/pledges", post(own, ""), "Content-Type", asJSON)
	wantText(t, w, made.Key)

	// What is refused.
	other := crowd.sign("Ada", 0, pledging)
	other.TxOut[0].Value++
	for name, bad := range map[string]struct {
		status     int
		kind, body string
	}{
		"no JSON":              {400, "bad-json", `{"pledge":`},
		"no pledge":            {400, "bad-json", `{"name":"Ada"}`},
		"a bad script":         {400, "bad-json", post(goal, `,"script":"xy"`)},
		"words":                {422, "not-a-pledge", post("I pledge", "")},
		"another hash type":    {422, "hash-type", post(string(document.Hex(crowd.sign("Ada", 0, txscript.SigHashAll))), coin)},
		"another amount":       {422, "other-terms", post(string(document.Hex(other)), coin)},
		"another key":          {422, "pledge-signature", post(goal, `,"script":"0014`+strings.Repeat("11", 20)+`"`)},
		"a level twice":        {422, "contradiction", post(goal+"\n"+goal, coin)},
		"of another campaign":  {422, "other-campaign", post(strings.Replace(own, crowd.campaign.ID.String(), lighthouse.ID{99}.String(), 1), "")},
		"of a newer version":   {422, "newer-file", post(strings.Replace(own, `"version":1`, `"version":9`, 1), "")},
		"larger than a pledge": {413, "too-large", post(strings.Repeat("0", document.MaxPledge+2), "")},
		"larger than a body":   {413, "too-large", post(strings.Repeat("0", 4<<20), "")},
	} {
		before := len(crowd.pledged)
		w := c.ask(s, "POST", at+"/pledges", bad.body, "Content-Type", asJSON)
		var p struct{ Kind string }
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != bad.status || p.Kind != bad.kind {
			t.Errorf("%s: %d %s, want %d %s", name, w.Code, w.Body, bad.status, bad.kind)
		}
		if len(crowd.pledged) != before {
			t.Errorf("%s: it was taken in all the same", name)
		}
	}
	c.fails(s, 415, "media-type", "POST", at+"/pledges", goal, "Content-Type", "text/plain")
	c.fails(s, 404, "unknown-campaign", "POST", unknown+"/pledges", post(goal, coin), "Content-Type", asJSON)

	// Heads, more than one answer has, and the claim.
	for n := range uint32(150) {
		h := progress.Head{Head: tree.Head{Campaign: crowd.campaign.ID, Number: n, Size: n, Sum: crowdValue, Block: chain.BlockRef{Height: 90, Hash: chainhash.Hash{1}}, At: crowd.campaign.OpenedAt}}
		if n < 149 {
			h.StampedAt = h.At.Add(time.Second)
		}
		crowd.heads = append(crowd.heads, h)
	}
	var heads struct {
		Heads []struct {
			Number    int
			StampedAt *string `json:"stamped_at"`
		}
		Next *string
	}
	below, seen := "0", 0
	for {
		heads.Next = nil
		w := c.ask(s, "GET", at+"/heads?below="+below, "")
		if err := json.Unmarshal(w.Body.Bytes(), &heads); err != nil {
			t.Fatal(err)
		}
		if seen == 0 && (heads.Heads[0].StampedAt != nil || heads.Heads[1].StampedAt == nil) {
			t.Error("it is not said which are stamped")
		}
		seen += len(heads.Heads)
		if heads.Next == nil {
			break
		}
		below = *heads.Next
	}
	if seen != 150 {
		t.Errorf("%d heads of 150", seen)
	}
	p := crowd.pledged[0]
	tx := crowd.campaign.Terms.Levels[0].Contract.Alone(p.Signed[0])
	crowd.pledged[0].State = lighthouse.Taken
	crowd.claimed = &lighthouse.Claim{
		Campaign: crowd.campaign.ID, State: lighthouse.Claiming, Tx: tx, Pledges: []lighthouse.PledgeID{p.ID, {}}, Fee: 10, Weight: 400, Attempts: 1, At: p.At,
	}
	wantText(t, c.ask(s, "GET", at+"/claim", ""), `"pledges":["`+p.ID.String()+`",null]`)
	c.fails(s, 409, "too-early", "GET", at+"/opening", "")
	crowd.claimed.State, crowd.claimed.Block = lighthouse.InBlock, chain.BlockRef{Height: 130, Hash: chainhash.Hash{5}}
	wantText(t, c.ask(s, "GET", at+"/claim", ""), `"height":130`)
	if _, err := document.ReadOpening(c.ask(s, "GET", at+"/opening", "").Body.Bytes()); err != nil {
		t.Errorf("the opening: %v", err)
	}
	wantText(t, c.ask(s, "GET", made.Links.Self, ""), `"outpoint":"`+p.Outpoint.String()+`"`)

	c.fails(s, 400, "order", "GET", "/api/v1/campaigns?sort=size", "")
	c.refuses(t, s, crowd, at, post(goal, coin))
	c.limits(crowd, at, made.Links.Self, made.Key)
	crowd.err = errors.New("the cable is out")
	for _, path := range []string{"/api/v1/campaigns", at, at + "/file", at + "/pledges", at + "/progress", at + "/heads", at + "/claim", at + "/opening",
		made.Links.Self, made.Links.Self + "/receipt", made.Links.Self + "/file"} {
		c.fails(s, 500, "internal", "GET", path, "", "Authorization", "Bearer "+made.Key)
	}
	c.fails(s, 500, "internal", "POST", at+"/pledges", post(goal, coin), "Content-Type", asJSON)
}

// refuses has the store of pledges say no for every reason that it has.
func (c *apiContract) refuses(t *testing.T, s *site, crowd *crowdAPI, at, body string) {
	t.Helper()
	for _, no := range []struct {
		err    error
		status int
		kind   string
	}{
		{lighthouse.ErrNotOpen, 409, "not-open"}, {lighthouse.ErrChanged, 409, "terms-changed"}, {lighthouse.ErrNoCoin, 422, "no-coin"},
		{lighthouse.ErrSpent, 409, "coin-spent"}, {lighthouse.ErrImmature, 422, "coin-immature"}, {lighthouse.ErrAlreadyPledged, 409, "already-pledged"},
		{lighthouse.ErrNoRoom, 409, "no-room"}, {lighthouse.ErrMultiple, 422, "not-a-multiple"},
		{contract.ErrSequence, 422, "pledge-sequence"}, {contract.ErrScriptType, 422, "coin-kind"}, {contract.ErrAnnex, 422, "annex"},
		{contract.ErrWeight, 422, "pledge-weight"}, {contract.ErrTooSmall, 422, "pledge-too-small"}, {contract.ErrRefund, 422, "bad-refund"},
		{contract.ErrPSBT, 422, "not-signed"},
		{pledges.ErrLevels, 422, "levels"}, {pledges.ErrWords, 422, "words"}, {pledges.ErrPending, 429, "too-many-pending"}, {pledges.ErrTooLarge, 413, "too-large"},
		{coins.ErrNone, 422, "no-coin"}, {coins.ErrNoHint, 422, "no-hint"}, {coins.ErrTooDeep, 422, "too-deep"}, {coins.ErrBusy, 503, "busy"}, {coins.ErrSlow, 503, "slow"},
		{document.ErrSigned, 422, "file-signature"},
	} {
		crowd.refusal = fmt.Errorf("it was refused: %w", no.err)
		c.fails(s, no.status, no.kind, "POST", at+"/pledges", body, "Content-Type", asJSON)
	}
	crowd.refusal = nil
}

// limits asks for more than one address may.
func (c *apiContract) limits(crowd *crowdAPI, at, pledge, key string) {
	for _, path := range []string{"/api/v1/campaigns", at, at + "/file", at + "/pledges", at + "/progress", at + "/heads", at + "/claim", at + "/opening",
		pledge, pledge + "/receipt", pledge + "/file"} {
		limited := newSite(c.t, func(cfg *Config, d *Deps) { d.API.Crowdfunding, cfg.APIRate = crowd.deps(), 1 })
		for n := 0; ; n++ {
			w := c.ask(limited, "GET", path, "", "Authorization", "Bearer "+key)
			if w.Code == http.StatusTooManyRequests {
				break
			}
			if n == 20 {
				c.t.Errorf("%s was answered twenty times", path)
				break
			}
		}
	}
	limited := newSite(c.t, func(cfg *Config, d *Deps) { d.API.Crowdfunding, cfg.APIRate = crowd.deps(), 10 })
	for range 2 {
		c.fails(limited, 415, "media-type", "POST", at+"/pledges", "")
	}
	c.fails(limited, 429, "too-many-requests", "POST", at+"/pledges", "")
}

package web

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/document"
	"cairn/lighthouse/progress"
	"cairn/lighthouse/progress/tree"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
)

// The addresses of crowdfunding answer as openapi.yaml promises.
func TestAPICampaigns(t *testing.T) {
	c := newContract(t)
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

	crowd.err = errors.New("the cable is out")
	c.fails(s, 500, "internal", "GET", at, "")
}

func TestAPIWithoutCampaigns(t *testing.T) {
	c := newContract(t)
	c.fails(newSite(t), 404, "not-found", "GET", "/api/v1/campaigns", "")
}

// One address cannot ask for more than its share.
func TestAPICampaignLimits(t *testing.T) {
	c := newContract(t)
	crowd := newCrowdAPI()
	s := newSite(t, func(cfg *Config, d *Deps) { d.API.Crowdfunding, cfg.APIRate = crowd.deps(), 10 })
	at := "/api/v1/campaigns/" + crowd.campaign.ID.String()
	for range 2 {
		wantStatus(t, c.ask(s, "GET", at+"/file", ""), http.StatusOK)
	}
	c.fails(s, 429, "too-many-requests", "GET", at+"/file", "")
	for range 2 {
		c.fails(s, 415, "media-type", "POST", at+"/pledges", "")
	}
	c.fails(s, 429, "too-many-requests", "POST", at+"/pledges", "")
}

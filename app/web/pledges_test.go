package web

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"
	"cairn/templates/pledge"

	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// backerSite is a site with one open campaign.
type backerSite struct {
	*site
	pledges *fakePledges
}

func newBackerSite(t *testing.T) backerSite {
	var f *fakePledges
	s := newSite(t, func(_ *Config, deps *Deps) { f = withPledges(deps) })
	return backerSite{s, f}
}

func (s backerSite) path() string { return "/campaigns/" + s.pledges.campaign.ID.String() + "/pledge" }

// submit sends the form of the three doors; fields are names and values by turns.
func (s backerSite) submit(path string, fields ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		if name, ok := strings.CutSuffix(fields[i], "-file"); ok {
			part, err := form.CreateFormFile(name+"-file", "x.psbt")
			if err != nil {
				s.t.Fatal(err)
			}
			part.Write([]byte(fields[i+1])) //nolint:errcheck // into memory
			continue
		}
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	return s.ask("POST", path, b.String(), "Content-Type", form.FormDataContentType())
}

// handIn posts what the wallet in the page posts.
func (s backerSite) handIn(body map[string]any) *httptest.ResponseRecorder {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.ask("POST", s.path(), string(raw), "Content-Type", "application/json", "Accept", "application/json")
}

// pledged is the page of a pledge made by the wallet.
func (s backerSite) pledged(n byte) (path string, b backing) {
	s.t.Helper()
	b = s.pledges.coin(s.t, n, 50_000)
	w := s.handIn(map[string]any{
		"revision": 2, "signed": []string{b.pledge(s.t, s.pledges)}, "refund": b.refund(s.t, s.pledges), "name": "Mira <3", "message": "For the frogs",
	})
	wantStatus(s.t, w, http.StatusOK)
	var answer struct{ Path, Key string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer.Key) != 32 || !strings.HasPrefix(answer.Path, "/pledges/"+answer.Key) {
		s.t.Fatalf("%v %s", err, w.Body)
	}
	return "/pledges/" + answer.Key, b
}

func TestFormOfThreeDoors(t *testing.T) {
	s := newBackerSite(t)
	w := s.ask("GET", s.path(), "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "Songs of the marsh &amp; fen", "1,020,000 sat are still missing", "The least is 10,000 sat", "1,729 more pledges", "ALL|ANYONECANPAY", "Trezor", "data-contracts", "noindex")
	checkMarkup(t, "the form", w)
	wantText(t, s.ask("GET", s.path()+"?amount=123456", ""), `value="123456"`)
	wantText(t, s.ask("GET", s.path(), "", "Accept-Language", "zh-CN"), "为“Songs of the marsh &amp; fen”认捐", "还差 1,020,000 sat")
	wantStatus(t, s.ask("GET", "/campaigns/"+lighthouse.ID{9}.String()+"/pledge", ""), http.StatusNotFound)
	wantStatus(t, s.ask("GET", "/campaigns/nonsense/pledge", ""), http.StatusNotFound)

	// A sponsor's coin is signed for his level alone.
	goal := s.pledges.campaign.Terms.Levels[0]
	further, err := contract.New(contract.Version, 0, []contract.Output{{Value: 2_000_000, Script: goal.Contract.Outputs[0].Script}})
	if err != nil {
		t.Fatal(err)
	}
	s.pledges.campaign.Terms.Levels = append(s.pledges.campaign.Terms.Levels, lighthouse.Level{Title: "A second record", Goal: 2_020_000, Contract: further})
	both, match := s.ask("GET", s.path(), ""), s.ask("GET", s.path()+"?match=1", "")
	wantText(t, match, "it counts only if “A second record” is reached", `name="match" value="1"`, `data-match="1"`, "1,000,000 sat are still missing", hex.EncodeToString(further.Encode()))
	wantText(t, both, hex.EncodeToString(goal.Contract.Encode()), hex.EncodeToString(further.Encode()), `data-match="0"`)
	if strings.Contains(match.Body.String(), hex.EncodeToString(goal.Contract.Encode())) {
		t.Error("a sponsor's coin is to be signed for the goal too")
	}
	checkMarkup(t, "the form of a sponsor", match)
	for _, wrong := range []string{"-1", "2", "x"} {
		wantText(t, s.ask("GET", s.path()+"?match="+wrong, ""), `data-match="0"`)
	}

	s.pledges.tip = 2000
	closed := s.ask("GET", s.path(), "")
	wantText(t, closed, "This campaign takes no pledges now")
	if strings.Contains(closed.Body.String(), "data-wallet-door") {
		t.Error("a closed campaign offers its doors")
	}
}

func TestAskForAnotherWalletsSignature(t *testing.T) {
	s := newBackerSite(t)
	b := s.pledges.coin(t, 21, 60_000)
	w := s.submit(s.path(), "do", "request", "coin", b.at.String(), "name", "Mira", "message", "Hello")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "60,000 sat", `value="Mira"`, ">Hello</textarea>", "cHNidP8", "other backers")
	file := s.submit(s.path()+"/request.psbt", "coin", b.at.String(), "level", "0")
	wantStatus(t, file, http.StatusOK)
	packet, err := psbt.NewFromRawBytes(bytes.NewReader(file.Body.Bytes()), false)
	if err != nil || len(packet.Inputs) != 2 || packet.Inputs[0].SighashType != txscript.SigHashAll|txscript.SigHashAnyOneCanPay {
		t.Fatalf("%v: %+v", err, packet)
	}
	for _, c := range []struct{ field, value, says string }{
		{"coin", "abc", "A coin is written as"},
		{"coin", strings.Repeat("00", 32) + ":5", ""},
		{"height", "soon", "A block is a whole number."},
		{"previous", "%%%", "not a transaction"},
	} {
		fields := []string{"do", "request", "name", "Mira", c.field, c.value}
		if c.field != "coin" {
			fields = append(fields, "coin", b.at.String())
		}
		w := s.submit(s.path(), fields...)
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s %q: status %d", c.field, c.value, w.Code)
		}
		wantText(t, w, c.says, `id="`+c.field+`-wrong"`, `value="Mira"`)
	}
}

// signPSBT signs the first input of a PSBT as a wallet does.
func (b backing) signPSBT(t *testing.T, raw []byte) []byte {
	t.Helper()
	packet, err := psbt.NewFromRawBytes(bytes.NewReader(raw), false)
	if err != nil {
		t.Fatal(err)
	}
	fetcher := txscript.NewCannedPrevOutputFetcher(b.coin.Script, int64(b.coin.Value))
	sig, err := txscript.RawTxInWitnessSignature(packet.UnsignedTx, txscript.NewTxSigHashes(packet.UnsignedTx, fetcher), 0, int64(b.coin.Value),
		b.coin.Script, packet.Inputs[0].SighashType, b.key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ecdsa.ParseDERSignature(sig[:len(sig)-1]); err != nil {
		t.Fatal(err)
	}
	packet.Inputs[0].PartialSigs = []*psbt.PartialSig{{PubKey: b.key.PubKey().SerializeCompressed(), Signature: sig}}
	var out bytes.Buffer
	if err := packet.Serialize(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestPledgeByAnotherWallet(t *testing.T) {
	s := newBackerSite(t)
	for n, way := range []string{"signed", "signed-file", "pledge", "pledge-file"} {
		b := s.pledges.coin(t, byte(30+n), 60_000)
		raw := s.submit(s.path()+"/request.psbt", "coin", b.at.String(), "level", "0").Body.Bytes()
		signed := string(b.signPSBT(t, raw))
		if !strings.HasSuffix(way, "-file") {
			signed = base64.StdEncoding.EncodeToString([]byte(signed))
		}
		do := "psbt"
		if strings.HasPrefix(way, "pledge") {
			do = "file"
		}
		w := s.submit(s.path(), "do", do, way, signed, "name", "Ada", "revision", "2")
		wantStatus(t, w, http.StatusSeeOther)
		page := s.ask("GET", w.Header().Get("Location"), "")
		wantStatus(t, page, http.StatusOK)
		wantText(t, page, "Thank you. Your pledge is in.", "60,000 sat", "On its way", "Spend the coin in the wallet that holds it")
	}
	if len(s.pledges.list) != 4 {
		t.Errorf("%d pledges", len(s.pledges.list))
	}
}

func TestPledgeFileOfCairn(t *testing.T) {
	s := newBackerSite(t)
	path, _ := s.pledged(40)
	file := s.ask("GET", path+"/pledge.json", "")
	wantStatus(t, file, http.StatusOK)
	if _, err := document.ReadPledge(file.Body.Bytes()); err != nil {
		t.Fatal(err)
	}
	s.pledges.list, s.pledges.keys = nil, nil // as if on another server
	w := s.submit(s.path(), "do", "file", "pledge-file", file.Body.String())
	wantStatus(t, w, http.StatusSeeOther)
	p := s.pledges.list[0]
	if p.Name != "Mira <3" || p.Message != "For the frogs" || p.Refund == nil || p.Door != lighthouse.ByFile {
		t.Errorf("%+v", p)
	}
}

func TestBadPledgesAreToldBesideTheField(t *testing.T) {
	s := newBackerSite(t)
	b := s.pledges.coin(t, 50, 60_000)
	request := s.submit(s.path()+"/request.psbt", "coin", b.at.String(), "level", "0").Body.Bytes()
	alone := s.pledges.campaign.Terms.Levels[0].Contract.Alone
	own, err := s.pledges.campaign.Terms.Levels[0].Contract.Open(mustTx(t, b.pledge(t, s.pledges)))
	if err != nil {
		t.Fatal(err)
	}
	stranger := s.pledges.coin(t, 51, 60_000)
	for name, signed := range map[string]string{
		"nothing":       "",
		"noise":         "what is this?",
		"unsigned":      base64.StdEncoding.EncodeToString(request),
		"ALL":           b.signed(t, alone(own), txscript.SigHashAll),
		"SINGLE":        b.signed(t, alone(own), txscript.SigHashSingle|txscript.SigHashAnyOneCanPay),
		"other key":     stranger.signed(t, alone(own), txscript.SigHashAll|txscript.SigHashAnyOneCanPay),
		"other outputs": b.refund(t, s.pledges),
	} {
		for do, field := range map[string]string{"psbt": "signed", "file": "pledge"} {
			w := s.submit(s.path(), "do", do, field, signed, "name", "Mira", "message", "kept", "amount", "77777")
			if w.Code < 400 || w.Code >= 500 {
				t.Errorf("%s by %s: status %d", name, do, w.Code)
			}
			wantText(t, w, `id="`+field+`-wrong"`, `value="Mira"`, ">kept</textarea>", `value="77777"`)
		}
	}
	if len(s.pledges.list) != 0 {
		t.Errorf("%d pledges were taken", len(s.pledges.list))
	}
	if w := s.submit(s.path(), "do", "psbt", "signed", b.pledge(t, s.pledges), "message", strings.Repeat("long ", 200)); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a long message: status %d", w.Code)
	} else {
		wantText(t, w, `id="message-wrong"`)
	}
	large := strings.Repeat("a", maxPledgeBody+1)
	wantStatus(t, s.submit(s.path(), "do", "psbt", "signed", large), http.StatusRequestEntityTooLarge)
}

func TestWalletPledgesAreRefusedByName(t *testing.T) {
	s := newBackerSite(t)
	b := s.pledges.coin(t, 60, 60_000)
	good := b.pledge(t, s.pledges)
	for name, c := range map[string]struct {
		body   any
		status int
	}{
		"old terms":     {map[string]any{"revision": 1, "signed": []string{good}}, http.StatusConflict},
		"nothing":       {map[string]any{"revision": 2, "signed": []string{}}, http.StatusUnprocessableEntity},
		"not JSON":      {"x", http.StatusBadRequest},
		"script":        {map[string]any{"revision": 2, "signed": []string{good}, "script": "zz"}, http.StatusBadRequest},
		"broken refund": {map[string]any{"revision": 2, "signed": []string{good}, "refund": "00"}, http.StatusUnprocessableEntity},
	} {
		var w *httptest.ResponseRecorder
		if body, ok := c.body.(map[string]any); ok {
			w = s.handIn(body)
		} else {
			w = s.ask("POST", s.path(), "nonsense", "Content-Type", "application/json", "Accept", "application/json")
		}
		if w.Code != c.status || !strings.Contains(w.Body.String(), `"error"`) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if len(s.pledges.list) != 0 {
		t.Errorf("%d pledges were taken", len(s.pledges.list))
	}
}

func TestPageOfAPledge(t *testing.T) {
	s := newBackerSite(t)
	path, b := s.pledged(70)
	w := s.ask("GET", path+"?new=1", "")
	wantStatus(t, w, http.StatusOK)
	checkMarkup(t, "the page of a pledge", w)
	wantText(t, w, "Thank you. Your pledge is in.", "Mira &lt;3", "For the frogs", "Checked at block 1,000", "http://cairn.test"+path, "Take it back", b.at.String(), "list of <span class=\"num\">12</span> pledges")
	for name, want := range map[string]string{"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer", "Cache-Control": "private, no-store"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if strings.Contains(s.log.String(), path) {
		t.Error("the secret of a pledge is in the log")
	}
	for _, other := range []string{"/pledges/" + strings.Repeat("00", 16), "/pledges/abc", "/pledges/" + strings.Repeat("00", 16) + "/refund.txt"} {
		if w := s.ask("GET", other, ""); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", other, w.Code)
		}
	}

	state := s.ask("GET", path, "", "Accept", "application/json")
	wantText(t, state, `"state":"seen"`, `"amount":50000`, `"checked":1000`, path+"/refund.txt")

	edited := s.ask("POST", path, url.Values{"name": {"M."}, "message": {"Quack"}}.Encode())
	wantStatus(t, edited, http.StatusSeeOther)
	wantText(t, s.ask("GET", edited.Header().Get("Location"), ""), "Saved.", `value="M."`, ">Quack</textarea>")
	long := s.ask("POST", path, url.Values{"name": {"M."}, "message": {strings.Repeat("quack", 200)}}.Encode())
	wantStatus(t, long, http.StatusUnprocessableEntity)
	wantText(t, long, `id="message-wrong"`, "quackquack")

	for state, says := range map[lighthouse.CoinState]string{
		lighthouse.Confirmed: "counts towards the goal", lighthouse.Leaving: "waits for a block", lighthouse.Spent: "Taken back",
		lighthouse.Taken: "Thank you!", lighthouse.Gone: "rearranged",
	} {
		s.pledges.list[0].State = state
		wantText(t, s.ask("GET", path, ""), says)
		checkMarkup(t, string(state), s.ask("GET", path, ""))
	}
}

func TestFilesOfAPledge(t *testing.T) {
	s := newBackerSite(t)
	path, b := s.pledged(80)
	for name, says := range map[string][]string{
		"pledge.json":   {b.at.String(), "Mira"},
		"refund.txt":    {b.refund(t, s.pledges)},
		"receipt.jsonl": {`"kind":"receipt"`},
		"labels.jsonl":  {`"type":"output"`, `"ref":"` + b.at.String() + `"`, `"spendable":false`},
		"everything.html": {
			"<!doctype html>", b.refund(t, s.pledges), "&#34;spendable&#34;:false", "http://cairn.test" + path, "from block 2,144 on", "Mira",
		},
	} {
		w := s.ask("GET", path+"/"+name, "")
		wantStatus(t, w, http.StatusOK)
		wantText(t, w, says...)
		if !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") || w.Header().Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %v", name, w.Header())
		}
	}
	s.pledges.list[0].Refund = nil
	if w := s.ask("GET", path+"/refund.txt", ""); w.Code < 400 || w.Code >= 500 {
		t.Errorf("a refund that is not there: %d", w.Code)
	}
}

func TestDeskOfABacker(t *testing.T) {
	s := newBackerSite(t)
	path, b := s.pledged(90)
	w := s.ask("GET", "/pledges", "")
	wantStatus(t, w, http.StatusOK)
	checkMarkup(t, "the desk", w)
	for _, link := range []string{"http://cairn.test" + path, path, strings.TrimPrefix(path, "/pledges/"), "  " + path + "?new=1 "} {
		w := s.ask("POST", "/pledges", url.Values{"link": {link}}.Encode())
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != path {
			t.Errorf("%q leads to %d %s", link, w.Code, w.Header().Get("Location"))
		}
	}
	wrong := s.ask("POST", "/pledges", url.Values{"link": {"http://elsewhere/x"}}.Encode())
	wantText(t, wrong, `id="link-wrong"`, "http://elsewhere/x")
	if wrong.Code < 400 || wrong.Code >= 500 {
		t.Errorf("status %d", wrong.Code)
	}

	of := s.ask("POST", "/pledges/of", `{"outpoints":["`+b.at.String()+`","`+strings.Repeat("00", 32)+`:1"]}`, "Content-Type", "application/json")
	wantStatus(t, of, http.StatusOK)
	var found struct{ Pledges []pledgedCoin }
	if err := json.Unmarshal(of.Body.Bytes(), &found); err != nil || len(found.Pledges) != 1 || found.Pledges[0].Amount != 50_000 {
		t.Fatalf("%v %s", err, of.Body)
	}
	if strings.Contains(of.Body.String(), strings.TrimPrefix(path, "/pledges/")) {
		t.Error("the secret is told to who knows the coin")
	}
	for _, bad := range []string{"x", `{"outpoints":["x"]}`} {
		wantStatus(t, s.ask("POST", "/pledges/of", bad, "Content-Type", "application/json"), http.StatusBadRequest)
	}
}

func TestRefundsBySomebody(t *testing.T) {
	s := newBackerSite(t)
	s.pledged(100)
	s.pledged(101)
	path := "/campaigns/" + s.pledges.campaign.ID.String() + "/refunds"
	w := s.ask("GET", path, "")
	checkMarkup(t, "refunds", w)
	wantText(t, w, "block 2,144", "waits for its block", "50,000 sat")
	early := s.ask("POST", path, "pledge="+s.pledges.list[0].ID.String())
	if early.Code < 400 || early.Code >= 500 || !strings.Contains(early.Body.String(), `role="alert"`) {
		t.Errorf("too early: %d", early.Code)
	}
	s.pledges.tip = 2144
	wantText(t, s.ask("GET", path, ""), "Send all 2 home", "can be sent home")
	wantText(t, s.ask("POST", path, "pledge="+s.pledges.list[0].ID.String()), "One pledge is on its way home")
	wantText(t, s.ask("POST", path, "pledge=all"), "One pledge is on its way home")
	if len(s.pledges.sent) != 2 {
		t.Errorf("%d were sent", len(s.pledges.sent))
	}
	for _, bad := range []string{"pledge=x", "pledge=" + lighthouse.PledgeID{5}.String(), ""} {
		if w := s.ask("POST", path, bad); w.Code < 400 || w.Code >= 500 {
			t.Errorf("%q: status %d", bad, w.Code)
		}
	}
}

func TestGalleryShowsPledgesInEveryState(t *testing.T) {
	s := newBackerSite(t)
	for _, sample := range samplesOf(t) {
		w := s.ask("GET", "/gallery/pledge?state="+sample, "")
		wantStatus(t, w, http.StatusOK)
		checkMarkup(t, sample, w)
	}
}

func samplesOf(t *testing.T) (names []string) {
	t.Helper()
	for _, sample := range pledge.Samples(time.Now()) {
		names = append(names, sample.Name)
	}
	if len(names) < 20 {
		t.Fatalf("only %d states", len(names))
	}
	return names
}

func mustTx(t *testing.T, text string) *wire.MsgTx {
	t.Helper()
	tx := wire.NewMsgTx(2)
	raw, err := hex.DecodeString(text)
	if err == nil {
		err = tx.Deserialize(bytes.NewReader(raw))
	}
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

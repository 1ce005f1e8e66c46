package web

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"cairn/chain"
	"cairn/channels/fees"
	"cairn/notary"
	"cairn/notary/express"
)

func TestAnExpressAnchorIsBoughtOnTheProofsPage(t *testing.T) {
	s := newSite(t)
	d := s.stamped(42)
	path := "/proof/" + d.String()
	wantText(t, s.ask("GET", path, ""), `action="`+path+`/express"`, "1,234 sat", "1,299 sat", "usually within", "coins that are worth nothing")
	for _, form := range []string{"plain", "docproof"} {
		w := s.ask("POST", path+"/express", "form="+form)
		wantStatus(t, w, http.StatusSeeOther)
		id, err := fees.ParseID(strings.TrimPrefix(w.Header().Get("Location"), "/pay/"))
		if err != nil {
			t.Fatalf("led to %q", w.Header().Get("Location"))
		}
		q := s.quote(id)
		if q.What != expressWhat || q.Subject != d.String()+" "+form || !strings.HasPrefix(q.Client, "browser/") {
			t.Errorf("quote %+v", q)
		}
		if !strings.Contains(w.Header().Get("Set-Cookie"), buyerCookie) {
			t.Error("the buyer is not remembered")
		}
		wantText(t, s.ask("GET", "/pay/"+id.String(), ""), "sat")
	}
	// What had run out is asked for once more, in the same form.
	again, err := s.expressAgain(t.Context(), d.String()+" docproof", "")
	if err != nil || again.Subject != d.String()+" docproof" {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	for _, subject := range []string{"", d.String()[:10], d.String() + " loud"} {
		if _, err := s.expressAgain(t.Context(), subject, ""); err == nil {
			t.Errorf("%q was sold", subject)
		}
	}
}

func TestThePageFollowsAnExpressAnchor(t *testing.T) {
	s := newSite(t)
	d := s.stamped(42)
	path := "/proof/" + d.String()
	s.notary.order(d, notary.FormPlain)
	w := s.ask("GET", path, "")
	wantText(t, w, "Its own transaction is being made.", "sent within seconds")
	if strings.Contains(w.Body.String(), `value="plain"`) {
		t.Error("it is offered a second time")
	}
	wantStatus(t, s.ask("POST", path+"/express", "form=plain"), http.StatusSeeOther)
	if got := s.ask("POST", path+"/express", "form=plain").Header().Get("Location"); got != path {
		t.Errorf("who has one is led to %q", got)
	}

	s.notary.changeOwn(d, func(own *notary.Own) { own.Trouble = chain.ErrEngineDown.Error() })
	wantText(t, s.ask("GET", path, ""), "your money comes back as credit")

	s.notary.advance()
	s.notary.advance()
	own := s.ask("GET", path, "")
	wantText(t, own, "Has a transaction of its own", "Own transaction", "Number it carries", "163 sat")
	for range 9 {
		s.notary.advance()
	}
	done := s.ask("GET", path, "")
	wantText(t, done, "existed no later than", "A public record of its own in the chain", `value="docproof"`)
	if strings.Contains(done.Body.String(), `value="plain"`) || strings.Contains(done.Body.String(), "Merkle root") {
		t.Error("a complete proof is offered a way to complete it")
	}

	// One that comes after the proof is complete is shown beside it, live.
	s.notary.order(d, notary.FormDocproof)
	beside := s.ask("GET", path, "")
	wantText(t, beside, "Its own transaction is being made.", "data-live")
	s.notary.changeOwn(d, func(own *notary.Own) { own.Stage = notary.StageBroadcast })
	wantText(t, s.ask("GET", path, ""), "Its own transaction is sent, and waits for its block.", "data-live")
	s.notary.changeOwn(d, func(own *notary.Own) { own.Stage, own.Anchor.Block.Height = notary.StageComplete, 912_095 })
	settled := s.ask("GET", path, "")
	wantText(t, settled, "Its own transaction is in block", "912,095")
	if strings.Contains(settled.Body.String(), "data-live") {
		t.Error("nothing will happen any more, and the page waits for it")
	}

	other := s.stamped(43)
	s.notary.order(other, notary.FormPlain)
	s.notary.changeOwn(other, func(own *notary.Own) { own.Returned = true })
	wantText(t, s.ask("GET", "/proof/"+other.String(), ""), "Your money is back.", "/purchases", `value="plain"`)
}

func TestNothingIsOfferedThatCannotBeSold(t *testing.T) {
	s := newSite(t)
	d := s.stamped(42)
	path := "/proof/" + d.String()
	for _, kind := range []error{express.ErrDear, express.ErrNoRate} {
		s.express.refuse(kind, nil)
		if w := s.ask("GET", path, ""); strings.Contains(w.Body.String(), path+"/express") {
			t.Errorf("%v: offered all the same", kind)
		}
		wantStatus(t, s.ask("POST", path+"/express", "form=plain"), http.StatusServiceUnavailable)
	}
	for kind, status := range map[error]int{
		chain.ErrNoFunds: http.StatusServiceUnavailable, chain.ErrFeeCap: http.StatusServiceUnavailable,
		chain.ErrEngineDown: http.StatusServiceUnavailable, fees.ErrUnpayable: http.StatusServiceUnavailable,
		errors.New("a riddle"): http.StatusInternalServerError,
	} {
		s.express.refuse(nil, kind)
		if w := s.ask("POST", path+"/express", "form=plain"); w.Code != status {
			t.Errorf("%v: %d", kind, w.Code)
		}
	}
	s.express.refuse(nil, nil)
	before := s.till.quotes(t.Context(), expressWhat)
	for body, status := range map[string]int{
		"form=loud": http.StatusUnprocessableEntity, "form=%zz": http.StatusBadRequest,
		"form=" + strings.Repeat("x", 5000): http.StatusRequestEntityTooLarge,
	} {
		if w := s.ask("POST", path+"/express", body); w.Code != status {
			t.Errorf("%.20s: %d", body, w.Code)
		}
	}
	wantStatus(t, s.ask("POST", "/proof/"+notary.Digest{9}.String()+"/express", "form=plain"), http.StatusNotFound)
	wantStatus(t, s.ask("POST", "/proof/nonsense/express", "form=plain"), http.StatusUnprocessableEntity)
	if after := s.till.quotes(t.Context(), expressWhat); after != before {
		t.Errorf("%d quotes were made of what is none", after-before)
	}
}

func TestWhoIsInAHurryIsTold(t *testing.T) {
	s := newSite(t)
	wantText(t, s.ask("GET", "/", ""), "In a hurry?", "1,234 sat")
	list := "digest=" + notary.Digest{1}.String() + "%0A" + notary.Digest{2}.String()
	wantText(t, s.ask("POST", "/stamp", list), "In a hurry?")
	s = newSite(t, func(_ *Config, d *Deps) { d.Express = nil })
	if strings.Contains(s.ask("GET", "/", "").Body.String(), "In a hurry?") {
		t.Error("what is not sold is offered")
	}
	wantStatus(t, s.ask("POST", "/proof/"+s.stamped(42).String()+"/express", "form=plain"), http.StatusNotFound)
}

// The API tells of them in the same answers, as openapi.yaml promises.
func TestTheAPITellsOfExpressAnchors(t *testing.T) {
	c, s := newContract(t), newSite(t)
	d := s.stamped(42)
	path := "/api/v1/proofs/" + d.String()
	tells := func(texts ...string) {
		t.Helper()
		w := c.ask(s, "GET", path, "")
		wantStatus(t, w, http.StatusOK)
		wantText(t, w, texts...)
	}
	if w := c.ask(s, "GET", path, ""); strings.Contains(w.Body.String(), `"own"`) {
		t.Errorf("a digest without any: %s", w.Body)
	}
	s.notary.order(d, notary.FormDocproof)
	tells(`"own":[{"form":"docproof"`, `"stage":"stored","held_up":false,"anchor":null`)
	s.notary.changeOwn(d, func(own *notary.Own) { own.Trouble = chain.ErrNoFunds.Error() })
	tells(`"held_up":true`)
	for range 12 {
		s.notary.advance()
	}
	tells(`"stage":"complete","held_up":`, `"fee_sat":163`)
	s.notary.changeOwn(d, func(own *notary.Own) { own.Returned = true })
	tells(`"stage":"returned"`)
}

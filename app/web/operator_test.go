package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"cairn/app/account"
	"cairn/app/account/accounttest"
	opstore "cairn/app/operator"
)

// somebody signs a new account in and returns its cookie and number. verified
// says whether the passkey made sure of its owner just now.
func (s *site) somebody(verified bool) (cookie string, id account.ID) {
	s.t.Helper()
	key := accounttest.New(testOrigin, "cairn.test")
	if !verified {
		key.Flags = 0x01 // present, and nothing more
	}
	ctx := s.t.Context()
	asked, err := s.deps.Accounts.Begin(ctx, account.Create, nil, "Ada")
	if err != nil {
		s.t.Fatal(err)
	}
	done, err := s.deps.Accounts.Finish(ctx, asked.ID, key.Create(asked.Options), "test", "")
	if err != nil {
		s.t.Fatal(err)
	}
	return s.cookieName(accountCookie) + "=" + done.Opened.Token, done.Opened.Account
}

// operates signs an operator in.
func (s *site) operates(verified bool) (cookie string) {
	cookie, id := s.somebody(verified)
	s.operators.mu.Lock()
	defer s.operators.mu.Unlock()
	s.operators.people = append(s.operators.people, opstore.Person{Account: id, AddedAt: time.Now()})
	return cookie
}

// open are routes under /operator that anybody may ask.
var open = []string{"/operator/login"}

// mayLook are forms that who only looks may send: they change nothing but his
// own session.
var mayLook = []string{"/operator/leave"}

// needsPasskey are the forms that move money or could: without a passkey shown
// just now that made sure of its owner, they are refused.
var needsPasskey = []string{
	"/operator/access/link", "/operator/access/remove",
	"/operator/wallet/payments/:payment", "/operator/wallet/payments/:payment/bump",
	"/operator/seed/create", "/operator/seed/show",
	"/operator/channels/open", "/operator/channels/close", "/operator/channels/force", "/operator/channels/bump",
	"/operator/payments/pay", "/operator/backup/restore", "/operator/backup/tower", "/operator/backup/tower/remove",
}

// notToLook are files that who only looks does not get.
var notToLook = []string{"/operator/backup/channels.backup"}

// The authorisation of every route of the operator's: nobody, a visitor with an
// account, who came in to look, an operator, and an operator with a fresh
// passkey.
func TestWhoMayDoWhatAsOperator(t *testing.T) {
	refused := func(w *httptest.ResponseRecorder) bool {
		return w.Code == http.StatusForbidden || w.Code == http.StatusUnauthorized ||
			w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/operator/login?")
	}
	asked := 0
	for _, route := range newSite(t).echo.Routes() {
		if !operatorPath(route.Path) || slices.Contains(open, route.Path) || route.Method == "echo_route_not_found" {
			continue
		}
		asked++
		s := newSite(t)
		path := strings.NewReplacer(":payment", strings.Repeat("0", 32), ":order", strings.Repeat("0", 32), ":peer", strings.Repeat("02", 33)).Replace(route.Path)
		visitor, _ := s.somebody(true)
		stale, fresh := s.operates(false), s.operates(true)
		s.operators.in = map[string]bool{"looking": true}
		looker := s.cookieName(sessionCookie) + "=looking"
		try := func(cookie string) *httptest.ResponseRecorder { return s.ask(route.Method, path, "", "Cookie", cookie) }

		for name, cookie := range map[string]string{"nobody": "", "a stranger": s.cookieName(accountCookie) + "=guess", "a visitor": visitor} {
			if w := try(cookie); !refused(w) {
				t.Errorf("%s %s lets %s: %d", route.Method, route.Path, name, w.Code)
			}
		}
		posts := route.Method == http.MethodPost
		mayNot := posts && !slices.Contains(mayLook, route.Path) || slices.Contains(notToLook, route.Path)
		if w := try(looker); refused(w) != mayNot {
			t.Errorf("%s %s, who only looks: %d", route.Method, route.Path, w.Code)
		}
		needs := posts && slices.Contains(needsPasskey, route.Path)
		if w := try(stale); refused(w) != needs {
			t.Errorf("%s %s, an operator without a fresh passkey: %d", route.Method, route.Path, w.Code)
		}
		if w := try(fresh); refused(w) {
			t.Errorf("%s %s, an operator with a fresh passkey: %d", route.Method, route.Path, w.Code)
		} else if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s %s: %d", route.Method, route.Path, w.Code)
		}
	}
	if asked < 25 {
		t.Errorf("only %d routes were asked", asked)
	}
}

// A passkey counts as fresh for what moves money for two minutes, and only one
// that made sure of its owner.
func TestAFreshPasskeyIsFreshForTwoMinutes(t *testing.T) {
	at := time.Now()
	s := newSite(t, func(c *Config, _ *Deps) { c.Now = func() time.Time { return at } })
	cookie := s.operates(true)
	wantStatus(t, s.ask("POST", "/operator/seed/show", "", "Cookie", cookie), http.StatusOK)
	at = at.Add(account.VerifiedLife + time.Second)
	w := s.ask("POST", "/operator/seed/show", "", "Cookie", cookie)
	wantStatus(t, w, http.StatusForbidden)
	wantText(t, w, "This needs your passkey")
	wantStatus(t, s.ask("GET", "/operator/seed", "", "Cookie", cookie), http.StatusOK)
}

func TestALinkIsTakenWithAPasskey(t *testing.T) {
	s := newSite(t)
	cookie, id := s.somebody(true)
	page := s.ask("GET", "/setup/open", "", "Cookie", cookie)
	wantStatus(t, page, http.StatusOK)
	w := s.ask("POST", "/setup/open", "", "Cookie", cookie)
	wantStatus(t, w, http.StatusSeeOther)
	if is, _ := s.operators.Is(t.Context(), id); !is || w.Header().Get("Location") != "/operator/access" {
		t.Errorf("not an operator, or sent to %s", w.Header().Get("Location"))
	}
	wantStatus(t, s.ask("GET", "/setup/open", ""), http.StatusForbidden)
	page = s.ask("GET", "/operator", "", "Cookie", cookie)
	wantStatus(t, page, http.StatusOK)
	wantText(t, page, "You have one passkey", "You have no recovery code")
	wantText(t, s.ask("GET", "/operator/access", "", "Cookie", cookie), "(you)")
}

func TestAPaymentOnThePages(t *testing.T) {
	s := newSite(t)
	cookie := s.operates(true)
	bad := s.ask("POST", "/operator/wallet/send", url.Values{"to": {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}, "amount": {"1000"}}.Encode(), "Cookie", cookie)
	wantStatus(t, bad, http.StatusUnprocessableEntity)
	wantText(t, bad, "This is an address of", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")

	w := s.ask("POST", "/operator/wallet/send", url.Values{"to": {"bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"}, "amount": {"25000"}, "label": {"rent"}}.Encode(), "Cookie", cookie)
	wantStatus(t, w, http.StatusSeeOther)
	path := w.Header().Get("Location")
	page := s.ask("GET", path, "", "Cookie", cookie)
	wantStatus(t, page, http.StatusOK)
	wantText(t, page, "25,000 sat", "rent", `name="choice"`)
	choice := strings.Split(strings.Split(page.Body.String(), `name="choice" value="`)[1], `"`)[0]
	for range 2 { // a double click
		wantStatus(t, s.ask("POST", path, "choice="+choice, "Cookie", cookie), http.StatusSeeOther)
	}
	page = s.ask("GET", path, "", "Cookie", cookie)
	wantText(t, page, "waits for a block", "Raise the fee")
	rate := strings.Split(strings.Split(page.Body.String(), `name="rate" value="`)[1], `"`)[0]
	wantStatus(t, s.ask("POST", path+"/bump", "rate="+rate, "Cookie", cookie), http.StatusSeeOther)
	wantText(t, s.ask("GET", path, "", "Cookie", cookie), "Raised")
	wantText(t, s.ask("GET", "/operator/wallet", "", "Cookie", cookie), "rent", "waits for a block", "concert tickets")
	wantText(t, s.ask("GET", "/operator/audit", "", "Cookie", cookie), "Payment sent", "Fee of a payment raised", "in one chain")
	for _, wrong := range []string{"", "1-2", "x-y-z", "-1-2-3", "1--2-3"} {
		wantStatus(t, s.ask("POST", path, "choice="+url.QueryEscape(wrong), "Cookie", cookie), http.StatusBadRequest)
	}
}

func TestTheFiguresAsCSV(t *testing.T) {
	s := newSite(t)
	cookie := s.operates(false)
	w := s.ask("GET", "/operator/figures.csv?days=7", "", "Cookie", cookie)
	wantStatus(t, w, http.StatusOK)
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if len(lines) != 8 || !strings.HasPrefix(lines[0], "day,earned_msat,") || !strings.HasSuffix(lines[0], "earned_msat api,earned_msat express-anchor") {
		t.Errorf("got %q", lines)
	}
	wantText(t, s.ask("GET", "/operator/figures", "", "Cookie", cookie), "Express anchors", "Owed to customers")
}

func TestWordsAreShownUntilTheyAreConfirmed(t *testing.T) {
	s := newSite(t)
	cookie := s.operates(true)
	page := s.ask("POST", "/operator/seed/show", "", "Cookie", cookie)
	wantStatus(t, page, http.StatusOK)
	wantText(t, page, "data-words", "cairn")
	if got := page.Header().Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("the words may be kept: %q", got)
	}
	wantStatus(t, s.ask("POST", "/operator/seed/confirm", "word-4=x&word-11=y&word-22=z", "Cookie", cookie), http.StatusUnprocessableEntity)
	answer := url.Values{"word-4": {fakeWords[3]}, "word-11": {fakeWords[10]}, "word-22": {fakeWords[21]}}.Encode()
	wantStatus(t, s.ask("POST", "/operator/seed/confirm", answer, "Cookie", cookie), http.StatusSeeOther)
	wantStatus(t, s.ask("POST", "/operator/seed/show", "", "Cookie", cookie), http.StatusConflict)

	wantStatus(t, s.ask("POST", "/operator/seed/drill", "words=one+two", "Cookie", cookie), http.StatusUnprocessableEntity)
	numbered := "1. " + strings.Join(fakeWords, "\n2) ")
	w := s.ask("POST", "/operator/seed/drill", url.Values{"words": {numbered}}.Encode(), "Cookie", cookie)
	wantStatus(t, w, http.StatusSeeOther)
	wantText(t, s.ask("GET", w.Header().Get("Location"), "", "Cookie", cookie), "They are right", "Last tried, and right")
	if strings.Contains(s.log.String(), "alpha") {
		t.Error("the log has the words")
	}
}

package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cairn/app/account"
	opstore "cairn/app/operator"
	"cairn/chain"
	"cairn/channels/ln"
)

// anOperator is somebody who runs the site, with his passkey shown just now.
func (s *site) anOperator() *visitorWith {
	s.t.Helper()
	v := s.signUp()
	session, err := s.deps.Accounts.Session(s.t.Context(), strings.TrimPrefix(v.cookie, accountCookie+"="))
	if err != nil {
		s.t.Fatal(err)
	}
	s.operators.mu.Lock()
	s.operators.people = append(s.operators.people, opstore.Person{Account: [16]byte(session.Account)})
	s.operators.mu.Unlock()
	v.authorise()
	return v
}

// authorise shows the passkey, as a browser does before a form that moves money.
func (v *visitorWith) authorise() {
	v.t.Helper()
	wantStatus(v.t, v.passkey(string(account.Authorise), v.key.Show, ""), http.StatusOK)
}

// onlooker came in by a link alone.
func (s *site) onlooker() *visitorWith {
	s.t.Helper()
	w := s.ask("POST", "/setup/open", "as=look")
	wantStatus(s.t, w, http.StatusSeeOther)
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	return &visitorWith{site: s, cookie: cookie}
}

var orderInput = regexp.MustCompile(`name="order" value="([0-9a-f]{32})"`)

func TestChannelsAreAPicture(t *testing.T) {
	s := newSite(t)
	op := s.anOperator()
	page := op.get("/operator/channels")
	wantStatus(t, page, http.StatusOK)
	wantText(t, page, "Visitors can pay over Lightning.", "370,000 sat", "600,000 sat", "Stonemason", "other side away", "private",
		"Opening: 3 more confirmations", "Closing by force: waits for a block", "Closed by force: yours is locked for 131 more blocks",
		"The other side cheated, and lost everything to you", "Forwarding is off", "1,240,000 sat",
		`aria-label="Yours 602,400 sat, theirs 370,375 sat, held back 20,000 sat, under way 6,000 sat"`)
	wantText(t, op.ask("GET", "/operator/channels", "", "Cookie", op.cookie, "Accept-Language", "zh"), "访客可以用闪电网络付款。", "还需 3 次确认")

	for _, c := range []struct {
		change func(*fakeLightning)
		says   string
	}{
		{func(f *fakeLightning) { f.channels[0].Receivable = 2_000 * aSat }, "Small payments come through."},
		{func(f *fakeLightning) { f.channels[0].Receivable = 0 }, "Channels are being opened."},
		{func(f *fakeLightning) { f.pending = nil }, "The other side of your channels is away."},
		{func(f *fakeLightning) { f.channels = f.channels[:1] }, "Your channels are full on your side"},
		{func(f *fakeLightning) { f.channels = nil }, "There is no channel: visitors can pay on chain only."},
	} {
		c.change(s.lightning)
		page := op.get("/operator/channels")
		wantText(t, page, c.says, "three ways", peerB+"@198.51.100.4:9735")
	}
	wantText(t, op.get("/operator"), "There is no channel: visitors can pay on chain only.")
	s.lightning.forwards = ln.Forwarding{Known: true, On: true, Payments: 3, Amount: 9_000 * aSat, Fees: 12 * aSat}
	wantText(t, op.get("/operator/channels"), "Forwarding is on", "3 in the last 30 days: <span class=\"num\">9,000 sat</span>")

	s.lightning.err = chain.ErrEngineDown
	for _, path := range []string{"/operator/channels", "/operator/peers", "/operator/payments", "/operator/backup"} {
		page := op.get(path)
		wantStatus(t, page, http.StatusOK)
		wantText(t, page, "The node cannot be asked just now.")
	}
}

func TestOnlookersChangeNothing(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/operator/channels", "/operator/peers", "/operator/payments", "/operator/payments?way=out", "/operator/payments.csv", "/operator/backup"} {
		wantStatus(t, s.ask("GET", path, "", "Accept", "application/json"), http.StatusForbidden)
	}
	look := s.onlooker()
	for _, path := range []string{"/operator/channels", "/operator/peers", "/operator/payments", "/operator/payments?way=out", "/operator/backup"} {
		page := look.get(path)
		wantStatus(t, page, http.StatusOK)
		if strings.Contains(page.Body.String(), "data-authorise") {
			t.Errorf("%s offers an onlooker to move money", path)
		}
	}
	wantStatus(t, look.get("/operator/backup/channels.backup"), http.StatusForbidden)
	ada := s.anOperator()
	s.lightning.calls = nil
	for path, form := range moves() {
		wantStatus(t, look.post(path, form), http.StatusForbidden)
		wantStatus(t, s.ask("POST", path, form.Encode()), http.StatusForbidden)
		wantStatus(t, ada.ask("POST", path, form.Encode(), "Cookie", ada.cookie, "Sec-Fetch-Site", "cross-site"), http.StatusForbidden)
	}
	if len(s.lightning.calls) != 0 {
		t.Errorf("the node was told %v", s.lightning.calls)
	}
}

// moves are the forms that need a fresh passkey.
func moves() map[string]url.Values {
	id := strings.Repeat("1a", 16)
	return map[string]url.Values{
		"/operator/channels/open":       {"order": {id}, "peer": {peerA}, "amount": {"100000"}, "rate": {"2"}},
		"/operator/channels/close":      {"order": {id}, "point": {point("a")}, "rate": {"2"}},
		"/operator/channels/force":      {"order": {id}, "point": {point("a")}, "sure": {"yes"}},
		"/operator/channels/bump":       {"order": {id}, "point": {point("d")}, "rate": {"9"}, "budget": {"5000"}},
		"/operator/payments/pay":        {"order": {id}, "invoice": {"lnbcrt1"}, "fee": {"10"}},
		"/operator/backup/tower":        {"tower": {peerA + "@198.51.100.9"}},
		"/operator/backup/tower/remove": {"key": {peerA}},
	}
}

func TestMovingMoneyNeedsAFreshPasskey(t *testing.T) {
	now := time.Now()
	s := newSite(t, func(c *Config, _ *Deps) { c.Now = func() time.Time { return now } })
	v := s.signUp()
	session, err := s.deps.Accounts.Session(t.Context(), strings.TrimPrefix(v.cookie, accountCookie+"="))
	if err != nil {
		t.Fatal(err)
	}
	s.operators.people = append(s.operators.people, opstore.Person{Account: [16]byte(session.Account)})
	now = now.Add(3 * time.Minute) // the passkey of the sign-up is too long ago
	s.lightning.watch.Towers = []ln.Tower{{Key: [33]byte(rawKey(peerA)), Active: true}}
	for path, form := range moves() {
		wantStatus(t, v.post(path, form), http.StatusForbidden)
	}
	if len(s.lightning.calls) != 0 {
		t.Errorf("the node was told %v", s.lightning.calls)
	}
	v.authorise()
	for i, path := range slices.Sorted(func(yield func(string) bool) {
		for p := range moves() {
			if !yield(p) {
				return
			}
		}
	}) {
		form := moves()[path]
		if form.Has("order") {
			form.Set("order", fmt.Sprintf("%032x", 0xabc0+i))
		}
		wantStatus(t, v.post(path, form), http.StatusSeeOther)
	}
	if len(s.lightning.calls) != 8 { // a tower is two
		t.Errorf("the node was told %v", s.lightning.calls)
	}
}

func TestAChannelIsOpenedOnce(t *testing.T) {
	s := newSite(t)
	op := s.anOperator()
	number := firstMatch(t, orderInput, op.get("/operator/channels"))
	form := url.Values{"order": {number}, "peer": {peerA + "@203.0.113.7"}, "amount": {"1 000,000"}, "push": {""}, "rate": {"3"}, "private": {"yes"}}
	for range 2 {
		w := op.post("/operator/channels/open", form)
		wantStatus(t, w, http.StatusSeeOther)
		wantText(t, op.get(w.Header().Get("Location")), "Open a channel</b>: done", "The transaction is out.")
	}
	if want := []string{"open " + peerA + "@203.0.113.7:9735"}; !slices.Equal(s.lightning.calls, want) {
		t.Errorf("the node was told %v", s.lightning.calls)
	}
	for kind, says := range map[error]string{
		ln.ErrNoCoins: "too few free coins", ln.ErrUnreachable: "does not answer at this address", ln.ErrPeerRefused: "refuses the channel",
		ln.ErrOpening: "being opened already", ln.ErrSyncing: "has not caught up", ln.ErrFunding: "refused the transaction that opens", ln.ErrTooSmall: "too small",
		fmt.Errorf("words of lnd"): "The node could not do this.",
	} {
		s.lightning.refuse = kind
		form.Set("order", firstMatch(t, orderInput, op.get("/operator/channels")))
		w := op.post("/operator/channels/open", form)
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("%v: status %d", kind, w.Code)
		}
		wantText(t, w, says, `value="1 000,000"`, peerA) // what was typed is still there
	}
	s.lightning.refuse = fmt.Errorf("%w: it stopped", ln.ErrUnknownOutcome)
	form.Set("order", firstMatch(t, orderInput, op.get("/operator/channels")))
	w := op.post("/operator/channels/open", form)
	wantStatus(t, w, http.StatusSeeOther)
	wantText(t, op.get(w.Header().Get("Location")), "under way", "no need to order it again")
	s.lightning.refuse, s.lightning.calls = nil, nil
	for field, bad := range map[string]string{"amount": "19,999", "rate": "0", "peer": "somebody", "push": "900000", "order": "x"} {
		again := url.Values{"order": {firstMatch(t, orderInput, op.get("/operator/channels"))}, "peer": {peerA}, "amount": {"1000000"}, "rate": {"3"}}
		again.Set(field, bad)
		if w := op.post("/operator/channels/open", again); w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s %q: status %d", field, bad, w.Code)
		}
	}
	if len(s.lightning.calls) != 0 {
		t.Errorf("the node was told %v", s.lightning.calls)
	}
}

func TestForceTakesTwoSteps(t *testing.T) {
	s := newSite(t)
	op := s.anOperator()
	page := op.get("/operator/channels/force?point=" + point("b"))
	wantText(t, page, "It cannot be taken back.", "2,000 sat", point("b"))
	if strings.Contains(page.Body.String(), "closing together is quicker") {
		t.Error("says that the other side is there")
	}
	wantText(t, op.get("/operator/channels/force?point="+point("a")), "closing together is quicker")
	wantStatus(t, op.get("/operator/channels/force?point=nonsense"), http.StatusNotFound)
	form := url.Values{"order": {firstMatch(t, orderInput, page)}, "point": {point("b")}}
	w := op.post("/operator/channels/force", form)
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "Tick the box first")
	form.Set("sure", "yes")
	wantStatus(t, op.post("/operator/channels/force", form), http.StatusSeeOther)
	if want := []string{"force " + point("b")}; !slices.Equal(s.lightning.calls, want) {
		t.Errorf("the node was told %v", s.lightning.calls)
	}
	wantText(t, op.get("/operator/channels/bump?point="+point("d")), "A second transaction", `value="6"`)
	wantStatus(t, op.get("/operator/channels/bump?point="+point("a")), http.StatusConflict)
}

func TestPeers(t *testing.T) {
	s := newSite(t)
	op := s.anOperator()
	wantText(t, op.get("/operator/peers"), "Stonemason", "one channel", "Answers in 84 ms.", "It called us.", peerB+"@198.51.100.4:9735")
	wantStatus(t, op.post("/operator/peers/connect", url.Values{"address": {peerA + "@example.org"}}), http.StatusSeeOther)
	wantStatus(t, op.post("/operator/peers/disconnect", url.Values{"key": {peerB}}), http.StatusSeeOther)
	w := op.post("/operator/peers/connect", url.Values{"address": {"me@example.org"}})
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "not the address of another Lightning node", `value="me@example.org"`)
	s.lightning.refuse = ln.ErrUnreachable
	wantText(t, op.post("/operator/peers/connect", url.Values{"address": {peerA + "@example.org"}}), "does not answer at this address")
	if want := []string{"connect " + peerA + "@example.org:9735", "disconnect " + peerB, "connect " + peerA + "@example.org:9735"}; !slices.Equal(s.lightning.calls, want) {
		t.Errorf("the node was told %v", s.lightning.calls)
	}
}

var olderLink = regexp.MustCompile(`href="(/operator/payments\?[^"]*below[^"]*)"`)

func TestPaymentsInPages(t *testing.T) {
	s := newSite(t)
	op := s.anOperator()
	page := op.get("/operator/payments")
	wantText(t, page, "1120 sat", "1071 sat", "Keep stacking stones!", "At most <span class=\"num\">370,000 sat</span> can come in now.")
	seen := 0
	for {
		seen += strings.Count(page.Body.String(), "<td class=\"memo\">")
		m := olderLink.FindStringSubmatch(page.Body.String())
		if m == nil {
			break
		}
		page = op.get(strings.ReplaceAll(m[1], "&amp;", "&"))
		wantText(t, page, "Newest")
	}
	if seen != 120 {
		t.Errorf("%d payments in the pages", seen)
	}
	out := op.get("/operator/payments?way=out")
	wantText(t, out, "under way", "1.042 sat")
	if strings.Contains(out.Body.String(), "came to nothing</td>") {
		t.Error("what came to nothing is shown unasked")
	}
	wantText(t, op.get("/operator/payments?way=out&failed=yes"), "came to nothing</td>")

	s.lightning.in[0].Memo = "=cmd()"
	file := op.get("/operator/payments.csv")
	rows, err := csv.NewReader(file.Body).ReadAll()
	if err != nil || len(rows) != 121 || rows[1][2] != "1120000" || rows[1][4] != "'=cmd()" {
		t.Errorf("%d rows, %v, %v", len(rows), rows[1], err)
	}
	if rows, err := csv.NewReader(op.get("/operator/payments.csv?way=out").Body).ReadAll(); err != nil || len(rows) != 121 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestAnInvoiceIsReadBeforeItIsPaid(t *testing.T) {
	s := newSite(t)
	op := s.anOperator()
	w := op.post("/operator/payments/check", url.Values{"invoice": {"nonsense"}})
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "This is not a Lightning invoice.", "nonsense</textarea>")
	page := op.post("/operator/payments/check", url.Values{"invoice": {" lnbcrt1\n"}})
	wantText(t, page, "5000 sat", "Hosting for December", peerA, `name="fee"`, `value="50"`, "never paid twice")
	form := url.Values{"order": {firstMatch(t, orderInput, page)}, "invoice": {"lnbcrt1"}, "fee": {"50"}}
	for range 2 {
		w := op.post("/operator/payments/pay", form)
		wantStatus(t, w, http.StatusSeeOther)
		wantText(t, op.get(w.Header().Get("Location")), "Paid: 5000 sat, with 1.042 sat of fees.")
	}
	if want := []string{"pay lnbcrt1 0 sat 50 sat"}; !slices.Equal(s.lightning.calls, want) {
		t.Errorf("the node was told %q", s.lightning.calls)
	}
	page = op.post("/operator/payments/check", url.Values{"invoice": {"lnbcrt2"}})
	wantText(t, page, "as much as you like", `name="amount"`)
	form = url.Values{"order": {firstMatch(t, orderInput, page)}, "invoice": {"lnbcrt2"}, "fee": {"10"}, "amount": {"-5"}}
	w = op.post("/operator/payments/pay", form)
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "The amount is missing, or does not fit.")
	for kind, says := range map[error]string{
		ln.ErrNoRoute: "No way to the payee", ln.ErrNoBalance: "hold too little", ln.ErrRefused: "The payee refused", ln.ErrExpired: "has expired",
	} {
		s.lightning.refuse = kind
		form.Set("amount", "700")
		form.Set("order", firstMatch(t, orderInput, op.post("/operator/payments/check", url.Values{"invoice": {"lnbcrt2"}})))
		wantText(t, op.post("/operator/payments/pay", form), says)
	}
	s.lightning.refuse = ln.ErrUnknownOutcome
	form.Set("order", firstMatch(t, orderInput, op.post("/operator/payments/check", url.Values{"invoice": {"lnbcrt2"}})))
	w = op.post("/operator/payments/pay", form)
	wantStatus(t, w, http.StatusSeeOther)
	wantText(t, op.get(w.Header().Get("Location")), "still under way", "never paid twice")
}

func TestAnInvoiceOfOurs(t *testing.T) {
	s := newSite(t)
	op := s.anOperator()
	page := op.post("/operator/payments/ask", url.Values{"amount": {"21,000"}, "memo": {"for <you>"}})
	wantText(t, page, "21,000 sat", "for &lt;you&gt;", "lightning:lnbcrt50u1p4faketext", `class="qr"`)
	w := op.post("/operator/payments/ask", url.Values{"amount": {"500000"}})
	wantStatus(t, w, http.StatusServiceUnavailable) // no inbound capacity
	wantText(t, op.post("/operator/payments/ask", url.Values{"amount": {"x"}}), "The amount is missing")
}

func TestBackupsAreVerified(t *testing.T) {
	s := newSite(t)
	op := s.anOperator()
	wantText(t, op.get("/operator/backup"), "/var/lib/cairn/node/backups", "all open channels are in it", "/mnt/elsewhere", "One open channel is missing in it.")
	s.lightning.places[1].Sealed = []byte("rubbish")
	wantText(t, op.get("/operator/backup"), "It cannot be read.")
	file := op.get("/operator/backup/channels.backup")
	if file.Body.String() != "backup of a and b" || !strings.Contains(file.Header().Get("Content-Disposition"), "channels-") {
		t.Errorf("%q %v", file.Body, file.Header())
	}

	w := op.restore("rubbish", true)
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "This is not a channel backup of this wallet.")
	wantStatus(t, op.restore("backup of a and b", false), http.StatusUnprocessableEntity)
	w = op.restore("backup of a and b", true)
	wantStatus(t, w, http.StatusSeeOther)
	wantText(t, op.get(w.Header().Get("Location")), "2 channels were restored.")
	if want := []string{"restore"}; !slices.Equal(s.lightning.calls, want) {
		t.Errorf("the node was told %v", s.lightning.calls)
	}
}

// restore sends a backup file.
func (v *visitorWith) restore(content string, sure bool) *httptest.ResponseRecorder {
	v.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "channels.backup")
	if err != nil {
		v.t.Fatal(err)
	}
	if _, err := file.Write([]byte(content)); err != nil {
		v.t.Fatal(err)
	}
	if sure {
		if err := form.WriteField("sure", "yes"); err != nil {
			v.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		v.t.Fatal(err)
	}
	return v.ask("POST", "/operator/backup/restore", body.String(), "Cookie", v.cookie, "Content-Type", form.FormDataContentType())
}

func TestWatchtowers(t *testing.T) {
	s := newSite(t)
	op := s.anOperator()
	wantText(t, op.get("/operator/backup"), "Nobody watches", "For the first one the node is started again")
	w := op.post("/operator/backup/tower", url.Values{"tower": {"tower.example"}})
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "not the address of a watchtower", `value="tower.example"`)
	wantStatus(t, op.post("/operator/backup/tower", url.Values{"tower": {peerA + "@tower.example"}}), http.StatusSeeOther)
	wantText(t, op.get("/operator/backup"), "watching", peerA+"@tower.example:9911", "12 states held")
	wantStatus(t, op.post("/operator/backup/tower/remove", url.Values{"key": {peerA}}), http.StatusSeeOther)
	wantText(t, op.get("/operator/backup"), "no longer used")
	wantStatus(t, op.post("/operator/backup/tower/remove", url.Values{"key": {peerB}}), http.StatusNotFound)
	if want := []string{"use towers", "add tower " + peerA + "@tower.example:9911", "remove tower"}; !slices.Equal(s.lightning.calls, want) {
		t.Errorf("the node was told %v", s.lightning.calls)
	}
	s.deps.Lightning.UseTowers, s.lightning.watch = nil, ln.Watch{}
	wantText(t, op.get("/operator/backup"), "switch it on there with wtclient.active")
}

func TestWholeNumbersAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, "0": 0, "1000": 1000, " 1 000 000 ": 1_000_000, "1,000": 1000, "1'000": 1000, "1’000": 1000, "1\u202f000": 1000,
		"-1": -1, "1.5": -1, "x": -1, "99999999999999999999": -1, "0x10": -1,
	} {
		if got := whole(text); got != want {
			t.Errorf("whole(%q) = %d, want %d", text, got, want)
		}
	}
}

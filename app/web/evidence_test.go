package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"cairn/notary"
	"cairn/notary/ots"
	"cairn/notary/verify"
	"cairn/public"
	"cairn/templates/proof"

	"github.com/btcsuite/btcd/chaincfg"
)

func unzipped(t *testing.T, raw []byte) map[string][]byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range archive.File {
		entry, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(entry); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

var evidenceInPage = regexp.MustCompile(`<script type="application/json" id="evidence">(.*?)</script>`)

func TestABundleProvesItsFileAlone(t *testing.T) {
	s := newSite(t)
	d := s.completed(1)
	for range 7 {
		s.notary.addBlock(s.notary.blocks[0].MerkleRoot)
	}
	name := `租赁合同 <script>&"alert"<!--.pdf`
	answer := s.ask("POST", proof.Path(d)+"/bundle.zip", url.Values{"name": {"files/" + name}}.Encode())
	wantStatus(t, answer, http.StatusOK)
	if got := answer.Header().Get("Content-Disposition"); !strings.Contains(got, "filename*=utf-8''%E7%A7%9F%E8%B5%81") {
		t.Errorf("it is called %q", got)
	}
	files := unzipped(t, answer.Body.Bytes())
	for _, want := range []string{"README.txt", "certificate-en.pdf", "certificate-zh.pdf", "verify.html", "headers.txt"} {
		if len(files[want]) == 0 {
			t.Errorf("%s is missing", want)
		}
	}
	parsed, err := ots.ParseFile(files["租赁合同 _script_&_alert__!--.pdf.ots"])
	if err != nil {
		t.Fatal(err)
	}
	headers, err := verify.ParseHeaders(bytes.NewReader(files["headers.txt"]), chaincfg.RegressionNetParams.PowLimit)
	if err != nil || len(headers) != 6 {
		t.Fatalf("%d headers, %v", len(headers), err)
	}
	verdict, err := verify.Check(t.Context(), parsed.Timestamp, headers)
	if err != nil || verdict.Outcome != verify.Confirmed || verify.Match(parsed, d[:]) != nil {
		t.Errorf("%+v, %v", verdict, err)
	}
	inside := evidenceInPage.FindSubmatch(files["verify.html"])
	if inside == nil {
		t.Fatal("the page has no evidence, or the name ended its element")
	}
	var evidence public.Evidence
	if err := json.Unmarshal(inside[1], &evidence); err != nil {
		t.Fatal(err)
	}
	if evidence.Name != name || evidence.Network != "devnet" || len(evidence.Headers) != 6 {
		t.Errorf("%+v", evidence)
	}
}

func TestCertificatesAreForCompleteProofs(t *testing.T) {
	s := newSite(t)
	d := s.stamped(1)
	for _, path := range []string{"/certificate.pdf", "/bundle.zip"} {
		answer := s.ask("GET", proof.Path(d)+path, "")
		wantStatus(t, answer, http.StatusConflict)
		wantText(t, answer, "The proof is not complete yet")
		wantStatus(t, s.ask("GET", "/proof/"+strings.Repeat("7", 64)+path, ""), http.StatusNotFound)
		wantStatus(t, s.ask("GET", "/proof/xyz"+path, ""), http.StatusUnprocessableEntity)
	}
	page := s.ask("GET", proof.Path(d), "").Body.String()
	if strings.Contains(page, "certificate.pdf") || !strings.Contains(page, "once the proof is complete") {
		t.Error("the page of a pending proof does not say that a certificate comes later")
	}
	for range 9 {
		s.notary.advance()
	}
	page = s.ask("GET", proof.Path(d), "").Body.String()
	for _, want := range []string{"/certificate.pdf", "/bundle.zip", "http://cairn.test" + proof.Path(d), "it is not kept"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for language, want := range map[string]string{"en": "/Lang (en)", "zh-Hans": "/Lang (zh-Hans)"} {
		answer := s.ask("GET", proof.Path(d)+"/certificate.pdf?language="+language, "")
		wantStatus(t, answer, http.StatusOK)
		if answer.Header().Get("Content-Type") != "application/pdf" || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%s: no certificate in it: %q", language, answer.Header())
		}
		if answer.Header().Get("Set-Cookie") != "" {
			t.Error("asking for a certificate changed the language of the site")
		}
	}
}

func TestTheNameIsTakenFromTheBodyAlone(t *testing.T) {
	s := newSite(t)
	d := s.completed(1)
	path := proof.Path(d) + "/certificate.pdf"
	if got := s.ask("GET", path+"?name=secret.pdf", "").Header().Get("Content-Disposition"); got != "attachment" {
		t.Errorf("a name in the address was taken: %q", got)
	}
	answer := s.ask("POST", path, "name=plan.pdf")
	wantStatus(t, answer, http.StatusOK)
	if got := answer.Header().Get("Content-Disposition"); got != "attachment; filename=plan.pdf.certificate.pdf" {
		t.Errorf("it is called %q", got)
	}
	wantStatus(t, s.ask("POST", path, "name="+strings.Repeat("x", 201)), http.StatusUnprocessableEntity)
	wantStatus(t, s.ask("POST", path, "name="+strings.Repeat("x", 5000)), http.StatusRequestEntityTooLarge)
	if strings.Contains(s.log.String(), "plan.pdf") || strings.Contains(s.log.String(), "secret.pdf") {
		t.Error("the log has the name of a file")
	}
}

func TestCertificatesAreLimited(t *testing.T) {
	at := time.Now()
	s := newSite(t, func(c *Config, _ *Deps) { c.Now = func() time.Time { return at } })
	d := s.stamped(1)
	refused := 0
	for range 25 {
		if s.ask("GET", proof.Path(d)+"/bundle.zip", "").Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 5 {
		t.Errorf("%d of 25 were refused", refused)
	}
}

func TestOneAtATimeWaitsForItsTurn(t *testing.T) {
	s := newSite(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	slow := func(c Ctx) error { entered <- struct{}{}; <-leave; return c.NoContent(http.StatusOK) }
	s.echo.GET("/slow", slow, takeTurns(1, 20*time.Millisecond))
	done := make(chan int)
	go func() { done <- s.ask("GET", "/slow", "").Code }()
	<-entered
	if code := s.ask("GET", "/slow", "").Code; code != http.StatusTooManyRequests {
		t.Errorf("the second got %d", code)
	}
	close(leave)
	if code := <-done; code != http.StatusOK {
		t.Errorf("the first got %d", code)
	}
}

func TestTheOfflinePageIsToBeSaved(t *testing.T) {
	s := newSite(t)
	answer := s.ask("GET", "/verify.html", "")
	wantStatus(t, answer, http.StatusOK)
	if got := answer.Header().Get("Content-Disposition"); got != `attachment; filename="verify.html"` {
		t.Errorf("disposition %q", got)
	}
	inside := evidenceInPage.FindStringSubmatch(answer.Body.String())
	if inside == nil || inside[1] != `{"network":"devnet"}` {
		t.Errorf("it comes with %q", inside)
	}
}

// What others sign over the digest is in the bundle, with its own proof.
func TestABundleHoldsReceiptAndToken(t *testing.T) {
	s := newSite(t)
	s.deps.TSA, s.deps.Log = fakeTSA{s.notary}, newFakeLog(s.notary)
	d := s.completed(1)
	token, err := s.deps.TSA.Token(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	files := unzipped(t, s.ask("GET", proof.Path(d)+"/bundle.zip", "").Body.Bytes())
	if len(files["receipt.txt"]) == 0 || !bytes.Equal(files["timestamp.tst"], token.DER) || len(files["tsa-chain.pem"]) == 0 || len(files["tsa-ca.pem"]) == 0 {
		t.Errorf("receipt %q, token %x", files["receipt.txt"], files["timestamp.tst"])
	}
	if _, ok := files["timestamp.tst.ots"]; ok {
		t.Error("the token's proof is there before the token was stamped")
	}
	if _, err := s.notary.Stamp(t.Context(), notary.Digest(token.Digest)); err != nil {
		t.Fatal(err)
	}
	files = unzipped(t, s.ask("GET", proof.Path(d)+"/bundle.zip", "").Body.Bytes())
	own, err := ots.ParseFile(files["timestamp.tst.ots"])
	if err != nil || !bytes.Equal(own.Digest(), token.Digest[:]) {
		t.Errorf("the token's own proof: %v", err)
	}
}

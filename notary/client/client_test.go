package client_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cairn/chain"
	"cairn/notary/client"
	"cairn/notary/merkle"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg"
)

const vectors = "../ots/testdata"

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectors, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func proof(t *testing.T, name string) *ots.File {
	t.Helper()
	f, err := ots.ParseFile(read(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// serve starts a server and returns its address.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// promising answers /digest as a calendar does: nonce, hash, and the promise.
func promising(t *testing.T, uri string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/digest" || r.Header.Get("Accept") != "application/vnd.opentimestamps.v1" {
			t.Errorf("%s %s, Accept %q", r.Method, r.URL.Path, r.Header.Get("Accept"))
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || len(body) != 32 || r.ContentLength != 32 {
			t.Errorf("body %x of length %d, %v", body, r.ContentLength, err)
		}
		w.Write(ots.AppendPending(ots.AppendOps(nil, ots.Append([]byte("server nonce")), ots.SHA256()), uri))
	}
}

func calendars(t *testing.T, urls ...string) []*client.Calendar {
	t.Helper()
	var list []*client.Calendar
	for _, u := range urls {
		c, err := client.NewCalendar(u, client.HTTP(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

func newFiles(t *testing.T, n int) []*ots.File {
	t.Helper()
	var files []*ots.File
	for i := range n {
		f, err := ots.NewFile(ots.OpSHA256, bytes.Repeat([]byte{byte(i)}, 32))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// stamp puts files through a batch; without an error each carries its proof.
func stamp(ctx context.Context, files []*ots.File, list []*client.Calendar, needed int, random io.Reader) ([]client.Answer, error) {
	digests := make([][32]byte, len(files))
	for i, f := range files {
		digests[i] = [32]byte(f.Digest())
	}
	batch, err := client.NewBatch(digests, random)
	if err != nil {
		return nil, err
	}
	answers, err := batch.Submit(ctx, list, needed)
	if err != nil {
		return answers, err
	}
	for i := range files {
		f, err := ots.ParseFile(batch.AppendProof(nil, i))
		if err != nil {
			return answers, err
		}
		*files[i] = *f
	}
	return answers, nil
}

func TestStampManyFilesWithTwoCalendars(t *testing.T) {
	a := serve(t, promising(t, "https://a.example"))
	b := serve(t, promising(t, "https://b.example"))
	for n := 1; n <= 5; n++ {
		files := newFiles(t, n)
		nonces := bytes.Repeat([]byte{9}, 16*n)
		answers, err := stamp(context.Background(), files, calendars(t, a, b+"/"), 2, bytes.NewReader(nonces))
		if err != nil {
			t.Fatal(err)
		}
		if len(answers) != 2 || answers[0].Calendar != a || answers[1].Calendar != b || answers[0].Err != nil || answers[1].Err != nil {
			t.Errorf("answers %+v", answers)
		}
		for i, f := range files {
			raw, err := f.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			again, err := ots.ParseFile(raw)
			if err != nil {
				t.Fatal(err)
			}
			var pending []string
			var way []ots.Branch
			again.Timestamp.Walk(func(w []ots.Branch, _ *ots.Timestamp, a ots.Attestation) bool {
				pending = append(pending, a.URI)
				way = append(way[:0], w...)
				return true
			})
			if strings.Join(pending, " ") != "https://a.example https://b.example" {
				t.Errorf("file %d of %d: promised by %q", i, n, pending)
			}
			if first := way[0].Op; first.Code != ots.OpAppend || !bytes.Equal(first.Arg, nonces[:16]) {
				t.Errorf("file %d of %d begins with %s", i, n, first)
			}
			// The server's nonce and hash are the last two steps; what comes
			// before them must be the tip, the same for all files.
			tip := way[len(way)-3].Result.Message()
			if want := tipOver(files, nonces[:16]); !bytes.Equal(tip, want[:]) {
				t.Errorf("file %d of %d goes by tip %x, want %x", i, n, tip, want)
			}
		}
	}
}

// tipOver is the tip over files that all have the same nonce.
func tipOver(files []*ots.File, nonce []byte) merkle.Hash {
	var leaves []merkle.Hash
	for _, f := range files {
		ts, _ := ots.New(f.Digest())
		leaf, _ := ts.Extend(ots.Append(nonce), ots.SHA256())
		leaves = append(leaves, merkle.Hash(leaf.Message()))
	}
	return merkle.Root(leaves)
}

func TestStampNeedsEnoughCalendars(t *testing.T) {
	good := serve(t, promising(t, "https://a.example"))
	bad := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "out of order", 500) })
	files := newFiles(t, 1)
	before := files[0].Timestamp
	answers, err := stamp(context.Background(), files, calendars(t, good, bad), 2, rand.Reader)
	if !errors.Is(err, client.ErrTooFew) || !errors.Is(err, client.ErrRefused) {
		t.Errorf("got %v", err)
	}
	if files[0].Timestamp != before || len(before.Branches()) != 0 {
		t.Error("the proof was changed")
	}
	if len(answers) != 2 || answers[0].Err != nil || !errors.Is(answers[1].Err, client.ErrRefused) {
		t.Errorf("answers %+v", answers)
	}
	if _, err := stamp(context.Background(), files, calendars(t, good, bad), 1, rand.Reader); err != nil {
		t.Errorf("one is enough: %v", err)
	}
	if _, err := stamp(context.Background(), files, calendars(t, good), 2, rand.Reader); !errors.Is(err, client.ErrTooFew) {
		t.Errorf("two of one: %v", err)
	}
	if _, err := stamp(context.Background(), files, calendars(t, good), 1, strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("without randomness: %v", err)
	}
}

// An answer that is too deep for a proof is that calendar's failure alone.
func TestStampRefusesTooDeepAnswers(t *testing.T) {
	deep := make([]ots.Op, 252)
	for i := range deep {
		deep[i] = ots.SHA256()
	}
	answer := func(steps int) string {
		return serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Write(ots.AppendPending(ots.AppendOps(nil, deep[:steps]...), "https://deep.example"))
		})
	}
	good := serve(t, promising(t, "https://a.example"))
	// Of five files the first has the longest way: nonce, hash, three joins
	// with their hashes: 8 steps of the 255.
	files := newFiles(t, 5)
	answers, err := stamp(context.Background(), files, calendars(t, answer(248), good), 1, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(answers[0].Err, client.ErrAnswer) || !errors.Is(answers[0].Err, ots.ErrTooDeep) || answers[1].Err != nil {
		t.Errorf("answers %+v", answers)
	}
	for _, f := range files {
		if _, err := f.MarshalBinary(); err != nil {
			t.Error(err)
		}
	}
	if _, err := stamp(context.Background(), newFiles(t, 5), calendars(t, answer(247)), 1, rand.Reader); err != nil {
		t.Errorf("the deepest that fits: %v", err)
	}
}

// transport is an http.RoundTripper made of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A calendar that never answers delays a stamp by a second once enough others
// have answered, and no longer.
func TestStampDoesNotWaitForTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "dead.example" {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			body := ots.AppendPending(nil, "https://"+r.URL.Host)
			return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
		})}
		var list []*client.Calendar
		for _, u := range []string{"https://dead.example", "https://alive.example"} {
			c, err := client.NewCalendar(u, h)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, c)
		}
		start := time.Now()
		answers, err := stamp(t.Context(), newFiles(t, 1), list, 1, bytes.NewReader(make([]byte, 16)))
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v", took)
		}
		if err := answers[0].Err; !errors.Is(err, client.ErrUnreachable) || !strings.Contains(err.Error(), "faster") {
			t.Errorf("the dead one: %v", err)
		}
	})
}

func TestSubmitRefusesBadAnswers(t *testing.T) {
	good := ots.AppendPending(nil, "https://a.example")
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"good":         {func(w http.ResponseWriter, _ *http.Request) { w.Write(good) }, nil},
		"empty":        {func(http.ResponseWriter, *http.Request) {}, ots.ErrTruncated},
		"trailing":     {func(w http.ResponseWriter, _ *http.Request) { w.Write(append(good, 0)) }, ots.ErrTrailing},
		"html":         {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, ots.ErrUnknownOp},
		"10,000 bytes": {func(w http.ResponseWriter, _ *http.Request) { w.Write(forks(10000)) }, nil},
		"10,001 bytes": {func(w http.ResponseWriter, _ *http.Request) { w.Write(forks(10001)) }, client.ErrAnswer},
		"endless":      {endless, client.ErrAnswer},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, client.ErrRefused},
		"not found":       {http.NotFound, client.ErrRefused},
		"cut off":         {cutOff, client.ErrUnreachable},
		"digest too long": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "digest too long", 400) }, client.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := calendars(t, serve(t, c.answer))[0].Submit(context.Background(), make([]byte, 32))
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			var kind ots.ErrorKind
			if errors.As(err, &kind) && !errors.Is(err, client.ErrAnswer) {
				t.Errorf("%v is no %v", err, client.ErrAnswer)
			}
		})
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	_, err := calendars(t, closed.URL)[0].Submit(context.Background(), make([]byte, 32))
	if !errors.Is(err, client.ErrUnreachable) || strings.Count(err.Error(), closed.URL) != 1 {
		t.Errorf("nobody there: %v", err)
	}
}

// forks is an answer of exactly size bytes.
func forks(size int) []byte {
	last := ots.AppendAttestation(nil, ots.Attestation{Tag: ots.AttestationTag{1}})
	var b []byte
	for i := byte(0); ; i++ {
		left := size - len(b) - len(last)
		head := 1 + 1 + 8 + 2 // fork, mark, tag, length
		n := min(left-head, 2000)
		b = ots.AppendAttestation(ots.AppendFork(b), ots.Attestation{Tag: ots.AttestationTag{2, i}, Payload: strings.Repeat("x", n)})
		if n < 2000 {
			return append(b, last...)
		}
	}
}

func endless(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(make([]byte, 4096)); err != nil {
			return
		}
	}
}

func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	w.Write([]byte("short"))
}

// otsdCalendar answers as the calendar that made the d1 vectors did.
func otsdCalendar(t *testing.T) http.HandlerFunc {
	commitment := strings.TrimSpace(string(read(t, "otsd/d1.commitment.hex")))
	answer := read(t, "otsd/d1.calendar-answer.bin")
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/timestamp/"+commitment {
			http.Error(w, "Not found", http.StatusNotFound)
			return
		}
		w.Write(answer)
	}
}

// redirectDials makes every connection go to one server, whatever the name.
func redirectDials(server string) *http.Client {
	h := client.HTTP(time.Minute)
	h.Transport = &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, strings.TrimPrefix(server, "http://"))
	}}
	return h
}

// otsd's own answer completes the pending proof to the very bytes that the
// reference client wrote.
func TestUpgrade(t *testing.T) {
	h := redirectDials(serve(t, otsdCalendar(t)))
	allow, err := client.PublicCalendars.With("127.0.0.1:14788")
	if err != nil {
		t.Fatal(err)
	}
	f := proof(t, "otsd/d1.txt.pending.ots")
	answers, changed := client.Upgrade(context.Background(), f.Timestamp, allow, h)
	if len(answers) != 1 || answers[0].Err != nil || !changed {
		t.Fatalf("answers %+v, changed %v", answers, changed)
	}
	got, err := f.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, read(t, "otsd/d1.txt.ots")) {
		t.Errorf("upgraded to\n%s", f.Info())
	}
	// What is complete is not asked for again.
	answers, changed = client.Upgrade(context.Background(), f.Timestamp, allow, h)
	if len(answers) != 0 || changed {
		t.Errorf("the second time: %+v, changed %v", answers, changed)
	}
}

func TestUpgradeAsksOnlyAllowedCalendars(t *testing.T) {
	f := proof(t, "otsd/d1.txt.pending.ots")
	never := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		t.Errorf("asked %s", r.URL)
		return nil, errors.New("no")
	})}
	answers, changed := client.Upgrade(context.Background(), f.Timestamp, client.PublicCalendars, never)
	if len(answers) != 1 || !errors.Is(answers[0].Err, client.ErrNotAllowed) || changed {
		t.Errorf("answers %+v, changed %v", answers, changed)
	}
}

func TestUpgradeTellsWhatThePendingCalendarSays(t *testing.T) {
	h := redirectDials(serve(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "Pending confirmation in Bitcoin blockchain\nSuccess! <b>"+strings.Repeat("x", 500), http.StatusNotFound)
	}))
	allow, err := client.Whitelist{}.With("http://127.0.0.1:14788/")
	if err != nil {
		t.Fatal(err)
	}
	f := proof(t, "otsd/d1.txt.pending.ots")
	answers, changed := client.Upgrade(context.Background(), f.Timestamp, allow, h)
	var e *client.Error
	if changed || !errors.Is(answers[0].Err, client.ErrPending) || !errors.As(answers[0].Err, &e) {
		t.Fatalf("answers %+v, changed %v", answers, changed)
	}
	if want := "Pending confirmation in Bitcoin blockchain_Success_ _b_xxx"; !strings.HasPrefix(e.Text, want) || len(e.Text) != 160 {
		t.Errorf("text %q", e.Text)
	}
}

// An answer that would make the proof too deep is left out.
func TestUpgradeKeepsTheProofWritable(t *testing.T) {
	deep := make([]ots.Op, 255)
	for i := range deep {
		deep[i] = ots.SHA256()
	}
	answer := ots.AppendAttestation(ots.AppendOps(nil, deep...), ots.Bitcoin(1))
	h := redirectDials(serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(answer) }))
	f := proof(t, "otsd/d1.txt.pending.ots")
	answers, changed := client.Upgrade(context.Background(), f.Timestamp, client.Whitelist{"http://127.0.0.1:14788"}, h)
	if changed || !errors.Is(answers[0].Err, ots.ErrTooDeep) {
		t.Errorf("answers %+v, changed %v", answers, changed)
	}
	if got, err := f.MarshalBinary(); err != nil || !bytes.Equal(got, read(t, "otsd/d1.txt.pending.ots")) {
		t.Errorf("the proof was changed (%v):\n%s", err, f.Info())
	}
}

func TestWhitelist(t *testing.T) {
	w, err := client.PublicCalendars.With("localhost:8780", "https://cal.example/path/")
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"https://alice.btc.calendar.opentimestamps.org":     true,
		"https://finney.calendar.eternitywall.com":          true,
		"http://alice.btc.calendar.opentimestamps.org":      false,
		"https://calendar.opentimestamps.org":               false,
		"https://alice.calendar.opentimestamps.org/":        false,
		"https://alice.calendar.opentimestamps.org.evil":    false,
		"https://evil.example/.calendar.opentimestamps.org": false,
		"https://u@a.calendar.opentimestamps.org":           false,
		"https://a.calendar.opentimestamps.org?x":           false,
		"http://localhost:8780":                             true,
		"https://localhost:8780":                            true,
		"http://localhost":                                  false,
		"https://cal.example/path":                          true,
		"https://cal.example":                               false,
		"":                                                  false,
		"%":                                                 false,
	} {
		if got := w.Allows(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
	if len(client.PublicCalendars) != 3 {
		t.Error("With changed the list it was called on")
	}
	for _, bad := range []string{"", "ftp://x", "https://", "https://u:p@x", "https://x?q", "https://[x"} {
		if _, err := client.PublicCalendars.With(bad); !errors.Is(err, client.ErrURL) {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := client.NewCalendar(bad, client.HTTP(time.Minute)); bad != "" && !errors.Is(err, client.ErrURL) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

const (
	helloHash   = "000000000000000003e892881a8cdcdc117c06d444057c98b6f04a9ee75a2319"
	helloHeight = 358391
)

// helloHeader is the header of block 358391 in hexadecimal.
func helloHeader(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../verify/testdata/headers.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if header, ok := strings.CutPrefix(line, fmt.Sprintf("%d ", helloHeight)); ok {
			return strings.TrimSpace(header)
		}
	}
	t.Fatal("no such header")
	return ""
}

func esplora(t *testing.T, hash, header string) *client.Esplora {
	t.Helper()
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case fmt.Sprintf("/api/block-height/%d", helloHeight):
			io.WriteString(w, hash)
		case "/api/block/" + hash + "/header":
			io.WriteString(w, header)
		default:
			http.Error(w, "Block not found", http.StatusNotFound)
		}
	})
	e, err := client.NewEsplora(address+"/api/", client.HTTP(time.Minute), chaincfg.MainNetParams.PowLimit)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEsploraVerifiesHelloWorld(t *testing.T) {
	e := esplora(t, helloHash, helloHeader(t)+"\n")
	v, err := verify.Check(context.Background(), proof(t, "client/hello-world.txt.ots").Timestamp, e)
	if err != nil || v.Outcome != verify.Confirmed || v.Block.Hash.String() != helloHash {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := e.HeaderAt(context.Background(), 1); !errors.Is(err, chain.ErrNoBlock) {
		t.Errorf("a height it does not know: %v", err)
	}
}

func TestEsploraIsNotBelieved(t *testing.T) {
	header := helloHeader(t)
	raw, err := hex.DecodeString(header)
	if err != nil {
		t.Fatal(err)
	}
	raw[79] ^= 1 // the nonce: the work is gone
	forged, err := verify.ParseHeader(hex.EncodeToString(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		hash, header string
		want         error
	}{
		"no hash":        {"oops", header, client.ErrAnswer},
		"not hex":        {strings.Repeat("z", 64), header, client.ErrAnswer},
		"another header": {strings.Repeat("0", 64), header, client.ErrAnswer},
		"short header":   {helloHash, header[:100], client.ErrAnswer},
		"no work":        {forged.BlockHash().String(), hex.EncodeToString(raw), verify.ErrWork},
	} {
		_, err := esplora(t, c.hash, c.header).HeaderAt(context.Background(), helloHeight)
		if !errors.Is(err, c.want) || !errors.Is(err, client.ErrAnswer) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

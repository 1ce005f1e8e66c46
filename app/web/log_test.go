package web

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
	"testing"

	"cairn/notary"
	"cairn/notary/ots"
	"cairn/notary/tlog"
	"cairn/notary/tlog/format"
)

// fakeLog is a log of one checkpoint, really signed, over what was stamped at
// the fake notary; its files are one word.
type fakeLog struct {
	notary *fakeNotary
	signer *format.Signer
	err    error
}

func newFakeLog(n *fakeNotary) *fakeLog {
	signer, err := format.NewSigner("cairn.test/log", [32]byte{1, 2, 3})
	if err != nil {
		panic(err)
	}
	return &fakeLog{notary: n, signer: signer}
}

func (l *fakeLog) Origin() string { return l.signer.Name() }
func (l *fakeLog) Key() string    { return l.signer.PublicKey() }

func (l *fakeLog) Head(context.Context) (tlog.Head, error) {
	if l.err != nil {
		return tlog.Head{}, l.err
	}
	head := tlog.Head{Size: 70_000, Root: format.Hash{9}, SignedAt: l.notary.now()}
	var err error
	head.Note, err = format.Checkpoint{Origin: l.Origin(), Size: head.Size, Root: head.Root}.Sign(l.signer)
	return head, err
}

func (l *fakeLog) Receipt(ctx context.Context, d notary.Digest) ([]byte, error) {
	if _, err := l.notary.Proof(ctx, d); err != nil {
		return nil, err
	}
	promise := format.Promise{Origin: l.Origin(), Index: 7, Digest: d}
	tip := sha256.Sum256(d[:])
	copy(promise.Entry[4:], tip[:])
	promise.Path = ots.AppendOps(nil, ots.SHA256(), ots.Prepend(promise.Entry[:4]), ots.Append(promise.Entry[36:]))
	return promise.Sign(l.signer)
}

func (l *fakeLog) Files() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "file") })
}

func TestLogPage(t *testing.T) {
	s := newSite(t)
	w := s.ask("GET", "/log", "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "The public log", "70,000", "cairn log verify http://cairn.test --state", "cairn log mirror http://cairn.test ", s.deps.Log.Key())
	w = s.ask("GET", "/log?lang=zh-Hans", "")
	wantText(t, w, "公开日志", "70,000")

	young := newSite(t, func(_ *Config, d *Deps) { d.Log.(*fakeLog).err = tlog.ErrNoCheckpoint })
	w = young.ask("GET", "/log", "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "Nothing has been signed yet")
	failing := newSite(t, func(_ *Config, d *Deps) { d.Log.(*fakeLog).err = tlog.ErrCorrupt })
	wantStatus(t, failing.ask("GET", "/log", ""), http.StatusInternalServerError)
}

func TestLogFilesPassNoPage(t *testing.T) {
	s := newSite(t)
	w := s.ask("GET", "/log/checkpoint", "", "Sec-Fetch-Site", "cross-site")
	if w.Code != http.StatusOK || w.Body.String() != "file" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func TestReceipt(t *testing.T) {
	s := newSite(t)
	d := s.completed(42)
	w := s.ask("GET", "/proof/"+d.String()+"/receipt", "")
	wantStatus(t, w, http.StatusOK)
	if kind := w.Header().Get("Content-Type"); kind != "text/plain; charset=utf-8" {
		t.Errorf("a receipt is %q", kind)
	}
	if name := w.Header().Get("Content-Disposition"); !strings.Contains(name, d.String()+".receipt.txt") {
		t.Errorf("a receipt is called %q", name)
	}
	if key, err := format.ParseKey(s.deps.Log.Key()); err != nil {
		t.Error(err)
	} else if r, err := format.OpenReceipt(w.Body.Bytes(), key); err != nil || r.Digest != d {
		t.Errorf("the receipt is %+v, %v", r, err)
	}
	wantText(t, w, "index 7\n", "sha256:"+d.String(), "— cairn.test/log ")
	wantStatus(t, s.ask("GET", "/proof/"+notary.Digest{1}.String()+"/receipt", ""), http.StatusNotFound)
	wantStatus(t, s.ask("GET", "/proof/xyz/receipt", ""), http.StatusUnprocessableEntity)
}

// Without a log there are no routes of one.
func TestWithoutLog(t *testing.T) {
	s := newSite(t, func(_ *Config, d *Deps) { d.Log = nil })
	for _, path := range []string{"/log", "/log/checkpoint", "/proof/" + notary.Digest{42}.String() + "/receipt"} {
		wantStatus(t, s.ask("GET", path, ""), http.StatusNotFound)
	}
}

func TestProofPageLinksItsReceipt(t *testing.T) {
	s := newSite(t)
	d := s.completed(42)
	wantText(t, s.ask("GET", "/proof/"+d.String(), ""), `href="/proof/`+d.String()+`/receipt"`)
}

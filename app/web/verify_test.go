package web

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cairn/notary"
	"cairn/notary/ots"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// part is one field of a form; with a file name it is a file.
type part struct{ field, file, content string }

// check posts a form to the verify page.
func (s *site) check(parts ...part) *httptest.ResponseRecorder {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		var w io.Writer
		var err error
		if p.file == "" {
			w, err = form.CreateFormField(p.field)
		} else {
			w, err = form.CreateFormFile(p.field, p.file)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		io.WriteString(w, p.content) //nolint:errcheck
	}
	form.Close() //nolint:errcheck
	r := httptest.NewRequest("POST", "http://cairn.test/verify", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// judgeFile posts a proof and a digest to the verify page.
func (s *site) judgeFile(proof []byte, digest string) *httptest.ResponseRecorder {
	s.t.Helper()
	parts := []part{{field: "digest", content: digest}}
	if proof != nil {
		parts = append(parts, part{"proof", "x.ots", string(proof)})
	}
	return s.check(parts...)
}

func (s *site) file(d notary.Digest) []byte {
	s.t.Helper()
	file, err := s.notary.File(s.t.Context(), d)
	if err != nil {
		s.t.Fatal(err)
	}
	return file
}

func TestVerdicts(t *testing.T) {
	s := newSite(t)
	pending := s.file(s.stamped(1))
	d := s.completed(1)
	complete := s.file(d)
	high := bytes.Clone(complete)
	high[len(high)-1] = 127 // a block above the tip
	wrong := bytes.Clone(complete)
	wrong[len(wrong)-1] = 50 // a block that carries something else
	nothing := unknownAttestation(t, d)
	another := s.file(s.completed(2))

	for _, c := range []struct {
		name   string
		proof  []byte
		digest string
		says   []string
	}{
		{"confirmed", complete, d.String(), []string{"This file existed no later than", "verdict good", "block 101", "matches the proof"}},
		{"confirmed, upper case", complete, strings.ToUpper(d.String()), []string{"verdict good"}},
		{"proof alone", complete, "", []string{"This file existed no later than", "Only the proof was checked"}},
		{"pending", pending, d.String(), []string{"Stored, but not yet in a block.", "verdict wait", "http://127.0.0.1:8780"}},
		{"other file", complete, notary.Digest{2}.String(), []string{"This proof is for another file.", "verdict bad"}},
		{"other file, known", another, d.String(), []string{"This proof is for another file.", "A proof of this file is kept here.", "/proof/" + d.String()}},
		{"other file, pending", pending, notary.Digest{2}.String(), []string{"This proof is for another file."}},
		{"another chain", wrong, d.String(), []string{"The block found here does not carry it.", "verdict wait", "block 50", "sandbox chain of its own"}},
		{"unknown block", high, d.String(), []string{"does not know that block", "Merkle root it must have", "127"}},
		{"nothing", nothing, d.String(), []string{"Nothing in this proof can be checked here."}},
		{"not a proof", []byte("hello"), d.String(), []string{"This is text, not a proof.", "verdict bad"}},
		{"truncated", complete[:len(complete)-3], d.String(), []string{"ends too early", "A proof of this file is kept here."}},
		{"trailing", append(bytes.Clone(complete), 0), d.String(), []string{"after the end of the proof"}},
	} {
		w := s.judgeFile(c.proof, c.digest)
		wantStatus(t, w, http.StatusOK)
		for _, text := range c.says {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: %q is not in the page:\n%s", c.name, text, w.Body)
			}
		}
		checkMarkup(t, c.name, w)
	}
}

func unknownAttestation(t *testing.T, d notary.Digest) []byte {
	t.Helper()
	f, err := ots.NewFile(ots.OpSHA256, d[:])
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Timestamp.Attest(ots.Attestation{Tag: ots.AttestationTag{1, 2, 3}}); err != nil {
		t.Fatal(err)
	}
	raw, err := f.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestVerdictShowsEachStep(t *testing.T) {
	s := newSite(t)
	d := s.completed(1)
	w := s.judgeFile(s.file(d), d.String())
	_, end := way(d)
	wantText(t, w, "The way, in 2 steps", hex.EncodeToString([]byte("sixteen random b")), hex.EncodeToString(end.Message()))
}

// deafHeaders is a chain that does not answer.
type deafHeaders struct{ Headers }

func (deafHeaders) HeaderAt(context.Context, int32) (*wire.BlockHeader, error) {
	return nil, errors.New("no answer")
}

func (deafHeaders) HeaderByHash(context.Context, chainhash.Hash) (*wire.BlockHeader, int32, error) {
	return nil, 0, errors.New("no answer")
}

func TestVerdictWhenTheChainDoesNotAnswer(t *testing.T) {
	s := newSite(t)
	d := s.completed(1)
	s.deps.Headers = deafHeaders{s.deps.Headers}
	w := s.judgeFile(s.file(d), d.String())
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "This cannot be checked just now.")
}

func TestVerifyMistakes(t *testing.T) {
	s := newSite(t)
	d := s.stamped(1)
	for _, c := range []struct {
		name   string
		proof  []byte
		digest string
		status int
		says   string
	}{
		{"nothing", nil, "", 422, "Give a proof, a file, or both."},
		{"bad digest", s.file(d), "xyz", 422, "letters a–f"},
		{"bad list", s.file(d), d.String() + "\nxyz oops", 422, "Line 2:"},
		{"too large", make([]byte, maxVerifyBody+64<<10), d.String(), 413, "never larger than 1 MB"},
		{"unknown digest alone", nil, notary.Digest{9}.String(), 404, "No proof of this file is kept here."},
	} {
		w := s.judgeFile(c.proof, c.digest)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	w := s.judgeFile(nil, d.String())
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/proof/"+d.String() {
		t.Errorf("a lost proof is not found: %d %s", w.Code, w.Header().Get("Location"))
	}
	wantStatus(t, s.ask("POST", "/verify", "broken", "Content-Type", "multipart/form-data; boundary=x"), http.StatusBadRequest)
}

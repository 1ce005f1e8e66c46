package web

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"math/big"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"cairn/chain"
	"cairn/notary"
	"cairn/notary/ots"
)

// otsFile is a file of the format's test data.
func otsFile(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile("../../notary/ots/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// helloHeaders is the line "358391 header" and the header alone.
func helloHeaders(t *testing.T) (line, alone string) {
	t.Helper()
	raw, err := os.ReadFile("../../notary/verify/testdata/headers.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if alone, ok := strings.CutPrefix(line, "358391 "); ok {
			return line, strings.TrimSpace(alone)
		}
	}
	t.Fatal("no such header")
	return "", ""
}

const helloDigest = "03ba204e50d126e4674c005e04d82e84c21366780af1f43bd54a37816b6ab340"

// A proof of Bitcoin's is judged by a header alone, in whatever form, and the
// page says what that is worth.
func TestVerifyWithAHeader(t *testing.T) {
	s := newSite(t)
	line, alone := helloHeaders(t)
	raw, err := hex.DecodeString(alone)
	if err != nil {
		t.Fatal(err)
	}
	hello := part{"proof", "hello-world.txt.ots", otsFile(t, "client/hello-world.txt.ots")}
	for name, headers := range map[string]part{
		"pasted":     {"header", "", line},
		"alone":      {"header", "", alone + "\r\n"},
		"a file":     {"headers", "h.txt", "# headers\n" + line},
		"a raw file": {"headers", "h.bin", string(raw)},
	} {
		w := s.check(hello, part{field: "digest", content: helloDigest}, headers)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", name, w.Code)
		}
		wantText(t, w, "verdict good", "28 May 2015", "matches the proof", "The block&#39;s header comes from you",
			"one modern mining machine busy for about 12 days", "000000000000000003e892881a8cdcdc117c06d444057c98b6f04a9ee75a2319",
			"about 2^67 hashes", "begins with 70 zero bits")
		checkMarkup(t, name, w)
	}
	bad := s.check(part{"proof", "bad.ots", otsFile(t, "client/bad-stamp.txt.ots")}, part{field: "header", content: line})
	wantText(t, bad, "This proof does not hold.", "verdict bad", "1bb49db87782170860c2e467994762f7f00c815d80d712e7eb9a7c14b9811f92")
	missing := s.check(hello, part{field: "header", content: otsdHeader(t)})
	wantText(t, missing, "does not know that block", "The headers you gave do not have that block.")
	for _, c := range []struct{ header, says string }{
		{"358391 " + alone[:158] + "zz", "cannot be read (line 1)"},
		{line + "oops", "cannot be read (line 2)"},
		{"358391 " + alone[:158] + "00", "cannot be read (line 1)"}, // the work is gone
	} {
		w := s.check(hello, part{field: "header", content: c.header})
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, c.says, alone[:80], `name="again" value="AE9wZW5U`, "hello-world.txt.ots is still here")
	}
}

// otsdHeader is a header of another chain, with the easiest work: the first
// block of every devnet.
func otsdHeader(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	params, err := chain.Devnet.Params()
	if err != nil {
		t.Fatal(err)
	}
	if err := params.GenesisBlock.Header.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b.Bytes())
}

// Low heights are on every chain: the sandbox's own block never refutes a
// proof, and the header of the other chain settles it.
func TestVerifyABlockOfAnotherChain(t *testing.T) {
	s := newSite(t)
	w := s.check(part{"proof", "d1.txt.ots", otsFile(t, "otsd/d1.txt.ots")})
	for _, text := range []string{"mismatch", "does not hold"} {
		if strings.Contains(w.Body.String(), text) {
			t.Errorf("the page says %q", text)
		}
	}
	wantText(t, w, "verdict wait", "block 110")
	// The page carries the proof along, so that only the header is to be given.
	hello := s.check(part{"proof", "hello.ots", otsFile(t, "client/hello-world.txt.ots")}, part{field: "digest", content: helloDigest})
	wantText(t, hello, "most likely of Bitcoin", "8a1b66ecb7cbd07d8139a7e7d7f2c41aab1f5009b8364aaf61d03ad245e47e00", "Settle it with the block&#39;s header")
	again := regexp.MustCompile(`name="again" value="([^"]+)"`).FindStringSubmatch(hello.Body.String())
	if again == nil {
		t.Fatal("the proof is not carried along")
	}
	line, _ := helloHeaders(t)
	w = s.check(part{"again", "", again[1]}, part{"digest", "", helloDigest}, part{"header", "", line})
	wantText(t, w, "verdict good", "28 May 2015", "matches the proof")
	wantStatus(t, s.check(part{"again", "", "no base64!"}), http.StatusBadRequest)
}

// On Bitcoin's own chain a wrong block is a wrong proof, and the work on top
// of a right one is told.
func TestVerifyOnMainnet(t *testing.T) {
	s := newSite(t)
	s.cfg.Network = chain.Mainnet
	s.deps.HeadersFrom = HeadersLight
	d := s.completed(1)
	wrong := s.file(d)
	wrong[len(wrong)-1] = 50
	wantText(t, s.judgeFile(wrong, d.String()), "This proof does not hold.", "verdict bad", "It names block 50")
	for range 299 {
		s.notary.addBlock([32]byte{7})
	}
	w := s.judgeFile(s.file(d), d.String())
	wantText(t, w, "took nobody&#39;s word", "299 blocks stand on top of it.", "about 2 days", "existed no later than")
	s.deps.HeadersFrom = HeadersNode
	wantText(t, s.judgeFile(s.file(d), d.String()), "as the Bitcoin node of this Cairn&#39;s operator knows it")
	s.cfg.Network = chain.Signet
	wantText(t, s.judgeFile(s.file(d), d.String()), "test network signet", "proves nothing to others")
	s.cfg.Network = chain.Devnet
	wantText(t, s.judgeFile(s.file(d), d.String()), "sandbox chain inside this Cairn", "proves nothing to others")
}

// Files that are no proofs are named for what they are.
func TestVerifyNamesOtherFiles(t *testing.T) {
	s := newSite(t)
	kept := s.completed(1)
	for name, c := range map[string]struct {
		content string
		says    []string
	}{
		"a.chp":  {`{"@context":"https://w3id.org/chainpoint/v3","type":"Chainpoint","hash":"` + kept.String() + `"}`, []string{"This is a Chainpoint proof.", "version 3", "Open the proof kept here", "/proof/" + kept.String()}},
		"a.xml":  {`<?xml version="1.0"?><node type="key" value="1"><left/></node>`, []string{"This is a proof of OriginStamp."}},
		"a.tsr":  {otsFile(t, "../../recognise/testdata/hello.tsr"), []string{"RFC 3161", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}},
		"a.pdf":  {"%PDF-1.4\n", []string{"This is a PDF, not a proof."}},
		"a.png":  {"\x89PNG\r\n\x1a\n", []string{"This is a picture"}},
		"a.ots":  {"<!doctype html><p>hi", []string{"This is a web page"}},
		"b.ots":  {"", []string{"This file is empty."}},
		"c.ots":  {"\xff\xfe\x00", []string{"not a proof that is known here"}},
		"SUMS":   {kept.String() + "  a\n", []string{"This is a list of fingerprints"}},
		"armour": {"-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n", []string{"a timestamp without its commit"}},
	} {
		w := s.check(part{"proof", name, c.content})
		wantStatus(t, w, http.StatusOK)
		wantText(t, w, append(c.says, name)...)
		checkMarkup(t, name, w)
	}
	zh := s.ask("GET", "/verify", "", "Accept-Language", "zh")
	wantText(t, zh, "区块头")
}

// A proof inside an archive is found and judged.
func TestVerifyABundle(t *testing.T) {
	s := newSite(t)
	d := s.completed(1)
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	entry, err := archive.Create("evidence/photo.jpg.ots")
	if err != nil {
		t.Fatal(err)
	}
	entry.Write(s.file(d)) //nolint:errcheck
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	w := s.check(part{"proof", `C:\bundles\photo.zip`, b.String()}, part{"digest", "", d.String()})
	wantText(t, w, "verdict good", "matches the proof", "photo.zip › photo.jpg.ots", "found in the archive")
}

// Several at once: each proof finds its file, and files without a proof are
// looked up.
func TestVerifySeveral(t *testing.T) {
	s := newSite(t)
	one, two, kept, stranger := s.completed(1), s.completed(2), s.stamped(3), notary.Digest{9}
	w := s.check(
		part{"proof", "one.ots", string(s.file(one))},
		part{"proof", "two.ots", string(s.file(two))},
		part{"proof", "three.ots", string(s.file(two)[:50])},
		part{"digest", "", strings.Join([]string{two.String(), kept.String() + "  kept.txt", stranger.String()}, "\n")},
	)
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "5 verdicts.", "one.ots", "two.ots", "three.ots", "ends too early",
		"A proof of this file is kept here.", "/proof/"+kept.String(), "No proof of this file is kept here.")
	if n := strings.Count(w.Body.String(), "Only the proof was checked"); n != 1 {
		t.Errorf("%d proofs without their file, want 1", n)
	}
	checkMarkup(t, "several", w)

	var parts []part
	for range maxVerdicts + 1 {
		parts = append(parts, part{"proof", "x.ots", string(s.file(one))})
	}
	w = s.check(parts...)
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "too much at once")
	w = s.check(part{"digest", "", strings.Repeat(one.String()+"\n", maxAsked+1)})
	wantStatus(t, w, http.StatusUnprocessableEntity)
}

// A stranger's proof says what it wants in as many words as the page shows.
func TestVerifyShowsNothingAsMarkup(t *testing.T) {
	s := newSite(t)
	d := s.completed(1)
	w := s.check(part{"proof", "<script>alert(1)</script>.ots", string(s.file(d))}, part{"header", "", "<script>"})
	if strings.Contains(w.Body.String(), "<script>alert") || strings.Contains(w.Body.String(), "<script></textarea>") {
		t.Error("markup of the visitor's is in the page")
	}
	f, err := ots.NewFile(ots.OpSHA256, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Timestamp.Attest(ots.Attestation{Tag: ots.AttestationTag{9}, Payload: "<img src=x>"}); err != nil {
		t.Fatal(err)
	}
	raw, err := f.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	checkMarkup(t, "payload", s.judgeFile(raw, ""))
}

func TestMachineTime(t *testing.T) {
	for bits, want := range map[uint]time.Duration{32: 21474 * time.Nanosecond, 67: 737869 * time.Second, 255: 1<<63 - 1} {
		got := machineTime(new(big.Int).Lsh(big.NewInt(1), bits))
		if (got - want).Abs() > want/1000 {
			t.Errorf("2^%d hashes take %v, want %v", bits, got, want)
		}
	}
}

package recognise_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cairn/chain"
	"cairn/notary/certificate"
	"cairn/notary/docproof"
	"cairn/notary/ots"
	"cairn/notary/recognise"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/wire"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// chainpoint's binary form, as far as it is looked at.
func deflated(content string) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, content) //nolint:errcheck
	w.Close()                  //nolint:errcheck
	return b.Bytes()
}

func zipped(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		entry, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		entry.Write(content) //nolint:errcheck
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func docproofTx(t testing.TB) []byte {
	t.Helper()
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{})
	tx.AddTxOut(docproof.Output(sha256.Sum256([]byte("hello"))))
	var b bytes.Buffer
	if err := tx.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const chainpointHash = "ffff27222fe366d0b8988b7312c6ba60ee422418d92b62cdcb71fe2991ee7391"

func TestLook(t *testing.T) {
	hello := fmt.Sprintf("%x", sha256.Sum256([]byte("hello")))
	tx := docproofTx(t)
	binary := deflated("\x82\xa8@context\xd9\x1fhttps://w3id.org/chainpoint/v4")
	for name, c := range map[string]struct {
		raw     []byte
		kind    recognise.Kind
		version string
		digest  string
		proofs  int
	}{
		"nothing":            {nil, recognise.Empty, "", "", 0},
		"a proof":            {read(t, "hello-world.txt.ots"), recognise.Proof, "", "", 1},
		"half a proof":       {read(t, "hello-world.txt.ots")[:40], recognise.Proof, "", "", 1},
		"chainpoint 3":       {read(t, "btc-proof.chp.json"), recognise.Chainpoint, "3", chainpointHash, 0},
		"chainpoint 4":       {read(t, "chainpoint-proof-v4.chp.json"), recognise.Chainpoint, "4", "513a6e6aa23bac3ba1118681caab52ab83ad8c2eba51dd0fa9f3196b8a024bdf", 0},
		"chainpoint 5":       {read(t, "chainpoint-proof-v5.chp.json"), recognise.Chainpoint, "5", "513a6e6aa23bac3ba1118681caab52ab83ad8c2eba51dd0fa9f3196b8a024bdf", 0},
		"chainpoint 2":       {[]byte(`{"@context":"https://w3id.org/chainpoint/v2","type":"ChainpointSHA256v2","targetHash":"` + hello + `","merkleRoot":"x","proof":[]}`), recognise.Chainpoint, "2", hello, 0},
		"chainpoint 2, bare": {[]byte(`{"type":"ChainpointSHA256v2","targetHash":"` + hello + `"}`), recognise.Chainpoint, "2", hello, 0},
		"chainpoint 1":       {[]byte(`{"header":{"chainpoint_version":"1.0","hash_type":"SHA-256"},"target":{"target_hash":"` + hello + `"}}`), recognise.Chainpoint, "1", hello, 0},
		"chainpoint, zlib":   {binary, recognise.Chainpoint, "4", "", 0},
		"chainpoint, base64": {[]byte(base64.StdEncoding.EncodeToString(binary) + "\n"), recognise.Chainpoint, "4", "", 0},
		"originstamp":        {[]byte(`<?xml version="1.0" encoding="UTF-8" standalone="no"?><node type="key" value="a1"><left type="mesh" value="b2"/></node>`), recognise.OriginStamp, "", "", 0},
		"time-stamp reply":   {read(t, "hello.tsr"), recognise.TimeStampToken, "", hello, 0},
		"time-stamp token":   {read(t, "hello.tst"), recognise.TimeStampToken, "", hello, 0},
		"time-stamp query":   {read(t, "hello.tsq"), recognise.TimeStampQuery, "", hello, 0},
		"cut token":          {read(t, "hello.tst")[:90], recognise.TimeStampToken, "", "", 0},
		"docproof":           {tx, recognise.Docproof, "", hello, 0},
		"docproof in hex":    {[]byte(hex.EncodeToString(tx) + "\n"), recognise.Docproof, "", hello, 0},
		"certificate":        {certified(t), recognise.Certificate, "", "", 1},
		"pdf":                {[]byte("%PDF-1.4\n1 0 obj stream\nabc\nendstream\n"), recognise.PDF, "", "", 0},
		"pdf, plain stream":  {joined([]byte("%PDF-1.4\n1 0 obj stream\r\n"), read(t, "hello-world.txt.ots"), []byte("\r\nendstream\n")), recognise.Certificate, "", "", 1},
		"bundle":             {zipped(t, map[string][]byte{"x/a.ots": read(t, "hello-world.txt.ots"), "README.txt": []byte("hi")}), recognise.Bundle, "", "", 1},
		"zip":                {zipped(t, map[string][]byte{"a.ots": []byte("no"), "b": nil}), recognise.ZIP, "", "", 0},
		"broken zip":         {[]byte("PK\x03\x04 and nothing"), recognise.ZIP, "", "", 0},
		"word":               {zipped(t, map[string][]byte{"[Content_Types].xml": nil, "word/document.xml": nil}), recognise.Document, "", "", 0},
		"png":                {[]byte("\x89PNG\r\n\x1a\nrest"), recognise.Image, "", "", 0},
		"jpeg":               {[]byte("\xff\xd8\xff\xe0rest"), recognise.Image, "", "", 0},
		"webp":               {[]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), recognise.Image, "", "", 0},
		"heic":               {[]byte("\x00\x00\x00\x18ftypheic\x00\x00"), recognise.Image, "", "", 0},
		"text like a bitmap": {[]byte("BM is how this long enough text happens to begin"), recognise.Text, "", "", 0},
		"headers":            {[]byte("# one\n358391 " + strings.Repeat("0f", 80) + "\n"), recognise.Headers, "", "", 0},
		"one header":         {[]byte(strings.Repeat("0f", 80)), recognise.Headers, "", "", 0},
		"sums":               {[]byte(hello + "  a\n" + hello + "  b\n"), recognise.Sums, "", "", 0},
		"one sum":            {[]byte("SHA256 (a) = " + hello), recognise.Sums, "", "", 0},
		"a digest":           {[]byte("\ufeff" + strings.ToUpper(hello) + "\r\n"), recognise.Digest, "", hello, 0},
		"html":               {[]byte("\n<!DOCTYPE html><p>hi"), recognise.HTML, "", "", 0},
		"xml":                {[]byte("<?xml version='1.0'?><feed/>"), recognise.Text, "", "", 0},
		"json":               {[]byte(`{"type":"Feature"}`), recognise.JSON, "", "", 0},
		"a json list":        {[]byte(`[1,2]`), recognise.JSON, "", "", 0},
		"almost json":        {[]byte(`{"type":`), recognise.Text, "", "", 0},
		"text":               {[]byte("Dear Sir,\n"), recognise.Text, "", "", 0},
		"noise":              {[]byte{0xfe, 0x00, 0x01, 0x02}, recognise.Unknown, "", "", 0},
	} {
		f := recognise.Look(c.raw)
		if f.Kind != c.kind || f.Version != c.version || hex.EncodeToString(f.Digest) != c.digest || len(f.Proofs) != c.proofs {
			t.Errorf("%s: %s, version %q, digest %x, %d proofs", name, f.Kind, f.Version, f.Digest, len(f.Proofs))
		}
	}
}

func joined(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// certified is a certificate as Cairn makes them.
func certified(t testing.TB) []byte {
	t.Helper()
	list, err := os.Open("../verify/testdata/headers.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	headers, err := verify.ParseHeaders(list, chaincfg.MainNetParams.PowLimit)
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := certificate.Make(certificate.Facts{
		Language: certificate.English, Proof: read(t, "hello-world.txt.ots"), Name: "hello-world.txt", Height: 358391,
		Header: headers[358391], Network: chain.Mainnet, Made: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

// What is found inside is the proof that went in, to the byte.
func TestProofsInside(t *testing.T) {
	want := read(t, "hello-world.txt.ots")
	for name, raw := range map[string][]byte{
		"certificate": certified(t),
		"plain":       joined([]byte("%PDF-1.4\nstream\n"), want, []byte("\nendstream")),
		"bundle":      zipped(t, map[string][]byte{"deep/down/a.ots": want}),
	} {
		f := recognise.Look(raw)
		if len(f.Proofs) != 1 || !bytes.Equal(f.Proofs[0].Raw, want) {
			t.Errorf("%s: %d proofs", name, len(f.Proofs))
		}
	}
	if f := recognise.Look(zipped(t, map[string][]byte{"deep/down/a.ots": want})); f.Proofs[0].Name != "a.ots" {
		t.Errorf("it is called %q", f.Proofs[0].Name)
	}
	many := map[string][]byte{}
	for i := range 2 * recognise.MaxProofs {
		many[fmt.Sprint(i, ".ots")] = want
	}
	if f := recognise.Look(zipped(t, many)); len(f.Proofs) != recognise.MaxProofs {
		t.Errorf("%d proofs", len(f.Proofs))
	}
}

// A timestamped commit is a proof of the commit, and changing it is seen.
func TestGitCommit(t *testing.T) {
	commit := "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nMessage\n"
	signature := "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
	digest := ots.GitDigest([]byte(commit), []byte(signature))
	stamp, err := ots.New(digest[:])
	if err != nil {
		t.Fatal(err)
	}
	if err := stamp.Attest(ots.Bitcoin(7)); err != nil {
		t.Fatal(err)
	}
	armored, err := ots.AppendArmor([]byte(signature), stamp, 0)
	if err != nil {
		t.Fatal(err)
	}
	folded := strings.ReplaceAll(strings.TrimSuffix(string(armored), "\n"), "\n", "\n ")
	object := strings.Replace(commit, "\n\n", "\ngpgsig "+folded+"\n\n", 1)

	f := recognise.Look([]byte(object))
	if f.Kind != recognise.GitCommit || len(f.Proofs) != 1 {
		t.Fatalf("%+v", f)
	}
	inside, err := ots.ParseFile(f.Proofs[0].Raw)
	if err != nil || !bytes.Equal(inside.Digest(), digest[:]) || !inside.Timestamp.Complete() {
		t.Errorf("%v, %v", inside, err)
	}
	if f := recognise.Look(armored); f.Kind != recognise.GitTimestamp || len(f.Proofs) != 0 {
		t.Errorf("without its commit: %+v", f)
	}
}

func FuzzLook(f *testing.F) {
	for _, name := range []string{"hello-world.txt.ots", "btc-proof.chp.json", "hello.tsr", "hello.tsq"} {
		f.Add(read(f, name))
	}
	f.Add(certified(f))
	f.Add(zipped(f, map[string][]byte{"a.ots": read(f, "hello-world.txt.ots")}))
	f.Add(docproofTx(f))
	f.Add(deflated("w3id.org/chainpoint/v3"))
	f.Add([]byte("tree \ngpgsig -----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n\nAQ==\n-----END OPENTIMESTAMPS GIT TIMESTAMP-----\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		found := recognise.Look(raw)
		if found.Kind == "" || len(found.Proofs) > recognise.MaxProofs {
			t.Errorf("%+v", found)
		}
		for _, p := range found.Proofs {
			if !ots.HasMagic(p.Raw) || found.Kind != recognise.Proof && len(p.Raw) > ots.MaxSize {
				t.Errorf("a proof of %d bytes that is none", len(p.Raw))
			}
		}
	})
}

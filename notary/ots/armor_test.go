package ots_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"cairn/notary/ots"
)

const commitObject = `tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904
author A <a@example.org> 1480000000 +0000
committer A <a@example.org> 1480000000 +0000
gpgsig -----BEGIN PGP SIGNATURE-----
 
 iQEcBAABCAAGBQJYN
 -----END PGP SIGNATURE-----

a message
`

func TestSplitCommit(t *testing.T) {
	commit, signature := ots.SplitCommit([]byte(commitObject))
	wantCommit := `tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904
author A <a@example.org> 1480000000 +0000
committer A <a@example.org> 1480000000 +0000

a message
`
	wantSignature := "-----BEGIN PGP SIGNATURE-----\n\niQEcBAABCAAGBQJYN\n-----END PGP SIGNATURE-----\n"
	if string(commit) != wantCommit || string(signature) != wantSignature {
		t.Errorf("commit %q\nsignature %q", commit, signature)
	}
	unsigned, none := ots.SplitCommit(commit)
	if none != nil || !bytes.Equal(unsigned, commit) {
		t.Errorf("an unsigned commit: %q, %q", unsigned, none)
	}
}

func TestArmor(t *testing.T) {
	commit, signature := ots.SplitCommit([]byte(commitObject))
	c, s := sha256.Sum256(commit), sha256.Sum256(signature)
	want := sha256.Sum256(append(c[:], s[:]...))
	digest := ots.GitDigest(commit, signature)
	if digest != want {
		t.Fatalf("digest %x, want %x", digest, want)
	}
	ts := newTimestamp(t, digest[:])
	at, err := ts.Extend(ots.Append(bytes.Repeat([]byte{1}, 100)), ots.SHA256())
	if err != nil {
		t.Fatal(err)
	}
	if err := at.Attest(ots.Pending("https://a.example")); err != nil {
		t.Fatal(err)
	}
	armored, err := ots.AppendArmor(signature, ts, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimPrefix(string(armored), string(signature))
	if !strings.HasPrefix(text, "-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n\nAQ") ||
		!strings.HasSuffix(text, "\n-----END OPENTIMESTAMPS GIT TIMESTAMP-----\n") {
		t.Errorf("armor:\n%s", text)
	}
	for line := range strings.Lines(text[46:]) {
		if !strings.HasPrefix(line, "-----") && len(line) > 65 {
			t.Errorf("a line of %d characters", len(line))
		}
	}
	got, err := ots.ParseArmor(commit, armored)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Timestamp.Equal(ts) || got.Minor != 0 || !bytes.Equal(got.Signature, signature) {
		t.Errorf("read back:\n%s", got.Timestamp.Info())
	}

	body := func(raw []byte) []byte {
		return []byte("-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n\n" + base64.StdEncoding.EncodeToString(raw) +
			"\n-----END OPENTIMESTAMPS GIT TIMESTAMP-----\n")
	}
	stamp := bytesOf(t, ts)
	for name, c := range map[string]struct {
		text []byte
		want ots.ErrorKind
	}{
		"no armor":      {signature, ots.ErrArmor},
		"no footer":     {armored[:len(armored)-10], ots.ErrArmor},
		"not base64":    {bytes.Replace(armored, []byte("\n\nAQ"), []byte("\n\n*Q"), 1), ots.ErrArmor},
		"other version": {body(append([]byte{2, 0}, stamp...)), ots.ErrVersion},
		"no version":    {body([]byte{1}), ots.ErrTruncated},
		"trailing":      {body(append([]byte{1, 0}, append(stamp, 0)...)), ots.ErrTrailing},
		"cut":           {body(append([]byte{1, 0}, stamp[:len(stamp)-1]...)), ots.ErrTruncated},
	} {
		if _, err := ots.ParseArmor(commit, c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

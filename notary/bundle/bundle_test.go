package bundle_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cairn/notary/bundle"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// contents are those of the reference client's hello-world.txt.
func contents(t *testing.T) bundle.Contents {
	var header string
	for line := range strings.Lines(string(read(t, "../verify/testdata/headers.txt"))) {
		if strings.HasPrefix(line, "358391 ") {
			header = line
		}
	}
	if header == "" {
		t.Fatal("no header 358391")
	}
	return bundle.Contents{
		ProofName: "hello-world.txt.ots",
		Digest:    "03ba204e50d126e4674c005e04d82e84c21366780af1f43bd54a37816b6ab340", Hash: "SHA-256",
		Proof: read(t, "../ots/testdata/client/hello-world.txt.ots"), Page: []byte("<!doctype html>"),
		Certificates: []bundle.Certificate{{Language: "en", PDF: []byte("%PDF en")}, {Language: "zh", PDF: []byte("%PDF zh")}},
		Headers:      []byte(header), Address: "https://cairn.example/proof/03ba",
		Made: time.Date(2026, 11, 22, 10, 0, 1, 5, time.UTC),
	}
}

func written(t *testing.T, c bundle.Contents) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := bundle.Write(&out, c); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func unpacked(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range r.File {
		entry, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(entry); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) != len(r.File) {
		t.Error("two entries have the same name")
	}
	return files
}

// What a person does with the bundle: take the proof and the headers out and
// verify the file.
func TestTheProofVerifiesFromTheBundleAlone(t *testing.T) {
	files := unpacked(t, written(t, contents(t)))
	proof, err := ots.ParseFile(files["hello-world.txt.ots"])
	if err != nil {
		t.Fatal(err)
	}
	headers, err := verify.ParseHeaders(bytes.NewReader(files["headers.txt"]), chaincfg.MainNetParams.PowLimit)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(read(t, "../ots/testdata/client/hello-world.txt"))
	if err := verify.Match(proof, digest[:]); err != nil {
		t.Error(err)
	}
	verdict, err := verify.Check(context.Background(), proof.Timestamp, headers)
	if err != nil || verdict.Outcome != verify.Confirmed || verdict.Block.Height != 358391 {
		t.Errorf("%+v, %v", verdict, err)
	}
}

// The README names every file of the bundle, and none that is not in it.
func TestTheReadmeFitsTheBundle(t *testing.T) {
	full := contents(t)
	full.Receipt = []byte("a receipt")
	full.Token = bundle.Token{Reply: []byte("r"), DER: []byte("d"), Proof: []byte("p"), Chain: []byte("c"), Roots: []byte("r")}
	full.TestNetwork = "devnet"
	unstamped := full
	unstamped.Token.Proof = nil
	bare := bundle.Contents{ProofName: "proof.ots", Proof: []byte("p"), Page: []byte("h"), Digest: "00", Hash: "SHA-256"}
	possible := unpacked(t, written(t, full))
	delete(possible, "hello-world.txt.ots")
	for name, c := range map[string]bundle.Contents{"full": full, "usual": contents(t), "unstamped token": unstamped, "bare": bare} {
		files := unpacked(t, written(t, c))
		readme := string(files["README.txt"])
		delete(files, "README.txt")
		for file := range files {
			if strings.Count(readme, "  "+file) < 2 && strings.Count(readme, file) < 2 {
				t.Errorf("%s: the README does not name %s in both languages", name, file)
			}
		}
		for file := range possible {
			if _, in := files[file]; !in && file != "README.txt" && strings.Contains(readme, file) {
				t.Errorf("%s: the README names %s, which is not there", name, file)
			}
		}
		if tests := strings.Contains(readme, "devnet"); tests != (c.TestNetwork != "") {
			t.Errorf("%s: a test network is named: %v", name, tests)
		}
		if !strings.Contains(readme, c.Digest) || strings.Contains(readme, "<no value>") || strings.Contains(readme, "{{") {
			t.Errorf("%s:\n%s", name, readme)
		}
		if strings.Count(readme, "\n") != strings.Count(readme, "\r\n") {
			t.Errorf("%s: lines end in different ways", name)
		}
	}
	if len(possible) != 11 {
		t.Errorf("the full bundle has %d files", len(possible)+1)
	}
}

func TestEqualContentsGiveEqualBytes(t *testing.T) {
	if c := contents(t); !bytes.Equal(written(t, c), written(t, c)) {
		t.Error("the second archive is another one")
	}
}

func TestNamesLeadNowhere(t *testing.T) {
	for _, name := range []string{"", ".ots", "../x.ots", `a\b.ots`, "/etc/x.ots", "C:x.ots", "a\nb.ots", "timestamp.tst.ots"} {
		c := contents(t)
		c.ProofName = name
		if err := bundle.Write(io.Discard, c); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}

// Names with all that shells and archivers stumble over, through unzip.
func TestOtherProgramsUnpackIt(t *testing.T) {
	unzip, err := exec.LookPath("unzip")
	if err != nil {
		t.Skip("no unzip here; archive/zip reads it in the other tests")
	}
	c := contents(t)
	c.ProofName = "租赁合同 it's $(x).pdf.ots"
	folder := t.TempDir()
	path := filepath.Join(folder, "bundle.zip")
	if err := os.WriteFile(path, written(t, c), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(unzip, "-q", path, "-d", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := read(t, filepath.Join(folder, c.ProofName)); !bytes.Equal(got, c.Proof) {
		t.Error("the proof is another one")
	}
	if readme := read(t, filepath.Join(folder, "README.txt")); !bytes.Contains(readme, []byte(`ots verify '租赁合同 it'\''s $(x).pdf.ots'`)) {
		t.Errorf("%s", readme)
	}
}

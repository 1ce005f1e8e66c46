package certificate

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/chain"
	"cairn/notary/ots"
	"cairn/notary/verify"

	"github.com/btcsuite/btcd/chaincfg"
)

// facts are those of the reference client's hello-world.txt.ots, which is in
// block 358,391.
func facts(t testing.TB) Facts {
	t.Helper()
	proof, err := os.ReadFile("../ots/testdata/client/hello-world.txt.ots")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.Open("../verify/testdata/headers.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	headers, err := verify.ParseHeaders(list, chaincfg.MainNetParams.PowLimit)
	if err != nil {
		t.Fatal(err)
	}
	return Facts{
		Language: English, Proof: proof, Name: "hello-world.txt", Height: 358391, Header: headers[358391],
		Network: chain.Mainnet, Made: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		Page: "https://cairn.example/proof/03ba204e50d126e4674c005e04d82e84c21366780af1f43bd54a37816b6ab340",
	}
}

func written(t testing.TB, f Facts) []byte {
	t.Helper()
	pdf, err := Make(f)
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

// guises are the certificates that are looked at: both languages, and names
// made to break the page.
func guises(t testing.TB) map[string]Facts {
	all := map[string]Facts{}
	for _, language := range []Language{English, Chinese} {
		f := facts(t)
		f.Language = language
		add := func(name string, change func(*Facts)) {
			g := f
			change(&g)
			all[name+"-"+string(language)] = g
		}
		add("plain", func(*Facts) {})
		add("nameless", func(f *Facts) { f.Name = "" })
		add("sandbox", func(f *Facts) {
			f.Network = chain.Devnet
			f.Page = "http://127.0.0.1:8780/proof/" + strings.Repeat("ab", 32)
		})
		add("long", func(f *Facts) { f.Name = strings.Repeat("a-very-long-file-name_", 9) })
		add("widest", func(f *Facts) { f.Name = strings.Repeat("W", MaxName) })
		add("chinese", func(f *Facts) {
			f.Name = "北京市房屋租赁合同（2026年版）最终稿—甲方已签字，臺北圖書館.pdf"
		})
		add("many-chinese", func(f *Facts) { f.Name = strings.Repeat("租赁合同，", MaxName/5) })
		add("strange", func(f *Facts) {
			f.Name = "عقد\u202efdp.exe 📄🏔️ \n\x00 ไทย Ünïcödé e\u0301 Привет.pdf"
		})
		add("pageless", func(f *Facts) { f.Page = "" })
	}
	return all
}

// CAIRN_CERTIFICATES=folder keeps the certificates there, to be looked at.
func TestEveryGuiseIsOnePage(t *testing.T) {
	for name, f := range guises(t) {
		pdf := written(t, f)
		if folder := os.Getenv("CAIRN_CERTIFICATES"); folder != "" {
			if err := os.WriteFile(filepath.Join(folder, name+".pdf"), pdf, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if pages := bytes.Count(pdf, []byte("/Type /Page\n")); pages != 1 {
			t.Errorf("%s has %d pages", name, pages)
		}
		if len(pdf) > 120<<10 {
			t.Errorf("%s has %d bytes", name, len(pdf))
		}
		if !bytes.Equal(pdf, written(t, f)) {
			t.Errorf("%s is another document the second time", name)
		}
		attached := attachment(t, pdf)
		if !bytes.Equal(attached, f.Proof) {
			t.Errorf("%s: the attached proof is not the proof", name)
		}
		if _, err := ots.ParseFile(attached); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if lang := "/Lang (" + string(f.Language) + ")"; !bytes.Contains(pdf, []byte(lang)) {
			t.Errorf("%s lacks %s", name, lang)
		}
	}
}

// Nothing of the page may run into the foot.
func TestThePageIsNeverTooFull(t *testing.T) {
	for name, f := range guises(t) {
		c, err := check(f)
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.set()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s ends at %.1f mm with %.1f mm of air", name, s.y, s.air)
		if s.y > pageEnd-6 {
			t.Errorf("%s runs into the foot", name)
		}
	}
}

var object = regexp.MustCompile(`(?s)/Type /EmbeddedFile /Length (\d+) /Filter /FlateDecode.*?stream\n`)

// attachment takes the embedded file out of a document.
func attachment(t *testing.T, pdf []byte) []byte {
	t.Helper()
	at := object.FindSubmatchIndex(pdf)
	if at == nil {
		t.Fatal("nothing is attached")
	}
	size, err := strconv.Atoi(string(pdf[at[2]:at[3]]))
	if err != nil {
		t.Fatal(err)
	}
	r, err := zlib.NewReader(bytes.NewReader(pdf[at[1] : at[1]+size]))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// The text of the page, and the attachment, as poppler's tools see them.
func TestOtherProgramsReadIt(t *testing.T) {
	for _, tool := range []string{"pdftotext", "pdfdetach", "pdfinfo"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: .ci/setup installs it (poppler-utils)", tool)
		}
	}
	for _, c := range []struct {
		language Language
		texts    []string
	}{
		{English, []string{
			"This file existed no later", "than 28 May 2015.", "hello-world.txt", "03ba 204e 50d1 26e4", "Block 358,391", "2015-05-28 15:41:18 UTC",
			"000000000000000003e892881a8cdcdc", "What this proves", "What it does not prove", "who made the file", "How to check it without us",
			"Attached: hello-world.txt.ots", "2026-11-22", "https://cairn.example/proof",
		}},
		{Chinese, []string{
			"存在证明书", "2015年5月28日", "hello-world.txt", "区块 358,391", "它证明什么", "它不证明什么", "文件内容是否属实", "如何自行核对", "附件：hello-world.txt.ots",
		}},
	} {
		f := facts(t)
		f.Language = c.language
		path := filepath.Join(t.TempDir(), "certificate.pdf")
		if err := os.WriteFile(path, written(t, f), 0o600); err != nil {
			t.Fatal(err)
		}
		text, err := exec.Command("pdftotext", "-layout", path, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.texts {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: the page lacks %q:\n%s", c.language, want, text)
			}
		}
		if strings.Contains(string(text), "TEST NETWORK") {
			t.Error("mainnet is no test network")
		}
		folder := t.TempDir()
		if out, err := exec.Command("pdfdetach", "-saveall", "-o", folder, path).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		detached, err := os.ReadFile(filepath.Join(folder, "hello-world.txt.ots"))
		if err != nil || !bytes.Equal(detached, f.Proof) {
			t.Errorf("%s: pdfdetach gives another proof, %v", c.language, err)
		}
		info, err := exec.Command("pdfinfo", path).CombinedOutput()
		if err != nil || !strings.Contains(string(info), "A4") || strings.Contains(string(info), "rror") {
			t.Errorf("%v: %s", err, info)
		}
	}
}

func TestATestNetworkIsNamed(t *testing.T) {
	f := facts(t)
	f.Network = chain.Signet
	path := filepath.Join(t.TempDir(), "certificate.pdf")
	if err := os.WriteFile(path, written(t, f), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil || !strings.Contains(string(text), "Blocks of signet cost nothing: this certificate proves nothing.") {
		t.Errorf("%v: %s", err, text)
	}
}

func TestNothingUntrueIsCertified(t *testing.T) {
	pending, err := os.ReadFile("../ots/testdata/client/incomplete.txt.ots")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Facts)
		want   error
	}{
		"a pending proof":        {func(f *Facts) { f.Proof = pending }, ErrIncomplete},
		"another height":         {func(f *Facts) { f.Height++ }, ErrOtherBlock},
		"another block":          {func(f *Facts) { f.Header.MerkleRoot[0] ^= 1 }, ErrOtherBlock},
		"a changed proof":        {func(f *Facts) { f.Proof = bytes.Clone(f.Proof); f.Proof[40] ^= 1 }, ErrOtherBlock},
		"no proof":               {func(f *Facts) { f.Proof = nil }, ots.ErrBadMagic},
		"a proof cut short":      {func(f *Facts) { f.Proof = f.Proof[:100] }, ots.ErrTruncated},
		"a name too long":        {func(f *Facts) { f.Name = strings.Repeat("a", MaxName+1) }, ErrName},
		"a name that is no text": {func(f *Facts) { f.Name = "\xff" }, ErrName},
	} {
		f := facts(t)
		c.change(&f)
		pdf, err := Make(f)
		if !errors.Is(err, c.want) || pdf != nil {
			t.Errorf("%s: got %v and %d bytes", name, err, len(pdf))
		}
	}
}

func TestNamesOfFiles(t *testing.T) {
	for name, want := range map[string]string{
		"":                       "proof.ots",
		"a.pdf":                  "a.pdf.ots",
		"../../etc/passwd":       "_.._etc_passwd.ots",
		"..":                     "proof.ots",
		`C:\x<y>|"?*`:            "C__x_y_____.ots",
		"租赁合同.pdf":               "租赁合同.pdf.ots",
		"a\u202efdp.exe":         "a_fdp.exe.ots",
		"a\x00b\n":               "a_b_.ots",
		strings.Repeat("长", 200): strings.Repeat("长", 66) + ".ots",
	} {
		if got := FileName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestFontsCoverTheirTexts(t *testing.T) {
	s := &sheet{covers: map[face]*coverage{}}
	for name, unpacked := range fonts {
		f, err := unpacked()
		if err != nil {
			t.Fatal(err)
		}
		s.covers[name] = f.covers
	}
	for language, w := range texts {
		now := time.Now()
		all := []string{w.title, w.kicker, w.claim(w.day(now)), w.unnamed, w.said, w.digest, w.steps(1), w.steps(2), w.block("1"),
			w.scan, w.proves, w.provesText, w.not, w.check, w.attached("a"), w.sandbox, w.sandboxText("devnet")}
		all = append(append(append(append(append(all, w.way[:]...), w.wayNote), w.facts[:]...), w.notText...), w.checkText...)
		for _, text := range all {
			if text == "" || s.drawable(text) != strings.ReplaceAll(text, "\n", " ") {
				t.Errorf("%s: the fonts do not have %q", language, text)
			}
		}
	}
	for r, want := range map[rune]bool{'A': true, 'é': true, 'я': true, 'Ω': true, '合': true, '臺': true, 'の': true, '，': true, '\u202e': false, '📄': false, 'ع': false, '한': false} {
		if got := s.drawable(string(r)) == string(r); got != want {
			t.Errorf("%q: drawable %v", r, got)
		}
	}
}

// Names come from strangers: whatever they are, they stay within their column
// and their folder.
func FuzzName(f *testing.F) {
	base := facts(f)
	base.Language = Chinese
	c, err := check(base)
	if err != nil {
		f.Fatal(err)
	}
	s, err := c.set()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a.pdf")
	f.Add("عقد\u202e📄租赁合同（甲方）。")
	f.Add(strings.Repeat("W", MaxName))
	f.Fuzz(func(t *testing.T, name string) {
		const width = 116
		st := style{bold, 11.5, ink}
		drawn := s.drawable(name)
		if strings.ContainsAny(drawn, "\n\r\u202e") {
			t.Fatalf("%q is drawn as %q", name, drawn)
		}
		for _, l := range s.lines(st, width, drawn) {
			if w := s.width(st, l); w > width+0.01 {
				t.Fatalf("%q is %.1f mm wide", l, w)
			}
		}
		file := FileName(name)
		if filepath.Base(file) != file || strings.ContainsAny(file, "/\\:\x00") || len(file) > 255 || !strings.HasSuffix(file, ".ots") {
			t.Fatalf("%q is called %q", name, file)
		}
	})
}

func BenchmarkCertificate(b *testing.B) {
	for _, language := range []Language{English, Chinese} {
		b.Run(string(language), func(b *testing.B) {
			f := facts(b)
			f.Language = language
			b.ReportAllocs()
			for b.Loop() {
				written(b, f)
			}
		})
	}
}

// Certificates are made by several visitors at once.
func TestManyAtOnce(t *testing.T) {
	f := facts(t)
	f.Language = Chinese
	want := written(t, f)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if pdf, err := Make(f); err != nil || !bytes.Equal(pdf, want) {
				t.Errorf("another certificate, %v", err)
			}
		})
	}
	group.Wait()
}

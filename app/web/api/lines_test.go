package api

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"cairn/notary"
)

func TestJSONLines(t *testing.T) {
	one, two := notary.Digest{1}, notary.Digest{0xab}
	for _, body := range []string{
		`"` + one.String() + `"` + "\n" + `"` + two.String() + `"`,
		`{"digest":"` + one.String() + `"}` + "\n" + `{"digest":"` + strings.ToUpper(two.String()) + `"}` + "\n",
		"\r\n" + `  { "name": "a", "digest": "` + one.String() + `" }` + "\r\n\r\n" + `"\u0061` + two.String()[1:] + `"` + "\r\n",
	} {
		got, err := readJSONLines(strings.NewReader(body))
		if err != nil || len(got) != 2 || got[0] != one || got[1] != two {
			t.Errorf("%q: %v, %v", body, got, err)
		}
	}
}

func TestBadLinesAreNamed(t *testing.T) {
	good := `"` + notary.Digest{1}.String() + `"` + "\n"
	for line, kind := range map[string]error{
		`x`: ErrLine, `7`: ErrLine, `null`: ErrLine, `[]`: ErrLine, `{}`: ErrLine, `{"digest":7}`: ErrLine, `{"digest":null}`: ErrLine, `"abc`: ErrLine,
		`{"digest":"` + notary.Digest{1}.String() + `"} x`: ErrLine,
		`""`: notary.ErrDigestLength, `"ab"`: notary.ErrDigestLength, `{"digest":"` + strings.Repeat("0", 66) + `"}`: notary.ErrDigestLength,
		`"` + strings.Repeat("g", 64) + `"`: notary.ErrDigestHex, `{"digest":"` + strings.Repeat("g", 64) + `"}`: notary.ErrDigestHex,
		`"` + strings.Repeat("0", 63) + `"`:              notary.ErrDigestHex,
		`{"digest":"` + strings.Repeat("0", 5000) + `"}`: ErrLineLength,
	} {
		_, err := readJSONLines(strings.NewReader(good + "\n" + line + "\n" + good))
		var at *LineError
		if !errors.Is(err, kind) || !errors.As(err, &at) || at.Line != 3 {
			t.Errorf("%.80q: %v, want %v at line 3", line, err, kind)
		}
	}
	for _, empty := range []string{"", "\n", "\r\n \n"} {
		if _, err := readJSONLines(strings.NewReader(empty)); !errors.Is(err, ErrNoLines) {
			t.Errorf("%q: %v", empty, err)
		}
	}
}

func TestTenThousandLinesAndNoMore(t *testing.T) {
	var body bytes.Buffer
	for i := range notary.MaxBatch {
		fmt.Fprintf(&body, "\"%064x\"\n", i)
	}
	if got, err := readJSONLines(bytes.NewReader(body.Bytes())); err != nil || len(got) != notary.MaxBatch {
		t.Errorf("%d digests, %v", len(got), err)
	}
	sums := bytes.ReplaceAll(body.Bytes(), []byte(`"`), nil)
	if got, err := readSums(bytes.NewReader(sums)); err != nil || len(got) != notary.MaxBatch {
		t.Errorf("%d sums, %v", len(got), err)
	}
	var at *LineError
	more := fmt.Sprintf("\"%064x\"\n", notary.MaxBatch)
	if _, err := readJSONLines(strings.NewReader(body.String() + more)); !errors.Is(err, ErrTooManyLines) || !errors.As(err, &at) || at.Line != notary.MaxBatch+1 {
		t.Errorf("a line more: %v", err)
	}
	if _, err := readSums(strings.NewReader(string(sums) + strings.Trim(more, "\"\n") + "\n")); !errors.Is(err, ErrTooManyLines) {
		t.Errorf("a sum more: %v", err)
	}
}

// FuzzLines: whatever comes, it is digests of lines or a named error.
func FuzzLines(f *testing.F) {
	f.Add([]byte(`"` + strings.Repeat("0", 64) + `"` + "\n" + `{"digest":"` + strings.Repeat("f", 64) + `"}`))
	f.Add([]byte("{\"digest\":\"\\u0030\"}\n\n"))
	f.Add([]byte(strings.Repeat("a", 64) + "  name\n"))
	f.Add(bytes.Repeat([]byte{' '}, maxLine+1))
	f.Fuzz(func(t *testing.T, body []byte) {
		digests, err := readJSONLines(bytes.NewReader(body))
		if (err == nil) != (len(digests) > 0) || len(digests) > bytes.Count(body, []byte{'\n'})+1 {
			t.Fatalf("%d digests, %v", len(digests), err)
		}
		var line *LineError
		if err != nil && !errors.Is(err, ErrNoLines) && !errors.As(err, &line) {
			t.Fatalf("%v", err)
		}
		if kind := kindOf(err); err != nil && kind == unknownKind {
			t.Fatalf("%v has no kind", err)
		}
		digests, err = readSums(bytes.NewReader(body))
		if (err == nil) != (len(digests) > 0) {
			t.Fatalf("%d sums, %v", len(digests), err)
		}
		if kind := kindOf(err); err != nil && kind == unknownKind {
			t.Fatalf("%v has no kind", err)
		}
	})
}

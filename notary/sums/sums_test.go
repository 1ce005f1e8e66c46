package sums_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"cairn/notary/sums"
)

const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // of "hello"

func TestParseLine(t *testing.T) {
	for line, want := range map[string]string{
		hello:                               "",
		hello + "  a.txt":                   "a.txt",
		hello + " *a.txt":                   "a.txt",
		hello + " ^a.txt":                   "a.txt",
		hello + " a.txt":                    "a.txt",
		hello + "   two spaces first":       " two spaces first",
		hello + "  -":                       "",
		hello + "  ":                        "",
		"  " + hello + "  a.txt":            "a.txt",
		strings.ToUpper(hello) + "  a.txt":  "a.txt",
		hello + "  照片/甲.jpg":                "照片/甲.jpg",
		`\` + hello + `  a\nb\\c\rd`:        "a\nb\\c\rd",
		"SHA256 (a.txt) = " + hello:         "a.txt",
		"SHA2-256 (a.txt)= " + hello:        "error",
		"SHA2-256 (a.txt) = " + hello:       "a.txt",
		"SHA256 (a (1) = b) = " + hello:     "a (1) = b",
		`\SHA256 (a\nb) = ` + hello:         "a\nb",
		"sha256 (a.txt) = " + hello + "  ":  "a.txt",
		"SHA512 (a.txt) = " + hello + hello: "error",
		hello[:63] + "  a.txt":              "error",
		hello[:40] + "  a.txt":              "error",
		hello + "0  a.txt":                  "error",
		"g" + hello[1:] + "  a.txt":         "error",
		"a.txt  " + hello:                   "error",
		`\` + hello + `  a\x`:               "error",
		`\` + hello + `  a\`:                "error",
		hello + "  a\x00b":                  "error",
		"SHA256 (a.txt) " + hello:           "error",
	} {
		e, err := sums.ParseLine(line)
		switch {
		case want == "error":
			if !errors.Is(err, sums.ErrLine) && !errors.Is(err, sums.ErrAlgorithm) {
				t.Errorf("%q: got %+v, %v", line, e, err)
			}
		case err != nil || e.Name != want || hex.EncodeToString(e.Digest[:]) != hello:
			t.Errorf("%q: got %+v, %v", line, e, err)
		}
	}
	if _, err := sums.ParseLine(hello[:40] + "  a"); err == nil || !strings.Contains(err.Error(), "SHA-1?") {
		t.Errorf("SHA-1 is not guessed: %v", err)
	}
}

func TestParse(t *testing.T) {
	list := "\ufeff# made today\r\n" + hello + "  a\r\n\r\n" + hello + " *b\r\n" + hello + "  a\n" + hello
	got, err := sums.Parse(strings.NewReader(list), 10)
	if err != nil {
		t.Fatal(err)
	}
	var read []string
	for _, e := range got {
		read = append(read, fmt.Sprintf("%d %q", e.Line, e.Name))
	}
	if want := `2 "a", 4 "b", 6 ""`; strings.Join(read, ", ") != want {
		t.Errorf("got %s, want %s", strings.Join(read, ", "), want)
	}
}

// All bad lines are named, each by its number.
func TestParseNamesEveryBadLine(t *testing.T) {
	other := strings.Repeat("0", 64)
	list := strings.Join([]string{
		hello + "  a", "nonsense", hello + "  b", other + "  a", hello[:10] + "  c", strings.Repeat("x", sums.MaxLine+1), hello + "  d",
	}, "\n")
	_, err := sums.Parse(strings.NewReader(list), 10)
	var bad sums.Errors
	if !errors.As(err, &bad) {
		t.Fatalf("got %v", err)
	}
	var lines []int
	for _, b := range bad {
		lines = append(lines, b.Line)
	}
	if fmt.Sprint(lines) != "[2 4 5 6]" {
		t.Errorf("lines %v", lines)
	}
	for _, kind := range []error{sums.ErrLine, sums.ErrConflict, sums.ErrAlgorithm, sums.ErrTooLong} {
		if !errors.Is(err, kind) {
			t.Errorf("%v is missing in\n%v", kind, err)
		}
	}
}

func TestParseLimits(t *testing.T) {
	list := strings.Repeat(hello+"\n", 11)
	if got, err := sums.Parse(strings.NewReader(list), 11); err != nil || len(got) != 11 {
		t.Errorf("11 of 11: %d, %v", len(got), err)
	}
	if _, err := sums.Parse(strings.NewReader(list), 10); !errors.Is(err, sums.ErrTooMany) || !strings.Contains(err.Error(), "line 11") {
		t.Errorf("11 of 10: %v", err)
	}
	if _, err := sums.Parse(strings.NewReader(strings.Repeat("x\n", 5000)), 10); strings.Count(err.Error(), "\n") != sums.MaxErrors-1 {
		t.Errorf("%d bad lines are named", strings.Count(err.Error(), "\n")+1)
	}
	if _, err := sums.Parse(strings.NewReader("\n# nothing\n"), 10); !errors.Is(err, sums.ErrEmpty) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := sums.Parse(iotest.ErrReader(errors.New("broken")), 10); err == nil || err.Error() != "broken" {
		t.Errorf("got %v", err)
	}
}

// What the commands of this machine write is read back.
func TestParseWhatCommandsWrite(t *testing.T) {
	folder := t.TempDir()
	names := []string{"plain", "with space", `back\slash`, "line\nend", "-dash", "(paren) = x", "甲.txt"}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("hello"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range [][]string{{"sha256sum", "--"}, {"sha256sum", "--tag", "--"}, {"sha256sum", "--binary", "--"}, {"shasum", "-a", "256", "--"}} {
		path, err := exec.LookPath(command[0])
		if err != nil {
			t.Logf("%s is not here", command[0])
			continue
		}
		cmd := exec.Command(path, append(command[1:], names...)...)
		cmd.Dir = folder
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v", command, err)
		}
		got, err := sums.Parse(strings.NewReader(string(out)), 100)
		if err != nil || len(got) != len(names) {
			t.Errorf("%v: %d entries, %v\n%s", command, len(got), err, out)
			continue
		}
		for i, e := range got {
			if e.Name != names[i] || hex.EncodeToString(e.Digest[:]) != hello {
				t.Errorf("%v: %q is read as %q", command, names[i], e.Name)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(hello + "  a\n" + hello + " *b")
	f.Add(`\` + hello + `  a\nb`)
	f.Add("SHA256 (a) = " + hello)
	f.Add("SHA256 () = ")
	f.Fuzz(func(t *testing.T, list string) {
		entries, err := sums.Parse(strings.NewReader(list), 100)
		if (err == nil) != (len(entries) > 0) {
			t.Errorf("%d entries and %v", len(entries), err)
		}
		for _, e := range entries {
			if e.Line < 1 || e.Line > strings.Count(list, "\n")+1 {
				t.Errorf("line %d of %d", e.Line, strings.Count(list, "\n")+1)
			}
		}
	})
}

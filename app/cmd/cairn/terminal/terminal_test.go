package terminal_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cairn/app/cmd/cairn/terminal"
)

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 4_200_000: "4.2 MB", 1 << 62: "4611.7 PB"} {
		if got := terminal.Size(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

// In a pipe a long job tells where it stands every ten seconds, on a line; a
// short one says nothing.
func TestProgressInAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr bytes.Buffer
		out := &terminal.Output{Stderr: &stderr}
		p := out.Progress("hashing", "files", 100, 100_000)
		for range 25 {
			time.Sleep(time.Second)
			p.Bytes(1000)
			p.One()
		}
		p.End()
		want := "cairn: hashing files: 9 of 100, 10.0 kB of 100.0 kB\ncairn: hashing files: 19 of 100, 20.0 kB of 100.0 kB\n"
		if stderr.String() != want {
			t.Errorf("got\n%swant\n%s", stderr.String(), want)
		}
		stderr.Reset()
		quiet := &terminal.Output{Stderr: &stderr, Quiet: true}
		p = quiet.Progress("hashing", "files", 1, 1)
		time.Sleep(time.Minute)
		p.One()
		quiet.Remark("nothing")
		if stderr.Len() != 0 {
			t.Errorf("quiet says %q", stderr.String())
		}
	})
}

func TestOutput(t *testing.T) {
	var stdout bytes.Buffer
	out := &terminal.Output{Stdout: &stdout}
	if err := out.Line(map[string]string{"a": "<b>"}); err != nil {
		t.Fatal(err)
	}
	if err := out.JSON(map[string]int{"n": 1}); err != nil {
		t.Fatal(err)
	}
	if got := stdout.String(); got != "{\"a\":\"<b>\"}\n{\n  \"n\": 1\n}\n" {
		t.Errorf("got %q", got)
	}
	if code := terminal.UsageError("x").ExitCode(); code != terminal.ExitUsage || !strings.Contains(terminal.UsageError("x").Error(), "x") {
		t.Errorf("usage exits with %d", code)
	}
}

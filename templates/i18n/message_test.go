package i18n

import (
	"context"
	"testing"

	"golang.org/x/text/language"
)

func TestFill(t *testing.T) {
	for _, c := range []struct {
		text string
		args []any
		want string
	}{
		{"plain", nil, "plain"},
		{"{{.A}}", []any{"A", "x"}, "x"},
		{"{{.A}} and {{.B}}, {{.A}}", []any{"B", 2, "A", int32(1)}, "1 and 2, 1"},
		{"a {{.Missing}} b", []any{"A", "x"}, "a  b"},
		{"{{.Count}}", []any{"Count", "many"}, "many"},
		{"{{.Count}} of {{.A}}", []any{"A", "{{.Count}}"}, "1,234 of {{.Count}}"},
		{"odd {{.A}}", []any{"A"}, "odd "},
	} {
		parsed, err := parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := parsed.fill(c.args, "1,234"); got != c.want {
			t.Errorf("%q with %v: %q, want %q", c.text, c.args, got, c.want)
		}
	}
	for _, bad := range []string{"{{A}}", "{{.A", "{{}}", "{{.}}", "a {{if .A}}"} {
		if parsed, err := parse(bad); err == nil {
			t.Errorf("%q was parsed as %v", bad, parsed)
		}
	}
}

func TestPluralForms(t *testing.T) {
	m, err := newMessage(map[string]any{"one": "one", "other": "other"})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int64]string{0: "other", 1: "one", -1: "one", 2: "other", 11: "other", 101: "other", 10_000_001: "other", 1 << 62: "other"} {
		if got := m.form(language.English, n).fill(nil, ""); got != want {
			t.Errorf("%d: %s", n, got)
		}
		if got := m.form(Chinese, n).fill(nil, ""); got != "other" {
			t.Errorf("%d in Chinese: %s", n, got)
		}
	}
	for _, bad := range []any{1, map[string]any{"one": "x"}, map[string]any{"few": "x", "other": "y"}, map[string]any{"other": 2}} {
		if _, err := newMessage(bad); err == nil {
			t.Errorf("%v is a message", bad)
		}
	}
}

func BenchmarkText(b *testing.B) {
	ctx := With(context.Background(), English)
	for b.Loop() {
		T(ctx, "details.confirmations.of", "Have", 2, "Need", 6)
		N(ctx, "step.tree", 1234)
		T(ctx, "details.title")
	}
}

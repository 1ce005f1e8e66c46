package httpauth

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for header, want := range map[string][]Challenge{
		"":                    nil,
		" , ,":                nil,
		"Basic":               {{Scheme: "Basic"}},
		"A x=":                {{Scheme: "A", Token: "x="}}, // RFC 9110 leaves no other reading
		"Negotiate a87421==":  {{Scheme: "Negotiate", Token: "a87421=="}},
		`A x="1", B y=2`:      {{Scheme: "A", Params: []Param{{"x", "1"}}}, {Scheme: "B", Params: []Param{{"y", "2"}}}},
		`A, B z="a\"b\\c,="`:  {{Scheme: "A"}, {Scheme: "B", Params: []Param{{"z", `a"b\c,=`}}}},
		"A tok, B x = \"y\" ": {{Scheme: "A", Token: "tok"}, {Scheme: "B", Params: []Param{{"x", "y"}}}},
		// RFC 9110 §11.6.1
		`Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""`: {
			{Scheme: "Basic", Params: []Param{{"realm", "simple"}}},
			{Scheme: "Newauth", Params: []Param{{"realm", "apps"}, {"type", "1"}, {"title", `Login to "apps"`}}},
		},
	} {
		got, err := Parse(header)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v; want %+v", header, got, err, want)
		}
	}
	for _, bad := range []string{
		`x="1"`, `A x="1`, `A x="1\`, `A x=1, y=`, `A x="1" y="2"`, "A x=\"\x01\"", "A x=\"\\\n\"", "A \"x\"", "A tok x=1", `A tok, x="1"`, "é",
		strings.Repeat("A, ", 33), "A x=1" + strings.Repeat(", x=1", 64), strings.Repeat(" ", 64<<10+1),
	} {
		if got, err := Parse(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("%.40q: %+v, %v", bad, got, err)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, bad := range []Challenge{{}, {Scheme: "a b"}, {Scheme: "A", Params: []Param{{"", "x"}}}, {Scheme: "A", Params: []Param{{"x", "a\r\nSet-Cookie: b"}}}} {
		if err := bad.Check(); !errors.Is(err, ErrValue) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`A x="1", B y=2`, "A tok68==", `A x="\""`, ", ,A", `L402 token="a", invoice="b"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := Parse(s)
		if err != nil {
			return
		}
		var parts []string
		for _, c := range list {
			if c.Token != "" {
				return // String writes parameters only
			}
			if err := c.Check(); err != nil {
				t.Fatalf("%q: what was read cannot be written: %v", s, err)
			}
			parts = append(parts, c.String())
		}
		again, err := Parse(strings.Join(parts, ", "))
		if err != nil || !reflect.DeepEqual(again, list) {
			t.Fatalf("%q: %+v became %+v, %v", s, list, again, err)
		}
	})
}

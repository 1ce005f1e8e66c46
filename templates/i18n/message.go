package i18n

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// message is one text: other is the only form, or that of most numbers.
type message struct {
	one, other text
}

// text is a text cut at its placeholders once, because pages fill dozens of
// them thousands of times a second.
type text []piece

// piece is literal text, or the name of a placeholder.
type piece struct{ literal, name string }

// load reads the texts of a language: a file's value is a text, or a table of
// plural forms (CLDR's names; both languages need no more than one and other).
func load(tag language.Tag) (map[string]*message, error) {
	texts := make(map[string]*message)
	for _, name := range filesOf(tag) {
		raw, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var entries map[string]any
		if err := toml.Unmarshal(raw, &entries); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, value := range entries {
			if texts[key], err = newMessage(value); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, key, err)
			}
		}
	}
	return texts, nil
}

func newMessage(value any) (*message, error) {
	if s, ok := value.(string); ok {
		other, err := parse(s)
		return &message{other: other}, err
	}
	forms, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("neither a text nor plural forms")
	}
	m := &message{}
	for name, form := range forms {
		s, ok := form.(string)
		if !ok {
			return nil, fmt.Errorf("form %q is no text", name)
		}
		t, err := parse(s)
		if err != nil {
			return nil, err
		}
		switch name {
		case "one":
			m.one = t
		case "other":
			m.other = t
		default:
			return nil, fmt.Errorf("form %q is used by neither language", name)
		}
	}
	if m.other == nil {
		return nil, fmt.Errorf("no form \"other\"")
	}
	return m, nil
}

// parse cuts a text at its {{.Name}} placeholders.
func parse(s string) (text, error) {
	t := text{}
	for {
		literal, rest, found := strings.Cut(s, "{{")
		if literal != "" {
			t = append(t, piece{literal: literal})
		}
		if !found {
			return t, nil
		}
		name, after, closed := strings.Cut(rest, "}}")
		if !closed || len(name) < 2 || name[0] != '.' {
			return nil, fmt.Errorf("a placeholder is written {{.Name}}: %q", s)
		}
		t, s = append(t, piece{name: name[1:]}), after
	}
}

// form is the text in the plural form that a whole number asks for.
func (m *message) form(tag language.Tag, n int64) text {
	if m.one == nil {
		return m.other
	}
	digits := max(n, -n)
	if digits >= 10_000_000 { // CLDR's rules look at the last seven, and whether there are more
		digits = 10_000_000 + digits%10_000_000
	}
	if plural.Cardinal.MatchPlural(tag, int(digits), 0, 0, 0, 0) == plural.One {
		return m.one
	}
	return m.other
}

// fill puts values in the place of names; a name that args lack is count's if
// it is Count.
func (t text) fill(args []any, count string) string {
	if len(t) == 1 && t[0].name == "" {
		return t[0].literal
	}
	var b strings.Builder
	for _, p := range t {
		switch value := valueOf(args, p.name).(type) {
		case nil:
			if p.name == "" {
				b.WriteString(p.literal)
			} else if p.name == "Count" {
				b.WriteString(count)
			}
		case string:
			b.WriteString(value)
		default:
			fmt.Fprint(&b, value)
		}
	}
	return b.String()
}

// valueOf is the value that args, names and values by turns, have for a name;
// nil for none.
func valueOf(args []any, name string) any {
	if name == "" {
		return nil
	}
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1]
		}
	}
	return nil
}

package mpp

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxJSON  = 64 << 10 // bytes
	maxDepth = 32
)

// Canonicalize rewrites JSON in its canonical form (JCS, RFC 8785): members in
// the order of their UTF-16 names, numbers as ECMAScript prints them, nothing
// escaped that need not be. It refuses what I-JSON does (RFC 7493): repeated
// names, lone surrogates, invalid UTF-8, numbers out of range; and more than
// 64 KiB or 32 levels. Errors: ErrJSON.
func Canonicalize(raw []byte) ([]byte, error) {
	if len(raw) > maxJSON || !utf8.Valid(raw) || !json.Valid(raw) {
		return nil, fmt.Errorf("%w: not JSON of at most %d bytes", ErrJSON, maxJSON)
	}
	r := &reader{rest: string(raw)}
	out, err := r.value(0)
	if err != nil {
		return nil, err
	}
	return []byte(out), nil
}

// reader walks JSON that is known to be valid.
type reader struct{ rest string }

func (r *reader) space() { r.rest = strings.TrimLeft(r.rest, " \t\r\n") }

// next eats one byte after space.
func (r *reader) next() byte {
	r.space()
	c := r.rest[0]
	r.rest = r.rest[1:]
	return c
}

func (r *reader) peek() byte {
	r.space()
	return r.rest[0]
}

func (r *reader) value(depth int) (string, error) {
	if depth > maxDepth {
		return "", fmt.Errorf("%w: more than %d levels", ErrJSON, maxDepth)
	}
	switch c := r.peek(); c {
	case '{':
		return r.object(depth)
	case '[':
		return r.array(depth)
	case '"':
		s, err := r.text()
		return quote(s), err
	case 't', 'n':
		return r.literal(4), nil
	case 'f':
		return r.literal(5), nil
	}
	return r.number()
}

func (r *reader) literal(n int) string {
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) object(depth int) (string, error) {
	type member struct {
		units       []uint16
		name, value string
	}
	var members []member
	r.next()
	for r.peek() != '}' {
		if len(members) > 0 {
			r.next() // the comma
			r.space()
		}
		name, err := r.text()
		if err != nil {
			return "", err
		}
		r.next() // the colon
		value, err := r.value(depth + 1)
		if err != nil {
			return "", err
		}
		members = append(members, member{utf16.Encode([]rune(name)), name, value})
	}
	r.next()
	slices.SortFunc(members, func(a, b member) int { return slices.Compare(a.units, b.units) })
	parts := make([]string, len(members))
	for i, m := range members {
		if i > 0 && m.name == members[i-1].name {
			return "", fmt.Errorf("%w: the name %.40q comes twice", ErrJSON, m.name)
		}
		parts[i] = quote(m.name) + ":" + m.value
	}
	return "{" + strings.Join(parts, ",") + "}", nil
}

func (r *reader) array(depth int) (string, error) {
	var parts []string
	r.next()
	for r.peek() != ']' {
		if len(parts) > 0 {
			r.next() // the comma
		}
		value, err := r.value(depth + 1)
		if err != nil {
			return "", err
		}
		parts = append(parts, value)
	}
	r.next()
	return "[" + strings.Join(parts, ",") + "]", nil
}

// text reads a string and undoes its escapes. json.Unmarshal would turn a lone
// surrogate into U+FFFD without a word.
func (r *reader) text() (string, error) {
	r.next()
	end := 0
	for r.rest[end] != '"' {
		if r.rest[end] == '\\' {
			end++
		}
		end++
	}
	raw := r.rest[:end]
	r.rest = r.rest[end+1:]
	if !strings.Contains(raw, `\`) {
		return raw, nil
	}
	if err := surrogates(raw); err != nil {
		return "", err
	}
	var out string
	if err := json.Unmarshal([]byte(`"`+raw+`"`), &out); err != nil {
		return "", fmt.Errorf("%w: %w", ErrJSON, err)
	}
	return out, nil
}

// surrogates refuses escapes of half a character.
func surrogates(raw string) error {
	half := rune(0) // a high surrogate that waits for its low one
	for i := 0; i < len(raw); {
		if raw[i] != '\\' || raw[i+1] != 'u' {
			if half != 0 {
				break
			}
			if i++; raw[i-1] == '\\' {
				i++
			}
			continue
		}
		n, err := strconv.ParseUint(raw[i+2:i+6], 16, 16)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrJSON, err)
		}
		i += 6
		low := n >= 0xdc00 && n <= 0xdfff
		if low != (half != 0) {
			return fmt.Errorf("%w: half a surrogate pair", ErrJSON)
		}
		half = 0
		if n >= 0xd800 && n <= 0xdbff {
			half = rune(n)
		}
	}
	if half != 0 {
		return fmt.Errorf("%w: half a surrogate pair", ErrJSON)
	}
	return nil
}

// quote writes a string as RFC 8785 §3.2.2.2 says.
func quote(s string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= ' ':
			b.WriteByte(c)
		case strings.IndexByte("\b\t\n\f\r", c) >= 0:
			b.WriteByte('\\')
			b.WriteByte("btnfr"[strings.IndexByte("\b\t\n\f\r", c)])
		default:
			b.WriteString(`\u00`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	b.WriteByte('"')
	return b.String()
}

// number writes a number as ECMAScript's Number::toString does. No money passes
// through here: amounts are strings.
func (r *reader) number() (string, error) {
	n := 0
	for n < len(r.rest) && strings.IndexByte("+-.eE0123456789", r.rest[n]) >= 0 {
		n++
	}
	f, err := strconv.ParseFloat(r.rest[:n], 64)
	if err != nil || math.IsInf(f, 0) {
		return "", fmt.Errorf("%w: the number %.40s is out of range", ErrJSON, r.rest[:n])
	}
	r.rest = r.rest[n:]
	if f == 0 {
		return "0", nil // also -0
	}
	if size := math.Abs(f); size >= 1e-6 && size < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64), nil
	}
	out := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(out, "e")
	return mantissa + "e" + exponent[:1] + strings.TrimLeft(exponent[1:], "0"), nil
}

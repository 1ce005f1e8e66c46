// Package httpauth reads and writes the challenges of HTTP authentication
// (RFC 9110 §11), several of which may stand in one WWW-Authenticate header:
// a reply of status 402 offers each way to pay as one. It is pure.
package httpauth

import (
	"fmt"
	"strings"
)

// ErrorKind names what is wrong with a header; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrSyntax: the header does not follow RFC 9110, or is too long.
	ErrSyntax = ErrorKind("this is not an authentication header")
	// ErrValue: a value cannot be written into a header.
	ErrValue = ErrorKind("this cannot be written into a header")
)

// Bounds of what is read.
const (
	maxHeader     = 64 << 10 // bytes
	maxChallenges = 32
	maxParams     = 64 // of one challenge
)

// Param is one name and value; names are compared without case.
type Param struct{ Name, Value string }

// Challenge is one scheme with its parameters, or with the one token some
// schemes have instead.
type Challenge struct {
	Scheme string
	Params []Param
	Token  string
}

// Is reports whether the challenge is of a scheme, without case.
func (c Challenge) Is(scheme string) bool { return strings.EqualFold(c.Scheme, scheme) }

// Get is the first value of a name, or empty: a repeated parameter cannot
// override one that the server has set.
func (c Challenge) Get(name string) string {
	for _, p := range c.Params {
		if strings.EqualFold(p.Name, name) {
			return p.Value
		}
	}
	return ""
}

// String writes a challenge with every value quoted. Call Check first for
// values that come from elsewhere.
func (c Challenge) String() string {
	var b strings.Builder
	b.WriteString(c.Scheme)
	for i, p := range c.Params {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte(' ')
		b.WriteString(p.Name)
		b.WriteString(`="`)
		b.WriteString(quoter.Replace(p.Value))
		b.WriteByte('"')
	}
	return b.String()
}

var quoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// Check refuses what a quoted string cannot hold: control characters but the
// tab (RFC 9110 §5.6.4). Errors: ErrValue.
func (c Challenge) Check() error {
	if !isToken(c.Scheme) {
		return fmt.Errorf("%w: the scheme %.40q", ErrValue, c.Scheme)
	}
	for _, p := range c.Params {
		if !isToken(p.Name) {
			return fmt.Errorf("%w: the name %.40q", ErrValue, p.Name)
		}
		for i := range len(p.Value) {
			if ch := p.Value[i]; control(ch) {
				return fmt.Errorf("%w: %s has the byte %#02x", ErrValue, p.Name, ch)
			}
		}
	}
	return nil
}

// Parse reads the challenges of one header line, which may be several lines
// joined by commas. Errors: ErrSyntax.
func Parse(header string) ([]Challenge, error) {
	if len(header) > maxHeader {
		return nil, fmt.Errorf("%w: it has %d bytes", ErrSyntax, len(header))
	}
	s := &scanner{rest: header}
	var out []Challenge
	for {
		before := s.rest
		s.skip(" \t,")
		separate := len(out) == 0 || strings.Contains(before[:len(before)-len(s.rest)], ",")
		if s.rest == "" {
			return out, nil
		}
		name := s.token()
		if name == "" {
			return nil, s.bad()
		}
		if value, ok, err := s.value(); err != nil {
			return nil, err
		} else if ok {
			if len(out) == 0 || out[len(out)-1].Token != "" || len(out[len(out)-1].Params) == maxParams {
				return nil, s.bad()
			}
			last := &out[len(out)-1]
			last.Params = append(last.Params, Param{name, value})
		} else {
			if !separate {
				return nil, s.bad()
			}
			if len(out) == maxChallenges {
				return nil, fmt.Errorf("%w: more than %d challenges", ErrSyntax, maxChallenges)
			}
			c := Challenge{Scheme: name}
			c.Token = s.token68()
			out = append(out, c)
			if c.Token == "" && strings.TrimLeft(s.rest, " \t,") != "" {
				continue // its first parameter, or another challenge, comes next
			}
		}
		s.skip(" \t")
		if s.rest != "" && s.rest[0] != ',' {
			return nil, s.bad()
		}
	}
}

// scanner eats a header from its beginning.
type scanner struct{ rest string }

func (s *scanner) bad() error { return fmt.Errorf("%w: at %.20q", ErrSyntax, s.rest) }

func (s *scanner) skip(set string) { s.rest = strings.TrimLeft(s.rest, set) }

func (s *scanner) token() string {
	n := 0
	for n < len(s.rest) && tokenChar(s.rest[n]) {
		n++
	}
	out := s.rest[:n]
	s.rest = s.rest[n:]
	return out
}

// value reads "=" and what follows, if that comes next.
func (s *scanner) value() (value string, ok bool, err error) {
	after := strings.TrimLeft(s.rest, " \t")
	if !strings.HasPrefix(after, "=") {
		return "", false, nil
	}
	s.rest = strings.TrimLeft(after[1:], " \t")
	if !strings.HasPrefix(s.rest, `"`) {
		value = s.token()
		if value == "" {
			return "", false, s.bad()
		}
		return value, true, nil
	}
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		ch := s.rest[i]
		if ch == '"' {
			s.rest = s.rest[i+1:]
			return b.String(), true, nil
		}
		if ch == '\\' && i+1 < len(s.rest) {
			i++
			ch = s.rest[i]
		}
		if control(ch) {
			return "", false, s.bad()
		}
		b.WriteByte(ch)
	}
	return "", false, fmt.Errorf("%w: a quoted value does not end", ErrSyntax)
}

// token68 reads the token that some schemes have in the place of parameters, if
// that comes next: a run of its characters that nothing but a comma follows.
func (s *scanner) token68() string {
	if !strings.HasPrefix(s.rest, " ") && !strings.HasPrefix(s.rest, "\t") {
		return ""
	}
	from := strings.TrimLeft(s.rest, " \t")
	n := 0
	for n < len(from) && (alnum(from[n]) || strings.IndexByte("-._~+/", from[n]) >= 0) {
		n++
	}
	body := n
	for n < len(from) && from[n] == '=' {
		n++
	}
	after := strings.TrimLeft(from[n:], " \t")
	if body == 0 || after != "" && after[0] != ',' {
		return ""
	}
	s.rest = from[n:]
	return from[:n]
}

func isToken(s string) bool {
	for i := range len(s) {
		if !tokenChar(s[i]) {
			return false
		}
	}
	return s != ""
}

// control characters but the tab are in no value (RFC 9110 §5.5).
func control(c byte) bool { return c != '\t' && (c < ' ' || c == 0x7f) }

func tokenChar(c byte) bool { return alnum(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 }

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

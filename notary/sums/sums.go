// Package sums reads lists of SHA-256 digests as the usual commands write
// them, so that what was hashed elsewhere can be stamped here:
//
//	sha256sum, shasum -a 256     <64 digits>  name     and  <64 digits> *name
//	sha256sum --tag, BSD sha256  SHA256 (name) = <64 digits>
//	sha256sum of odd names       \<64 digits>  na\nme  (also before a tag)
//	digests alone                <64 digits>
//
// Source: GNU coreutils, sha2 utilities and cksum ("Output formats"). The
// package is pure: it imports nothing of ours, no network and no clock.
package sums

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// ErrorKind names what is wrong with a line or a list; match it with
// errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrLine: a line that is none of the forms.
	ErrLine = ErrorKind("not a line of sha256sum")
	// ErrAlgorithm: a digest of another hash function.
	ErrAlgorithm = ErrorKind("not a SHA-256 digest")
	// ErrConflict: one name with two digests.
	ErrConflict = ErrorKind("another digest for a name that was listed before")
	// ErrTooLong: a line of more than MaxLine bytes.
	ErrTooLong = ErrorKind("the line is too long")
	// ErrTooMany: more lines than the caller takes.
	ErrTooMany = ErrorKind("the list is too long")
	// ErrEmpty: a list without a digest.
	ErrEmpty = ErrorKind("the list has no digest")
)

// MaxLine is the longest line, in bytes: a path of 4,096 with every byte
// escaped, and the digest.
const MaxLine = 2*4096 + 128

// Entry is one digest of a list.
type Entry struct {
	// Line is where it stands, from 1.
	Line   int
	Digest [32]byte
	// Name is the file's name as listed, its escapes undone; empty for a
	// digest alone and for standard input ("-").
	Name string
}

// LineError is what is wrong with one line.
type LineError struct {
	Line int
	Err  error
}

// Error renders "line n: kind".
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap gives errors.Is the kind.
func (e *LineError) Unwrap() error { return e.Err }

// Errors is every bad line of a list, in order, at most MaxErrors of them.
type Errors []*LineError

// MaxErrors is how many bad lines are named before reading ends.
const MaxErrors = 1000

// Error renders all of them, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, bad := range e {
		lines[i] = bad.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.Is every kind.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, bad := range e {
		all[i] = bad
	}
	return all
}

// Parse reads a list of at most limit digests. Empty lines and lines that
// begin with # are passed over; carriage returns at the end of lines too, and
// a byte order mark. The same name with the same digest counts once. Errors:
// Errors, which names all bad lines and means that nothing should be done;
// ErrEmpty; and the reader's own.
func Parse(r io.Reader, limit int) ([]Entry, error) {
	p := parser{limit: limit, byName: map[string][32]byte{}}
	lines := bufio.NewReaderSize(r, MaxLine)
	for number := 1; !p.full(); number++ {
		line, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, ErrTooLong) {
			return nil, err
		}
		if errors.Is(err, ErrTooLong) {
			p.bad = append(p.bad, &LineError{number, ErrTooLong})
			continue
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		p.take(number, string(line))
		if err != nil {
			break
		}
	}
	switch {
	case len(p.bad) > 0:
		return nil, p.bad
	case len(p.entries) == 0:
		return nil, ErrEmpty
	}
	return p.entries, nil
}

// readLine reads one line without its end; one that is too long is read to its
// end all the same. io.EOF comes with the last line.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, ErrTooLong
	}
	return bytes.TrimRight(line, "\r\n"), err
}

// parser is a list being read.
type parser struct {
	limit   int
	entries []Entry
	byName  map[string][32]byte
	bad     Errors
	over    bool // there were more than limit
}

// full reports whether reading on would tell nothing new.
func (p *parser) full() bool { return p.over || len(p.bad) >= MaxErrors }

func (p *parser) take(number int, line string) {
	if text := strings.TrimSpace(line); text == "" || strings.HasPrefix(text, "#") {
		return
	}
	entry, err := ParseLine(line)
	entry.Line = number
	was, known := p.byName[entry.Name]
	switch {
	case err != nil:
	case entry.Name != "" && known && was != entry.Digest:
		err = fmt.Errorf("%w: %s", ErrConflict, printable(entry.Name))
	case entry.Name != "" && known:
		return
	case len(p.entries) == p.limit:
		err = fmt.Errorf("%w: at most %d digests", ErrTooMany, p.limit)
	}
	if err != nil {
		p.bad = append(p.bad, &LineError{number, err})
		p.over = p.over || errors.Is(err, ErrTooMany)
		return
	}
	p.entries = append(p.entries, entry)
	if entry.Name != "" {
		p.byName[entry.Name] = entry.Digest
	}
}

// ParseLine reads one line. Errors: ErrLine, ErrAlgorithm.
func ParseLine(line string) (Entry, error) {
	escaped := strings.HasPrefix(line, `\`)
	body := strings.TrimPrefix(line, `\`)
	digits, name, err := split(body)
	if err != nil {
		return Entry{}, err
	}
	if escaped {
		if name, err = unescape(name); err != nil {
			return Entry{}, err
		}
	}
	if name == "-" {
		name = ""
	}
	if strings.ContainsRune(name, 0) {
		return Entry{}, fmt.Errorf("%w: a name has a zero byte", ErrLine)
	}
	digest, err := parseDigest(digits)
	return Entry{Digest: digest, Name: name}, err
}

// split finds the digest and the name in either form.
func split(line string) (digits, name string, err error) {
	if algorithm, rest, ok := strings.Cut(line, " ("); ok && isTag(algorithm) {
		end := strings.LastIndex(rest, ") = ")
		if end < 0 {
			return "", "", ErrLine
		}
		if !strings.EqualFold(algorithm, "SHA256") && !strings.EqualFold(algorithm, "SHA2-256") {
			return "", "", fmt.Errorf("%w but %s", ErrAlgorithm, algorithm)
		}
		return strings.TrimSpace(rest[end+len(") = "):]), rest[:end], nil
	}
	line = strings.TrimLeft(line, " \t")
	digits, rest, found := strings.Cut(line, " ")
	if !found {
		return strings.TrimSpace(digits), "", nil
	}
	if strings.TrimSpace(rest) == "" {
		return digits, "", nil
	}
	// After the first space stands the mode of reading: a space for text, *
	// for binary, and in Perl's shasum U and ^ too.
	if strings.ContainsAny(rest[:1], " *U^") && len(rest) > 1 {
		rest = rest[1:]
	}
	return digits, rest, nil
}

// isTag tells the name of a hash function from digits.
func isTag(word string) bool {
	return word != "" && len(word) <= 16 && strings.IndexFunc(word, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '/'
	}) < 0
}

func parseDigest(digits string) (digest [32]byte, err error) {
	raw, err := hex.DecodeString(digits)
	if err != nil {
		return digest, ErrLine
	}
	if len(raw) != len(digest) {
		return digest, fmt.Errorf("%w: it has %d digits, not 64%s", ErrAlgorithm, len(digits), guess(len(raw)))
	}
	return [32]byte(raw), nil
}

// guess names the hash functions that make so many bytes.
func guess(size int) string {
	switch size {
	case 16:
		return " (MD5?)"
	case 20:
		return " (SHA-1?)"
	case 28:
		return " (SHA-224?)"
	case 48:
		return " (SHA-384?)"
	case 64:
		return " (SHA-512?)"
	}
	return ""
}

// unescape undoes what GNU's commands do to names with line ends and
// backslashes.
func unescape(name string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '\\' {
			if i++; i == len(name) {
				return "", fmt.Errorf("%w: the name ends in half an escape", ErrLine)
			}
			switch name[i] {
			case '\\':
			case 'n':
				b.WriteByte('\n')
				continue
			case 'r':
				b.WriteByte('\r')
				continue
			default:
				return "", fmt.Errorf("%w: the name has an unknown escape", ErrLine)
			}
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

// printable cuts a stranger's name for an error text.
func printable(name string) string {
	const most = 80
	if len(name) > most {
		name = name[:most] + "…"
	}
	if !utf8.ValidString(name) {
		name = strings.ToValidUTF8(name, "�")
	}
	return fmt.Sprintf("%q", name)
}

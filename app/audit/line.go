package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The limits of an event.
const (
	maxWho     = 100
	maxDetails = 20
	maxDetail  = 500
)

var named = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,39}$`)

// line is an entry as it is hashed: these fields in this order, details sorted
// by name, no spaces, no characters escaped but those JSON insists on.
type line struct {
	Seq    int64             `json:"seq"`
	At     string            `json:"at"`
	Who    string            `json:"who"`
	What   string            `json:"what"`
	Detail map[string]string `json:"detail"`
	Prev   string            `json:"prev"`
}

// lineOf writes an entry in canonical form, without a line break. Error:
// ErrEvent.
func lineOf(e Entry) (string, error) {
	if err := check(e.Event); err != nil {
		return "", err
	}
	detail := e.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(line{
		Seq: e.Seq, At: e.At.UTC().Format(time.RFC3339), Who: e.Who, What: e.What, Detail: detail, Prev: e.Prev.String(),
	})
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrEvent, err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func check(e Event) error {
	if !named.MatchString(e.What) {
		return fmt.Errorf("%w: it is called %q", ErrEvent, e.What)
	}
	if e.Who == "" || len(e.Who) > maxWho || !plain(e.Who) {
		return fmt.Errorf("%w: %s has nobody, or too long a name for him", ErrEvent, e.What)
	}
	if len(e.Detail) > maxDetails {
		return fmt.Errorf("%w: %s has %d details", ErrEvent, e.What, len(e.Detail))
	}
	for name, value := range e.Detail {
		if !named.MatchString(name) || len(value) > maxDetail || !plain(value) {
			return fmt.Errorf("%w: the detail %q of %s", ErrEvent, name, e.What)
		}
	}
	return nil
}

// plain reports whether a text is one line that every program reads alike.
func plain(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }) < 0
}

// parseLine reads an entry back. Error: ErrBroken for whatever lineOf would not
// have written.
func parseLine(text string) (Entry, error) {
	var raw line
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&raw); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	at, err := time.Parse(time.RFC3339, raw.At)
	if err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	e := Entry{
		Event: Event{Who: raw.Who, What: raw.What, Detail: raw.Detail}, Seq: raw.Seq, At: at.UTC(),
		Hash: sha256.Sum256([]byte(text)), Line: text,
	}
	prev, err := hex.DecodeString(raw.Prev)
	if err != nil || len(prev) != len(e.Prev) {
		return Entry{}, fmt.Errorf("%w: the hash of the entry before %d", ErrBroken, raw.Seq)
	}
	e.Prev = Hash(prev)
	if again, err := lineOf(e); err != nil || again != text {
		return Entry{}, fmt.Errorf("%w: entry %d is not in canonical form", ErrBroken, raw.Seq)
	}
	return e, nil
}

// Clean makes a text from outside fit for a detail or a name: one line, at most
// so many bytes.
func Clean(text string, most int) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	for len(text) > most {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth = 8 // of JSON
)

// unmarshal reads one JSON object of which every member is known and comes
// once. Go's reader takes a member in any case of letters and the last of
// several: another reader would see another file. Errors: ErrFile.
func unmarshal(raw []byte, into any) error {
	if !utf8.Valid(raw) {
		return fmt.Errorf("%w: it is not UTF-8", ErrFile)
	}
	walk := json.NewDecoder(bytes.NewReader(raw))
	walk.UseNumber()
	if err := once(walk, 0); err != nil {
		return err
	}
	if _, err := walk.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the object", ErrFile)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	return nil
}

// once walks over a value and refuses names that come twice or are not of small
// letters, and null.
func once(d *json.Decoder, depth int) error {
	token, err := d.Token()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	if depth > maxDepth {
		return fmt.Errorf("%w: it is nested too deeply", ErrFile)
	}
	switch token {
	case nil:
		return fmt.Errorf("%w: it holds null", ErrFile)
	case json.Delim('{'):
		names := make(map[string]bool)
		for d.More() {
			token, err := d.Token()
			if err != nil {
				return fmt.Errorf("%w: %w", ErrFile, err)
			}
			name, _ := token.(string)
			if names[name] || name != strings.ToLower(name) {
				return fmt.Errorf("%w: member %.40q", ErrFile, name)
			}
			names[name] = true
			if err := once(d, depth+1); err != nil {
				return err
			}
		}
	case json.Delim('['):
		for d.More() {
			if err := once(d, depth+1); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	return nil
}

// marshal writes a value on one line, with letters as they are.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

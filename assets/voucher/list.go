package voucher

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	// maxListBytes bounds a list of vouchers.
	maxListBytes = 1 << 20
	listColumns  = 3
)

// ReadList reads a list of vouchers to be made: a line each, of up to three
// columns (label, units, note), with or without a heading of these words; commas,
// semicolons or tabs between them. At most 2,000 lines and 1 MiB. The outputs are
// for the caller to add. Errors: ErrList, ErrTooMany, ErrWords.
func ReadList(r io.Reader) ([]Item, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxListBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read a list of vouchers: %w", err)
	}
	if len(raw) > maxListBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooMany, maxListBytes)
	}
	text := strings.TrimPrefix(string(raw), "\ufeff")
	lines := csv.NewReader(strings.NewReader(text))
	lines.Comma, lines.FieldsPerRecord, lines.TrimLeadingSpace = comma(text), -1, true
	var out []Item
	for first := true; ; first = false {
		cells, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrList, err)
		}
		if first && heading(cells) {
			continue
		}
		if len(out) == maxBatch {
			return nil, fmt.Errorf("%w: more than %d vouchers", ErrTooMany, maxBatch)
		}
		item, err := readItem(cells)
		if err != nil {
			line, _ := lines.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		out = append(out, item)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrList)
	}
	return out, nil
}

// comma is what stands between the columns: what the first line has.
func comma(text string) rune {
	line, _, _ := strings.Cut(text, "\n")
	for _, c := range "\t;" {
		if strings.ContainsRune(line, c) {
			return c
		}
	}
	return ','
}

func heading(cells []string) bool { return strings.EqualFold(strings.TrimSpace(cells[0]), "label") }

func readItem(cells []string) (Item, error) {
	if len(cells) > listColumns {
		return Item{}, fmt.Errorf("%w: %d columns", ErrList, len(cells))
	}
	for len(cells) < listColumns {
		cells = append(cells, "")
	}
	item := Item{Label: strings.TrimSpace(cells[0]), Note: strings.TrimSpace(cells[2])}
	if n := strings.TrimSpace(cells[1]); n != "" {
		units, err := strconv.ParseInt(n, 10, 64)
		if err != nil || units < 1 || units >= maxUnits {
			return Item{}, fmt.Errorf("%w: %q is no number of units", ErrList, n)
		}
		item.Units = units
	}
	return item, errors.Join(words("a label", item.Label, 0, 80, false), words("a note", item.Note, 0, 200, false))
}

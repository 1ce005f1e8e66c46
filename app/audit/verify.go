package audit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"cairn/app/db"
)

// batch is how many entries are read at a time.
const batch = 1000

// Standing is what a look through the whole log found.
type Standing struct {
	// Entries are all there are, and Head is the hash of the newest; it is zero
	// for an empty log.
	Entries int64
	Head    Hash
	// Stamp is the newest head that was handed to the notary; its Seq is 0 when
	// none was.
	Stamp Stamp
}

// Verify reads the whole log and checks that it holds together: numbers without
// a gap, each line canonical and hashed, each with the hash of the one before,
// and every head that was stamped still in its place. Error: ErrBroken, with
// the number of the first entry that is wrong.
func (l *Log) Verify(ctx context.Context) (Standing, error) {
	var s Standing
	stamps, err := l.stamps(ctx)
	if err != nil {
		return s, err
	}
	err = l.walk(ctx, func(e Entry) error {
		if err := s.take(e); err != nil {
			return err
		}
		for len(stamps) > 0 && stamps[0].Seq == e.Seq {
			if stamps[0].Digest != e.Hash {
				return fmt.Errorf("%w: entry %d is not the one that was stamped", ErrBroken, e.Seq)
			}
			s.Stamp, stamps = stamps[0], stamps[1:]
		}
		return nil
	})
	if err == nil && len(stamps) > 0 {
		err = fmt.Errorf("%w: entry %d was stamped and is gone", ErrBroken, stamps[0].Seq)
	}
	return s, err
}

// take adds the next entry. Error: ErrBroken.
func (s *Standing) take(e Entry) error {
	if e.Seq != s.Entries+1 {
		return fmt.Errorf("%w: after entry %d comes %d", ErrBroken, s.Entries, e.Seq)
	}
	if e.Prev != s.Head {
		return fmt.Errorf("%w: entry %d does not follow the one before it", ErrBroken, e.Seq)
	}
	s.Entries, s.Head = e.Seq, e.Hash
	return nil
}

// walk calls fn for each entry, the oldest first.
func (l *Log) walk(ctx context.Context, fn func(Entry) error) error {
	for after := int64(-1 << 62); ; {
		var rows []record
		if err := l.db.Read(ctx).Where("seq > ?", after).Order("seq").Limit(batch).Find(&rows).Error; err != nil {
			return fmt.Errorf("reading the audit log: %w", db.Classify(err))
		}
		for _, r := range rows {
			e, err := r.entry()
			if err != nil {
				return err
			}
			if err := fn(e); err != nil {
				return err
			}
			after = r.Seq
		}
		if len(rows) < batch {
			return nil
		}
	}
}

// Export writes the log as one line of JSON for each entry, the oldest first.
// The SHA-256 of a line, without its line break, is what the next one calls
// "prev", and what was stamped.
func (l *Log) Export(ctx context.Context, w io.Writer) error {
	return l.walk(ctx, func(e Entry) error {
		_, err := io.WriteString(w, e.Line+"\n")
		return err
	})
}

// maxLine is longer than any line can be: details, their names, and every
// character escaped.
const maxLine = 128 << 10

// VerifyExport checks what Export wrote, without a database. Errors: ErrBroken,
// and those of r.
func VerifyExport(r io.Reader) (Standing, error) {
	var s Standing
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	for lines.Scan() {
		e, err := parseLine(lines.Text())
		if err != nil {
			return s, fmt.Errorf("line %d: %w", s.Entries+1, err)
		}
		if err := s.take(e); err != nil {
			return s, err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return s, fmt.Errorf("%w: line %d is too long", ErrBroken, s.Entries+1)
	}
	return s, lines.Err()
}

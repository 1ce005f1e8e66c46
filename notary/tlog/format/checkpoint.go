package format

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// MaxNote is the longest signed note that is read, in bytes: room for a
// checkpoint with the cosignatures of many witnesses.
const MaxNote = 64 << 10

// Checkpoint is what a log signs: how long it is, and the root of its tree.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
}

// Text is the checkpoint as it is signed.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

// ParseCheckpoint reads the text of a checkpoint; extension lines are passed
// over. Errors: ErrCheckpoint.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[len(lines)-1] != "" {
		return Checkpoint{}, fmt.Errorf("%w: an origin, a size and a root expected, each on its line", ErrCheckpoint)
	}
	for _, line := range lines[:len(lines)-1] {
		if line == "" {
			return Checkpoint{}, fmt.Errorf("%w: an empty line", ErrCheckpoint)
		}
	}
	c := Checkpoint{Origin: lines[0]}
	size, err := number(lines[1])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: the size is not a number", ErrCheckpoint)
	}
	c.Size = size
	if c.Root, err = parseHash(lines[2]); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: the root is not a hash", ErrCheckpoint)
	}
	if c.Size == 0 && c.Root != emptyRoot {
		return Checkpoint{}, fmt.Errorf("%w: a root over nothing", ErrCheckpoint)
	}
	return c, nil
}

// Sign makes the checkpoint a signed note.
func (c Checkpoint) Sign(signer note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: c.Text()}, signer)
}

// OpenCheckpoint reads a signed checkpoint of the log that key belongs to.
// Errors: ErrSignature, ErrCheckpoint.
func OpenCheckpoint(signed []byte, key note.Verifier) (Checkpoint, error) {
	text, err := open(signed, key)
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := ParseCheckpoint(text)
	if err == nil && c.Origin != key.Name() {
		err = fmt.Errorf("%w: it is of %q", ErrCheckpoint, c.Origin)
	}
	return c, err
}

// open returns the text of a note that key has signed.
func open(signed []byte, key note.Verifier) (string, error) {
	if len(signed) > MaxNote {
		return "", fmt.Errorf("%w: more than %d bytes", ErrCheckpoint, MaxNote)
	}
	opened, err := note.Open(signed, note.VerifierList(key))
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified), errors.As(err, &invalid):
		return "", fmt.Errorf("%w (%s)", ErrSignature, key.Name())
	case err != nil:
		return "", fmt.Errorf("%w: it is no signed note", ErrCheckpoint)
	}
	return opened.Text, nil
}

// number reads a decimal number with exactly one spelling.
func number(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 62)
	if err != nil || strconv.FormatUint(n, 10) != text {
		return 0, strconv.ErrSyntax
	}
	return int64(n), nil
}

// parseHash reads a hash in base64 with exactly one spelling.
func parseHash(text string) (Hash, error) {
	h, err := tlog.ParseHash(text)
	if err != nil || base64.StdEncoding.EncodeToString(h[:]) != text {
		return Hash{}, base64.CorruptInputError(0)
	}
	return h, nil
}

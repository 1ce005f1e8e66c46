package api

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"

	"cairn/notary"
	"cairn/notary/sums"
)

// maxLine is the longest line of JSON that is taken, in bytes.
const maxLine = 4 << 10

// readJSONLines reads digests, one a line (see parseJSON); empty lines are
// passed over. Errors: a *LineError that names the first bad line,
// ErrTooManyLines at the line after the 10,000th digest, ErrNoLines, and those
// of r.
func readJSONLines(r io.Reader) ([]notary.Digest, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	digests := make([]notary.Digest, 0, 64)
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		if len(digests) == notary.MaxBatch {
			return nil, &LineError{n, ErrTooManyLines}
		}
		d, err := parseJSON(line)
		if err != nil {
			return nil, &LineError{n, err}
		}
		digests = append(digests, d)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, &LineError{n + 1, ErrLineLength}
	}
	if lines.Err() != nil {
		return nil, lines.Err()
	}
	if len(digests) == 0 {
		return nil, ErrNoLines
	}
	return digests, nil
}

// Lines of JSON mostly look the same, and are then read without a parser.
var (
	objectHead = []byte(`{"digest":"`)
	objectTail = []byte(`"}`)
)

// parseJSON reads {"digest":"…"} or "…". Other members of an object are not
// looked at. Errors: ErrLine, ErrDigestHex, ErrDigestLength.
func parseJSON(line []byte) (notary.Digest, error) {
	if len(line) == 2+64 && line[0] == '"' && line[65] == '"' {
		return decodeDigest(line[1:65])
	}
	if inner, ok := bytes.CutPrefix(line, objectHead); ok && len(inner) == 64+len(objectTail) && bytes.HasSuffix(inner, objectTail) {
		return decodeDigest(inner[:64])
	}
	var text string
	if line[0] == '"' {
		if json.Unmarshal(line, &text) != nil {
			return notary.Digest{}, ErrLine
		}
		return notary.ParseDigest(text)
	}
	var object stampRequest
	if json.Unmarshal(line, &object) != nil || object.Digest == nil {
		return notary.Digest{}, ErrLine
	}
	return notary.ParseDigest(*object.Digest)
}

// decodeDigest reads 64 characters.
func decodeDigest(text []byte) (d notary.Digest, err error) {
	if _, err := hex.Decode(d[:], text); err != nil {
		return notary.Digest{}, notary.ErrDigestHex
	}
	return d, nil
}

// sumErrors are the API's words for what is wrong with a line of sha256sum.
var sumErrors = map[sums.ErrorKind]error{
	sums.ErrLine:      ErrLine,
	sums.ErrAlgorithm: ErrAlgorithm,
	sums.ErrConflict:  ErrConflict,
	sums.ErrTooLong:   ErrLineLength,
	sums.ErrTooMany:   ErrTooManyLines,
}

// readSums reads a list as sha256sum and its relatives write it; names are not
// kept. Errors: as readJSONLines, ErrAlgorithm and ErrConflict for a line.
func readSums(r io.Reader) ([]notary.Digest, error) {
	entries, err := sums.Parse(r, notary.MaxBatch)
	var line *sums.LineError
	var kind sums.ErrorKind
	switch {
	case errors.Is(err, sums.ErrEmpty):
		return nil, ErrNoLines
	case errors.As(err, &line) && errors.As(line, &kind) && sumErrors[kind] != nil:
		return nil, &LineError{line.Line, sumErrors[kind]}
	case err != nil:
		return nil, err
	}
	digests := make([]notary.Digest, len(entries))
	for i, e := range entries {
		digests[i] = e.Digest
	}
	return digests, nil
}

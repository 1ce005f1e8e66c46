package ledger

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// A place in a list is a number, or some bytes and a number, in base64.

func placeAfter(before []byte, number int64) string {
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(before, uint64(number)))
}

// readPlace undoes placeAfter for as many bytes before the number. Errors: ErrPage.
func readPlace(text string, before int) ([]byte, int64, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != before+8 {
		return nil, 0, fmt.Errorf("%w: %q", ErrPage, text)
	}
	number := binary.BigEndian.Uint64(raw[before:])
	if number > 1<<62 {
		return nil, 0, fmt.Errorf("%w: %q", ErrPage, text)
	}
	return raw[:before], int64(number), nil
}

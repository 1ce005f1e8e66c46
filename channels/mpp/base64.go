package mpp

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// encode is base64url without padding (RFC 4648 §5).
func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// decode reads base64url, with its padding or without. Nothing has a second
// spelling: bits that say nothing must be zero, and lines do not break. Errors:
// ErrBase64.
func decode(s string) ([]byte, error) {
	if len(s) > 2*maxJSON || strings.ContainsAny(s, "\r\n") {
		return nil, fmt.Errorf("%w: %d characters", ErrBase64, len(s))
	}
	encoding := base64.RawURLEncoding
	if strings.HasSuffix(s, "=") {
		encoding = base64.URLEncoding
	}
	raw, err := encoding.Strict().DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBase64, err)
	}
	return raw, nil
}

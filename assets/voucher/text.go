package voucher

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"cairn/app/db"
)

// words says whether a text has least to most characters, and none that are not
// to be seen; lines may be broken where lines is set. Errors: ErrWords.
func words(what, text string, least, most int, lines bool) error {
	n := utf8.RuneCountInString(text)
	if n < least || n > most || db.CleanText(text) != text || strings.TrimSpace(text) != text {
		return fmt.Errorf("%w: %s has %d to %d characters", ErrWords, what, least, most)
	}
	for _, r := range text {
		if unicode.IsControl(r) && !(lines && (r == '\n' || r == '\r')) || unicode.In(r, unicode.Bidi_Control) {
			return fmt.Errorf("%w: %s holds a character that cannot be seen", ErrWords, what)
		}
	}
	return nil
}

var (
	slugs     = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]$`)
	languages = regexp.MustCompile(`^[A-Za-z0-9]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}$`)
)

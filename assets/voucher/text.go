package voucher

import (
	"fmt"
	"regexp"
	"strconv"
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

// Decimal writes a number of units with so many digits behind the point, for programs:
// 2550 with two is 25.50.
func Decimal(units int64, decimals int) string {
	if decimals <= 0 {
		return strconv.FormatInt(units, 10)
	}
	digits := fmt.Sprintf("%0*d", decimals+1, units)
	return digits[:len(digits)-decimals] + "." + digits[len(digits)-decimals:]
}

var (
	slugs     = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]$`)
	languages = regexp.MustCompile(`^[A-Za-z0-9]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}$`)
)

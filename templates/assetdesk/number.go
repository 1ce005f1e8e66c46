package assetdesk

import (
	"encoding/hex"
	"strconv"
	"strings"

	"cairn/assets"
)

// mostDecimals is how many decimals an asset can show: those of 2^63-1.
const mostDecimals = 18

// ParseUnits reads an amount as people type it: digits, which may be grouped by
// commas or spaces, and up to so many decimals after a point. Errors: assets.ErrUnits.
func ParseUnits(text string, decimals int) (int64, error) {
	whole, part, _ := strings.Cut(strings.TrimSpace(text), ".")
	whole = strings.Map(func(r rune) rune {
		switch r {
		case ',', ' ', '\'', '’', '\u202f', '\u00a0':
			return -1
		}
		return r
	}, whole)
	if whole == "" {
		whole = "0"
	}
	if decimals < 0 || decimals > mostDecimals || len(part) > decimals || strings.Trim(whole+part, "0123456789") != "" || len(whole) > 19 {
		return 0, assets.ErrUnits
	}
	units, err := strconv.ParseInt(whole+part+strings.Repeat("0", decimals-len(part)), 10, 64)
	if err != nil || units < 1 {
		return 0, assets.ErrUnits
	}
	return units, nil
}

// padded writes n with at least so many digits.
func padded(n int64, least int) string {
	s := strconv.FormatInt(n, 10)
	return strings.Repeat("0", max(0, least-len(s))) + s
}

func parsed(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64) // ours
	return n
}

func hexed(raw []byte) string { return hex.EncodeToString(raw) }

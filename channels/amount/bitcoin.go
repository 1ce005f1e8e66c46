package amount

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/btcutil"
)

// decimals is how many digits follow the point in an amount of bitcoin.
const decimals = 8

// FormatBitcoin writes satoshi as a decimal number of bitcoin without trailing
// zeros, as the amounts of payment links are (BIP-0321): 100 sat are
// "0.000001". Errors: ErrRange for negative amounts and too large ones.
func FormatBitcoin(sat btcutil.Amount) (string, error) {
	if sat < 0 || sat > btcutil.MaxSatoshi {
		return "", fmt.Errorf("%w: %d sat", ErrRange, int64(sat))
	}
	whole, rest := int64(sat)/btcutil.SatoshiPerBitcoin, int64(sat)%btcutil.SatoshiPerBitcoin
	out := strconv.FormatInt(whole, 10)
	if rest != 0 {
		out += "." + strings.TrimRight(fmt.Sprintf("%0*d", decimals, rest), "0")
	}
	return out, nil
}

// ParseBitcoin reads a decimal number of bitcoin: digits, and at most one point
// with up to eight digits behind it. There are no signs, commas or exponents,
// and no rounding. Errors: ErrSyntax, ErrRange.
func ParseBitcoin(s string) (btcutil.Amount, error) {
	whole, fraction, pointed := strings.Cut(s, ".")
	if len(s) > 32 || whole+fraction == "" || pointed && fraction == "" || !digits(whole) || !digits(fraction) {
		return 0, fmt.Errorf("%w: %.40q", ErrSyntax, s)
	}
	if len(strings.TrimRight(fraction, "0")) > decimals {
		return 0, fmt.Errorf("%w: %.40q has parts of a satoshi", ErrSyntax, s)
	}
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > 8 { // 21,000,000 has eight digits
		return 0, fmt.Errorf("%w: %.40q", ErrRange, s)
	}
	fraction = (fraction + "00000000")[:decimals]
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %.40q", ErrSyntax, s)
	}
	if n > btcutil.MaxSatoshi {
		return 0, fmt.Errorf("%w: %.40q", ErrRange, s)
	}
	return btcutil.Amount(n), nil
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// Package amount counts money in millisatoshi, the unit of Lightning (BOLT 2,
// "amount_msat"), without floats and without silent overflow. It is pure: it
// imports btcd's amounts and nothing of ours.
package amount

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/btcutil"
)

// ErrorKind names what is wrong with an amount; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrRange: the amount is more money than there is, in either direction.
	ErrRange = ErrorKind("the amount is out of range")
	// ErrSyntax: the text is no amount.
	ErrSyntax = ErrorKind("this is not an amount")
)

// MilliSatoshi is a thousandth of a satoshi. Negative amounts are differences.
// Every value made by this package is between -Max and Max.
type MilliSatoshi int64

const (
	// PerSatoshi is how many of them are one satoshi.
	PerSatoshi MilliSatoshi = 1000
	// Max is all the money there will ever be, 21 million bitcoin.
	Max = MilliSatoshi(btcutil.MaxSatoshi) * PerSatoshi
)

// FromMsat takes a number of millisatoshi as nodes and invoices give it.
// Errors: ErrRange.
func FromMsat(n uint64) (MilliSatoshi, error) {
	if n > uint64(Max) {
		return 0, fmt.Errorf("%w: %d msat", ErrRange, n)
	}
	return MilliSatoshi(n), nil
}

// FromSatoshi is exact. Errors: ErrRange.
func FromSatoshi(sat btcutil.Amount) (MilliSatoshi, error) {
	if sat > btcutil.MaxSatoshi || sat < -btcutil.MaxSatoshi {
		return 0, fmt.Errorf("%w: %d sat", ErrRange, int64(sat))
	}
	return MilliSatoshi(sat) * PerSatoshi, nil
}

// Add is the sum. Errors: ErrRange.
func (m MilliSatoshi) Add(n MilliSatoshi) (MilliSatoshi, error) {
	if !m.inRange() || !n.inRange() {
		return 0, fmt.Errorf("%w: %d + %d msat", ErrRange, int64(m), int64(n))
	}
	sum := m + n // cannot overflow: each is less than a quarter of what an int64 holds
	if !sum.inRange() {
		return 0, fmt.Errorf("%w: %d + %d msat", ErrRange, int64(m), int64(n))
	}
	return sum, nil
}

// Sub is the difference. Errors: ErrRange.
func (m MilliSatoshi) Sub(n MilliSatoshi) (MilliSatoshi, error) {
	if !n.inRange() {
		return 0, fmt.Errorf("%w: %d msat", ErrRange, int64(n))
	}
	return m.Add(-n)
}

// Times is the product with a count that is not negative. Errors: ErrRange.
func (m MilliSatoshi) Times(n int64) (MilliSatoshi, error) {
	if n < 0 || !m.inRange() || (m != 0 && n > int64(Max)/max(int64(m), -int64(m))) {
		return 0, fmt.Errorf("%w: %d msat × %d", ErrRange, int64(m), n)
	}
	return m * MilliSatoshi(n), nil
}

// PermilleCeil is m × permille / 1000, rounded towards more money, of an amount
// that is not negative. Errors: ErrRange.
func (m MilliSatoshi) PermilleCeil(permille int64) (MilliSatoshi, error) {
	if m < 0 || permille < 0 || permille > 1_000_000 || !m.inRange() {
		return 0, fmt.Errorf("%w: %d ‰ of %d msat", ErrRange, permille, int64(m))
	}
	// m = 1000·q + r, so that nothing overflows on the way.
	q, r := m/1000, m%1000
	whole, err := q.Times(permille)
	if err != nil {
		return 0, err
	}
	return whole.Add((r*MilliSatoshi(permille) + 999) / 1000)
}

// SatoshiFloor drops the part of a satoshi: what can be paid out on chain of an
// amount that is not negative.
func (m MilliSatoshi) SatoshiFloor() btcutil.Amount {
	sat := m / PerSatoshi
	if m < 0 && m%PerSatoshi != 0 {
		sat--
	}
	return btcutil.Amount(sat)
}

// SatoshiCeil rounds up to whole satoshi: what has to be asked for on chain.
func (m MilliSatoshi) SatoshiCeil() btcutil.Amount {
	sat := m / PerSatoshi
	if m > 0 && m%PerSatoshi != 0 {
		sat++
	}
	return btcutil.Amount(sat)
}

// String is the amount in satoshi with as many digits as it needs, as
// "1.5 sat"; for logs. Pages format amounts themselves.
func (m MilliSatoshi) String() string {
	sign, n := "", int64(m)
	if n < 0 {
		sign, n = "-", -n
	}
	out := sign + strconv.FormatInt(n/1000, 10)
	if rest := n % 1000; rest != 0 {
		out += "." + strings.TrimRight(fmt.Sprintf("%03d", rest), "0")
	}
	return out + " sat"
}

func (m MilliSatoshi) inRange() bool { return m <= Max && m >= -Max }

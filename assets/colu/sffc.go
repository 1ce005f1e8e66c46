package colu

import (
	"fmt"
	"math"
	"math/bits"
)

// MaxAmount is the largest amount that can be written, 2^53-1 (sffc-encoder).
const MaxAmount = 1<<53 - 1

// sffcRow is a form of "significant figures for compact": the top three bits of
// the first byte say which; then come mantissa and decimal exponent.
type sffcRow struct {
	flag     byte
	size     int
	mantissa int // bits
	exponent int // bits
}

var sffcRows = []sffcRow{
	{0x20, 2, 9, 4}, {0x40, 3, 17, 4}, {0x60, 4, 25, 4},
	{0x80, 5, 34, 3}, {0xa0, 6, 42, 3}, {0xc0, 7, 54, 0},
}

const sffcFlags = 0xe0

// appendSFFC writes n: one byte below 32, else the shortest row that its
// significant digits fit. Errors: ErrAmount.
func appendSFFC(b []byte, n int64) ([]byte, error) {
	if n < 0 || n > MaxAmount {
		return nil, fmt.Errorf("%w: %d", ErrAmount, n)
	}
	if n < 32 {
		return append(b, byte(n)), nil
	}
	mantissa, exponent := uint64(n), 0
	for mantissa%10 == 0 {
		mantissa /= 10
		exponent++
	}
	row := rowFor(mantissa)
	for exponent > 1<<row.exponent-1 { // fewer zeros left out, more digits
		mantissa *= 10
		exponent--
		row = rowFor(mantissa)
	}
	number := mantissa<<row.exponent | uint64(exponent) | uint64(row.flag)<<(8*(row.size-1))
	for i := row.size - 1; i >= 0; i-- {
		b = append(b, byte(number>>(8*i)))
	}
	return b, nil
}

// rowFor is the shortest row with room for a mantissa of up to 54 bits.
func rowFor(mantissa uint64) sffcRow {
	length := bits.Len64(mantissa)
	for _, row := range sffcRows {
		if length <= row.mantissa {
			return row
		}
	}
	return sffcRows[len(sffcRows)-1]
}

// amount is a number read: absent where the bytes ended before it began, which
// counts as 0, and huge where it is over 2^63-1, in which case value is that.
type amount struct {
	value  int64
	absent bool
	huge   bool
}

// readSFFC reads a number from the front of b. Like sffc-encoder it reads one
// whose bytes are cut off from those that are there.
func readSFFC(b []byte) (n amount, rest []byte) {
	if len(b) == 0 {
		return amount{absent: true}, nil
	}
	first := b[0]
	flag := first & sffcFlags
	if flag == 0 {
		return amount{value: int64(first)}, b[1:]
	}
	if flag == 0xe0 { // the last row's mantissa is one bit longer than its bytes
		flag = 0xc0
	}
	row := sffcRows[flag>>5-1]
	size := min(row.size, len(b))
	number := uint64(first &^ flag)
	for _, c := range b[1:size] {
		number = number<<8 | uint64(c)
	}
	value := number >> row.exponent
	for range number & (1<<row.exponent - 1) {
		high, low := bits.Mul64(value, 10)
		if high != 0 || low > math.MaxInt64 {
			return amount{value: math.MaxInt64, huge: true}, b[size:]
		}
		value = low
	}
	return amount{value: int64(value)}, b[size:]
}

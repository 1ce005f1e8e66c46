package ledger

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// sum is a number of units that may pass 2^63-1: an asset can be issued again
// and again. Its bytes order like the numbers.
type sum struct{ hi, lo uint64 }

const sumSize = 16

func units(n int64) sum { return sum{lo: uint64(n)} }

func (s sum) plus(o sum) sum {
	lo, carry := bits.Add64(s.lo, o.lo, 0)
	hi, _ := bits.Add64(s.hi, o.hi, carry)
	return sum{hi, lo}
}

// minus is the difference; ok is false where it would be below 0.
func (s sum) minus(o sum) (d sum, ok bool) {
	lo, borrow := bits.Sub64(s.lo, o.lo, 0)
	hi, borrow := bits.Sub64(s.hi, o.hi, borrow)
	return sum{hi, lo}, borrow == 0
}

func (s sum) bytes() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, sumSize), s.hi)
	return binary.BigEndian.AppendUint64(b, s.lo)
}

// readSum undoes bytes; anything else is 0, which no CHECK of the schema lets in.
func readSum(b []byte) sum {
	if len(b) != sumSize {
		return sum{}
	}
	return sum{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// int64 is the number, or 2^63-1 for that much and more.
func (s sum) int64() int64 {
	if s.hi != 0 || s.lo > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(s.lo)
}

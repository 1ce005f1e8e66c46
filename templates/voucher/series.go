package voucher

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"cairn/templates/i18n"
)

// Kind is what a series is.
type Kind string

// The kinds.
const (
	// Whole is a voucher that is good for a thing; of several units, each for one.
	Whole Kind = "voucher"
	// Value is a gift card, whose units are small money.
	Value Kind = "gift-card"
	// Stamps is a card whose units are drawn as stamps.
	Stamps Kind = "stamp-card"
)

// Kinds are all of them, in the order in which they are offered.
var Kinds = []Kind{Whole, Stamps, Value}

// Design is how a voucher looks.
type Design struct {
	// Color and Picture are names of Colors and Pictures; others are the first.
	Color, Picture string
	// Line is a line of text below the name; may be empty.
	Line string
	// Own is the path of the shop's own picture; empty for a drawing.
	Own string
}

// Colors are those a voucher can have. The style sheet and public/src/sheet know
// them too.
var Colors = []string{"moss", "sky", "plum", "brick", "sun", "slate"}

// ColorName is its color, or the usual one.
func (d Design) ColorName() string {
	if slices.Contains(Colors, d.Color) {
		return d.Color
	}
	return Colors[0]
}

// PictureName is its picture, or the usual one.
func (d Design) PictureName() string {
	if slices.Contains(Pictures, d.Picture) {
		return d.Picture
	}
	return Pictures[0]
}

// Series is what was issued together.
type Series struct {
	ID string
	// Name is the asset's, such as MasterBTC, and GoodFor what one unit is good for.
	Name, GoodFor, Terms string
	// Unit is what one unit is called, such as "CHF"; may be empty.
	Unit string
	// Decimals is how many digits of a number of units stand behind the point.
	Decimals int
	Kind     Kind
	Each     int64 // units of a voucher
	Design   Design
	// Asset is the asset's ID as people see it; empty before it is issued.
	Asset string
	// Until is when they expire; zero for never. Over is set when that is past.
	Until time.Time
	Over  bool
	// Vouchers is how many there are.
	Vouchers int64
	// Claims are allowed: a holder may take the units into a wallet.
	Claims bool
	Counts
	// Settled is set when all of it is in a block.
	Settled bool
}

// Counts are units. Issued is the sum of the others.
type Counts struct {
	Issued      int64
	Outstanding int64
	Redeemed    int64
	Expired     int64 // and not taken back
	Reclaimed   int64
	Claimed     int64 // in wallets
	// GivenUp were never issued, and are not in the sum.
	GivenUp int64
}

// once reports whether a voucher of it is good for one thing, so that its units need
// not be told.
func (s Series) once() bool { return s.Kind == Whole && s.Each == 1 && s.Unit == "" }

// units is a number of them in words: "3 coffees" is for the shop to say, so it is the
// number and the unit.
func (s Series) units(ctx context.Context, n int64) string {
	switch {
	case s.Unit != "":
		return decimal(n, s.Decimals) + " " + s.Unit
	case s.Kind == Stamps:
		return i18n.N(ctx, "voucher.stamps", n)
	case s.once() && s.Issued == s.Vouchers:
		return i18n.N(ctx, "voucher.count", n)
	}
	return i18n.N(ctx, "voucher.units", n)
}

// decimal writes a number with so many digits behind its point.
func decimal(n int64, decimals int) string {
	if decimals <= 0 {
		return i18n.Number(n)
	}
	digits := fmt.Sprintf("%0*d", decimals+1, n)
	whole, _ := strconv.ParseInt(digits[:len(digits)-decimals], 10, 64) // digits of an int64
	return i18n.Number(whole) + "." + digits[len(digits)-decimals:]
}

// share is a part of what was issued, in hundredths of a width of 100.
func (c Counts) share(n int64) float64 {
	if c.Issued == 0 {
		return 0
	}
	return float64(n) / float64(c.Issued) * 100
}

// mostPebbles is how many are drawn one by one.
const mostPebbles = 60

// pebble is one unit, or several that are drawn as one.
type pebble struct {
	x, y  int
	class string
}

// pebbles are the units in order of what became of them, at most mostPebbles; each
// stands for the same number.
func (c Counts) pebbles() []pebble {
	each := max(1, (c.Issued+mostPebbles-1)/mostPebbles)
	var out []pebble
	put := func(n int64, class string) {
		count := (n + each/2) / each
		if n > 0 && count == 0 {
			count = 1
		}
		for range count {
			i := len(out)
			out = append(out, pebble{x: 14 + 24*(i%15) + 5*(i/15%2), y: 14 + 21*(i/15), class: class})
		}
	}
	put(c.Outstanding, "out")
	put(c.Claimed, "held")
	put(c.Redeemed, "used")
	put(c.Expired, "late")
	put(c.Reclaimed, "back")
	return out
}

func (c Counts) rows() int { return (len(c.pebbles()) + 14) / 15 }

package voucher

import (
	"context"
	"strings"

	"cairn/templates/i18n"
)

// Amount is a number of units, and what they are called.
type Amount struct {
	Units    int64
	Unit     string
	Decimals int
}

// words is the number with its unit: "3 coffees" is for the shop to say, so it is the
// number and the unit.
func (a Amount) words(ctx context.Context) string {
	if a.Unit != "" {
		return decimal(a.Units, a.Decimals) + " " + a.Unit
	}
	if a.Decimals > 0 {
		return i18n.T(ctx, "voucher.unit.other", "Count", decimal(a.Units, a.Decimals))
	}
	return i18n.N(ctx, "voucher.units", a.Units)
}

// Add adds to those of its kind in a list: francs and coffees are not added up.
func Add(list []Amount, a Amount) []Amount {
	for i := range list {
		if list[i].Unit == a.Unit && list[i].Decimals == a.Decimals {
			list[i].Units += a.Units
			return list
		}
	}
	return append(list, a)
}

// amounts are those of several kinds, one behind the other; nothing is 0.
func amounts(ctx context.Context, list []Amount) string {
	var texts []string
	for _, a := range list {
		if a.Units != 0 {
			texts = append(texts, a.words(ctx))
		}
	}
	if len(texts) == 0 {
		return i18n.Number(0)
	}
	return strings.Join(texts, " · ")
}

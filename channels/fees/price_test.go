package fees

import (
	"testing"

	"cairn/chain"
	"cairn/channels/amount"
)

func TestPrice(t *testing.T) {
	for _, c := range []struct {
		tariff Tariff
		weight int64
		rate   chain.FeeRate
		sat    amount.MilliSatoshi
	}{
		{Tariff{}, 0, 253, 0},
		{Tariff{Flat: 21_000}, 0, 253, 21},
		{Tariff{Flat: 1}, 0, 0, 1}, // rounded up
		// 600 weight units at 5 sat/vB (1,250 sat/kw) are 750 sat.
		{Tariff{}, 600, chain.SatPerVByte(5), 750},
		{Tariff{Margin: 200}, 600, chain.SatPerVByte(5), 900},
		{Tariff{Margin: 1}, 600, chain.SatPerVByte(5), 751}, // 750.75
		{Tariff{Flat: 100_000, Margin: 200, Least: 2_000_000}, 600, chain.SatPerVByte(5), 2000},
		{Tariff{Margin: 10_000}, 400_000, chain.SatPerVByte(10_000), 11_000_000_000},
	} {
		got, err := c.tariff.Price(c.weight, c.rate)
		if err != nil || got != c.sat*amount.PerSatoshi {
			t.Errorf("%+v for %d at %d: %v, %v; want %d sat", c.tariff, c.weight, c.rate, got, err, int64(c.sat))
		}
	}
	for _, bad := range []struct {
		tariff Tariff
		weight int64
		rate   chain.FeeRate
	}{
		{Tariff{Flat: -1}, 0, 0}, {Tariff{Least: -1}, 0, 0}, {Tariff{Margin: -1}, 0, 0}, {Tariff{Margin: 10_001}, 0, 0},
		{Tariff{}, -1, 0}, {Tariff{}, 400_001, 0}, {Tariff{}, 0, -1}, {Tariff{}, 0, chain.SatPerVByte(10_000) + 1},
		{Tariff{Flat: amount.Max}, 400_000, chain.SatPerVByte(10_000)},
	} {
		_, err := bad.tariff.Price(bad.weight, bad.rate)
		isKind(t, "a bad tariff", err, ErrRequest)
	}
}

package assetdesk

import (
	"errors"
	"math"
	"testing"

	"cairn/assets"
)

func TestUnitsAreWrittenAndRead(t *testing.T) {
	for _, c := range []struct {
		units    int64
		decimals int
		text     string
	}{
		{20, 0, "20"}, {1234567, 0, "1,234,567"}, {5, 2, "0.05"}, {1250, 2, "12.5"}, {100, 2, "1"},
		{math.MaxInt64, 0, "9,223,372,036,854,775,807"}, {math.MaxInt64, 18, "9.223372036854775807"}, {1, 18, "0.000000000000000001"},
	} {
		if got := Number(c.units, c.decimals); got != c.text {
			t.Errorf("%d with %d decimals is written %q, want %q", c.units, c.decimals, got, c.text)
		}
		if got, err := ParseUnits(c.text, c.decimals); err != nil || got != c.units {
			t.Errorf("%q with %d decimals is read %d, %v", c.text, c.decimals, got, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "+3", "1.5", "1e3", "0x10", "9223372036854775808", "99999999999999999999999", "twenty", "1.2.3", "."} {
		if got, err := ParseUnits(text, 0); !errors.Is(err, assets.ErrUnits) {
			t.Errorf("%q is read %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"1.234", "92233720368547758.08", ".", "0.00"} {
		if got, err := ParseUnits(text, 2); !errors.Is(err, assets.ErrUnits) {
			t.Errorf("%q with two decimals is read %d, %v", text, got, err)
		}
	}
	if got, err := ParseUnits(" 1 000.5 ", 2); err != nil || got != 100050 {
		t.Errorf("grouped by spaces: %d, %v", got, err)
	}
}

func FuzzParseUnits(f *testing.F) {
	f.Add("1,234.5", 2)
	f.Fuzz(func(t *testing.T, text string, decimals int) {
		units, err := ParseUnits(text, decimals)
		if err != nil {
			return
		}
		if again, err := ParseUnits(Number(units, decimals), decimals); err != nil || again != units {
			t.Errorf("%q is %d, written and read again %d, %v", text, units, again, err)
		}
	})
}

func TestThePriceOfOneUnit(t *testing.T) {
	for _, c := range []struct {
		offer Offer
		want  int64
	}{
		{Offer{Units: 3, Price: 10_000}, 3_333},
		{Offer{Units: 250, Price: 10_000, Asset: Asset{Decimals: 2}}, 4_000},
		{Offer{Units: 1_000_000, Price: 10_000}, 0},
		{Offer{Units: 1, Price: 2_100_000_000_000_000, Asset: Asset{Decimals: 18}}, 0},
		{Offer{}, 0},
	} {
		if got := c.offer.Each(); got != c.want {
			t.Errorf("%+v: each %d, want %d", c.offer, got, c.want)
		}
	}
}

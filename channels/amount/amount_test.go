package amount

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/btcsuite/btcd/btcutil"
	"pgregory.net/rapid"
)

func TestRoundingSaysItsDirection(t *testing.T) {
	for _, c := range []struct {
		m           MilliSatoshi
		floor, ceil btcutil.Amount
		text        string
	}{
		{0, 0, 0, "0 sat"},
		{1, 0, 1, "0.001 sat"},
		{999, 0, 1, "0.999 sat"},
		{1000, 1, 1, "1 sat"},
		{1500, 1, 2, "1.5 sat"},
		{-1, -1, 0, "-0.001 sat"},
		{-1500, -2, -1, "-1.5 sat"},
		{Max, btcutil.MaxSatoshi, btcutil.MaxSatoshi, "2100000000000000 sat"},
	} {
		if got := c.m.SatoshiFloor(); got != c.floor {
			t.Errorf("floor of %d msat is %d, want %d", int64(c.m), got, c.floor)
		}
		if got := c.m.SatoshiCeil(); got != c.ceil {
			t.Errorf("ceil of %d msat is %d, want %d", int64(c.m), got, c.ceil)
		}
		if got := c.m.String(); got != c.text {
			t.Errorf("%d msat reads %q, want %q", int64(c.m), got, c.text)
		}
	}
}

func TestArithmeticIsChecked(t *testing.T) {
	over := []func() (MilliSatoshi, error){
		func() (MilliSatoshi, error) { return Max.Add(1) },
		func() (MilliSatoshi, error) { return (-Max).Sub(1) },
		func() (MilliSatoshi, error) { return MilliSatoshi(math.MinInt64).Add(0) },
		func() (MilliSatoshi, error) { return MilliSatoshi(0).Sub(math.MinInt64) },
		func() (MilliSatoshi, error) { return Max.Times(2) },
		func() (MilliSatoshi, error) { return (-Max).Times(2) },
		func() (MilliSatoshi, error) { return MilliSatoshi(1).Times(math.MaxInt64) },
		func() (MilliSatoshi, error) { return MilliSatoshi(1).Times(-1) },
		func() (MilliSatoshi, error) { return Max.PermilleCeil(1001) },
		func() (MilliSatoshi, error) { return MilliSatoshi(-1).PermilleCeil(1) },
		func() (MilliSatoshi, error) { return FromMsat(math.MaxUint64) },
		func() (MilliSatoshi, error) { return FromSatoshi(btcutil.MaxSatoshi + 1) },
		func() (MilliSatoshi, error) { return FromSatoshi(-btcutil.MaxSatoshi - 1) },
	}
	for i, fn := range over {
		if got, err := fn(); !errors.Is(err, ErrRange) || got != 0 {
			t.Errorf("case %d: %d, %v instead of ErrRange", i, got, err)
		}
	}
}

// Every result is what arbitrary precision says, or ErrRange.
func TestArithmeticIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := MilliSatoshi(rapid.Int64Range(-int64(Max), int64(Max)).Draw(t, "a"))
		b := MilliSatoshi(rapid.Int64Range(-int64(Max), int64(Max)).Draw(t, "b"))
		n := rapid.Int64Range(0, 2_000_000).Draw(t, "n")
		check := func(what string, got MilliSatoshi, err error, want *big.Int) {
			if in := new(big.Int).Abs(want).Cmp(big.NewInt(int64(Max))) <= 0; in != (err == nil) {
				t.Fatalf("%s: error %v for %v", what, err, want)
			} else if in && want.Int64() != int64(got) {
				t.Fatalf("%s: %d, want %v", what, got, want)
			}
		}
		x, y := big.NewInt(int64(a)), big.NewInt(int64(b))
		sum, err := a.Add(b)
		check("sum", sum, err, new(big.Int).Add(x, y))
		diff, err := a.Sub(b)
		check("difference", diff, err, new(big.Int).Sub(x, y))
		product, err := a.Times(n)
		check("product", product, err, new(big.Int).Mul(x, big.NewInt(n)))
		if a >= 0 && n <= 1_000_000 {
			part, err := a.PermilleCeil(n)
			want := new(big.Int).Mul(x, big.NewInt(n))
			want.Add(want, big.NewInt(999)).Div(want, big.NewInt(1000))
			check("permille", part, err, want)
		}
	})
}

func TestBitcoinText(t *testing.T) {
	for text, want := range map[string]btcutil.Amount{
		"0": 0, "1": 1e8, "0.00000001": 1, ".5": 5e7, "50.000": 50e8, "20999999.9769": 2099999997690000,
		"0000000000021": 21e8, "21000000.00000000000": btcutil.MaxSatoshi,
	} {
		if got, err := ParseBitcoin(text); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for text, kind := range map[string]ErrorKind{
		"": ErrSyntax, ".": ErrSyntax, "1.": ErrSyntax, "-1": ErrSyntax, "+1": ErrSyntax, "1e3": ErrSyntax, "1,5": ErrSyntax,
		"0x10": ErrSyntax, " 1": ErrSyntax, "1.2.3": ErrSyntax, "0.000000001": ErrSyntax, "٣": ErrSyntax, "NaN": ErrSyntax,
		"21000000.00000001": ErrRange, "99999999999": ErrRange,
	} {
		if got, err := ParseBitcoin(text); !errors.Is(err, kind) || got != 0 {
			t.Errorf("%q is %d, %v; want %v", text, got, err, kind)
		}
	}
	if _, err := FormatBitcoin(-1); !errors.Is(err, ErrRange) {
		t.Errorf("a negative amount: %v", err)
	}
	rapid.Check(t, func(t *rapid.T) {
		sat := btcutil.Amount(rapid.Int64Range(0, btcutil.MaxSatoshi).Draw(t, "sat"))
		text, err := FormatBitcoin(sat)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseBitcoin(text); err != nil || back != sat {
			t.Fatalf("%d reads %q and back %d, %v", sat, text, back, err)
		}
	})
}

func FuzzParseBitcoin(f *testing.F) {
	for _, s := range []string{"0.001", "1", ".", "21000000", "1e8", "00.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		sat, err := ParseBitcoin(s)
		if err != nil {
			return
		}
		text, err := FormatBitcoin(sat)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseBitcoin(text); err != nil || again != sat {
			t.Fatalf("%q: %d became %d, %v", s, sat, again, err)
		}
	})
}

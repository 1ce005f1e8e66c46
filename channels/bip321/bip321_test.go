package bip321

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	qrcode "github.com/skip2/go-qrcode"
)

const (
	legacy = "175tWpb8K1S7NmH4Zx6rewF9WQrcZv245W"
	segwit = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
	taken  = "lnbc420bogusinvoice"
)

func TestParse(t *testing.T) {
	for s, want := range map[string]Link{
		// The examples of BIP-0321.
		"bitcoin:" + legacy:                                {Addresses: []string{legacy}},
		"bitcoin:" + legacy + "?label=Luke-Jr":             {Addresses: []string{legacy}, Label: "Luke-Jr"},
		"bitcoin:" + legacy + "?amount=20.3&label=Luke-Jr": {Addresses: []string{legacy}, Amount: 20_3000_0000, Label: "Luke-Jr"},
		"bitcoin:" + legacy + "?amount=50&label=Luke-Jr&message=Donation%20for%20project%20xyz": {
			Addresses: []string{legacy}, Amount: 50e8, Label: "Luke-Jr", Message: "Donation for project xyz"},
		"bitcoin:" + legacy + "?somethingyoudontunderstand=50&somethingelseyoudontget=999": {
			Addresses: []string{legacy}, Others: []Param{{"somethingyoudontunderstand", "50"}, {"somethingelseyoudontget", "999"}}},
		"bitcoin:" + legacy + "?lightning=" + taken: {Addresses: []string{legacy}, Lightning: []string{taken}},
		"bitcoin:?lightning=" + taken:               {Lightning: []string{taken}},
		"bitcoin:?lno=lno1bogusoffer":               {Offers: []string{"lno1bogusoffer"}},
		// Any case of scheme and keys; a key for a second address; odd ends.
		"BITCOIN:" + strings.ToUpper(segwit) + "?AMOUNT=0.00001&LIGHTNING=LNBC1&": {
			Addresses: []string{strings.ToUpper(segwit)}, Amount: 1000, Lightning: []string{"LNBC1"}},
		"bitcoin:?bc=" + segwit + "&BC=BC1QTWO":           {Addresses: []string{segwit, "BC1QTWO"}},
		"bitcoin:" + segwit + "?req-lightning=lnbc1#frag": {Addresses: []string{segwit}, Lightning: []string{"lnbc1"}},
		"bitcoin:" + segwit + "?label=a+b%2B":             {Addresses: []string{segwit}, Label: "a+b+"},
		"bitcoin:" + segwit + "?bc=tb1qother":             {Addresses: []string{segwit}, Others: []Param{{"bc", "tb1qother"}}},
	} {
		got, err := Parse(s)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%+v, %v, want\n%+v", s, got, err, want)
		}
	}
	for s, kind := range map[string]ErrorKind{
		"":                                       ErrSyntax,
		segwit:                                   ErrSyntax,
		"litecoin:" + segwit:                     ErrSyntax,
		"bitcoin:":                               ErrNothing,
		"bitcoin:?label=x":                       ErrNothing,
		"bitcoin:a b":                            ErrSyntax,
		"bitcoin:" + segwit + "?=x":              ErrSyntax,
		"bitcoin:" + segwit + "?label=%":         ErrSyntax,
		"bitcoin:" + segwit + "?label=%ff":       ErrSyntax,
		"bitcoin:" + segwit + "?label=%00":       ErrSyntax,
		"bitcoin:" + segwit + "?lightning=a%26b": ErrSyntax,
		"bitcoin:" + segwit + "?amount=1&Amount=2":              ErrRepeated,
		"bitcoin:" + segwit + "?amount=1&req-amount=1":          ErrRepeated,
		"bitcoin:" + segwit + "?label=a&label=a":                ErrRepeated,
		"bitcoin:" + segwit + "?amount=50,000.00":               ErrAmount,
		"bitcoin:" + segwit + "?amount=":                        ErrAmount,
		"bitcoin:" + segwit + "?amount=-1":                      ErrAmount,
		"bitcoin:" + segwit + "?amount=0.000000001":             ErrAmount,
		"bitcoin:" + segwit + "?amount=22000000":                ErrAmount,
		"bitcoin:" + segwit + "?req-somethingyoudontunderstand": ErrRequired,
		"bitcoin:" + segwit + "?ReQ-pop=x":                      ErrRequired,
		"bitcoin:" + segwit + "?req-bc=notanaddress":            ErrRequired,
		"bitcoin:" + segwit + strings.Repeat("?a&a", 100):       ErrSyntax,
		"bitcoin:" + strings.Repeat("a", maxLink):               ErrSyntax,
	} {
		if got, err := Parse(s); !errors.Is(err, kind) {
			t.Errorf("%.80s: %+v, %v, want %q", s, got, err, kind)
		}
	}
}

func TestString(t *testing.T) {
	l := Link{Addresses: []string{segwit}, Amount: 5000, Label: "Cairn & Co", Message: "时间戳", Lightning: []string{taken}}
	got, err := l.String()
	want := "bitcoin:" + strings.ToUpper(segwit) + "?amount=0.00005&label=Cairn%20%26%20Co&message=%E6%97%B6%E9%97%B4%E6%88%B3&lightning=" + strings.ToUpper(taken)
	if err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	if only, err := l.LightningOnly(); err != nil || only != "LIGHTNING:"+strings.ToUpper(taken) {
		t.Errorf("%s, %v", only, err)
	}
	if only, err := (Link{Addresses: []string{legacy}, Lightning: []string{taken}}).OnChainOnly(); err != nil || only != "bitcoin:"+legacy {
		t.Errorf("%s, %v", only, err)
	}
	for _, bad := range []Link{{}, {Addresses: []string{"a b"}}, {Addresses: []string{segwit, legacy}}, {Addresses: []string{segwit}, Lightning: []string{"a&b"}}, {Addresses: []string{segwit}, Amount: -1}, {Addresses: []string{segwit}, Others: []Param{{"req-x", ""}}}} {
		if s, err := bad.String(); err == nil {
			t.Errorf("%+v was written: %s", bad, s)
		}
	}
	if _, err := (Link{Addresses: []string{segwit}}).LightningOnly(); !errors.Is(err, ErrNothing) {
		t.Errorf("no invoice: %v", err)
	}
	if _, err := (Link{Lightning: []string{taken}}).OnChainOnly(); !errors.Is(err, ErrNothing) {
		t.Errorf("no address: %v", err)
	}
}

// An invoice of an ordinary length: the code of String is smaller than that of
// the same link in lower case, and no larger than that in upper case.
func TestSmallestCode(t *testing.T) {
	in := "lnbc50u1p5" + strings.Repeat("qxyz0123acde", 25)
	s, err := Link{Addresses: []string{segwit}, Amount: 5000, Lightning: []string{in}}.String()
	if err != nil {
		t.Fatal(err)
	}
	version := func(s string) int {
		q, err := qrcode.New(s, qrcode.Low)
		if err != nil {
			t.Fatal(err)
		}
		return q.VersionNumber
	}
	ours, lower := version(s), version(strings.ToLower(s))
	if ours >= lower {
		t.Errorf("version %d, in lower case %d", ours, lower)
	}
	t.Logf("%d modules a side, in lower case %d", 17+4*ours, 17+4*lower)
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"bitcoin:" + legacy + "?amount=20.3&label=Luke-Jr", "bitcoin:?bc=" + segwit + "&req-x", "BITCOIN:A?lightning=B&lno=C&x=%20"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := Parse(s)
		if err != nil {
			return
		}
		out, err := l.String()
		if err != nil {
			return // a second address may be one that cannot be written
		}
		again, err := Parse(out)
		if err != nil || again.Amount != l.Amount || again.Label != l.Label || again.Message != l.Message ||
			len(again.Addresses) != len(l.Addresses) || len(again.Lightning) != len(l.Lightning) || !reflect.DeepEqual(again.Others, l.Others) {
			t.Fatalf("%q became %q: %+v, %+v, %v", s, out, l, again, err)
		}
	})
}

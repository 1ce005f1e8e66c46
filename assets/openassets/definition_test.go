package openassets

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

func mainnet(t *testing.T) *chaincfg.Params {
	t.Helper()
	params, err := chain.Mainnet.Params()
	if err != nil {
		t.Fatal(err)
	}
	return params
}

func TestPointers(t *testing.T) {
	file := []byte(`{"name":"x"}`)
	sum := sha256.Sum256(file)
	for _, p := range []Pointer{
		{URL: "https://cpr.sm/FoykwrH6UY"},
		{URL: "https://example.com/a?b=c&d=e", SHA256: sum[:]},
		{URL: "magnet:?xt=urn:btih:abc"},
		{Hash160: btcutil.Hash160(file)},
	} {
		b, err := p.Bytes()
		if err != nil {
			t.Errorf("%+v: %v", p, err)
			continue
		}
		if back, err := ParsePointer(b); err != nil || !reflect.DeepEqual(back, p) {
			t.Errorf("%q: %+v, %v", b, back, err)
		}
		if err := p.Check(file); err != nil {
			t.Error(err)
		}
		if err := p.Check([]byte("another")); len(p.SHA256)+len(p.Hash160) > 0 != errors.Is(err, ErrHash) {
			t.Errorf("%+v of another file: %v", p, err)
		}
	}
	if p, err := ParsePointer([]byte("u=https%3A%2F%2Fcpr.sm%2Fa")); err != nil || p.URL != "https://cpr.sm/a" {
		t.Errorf("encoded: %+v, %v", p, err)
	}
	for _, text := range []string{"", "u=", "u=cpr", "u=https://", "x=https://a.b/c", "h123", "h" + strings.Repeat("x", 19), "h" + strings.Repeat("x", 21), "u=https://a.b/c&sha256=12", "u=https://a.b/\xff", "u=%zz",
		"u=https://a.b/" + strings.Repeat("c", 3000), "0000000000000265040cc,dd"} {
		if p, err := ParsePointer([]byte(text)); !errors.Is(err, ErrPointer) {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
	}
	for _, p := range []Pointer{{}, {URL: "cpr"}, {Hash160: []byte{1}}, {URL: "https://a.b/c", SHA256: []byte{1}}} {
		if b, err := p.Bytes(); !errors.Is(err, ErrPointer) {
			t.Errorf("%+v: %q, %v", p, b, err)
		}
	}
}

// TestFixedPointer: the redeem script of the issuing coin carries the pointer,
// and the definition lists the hash of what follows.
func TestFixedPointer(t *testing.T) {
	rest := append([]byte{0x21}, append(make([]byte, 33), txscript.OP_CHECKSIG)...)
	want := Pointer{URL: "https://example.com/asset.json"}
	redeem, listed, err := FixedRedeem(want, rest)
	if err != nil {
		t.Fatal(err)
	}
	prevout := wire.NewTxOut(600, p2sh(btcutil.Hash160(redeem)))
	sig, err := txscript.NewScriptBuilder().AddData(make([]byte, 71)).AddData(redeem).Script()
	if err != nil {
		t.Fatal(err)
	}
	got, ok := FixedPointer(&wire.TxIn{SignatureScript: sig}, prevout)
	if !ok || !reflect.DeepEqual(got.Pointer, want) || got.Listed != listed || listed != AssetID(rest) {
		t.Errorf("%+v, %v", got, ok)
	}
	for name, in := range map[string]*wire.TxIn{"no script": {}, "a cut one": {SignatureScript: sig[:len(sig)-1]}, "another": {SignatureScript: []byte{0x51}}} {
		if got, ok := FixedPointer(in, prevout); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// Without OP_DROP behind it the first push is no pointer, and a script that is
	// not that of the coin says nothing of it.
	kept := bytes.Clone(redeem)
	kept[bytes.IndexByte(kept, txscript.OP_DROP)] = txscript.OP_NIP
	shows := func(script []byte) *wire.TxIn {
		t.Helper()
		in, err := txscript.NewScriptBuilder().AddData(script).Script()
		if err != nil {
			t.Fatal(err)
		}
		return &wire.TxIn{SignatureScript: in}
	}
	if got, ok := FixedPointer(shows(kept), wire.NewTxOut(600, p2sh(btcutil.Hash160(kept)))); ok {
		t.Errorf("without OP_DROP: %+v", got)
	}
	if got, ok := FixedPointer(shows(redeem), wire.NewTxOut(600, p2sh(btcutil.Hash160(kept)))); ok {
		t.Errorf("of another coin: %+v", got)
	}
	if _, ok := FixedPointer(&wire.TxIn{SignatureScript: sig}, wire.NewTxOut(600, scriptOf(1))); ok {
		t.Error("a segwit coin has a pointer")
	}
	if _, ok := FixedPointer(&wire.TxIn{SignatureScript: sig}, nil); ok {
		t.Error("a coin that is not known has a pointer")
	}
	if _, _, err := FixedRedeem(want, make([]byte, 600)); !errors.Is(err, ErrPointer) {
		t.Errorf("a redeem script of 600 bytes: %v", err)
	}
}

func TestDefinitions(t *testing.T) {
	const id = "AcuRVsoa81hoLHmVTNXrRD8KpTqUXeqwgH"
	asset, err := assets.ParseID(id, chain.Mainnet)
	if err != nil {
		t.Fatal(err)
	}
	good := Definition{AssetIDs: []string{id}, NameShort: "MasterBTC", Name: "Mastering Bitcoin", Divisibility: 2, ImageURL: "https://a.b/c.png"}
	file, err := good.File()
	if err != nil {
		t.Fatal(err)
	}
	d, err := ParseDefinition(file)
	if err != nil || d.Version != "1.0" || d.Name != good.Name || d.ImageURL != good.ImageURL {
		t.Errorf("%+v, %v", d, err)
	}
	if err := d.Lists(asset, chain.Mainnet); err != nil {
		t.Error(err)
	}
	if err := d.Lists(AssetID(nil), chain.Mainnet); !errors.Is(err, ErrUnlisted) {
		t.Errorf("another asset: %v", err)
	}
	if err := d.Lists(asset, chain.Testnet4); !errors.Is(err, ErrUnlisted) {
		t.Errorf("on another network: %v", err)
	}
	for name, change := range map[string]func(*Definition){
		"no ids":             func(d *Definition) { d.AssetIDs = nil },
		"too many ids":       func(d *Definition) { d.AssetIDs = make([]string, 1001) },
		"no name":            func(d *Definition) { d.Name = " " },
		"no short name":      func(d *Definition) { d.NameShort = "" },
		"a long short name":  func(d *Definition) { d.NameShort = "MasterBTC20" },
		"a long description": func(d *Definition) { d.Description = strings.Repeat("字", 8193) },
		"negative decimals":  func(d *Definition) { d.Divisibility = -1 },
		"too many decimals":  func(d *Definition) { d.Divisibility = 19 },
		"another version":    func(d *Definition) { d.Version = "2.0" },
	} {
		bad := good
		change(&bad)
		if _, err := bad.File(); !errors.Is(err, ErrDefinition) {
			t.Errorf("%s is written: %v", name, err)
		}
		file, err := json.Marshal(bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseDefinition(file); !errors.Is(err, ErrDefinition) {
			t.Errorf("%s is read: %v", name, err)
		}
	}
	for _, text := range []string{"", "[]", `"x"`, "{", `{"asset_ids":"x"}`, "\xff", strings.Repeat(" ", MaxDefinition+1)} {
		if d, err := ParseDefinition([]byte(text)); !errors.Is(err, ErrDefinition) {
			t.Errorf("%.20q: %+v, %v", text, d, err)
		}
	}
	hostile := good
	hostile.ImageURL, hostile.IconURL, hostile.ContractURL = "javascript:alert(1)", "file:///etc/passwd", "https://user@host/"
	file, err = hostile.File()
	if err != nil {
		t.Fatal(err)
	}
	if d, err := ParseDefinition(file); err != nil || d.ImageURL+d.IconURL+d.ContractURL != "" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestAuthenticity(t *testing.T) {
	d := Definition{LinkToWebsite: true, Issuer: "ACME"}
	for _, c := range []struct {
		way  []Step
		want Authenticity
	}{
		{nil, AuthenticityInsecure},
		{[]Step{{"https://a.b/", "ACME"}}, AuthenticityProven},
		{[]Step{{"https://goo.gl/x", "Google"}, {"https://a.b/", "ACME"}}, AuthenticityProven},
		{[]Step{{"http://goo.gl/x", ""}, {"https://a.b/", "ACME"}}, AuthenticityInsecure},
		{[]Step{{"https://goo.gl/x", "ACME"}, {"http://a.b/", ""}}, AuthenticityInsecure},
		{[]Step{{"https://goo.gl/x", "ACME"}, {"https://a.b/", "Other"}}, AuthenticityOther},
		{[]Step{{"https://a.b/", ""}}, AuthenticityUnnamed},
	} {
		if got := ProofOfAuthenticity(d, c.way); got != c.want {
			t.Errorf("%v: %s, want %s", c.way, got, c.want)
		}
		if got := ProofOfAuthenticity(Definition{Issuer: "ACME"}, c.way); got != AuthenticityNone {
			t.Errorf("%v, not asked for: %s", c.way, got)
		}
	}
}

func TestAmounts(t *testing.T) {
	for _, c := range []struct {
		units int64
		d     int
		text  string
	}{
		{0, 0, "0"}, {20, 0, "20"}, {12345, 2, "123.45"}, {5, 2, "0.05"}, {500, 2, "5"}, {math.MaxInt64, 18, "9.223372036854775807"}, {1, 18, "0.000000000000000001"},
	} {
		if got := Amount(c.units, c.d); got != c.text {
			t.Errorf("%d with %d decimals: %s", c.units, c.d, got)
		}
		if got, err := ParseAmount(c.text, c.d); err != nil || got != c.units {
			t.Errorf("%s with %d decimals: %d, %v", c.text, c.d, got, err)
		}
	}
	for _, text := range []string{"", ".", ".5", "-1", "1.234", "1,5", "99999999999999999999", "92233720368547758.08", "0x1", " 1"} {
		if got, err := ParseAmount(text, 2); !errors.Is(err, assets.ErrUnits) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

func TestRequests(t *testing.T) {
	script := p2pkh(make([]byte, 20))
	r := Request{Script: script, Asset: AssetID(script), Units: 20, Label: "Bücher & mehr", Message: "a+b c"}
	text, err := r.URI(chain.Mainnet)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseRequest(text, chain.Mainnet); err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("%s: %+v, %v", text, back, err)
	}
	const at = "openassets:akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy"
	if back, err := ParseRequest(at, chain.Mainnet); err != nil || back.Units != 0 || !back.Asset.IsZero() {
		t.Errorf("%+v, %v", back, err)
	}
	for text, want := range map[string]error{
		"":                                 ErrRequest,
		"bitcoin:1x":                       ErrRequest,
		"openassets:x":                     ErrAddress,
		at + "?amount=0":                   assets.ErrUnits,
		at + "?amount=9223372036854775808": assets.ErrUnits,
		at + "?asset=x":                    assets.ErrID,
		at + "?asset=oMsYAJSAmVtdMEy4isBVdHWvPDy6tUVZYW":     assets.ErrNetwork,
		at + "?asset=La6r7PVFttyVYMERnwHSpUfpQJrbkUHQtSpRrT": assets.ErrID,
		at + "?amount=1&amount=2":                            ErrRequest,
		at + "?req-more=1":                                   ErrRequest,
		at + "?label=%zz":                                    ErrRequest,
		at + "?x=" + strings.Repeat("1", 2000):               ErrRequest,
	} {
		if r, err := ParseRequest(text, chain.Mainnet); !errors.Is(err, want) {
			t.Errorf("%.80q: %+v, %v; want %v", text, r, err, want)
		}
	}
	if text, err := (Request{Script: scriptOf(1)}).URI(chain.Mainnet); !errors.Is(err, ErrNoForm) {
		t.Errorf("%s, %v", text, err)
	}
}

func FuzzParsePointer(f *testing.F) {
	f.Add([]byte("u=https://cpr.sm/FoykwrH6UY"))
	f.Add([]byte("u=https%3A%2F%2Fcpr.sm%2Fa&sha256=00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePointer(b)
		if err == nil && p.URL == "" && len(p.Hash160) != 20 {
			t.Fatalf("%q points nowhere", b)
		}
	})
}

func FuzzFixedPointer(f *testing.F) {
	f.Add([]byte{0x04, 'u', '=', 'a', 'b', 0x75})
	f.Fuzz(func(t *testing.T, redeem []byte) {
		sig, err := txscript.NewScriptBuilder().AddFullData(redeem).Script()
		if err != nil {
			return
		}
		FixedPointer(&wire.TxIn{SignatureScript: sig}, wire.NewTxOut(0, p2sh(btcutil.Hash160(redeem))))
		FixedPointer(&wire.TxIn{SignatureScript: redeem}, wire.NewTxOut(0, p2sh(btcutil.Hash160(redeem))))
	})
}

func FuzzParseDefinition(f *testing.F) {
	f.Add([]byte(`{"asset_ids":["A"],"name_short":"a","name":"b"}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := ParseDefinition(file)
		if err != nil {
			return
		}
		if _, err := d.File(); err != nil && len(file) < MaxDefinition/8 {
			t.Fatalf("%q: %v", file, err)
		}
	})
}

func FuzzParseRequest(f *testing.F) {
	f.Add("openassets:akB4NBW9UuCmHuepksob6yfZs6naHtRCPNy?amount=20&label=x")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRequest(text, chain.Mainnet)
		if err != nil {
			return
		}
		if _, err := r.URI(chain.Mainnet); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

func FuzzParseAmount(f *testing.F) {
	f.Add("123.45", 2)
	f.Fuzz(func(t *testing.T, text string, d int) {
		d = max(0, min(d, MaxDivisibility))
		units, err := ParseAmount(text, d)
		if err != nil {
			return
		}
		if back, err := ParseAmount(Amount(units, d), d); err != nil || back != units {
			t.Fatalf("%q is %d, then %d, %v", text, units, back, err)
		}
	})
}

package bearer

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func secretOf(n byte) (s Secret) {
	s[31] = n
	return s
}

func issuer() (*btcec.PrivateKey, [32]byte) {
	s := secretOf(200)
	key, _ := s.Key()
	return key, [32]byte(schnorr.SerializePubKey(key.PubKey()))
}

func coinOf(t testing.TB, s Secret, terms Terms) Coin {
	o, err := s.Output(terms)
	must(t, err)
	return Coin{OutPoint: wire.OutPoint{Hash: chainhash.Hash{1, 2, 3}, Index: 4}, Value: 600, Output: o}
}

var outputs = []*wire.TxOut{wire.NewTxOut(0, []byte{txscript.OP_RETURN, 2, 'h', 'i'}), wire.NewTxOut(330, append([]byte{0x51, 0x20}, make([]byte, 32)...))}

// Fixed by what the pages' own code (public/src/voucher/bearer.js) made of the
// same secrets, so that neither changes alone.
func TestFixed(t *testing.T) {
	_, by := issuer()
	for _, c := range []struct {
		terms              Terms
		script, code, name string
	}{
		{Terms{}, "5120da4710964f7852695de2da025290e24af6d8c281de5a0b902b7135fd9fd74d21",
			"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", "860e551d5201e9c5f9820b97bd821591"},
		{Terms{1_800_000_000, by}, "5120820486826ff985090d30c8b493253dddc27cbada4b71ae0f23b3f15cf0dc4c07",
			"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABa0nSAM1aO-QXF9ZWg_56neiuW0uP7O1p8mqLVe7vvMLnS3X7", "df0d6d79887f2d0df4eaa787beca6f50"},
		{Terms{4_000_000_000, by}, "51208daa38d96d4a3dd6be274120f7208913754b7441bdd33517216e95fd8490084a",
			"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB7msoAM1aO-QXF9ZWg_56neiuW0uP7O1p8mqLVe7vvMLnS3X7", "69debdda2393f0ee12010f6ed5f0e47e"},
	} {
		o, err := secretOf(1).Output(c.terms)
		must(t, err)
		script, err := o.Script()
		must(t, err)
		code, err := Code(secretOf(1), c.terms)
		must(t, err)
		if hex.EncodeToString(script) != c.script || code != c.code || NameOf(script).String() != c.name || !o.Is(script) {
			t.Errorf("%x, %s, %s", script, code, NameOf(script))
		}
		if n, err := ParseName(c.name); err != nil || n != NameOf(script) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, text := range []string{"", "xy", "860e551d5201e9c5f9820b97bd82159z"} {
		if _, err := ParseName(text); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCodes(t *testing.T) {
	_, by := issuer()
	for _, terms := range []Terms{{}, {1_800_000_000, by}, {4_000_000_000, by}} {
		code, err := Code(secretOf(7), terms)
		must(t, err)
		for _, text := range []string{code, "https://cairn.example/v#" + code, " " + code[:10] + "\n" + code[10:] + " "} {
			s, got, err := ReadCode(text)
			if err != nil || s != secretOf(7) || got != terms {
				t.Errorf("%q: %v, %v", text, got, err)
			}
		}
		for _, text := range []string{"", "#", code[1:], code[:len(code)-1], code + "A", "B" + code[1:], "é" + code, string(make([]byte, 3_000))} {
			if _, _, err := ReadCode(text); !errors.Is(err, ErrCode) {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
	if _, err := Code(Secret{}, Terms{}); !errors.Is(err, ErrKey) {
		t.Errorf("a secret of zeros: %v", err)
	}
	for _, terms := range []Terms{{Expiry: 1_800_000_000}, {Issuer: by}, {400_000_000, by}} {
		if err := terms.Check(); !errors.Is(err, ErrTerms) {
			t.Errorf("%v: %v", terms, err)
		}
	}
	if err := (Terms{1_800_000_000, [32]byte{31: 5}}).Check(); !errors.Is(err, ErrKey) {
		t.Errorf("an issuer that is no key: %v", err)
	}
}

// Each path of the script is run: the bearer's at any time, the issuer's from
// expiry on, and nobody else's.
func TestPaths(t *testing.T) {
	key, by := issuer()
	terms := Terms{1_800_000_000, by}
	c := coinOf(t, secretOf(1), terms)
	unsigned, err := Unsigned(c, outputs, false)
	must(t, err)
	back, err := Unsigned(c, outputs, true)
	must(t, err)
	signed := func(tx *wire.MsgTx, sign func(*wire.MsgTx) error) []byte {
		own := tx.Copy()
		must(t, sign(own))
		var b bytes.Buffer
		must(t, own.Serialize(&b))
		return b.Bytes()
	}
	bySecret := func(n byte) func(*wire.MsgTx) error {
		return func(tx *wire.MsgTx) error { return SignKey(tx, c, secretOf(n)) }
	}
	byLeaf := func(k *btcec.PrivateKey) func(*wire.MsgTx) error {
		return func(tx *wire.MsgTx) error { return SignBack(tx, c, k) }
	}
	other, err := secretOf(9).Key()
	must(t, err)
	for name, x := range map[string]struct {
		raw  []byte
		as   *wire.MsgTx
		want error
	}{
		"bearer":                 {signed(unsigned, bySecret(1)), unsigned, nil},
		"bearer after expiry":    {signed(back, bySecret(1)), back, nil},
		"issuer after expiry":    {signed(back, byLeaf(key)), back, nil},
		"issuer before expiry":   {signed(unsigned, byLeaf(key)), unsigned, ErrSignature},
		"another bearer":         {signed(unsigned, bySecret(2)), unsigned, ErrSignature},
		"another issuer":         {signed(back, byLeaf(other)), back, ErrSignature},
		"another transaction":    {signed(back, bySecret(1)), unsigned, ErrTransaction},
		"nobody":                 {signed(unsigned, func(tx *wire.MsgTx) error { tx.TxIn[0].Witness = wire.TxWitness{make([]byte, 65)}; return nil }), unsigned, ErrSignature},
		"more behind the end":    {append(signed(unsigned, bySecret(1)), 0), unsigned, ErrTransaction},
		"for these inputs alone": {signed(unsigned, func(tx *wire.MsgTx) error { return signDefault(tx, c, secretOf(1)) }), unsigned, ErrSignature},
		"two inputs": {signed(unsigned, func(tx *wire.MsgTx) error {
			tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{}, nil, nil))
			return SignKey(tx, c, secretOf(1))
		}), unsigned, ErrTransaction},
		"not bytes":               {[]byte("x"), unsigned, ErrTransaction},
		"more than a transaction": {make([]byte, 3_000), unsigned, ErrTransaction},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Signed(x.raw, x.as, c); !errors.Is(err, x.want) {
				t.Errorf("got %v, want %v", err, x.want)
			}
		})
	}
	if _, err := Unsigned(coinOf(t, secretOf(1), Terms{}), outputs, true); !errors.Is(err, ErrTerms) {
		t.Errorf("taken back what does not expire: %v", err)
	}
	if _, err := Unsigned(c, nil, false); !errors.Is(err, ErrTransaction) {
		t.Errorf("without outputs: %v", err)
	}
}

// signDefault signs for the inputs as they are: nobody could add the fee.
func signDefault(tx *wire.MsgTx, c Coin, s Secret) error {
	key, err := s.Key()
	if err != nil {
		return err
	}
	prevout, err := c.prevout()
	if err != nil {
		return err
	}
	_, root, err := c.tree()
	if err != nil {
		return err
	}
	fetcher := txscript.NewCannedPrevOutputFetcher(prevout.PkScript, prevout.Value)
	sig, err := txscript.RawTxInTaprootSignature(tx, txscript.NewTxSigHashes(tx, fetcher), 0, prevout.Value, prevout.PkScript, root, txscript.SigHashDefault, key)
	tx.TxIn[0].Witness = wire.TxWitness{sig}
	return err
}

// Any input may be added behind without the signature breaking, and no output.
func TestOthersAddInputs(t *testing.T) {
	c := coinOf(t, secretOf(3), Terms{})
	tx, err := Unsigned(c, outputs, false)
	must(t, err)
	must(t, SignKey(tx, c, secretOf(3)))
	prevout, err := c.prevout()
	must(t, err)
	fetcher := txscript.NewMultiPrevOutFetcher(map[wire.OutPoint]*wire.TxOut{c.OutPoint: prevout})
	run := func(tx *wire.MsgTx) error {
		engine, err := txscript.NewEngine(prevout.PkScript, tx, 0, txscript.StandardVerifyFlags, nil, txscript.NewTxSigHashes(tx, fetcher), prevout.Value, fetcher)
		if err != nil {
			return err
		}
		return engine.Execute()
	}
	for i := range 5 {
		op := wire.OutPoint{Hash: chainhash.Hash{byte(rand.IntN(255))}, Index: uint32(i)}
		fetcher.AddPrevOut(op, wire.NewTxOut(int64(btcutil.Amount(1_000)), prevout.PkScript))
		tx.AddTxIn(wire.NewTxIn(&op, nil, nil))
		must(t, run(tx))
	}
	tx.AddTxOut(wire.NewTxOut(1, prevout.PkScript))
	if run(tx) == nil {
		t.Error("an output was added")
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	if s := secretOf(1).String(); s != "secret" {
		t.Error(s)
	}
}

func FuzzReadCode(f *testing.F) {
	code, _ := Code(secretOf(1), Terms{})
	f.Add(code)
	_, by := issuer()
	code, _ = Code(secretOf(1), Terms{1_800_000_000, by})
	f.Add("https://cairn.example/v#" + code)
	f.Fuzz(func(t *testing.T, text string) {
		s, terms, err := ReadCode(text)
		if err != nil {
			if !errors.Is(err, ErrCode) {
				t.Fatal(err)
			}
			return
		}
		again, err := Code(s, terms)
		must(t, err)
		if s2, t2, err := ReadCode(again); err != nil || s2 != s || t2 != terms {
			t.Fatalf("%q is read as %q", text, again)
		}
	})
}

func FuzzRead(f *testing.F) {
	c := coinOf(f, secretOf(1), Terms{})
	tx, _ := Unsigned(c, outputs, false)
	_ = SignKey(tx, c, secretOf(1))
	var b bytes.Buffer
	_ = tx.Serialize(&b)
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		tx, err := Read(raw)
		if err != nil {
			return
		}
		_ = Verify(tx, c)
		if _, err := Signed(raw, tx, c); err == nil && len(tx.TxIn[0].Witness) == 0 {
			t.Fatal("nobody has signed")
		}
	})
}

package bip322

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

type vector struct {
	Message, Address, Type string
	Signatures             []string `json:"bip322_signatures"`
	LockTime               uint32   `json:"lock_time"`
	Sequence               uint32   `json:"sequence"`

	MessageHash string `json:"message_hash"`
	ToSpend     string `json:"to_spend_tx_hash"`
	ToSign      string `json:"to_sign_tx_hash"`

	Description, Signature string
	Error                  string `json:"error_substr"`
}

type vectors struct {
	TxHashes     []vector `json:"tx_hashes"`
	Simple, Full []vector
	Funds        []vector `json:"proof_of_funds"`
	Error        []vector
}

func readVectors(t testing.TB) (all vectors) {
	t.Helper()
	for _, name := range []string{"basic", "generated"} {
		raw, err := os.ReadFile("testdata/" + name + "-test-vectors.json")
		if err != nil {
			t.Fatal(err)
		}
		var some vectors
		if err := json.Unmarshal(raw, &some); err != nil {
			t.Fatal(err)
		}
		all.TxHashes = append(all.TxHashes, some.TxHashes...)
		all.Simple = append(all.Simple, some.Simple...)
		all.Full = append(all.Full, some.Full...)
		all.Funds = append(all.Funds, some.Funds...)
		all.Error = append(all.Error, some.Error...)
	}
	return all
}

func scriptOf(t testing.TB, address string) []byte {
	t.Helper()
	to, err := btcutil.DecodeAddress(address, &chaincfg.MainNetParams)
	if err != nil {
		t.Fatal(err)
	}
	script, err := txscript.PayToAddrScript(to)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

func TestVectors(t *testing.T) {
	all := readVectors(t)
	if len(all.TxHashes) != 3 || len(all.Simple) != 8 || len(all.Full) != 10 || len(all.Error) != 36 {
		t.Fatal("vectors are missing")
	}
	for _, v := range all.TxHashes {
		spend := toSpend(scriptOf(t, v.Address), v.Message)
		if got := hex.EncodeToString(spend.TxIn[0].SignatureScript[2:]); got != v.MessageHash {
			t.Errorf("%q: message hash %s", v.Message, got)
		}
		if got := spend.TxHash().String(); got != v.ToSpend {
			t.Errorf("%q: to_spend %s", v.Message, got)
		}
		if got := toSign(spend).TxHash().String(); got != v.ToSign {
			t.Errorf("%q: to_sign %s", v.Message, got)
		}
	}
	for _, v := range all.Simple {
		for _, s := range v.Signatures {
			if err := VerifyAddress(v.Address, &chaincfg.MainNetParams, v.Message, s); err != nil {
				t.Errorf("simple, %s: %v", v.Type, err)
			}
		}
	}
	for _, v := range all.Full {
		script := scriptOf(t, v.Address)
		for _, s := range v.Signatures {
			locks, err := VerifyLocked(script, v.Message, s)
			if err != nil || locks != (Locks{v.LockTime, v.Sequence}) {
				t.Errorf("full, %s: %+v, %v", v.Type, locks, err)
			}
			if err := Verify(script, v.Message, s); !errors.Is(err, ErrLocked) {
				t.Errorf("full, %s, as if there were no locks: %v", v.Type, err)
			}
		}
	}
	for _, v := range all.Funds {
		if err := Verify(scriptOf(t, v.Address), v.Message, v.Signatures[0]); !errors.Is(err, ErrFormat) {
			t.Errorf("a proof of funds: %v", err)
		}
	}
	for _, v := range all.Error {
		want := ErrFormat
		if v.Error == "invalid signature" {
			want = ErrSignature
		}
		if _, err := VerifyLocked(scriptOf(t, v.Address), v.Message, v.Signature); !errors.Is(err, want) {
			t.Errorf("%s: %v", v.Description, err)
		}
	}
}

// What the wallet in the page signs.
func TestWallet(t *testing.T) {
	raw, err := os.ReadFile("../../lighthouse/contract/testdata/wallet.json")
	if err != nil {
		t.Fatal(err)
	}
	var wallet struct {
		Messages []struct{ Text, Script, Challenge, Signature string }
	}
	if err := json.Unmarshal(raw, &wallet); err != nil {
		t.Fatal(err)
	}
	if len(wallet.Messages) < 2 {
		t.Fatal("no messages")
	}
	for _, m := range wallet.Messages {
		script, _ := hex.DecodeString(m.Script)
		if got := toSpend(script, m.Text).TxHash().String(); got != m.Challenge {
			t.Errorf("challenge %s, the wallet says %s", got, m.Challenge)
		}
		if err := Verify(script, m.Text, m.Signature); err != nil {
			t.Errorf("%s: %v", m.Script, err)
		}
		if err := Verify(script, m.Text+" ", m.Signature); !errors.Is(err, ErrSignature) {
			t.Errorf("%s, with another text: %v", m.Script, err)
		}
	}
}

type signer struct {
	key    *btcec.PrivateKey
	public []byte
}

func testSigner() signer {
	key, _ := btcec.PrivKeyFromBytes([]byte("bip322 test key of thirty-two by"))
	return signer{key, key.PubKey().SerializeCompressed()}
}

func (s signer) address(t testing.TB, kind string) []byte {
	t.Helper()
	hash := btcutil.Hash160(s.public)
	var to btcutil.Address
	var err error
	switch kind {
	case "p2pkh":
		to, err = btcutil.NewAddressPubKeyHash(hash, &chaincfg.MainNetParams)
	case "p2wpkh":
		to, err = btcutil.NewAddressWitnessPubKeyHash(hash, &chaincfg.MainNetParams)
	case "p2tr":
		key := txscript.ComputeTaprootKeyNoScript(s.key.PubKey())
		to, err = btcutil.NewAddressTaproot(key.SerializeCompressed()[1:], &chaincfg.MainNetParams)
	}
	if err != nil {
		t.Fatal(err)
	}
	script, err := txscript.PayToAddrScript(to)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// sign makes a signature whose to_sign may be changed before and after it.
func (s signer) sign(t testing.TB, kind, message string, hashType txscript.SigHashType, before, after func(*wire.MsgTx)) string {
	t.Helper()
	script := s.address(t, kind)
	tx := toSign(toSpend(script, message))
	if before != nil {
		before(tx)
	}
	prevouts := txscript.NewCannedPrevOutputFetcher(script, 0)
	hashes := txscript.NewTxSigHashes(tx, prevouts)
	in := tx.TxIn[0]
	var err error
	switch kind {
	case "p2pkh":
		in.SignatureScript, err = txscript.SignatureScript(tx, 0, script, hashType, s.key, true)
	case "p2wpkh":
		in.Witness, err = txscript.WitnessSignature(tx, hashes, 0, 0, script, hashType, s.key, true)
	case "p2tr":
		in.Witness, err = txscript.TaprootWitnessSignature(tx, hashes, 0, 0, script, hashType, s.key)
	}
	if err != nil {
		t.Fatal(err)
	}
	if after != nil {
		after(tx)
	}
	var b strings.Builder
	w := base64.NewEncoder(base64.StdEncoding, &b)
	if err := tx.Serialize(w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return "ful" + b.String()
}

func TestRules(t *testing.T) {
	s := testSigner()
	for _, kind := range []string{"p2pkh", "p2wpkh", "p2tr"} {
		script := s.address(t, kind)
		for _, c := range []struct {
			name          string
			hashType      txscript.SigHashType
			before, after func(*wire.MsgTx)
			want          error
		}{
			{"good", txscript.SigHashAll, nil, nil, nil},
			{"a pledge's hash type", txscript.SigHashAll | txscript.SigHashAnyOneCanPay, nil, nil, ErrSignature},
			{"SIGHASH_NONE", txscript.SigHashNone, nil, nil, ErrSignature},
			{"SIGHASH_SINGLE", txscript.SigHashSingle, nil, nil, ErrSignature},
			{"version 2", txscript.SigHashAll, func(tx *wire.MsgTx) { tx.Version = 2 }, nil, nil},
			{"version 1", txscript.SigHashAll, func(tx *wire.MsgTx) { tx.Version = 1 }, nil, ErrInconclusive},
			{"a lock time", txscript.SigHashAll, func(tx *wire.MsgTx) { tx.LockTime = 9 }, nil, ErrLocked},
			{"an age", txscript.SigHashAll, func(tx *wire.MsgTx) { tx.TxIn[0].Sequence = 9 }, nil, ErrLocked},
			{"changed afterwards", txscript.SigHashAll, nil, func(tx *wire.MsgTx) { tx.LockTime = 9 }, ErrSignature},
			{"an output of value", txscript.SigHashAll, func(tx *wire.MsgTx) { tx.TxOut[0].Value = 1 }, nil, ErrFormat},
			{"another output", txscript.SigHashAll, func(tx *wire.MsgTx) { tx.TxOut[0].PkScript = []byte{txscript.OP_TRUE} }, nil, ErrFormat},
			{"two outputs", txscript.SigHashAll, func(tx *wire.MsgTx) { tx.AddTxOut(wire.NewTxOut(0, unspendable)) }, nil, ErrFormat},
			{"two inputs", txscript.SigHashAll, nil, func(tx *wire.MsgTx) { tx.AddTxIn(&wire.TxIn{}) }, ErrFormat},
			{"another coin", txscript.SigHashAll, func(tx *wire.MsgTx) { tx.TxIn[0].PreviousOutPoint.Index = 1 }, nil, ErrSignature},
		} {
			err := Verify(script, "a message", s.sign(t, kind, "a message", c.hashType, c.before, c.after))
			if !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
				t.Errorf("%s, %s: %v", kind, c.name, err)
			}
		}
	}
	// An annex says something nobody understands yet.
	annex := s.sign(t, "p2tr", "a message", txscript.SigHashDefault, nil, func(tx *wire.MsgTx) {
		tx.TxIn[0].Witness = append(tx.TxIn[0].Witness, []byte{annexTag})
	})
	if err := Verify(s.address(t, "p2tr"), "a message", annex); !errors.Is(err, ErrInconclusive) {
		t.Errorf("an annex: %v", err)
	}
	future, _ := hex.DecodeString("5220" + strings.Repeat("11", 32))
	if err := Verify(future, "a message", "smpAQEA"); !errors.Is(err, ErrInconclusive) {
		t.Errorf("witness version 2: %v", err)
	}
}

// A key in a script of its own may sign with SIGHASH_ALL only, too.
func TestMultisigHashTypes(t *testing.T) {
	s := testSigner()
	inner, err := txscript.NewScriptBuilder().AddOp(txscript.OP_1).AddData(s.public).AddOp(txscript.OP_1).AddOp(txscript.OP_CHECKMULTISIG).Script()
	if err != nil {
		t.Fatal(err)
	}
	hash := chainhash.HashB(inner)
	script := append([]byte{txscript.OP_0, txscript.OP_DATA_32}, hash...)
	for hashType, want := range map[txscript.SigHashType]error{txscript.SigHashAll: nil, txscript.SigHashAll | txscript.SigHashAnyOneCanPay: ErrSignature} {
		tx := toSign(toSpend(script, "both of us"))
		prevouts := txscript.NewCannedPrevOutputFetcher(script, 0)
		signature, err := txscript.RawTxInWitnessSignature(tx, txscript.NewTxSigHashes(tx, prevouts), 0, 0, inner, hashType, s.key)
		if err != nil {
			t.Fatal(err)
		}
		tx.TxIn[0].Witness = wire.TxWitness{nil, signature, inner}
		if err := judge(tx, script); !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%02x: %v", hashType, err)
		}
	}
}

func TestCompact(t *testing.T) {
	s := testSigner()
	script := s.address(t, "p2pkh")
	sign := func(message string, compressed bool) string {
		return base64.StdEncoding.EncodeToString(ecdsa.SignCompact(s.key, compactDigest(message), compressed))
	}
	if err := Verify(script, "old", sign("old", true)); err != nil {
		t.Error(err)
	}
	if err := Verify(script, "new", sign("old", true)); !errors.Is(err, ErrSignature) {
		t.Errorf("another message: %v", err)
	}
	if err := Verify(script, "old", sign("old", false)); !errors.Is(err, ErrSignature) {
		t.Errorf("the key in its long form: %v", err)
	}
	if err := Verify(script, "old", "AAAA"); !errors.Is(err, ErrFormat) {
		t.Errorf("too short: %v", err)
	}
	if err := Verify(s.address(t, "p2wpkh"), "old", sign("old", true)); err == nil {
		t.Error("the old form counts for P2PKH only")
	}
	// signmessage of Bitcoin Core, as its own tests have it
	// (src/test/util_tests.cpp, message_verify).
	const signature = "IPojfrX2dfPnH26UegfbGQQLrdK844DlHq5157/P6h57WyuS/Qsl+h/WSVGDF4MUi4rWSswW38oimDYfNNUBUOk="
	if err := VerifyAddress("15CRxFdyRpGZLW9w8HnHvVduizdL5jKNbs", &chaincfg.MainNetParams, "Trust no one", signature); err != nil {
		t.Error(err)
	}
	if err := VerifyAddress("bc1qqqq", &chaincfg.MainNetParams, "", ""); !errors.Is(err, ErrAddress) {
		t.Error(err)
	}
}

func FuzzVerify(f *testing.F) {
	all := readVectors(f)
	for _, v := range append(all.Simple, all.Full...) {
		f.Add(scriptOf(f, v.Address), v.Message, v.Signatures[0])
	}
	for _, v := range all.Error {
		f.Add(scriptOf(f, v.Address), v.Message, v.Signature)
	}
	f.Fuzz(func(t *testing.T, script []byte, message, signature string) {
		if len(script) > 200 {
			return
		}
		_ = Verify(script, message, signature)
	})
}

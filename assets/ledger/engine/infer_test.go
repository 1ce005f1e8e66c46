package engine_test

import (
	"bytes"
	"testing"

	"cairn/assets/ledger/engine"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

func build(t *testing.T, b *txscript.ScriptBuilder) []byte {
	t.Helper()
	s, err := b.Script()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func spending() *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: [32]byte{1}, Index: 1}, nil, nil))
	tx.AddTxOut(wire.NewTxOut(1000, []byte{txscript.OP_TRUE}))
	return tx
}

// What an input proves of the coin it spends, and what it does not.
func TestInfer(t *testing.T) {
	key, _ := btcec.PrivKeyFromBytes([]byte("a key of nobody at all, 32 bytes"))
	pub := key.PubKey().SerializeCompressed()
	hash := btcutil.Hash160(pub)
	p2pkh := build(t, txscript.NewScriptBuilder().AddOp(txscript.OP_DUP).AddOp(txscript.OP_HASH160).AddData(hash).
		AddOp(txscript.OP_EQUALVERIFY).AddOp(txscript.OP_CHECKSIG))
	p2sh := func(redeem []byte) []byte {
		return build(t, txscript.NewScriptBuilder().AddOp(txscript.OP_HASH160).AddData(btcutil.Hash160(redeem)).AddOp(txscript.OP_EQUAL))
	}
	sign := func(tx *wire.MsgTx, script []byte) []byte {
		sig, err := txscript.RawTxInSignature(tx, 0, script, txscript.SigHashAll, key)
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}

	keyHash := spending()
	keyHash.TxIn[0].SignatureScript = build(t, txscript.NewScriptBuilder().AddData(sign(keyHash, p2pkh)).AddData(pub))

	redeem := build(t, txscript.NewScriptBuilder().AddOp(txscript.OP_1).AddData(pub).AddOp(txscript.OP_1).AddOp(txscript.OP_CHECKMULTISIG))
	multisig := spending()
	multisig.TxIn[0].SignatureScript = build(t, txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(sign(multisig, redeem)).AddData(redeem))

	program := build(t, txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(hash))
	nested := spending()
	nested.TxIn[0].SignatureScript = build(t, txscript.NewScriptBuilder().AddData(program))
	nested.TxIn[0].Witness = wire.TxWitness{[]byte("a signature"), pub}

	// Whoever knows the key of somebody else, and not its secret:
	stolen := spending()
	stolen.TxIn[0].SignatureScript = build(t, txscript.NewScriptBuilder().AddData(sign(keyHash, p2pkh)).AddData(pub))
	stolen.TxOut[0].Value++ // signed for another transaction

	// A coin of a script that is shaped like a key spends without any signature. It
	// is a coin of that script, and not of the key.
	shaped := append([]byte{2, 7, 7, 29}, bytes.Repeat([]byte{1}, 29)...)
	asKey := spending()
	asKey.TxIn[0].SignatureScript = build(t, txscript.NewScriptBuilder().AddData([]byte("anything")).AddData(shaped))

	// So does an unknown leaf of taproot whose control block begins like a key, and
	// any program of a version to come.
	leaf := spending()
	leaf.TxIn[0].Witness = wire.TxWitness{sign(leaf, p2pkh), pub}

	bare := spending()
	bare.TxIn[0].SignatureScript = build(t, txscript.NewScriptBuilder().AddData(sign(bare, p2pkh)))
	code := spending()
	code.TxIn[0].SignatureScript = []byte{txscript.OP_DUP, txscript.OP_CHECKSIG}
	cut := spending()
	cut.TxIn[0].SignatureScript = []byte{txscript.OP_PUSHDATA1, 200, 1}

	for name, c := range map[string]struct {
		tx   *wire.MsgTx
		want []byte
	}{
		"a key's hash":                     {keyHash, p2pkh},
		"a script's hash":                  {multisig, p2sh(redeem)},
		"a program in a script's hash":     {nested, p2sh(program)},
		"a signature for something else":   {stolen, nil},
		"a script shaped like a key":       {asKey, p2sh(shaped)},
		"a witness that may be anything's": {leaf, nil},
		"a key in the open":                {bare, nil},
		"code":                             {code, nil},
		"cut off":                          {cut, nil},
		"nothing":                          {spending(), nil},
	} {
		script, is := engine.Infer(c.tx, 0)
		if is != (c.want != nil) || !bytes.Equal(script, c.want) {
			t.Errorf("%s: %x, %t; want %x", name, script, is, c.want)
		}
	}
}

func FuzzInfer(f *testing.F) {
	f.Add([]byte{1, 2, 3}, []byte{4}, []byte{})
	f.Fuzz(func(t *testing.T, script, first, second []byte) {
		tx := spending()
		tx.TxIn[0].SignatureScript = script
		if len(first) > 0 {
			tx.TxIn[0].Witness = wire.TxWitness{first, second}
		}
		if told, is := engine.Infer(tx, 0); is != (told != nil) {
			t.Fatal(told, is)
		}
	})
}

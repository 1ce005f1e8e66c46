package engine

import (
	"bytes"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Infer tells the script of the coin that an input spends from the input alone,
// where that proves it; is is false where it does not. The transaction has to be
// one that a block holds or that was checked otherwise.
//
//   - Pay to public key hash, and pay to script hash: the last push is the key or
//     the script, and the signatures hold for the script made of it. They commit
//     to this very coin, and a stranger cannot make them.
//   - Witness programs inside of pay to script hash: an input with a witness
//     whose signature script is not empty spends nothing else (BIP-0141).
//
// A plain witness program is not told: its witness commits to the coin's value,
// which is not there, and a witness of two items that looks like another's key and
// signature may belong to a later version's program, or to an unknown leaf of
// taproot, that its maker spends without any signature. Who believed it would let
// miners issue other people's assets.
func Infer(tx *wire.MsgTx, input int) (script []byte, is bool) {
	in := tx.TxIn[input]
	last, pushes := lastPush(in.SignatureScript)
	if pushes == 0 {
		return nil, false
	}
	if len(in.Witness) > 0 {
		if pushes == 1 && txscript.IsWitnessProgram(last) && len(in.SignatureScript) == len(last)+1 {
			return payToScriptHash(last), true
		}
		return nil, false
	}
	if pushes == 2 && isKey(last) {
		if script := payToKeyHash(last); satisfies(tx, input, script) {
			return script, true
		}
	}
	if script := payToScriptHash(last); len(last) > 0 && satisfies(tx, input, script) {
		return script, true
	}
	return nil, false
}

// lastPush is the last data that a script pushes, and how many it pushes; none
// where it does anything else.
func lastPush(script []byte) (last []byte, pushes int) {
	tokens := txscript.MakeScriptTokenizer(0, script)
	for tokens.Next() {
		if tokens.Opcode() > txscript.OP_16 {
			return nil, 0
		}
		last = tokens.Data()
		pushes++
	}
	if tokens.Err() != nil {
		return nil, 0
	}
	return last, pushes
}

func isKey(b []byte) bool {
	return len(b) == 33 && (b[0] == 2 || b[0] == 3) || len(b) == 65 && b[0] == 4
}

func payToKeyHash(key []byte) []byte {
	return bytes.Join([][]byte{
		{txscript.OP_DUP, txscript.OP_HASH160, txscript.OP_DATA_20},
		btcutil.Hash160(key),
		{txscript.OP_EQUALVERIFY, txscript.OP_CHECKSIG},
	}, nil)
}

func payToScriptHash(redeem []byte) []byte {
	return bytes.Join([][]byte{
		{txscript.OP_HASH160, txscript.OP_DATA_20}, btcutil.Hash160(redeem), {txscript.OP_EQUAL},
	}, nil)
}

// satisfies runs a script that was spent before there were witnesses. Signatures
// of that time do not commit to the value.
func satisfies(tx *wire.MsgTx, input int, script []byte) bool {
	const flags = txscript.ScriptBip16 | txscript.ScriptVerifyCheckLockTimeVerify | txscript.ScriptVerifyCheckSequenceVerify
	vm, err := txscript.NewEngine(script, tx, input, flags, nil, nil, 0, txscript.NewCannedPrevOutputFetcher(script, 0))
	return err == nil && vm.Execute() == nil
}

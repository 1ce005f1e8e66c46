package bip322

import (
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// execute runs what unlocks the script, and stops at what the BIP forbids beyond
// the rules of ordinary transactions: a signature with another hash type than
// SIGHASH_ALL, and OP_CODESEPARATOR.
func execute(sign *wire.MsgTx, script []byte) error {
	prevouts := txscript.NewCannedPrevOutputFetcher(script, 0)
	hashes := txscript.NewTxSigHashes(sign, prevouts)
	check := ecdsaType
	if txscript.IsPayToTaproot(script) {
		check = schnorrType
	}
	var engine *txscript.Engine
	watch := func(step *txscript.StepInfo) error {
		// The engine tells of the next operation in words only:
		// "01:0002: OP_CHECKSIG". None is left at the end.
		line, err := engine.DisasmPC()
		if err != nil {
			return nil
		}
		_, operation, _ := strings.Cut(line, ": ")
		operation, _, _ = strings.Cut(operation, " ")
		return lookAhead(operation, step.Stack, check)
	}
	engine, err := txscript.NewDebugEngine(script, sign, 0, txscript.StandardVerifyFlags, nil, hashes, 0, prevouts, watch)
	if err != nil {
		return err
	}
	return engine.Execute()
}

// lookAhead checks the signatures an operation is about to look at; the last item
// of the stack is its top.
func lookAhead(operation string, stack [][]byte, check func(signature []byte) error) error {
	top := len(stack) - 1
	var signatures [][]byte
	switch operation {
	case "OP_CODESEPARATOR":
		return fmt.Errorf("%w: it separates code", ErrSignature)
	case "OP_CHECKSIG", "OP_CHECKSIGVERIFY":
		signatures = items(stack, top-1, 1)
	case "OP_CHECKSIGADD":
		signatures = items(stack, top-2, 1)
	case "OP_CHECKMULTISIG", "OP_CHECKMULTISIGVERIFY":
		keys := count(items(stack, top, 1))
		needed := count(items(stack, top-keys-1, 1))
		signatures = items(stack, top-keys-2, needed)
	}
	for _, s := range signatures {
		if err := check(s); err != nil {
			return err
		}
	}
	return nil
}

// items are n items of a stack, down from one of them; none if it has fewer,
// which the engine will find too.
func items(stack [][]byte, from, n int) [][]byte {
	if from-n+1 < 0 || from >= len(stack) {
		return nil
	}
	return stack[from-n+1 : from+1]
}

// count reads a number of keys or signatures; the engine refuses those of more
// than a byte.
func count(item [][]byte) int {
	if len(item) != 1 || len(item[0]) != 1 {
		return 0
	}
	return int(item[0][0])
}

// ecdsaType checks the last byte of an ECDSA signature; an empty one means that
// its key does not sign.
func ecdsaType(signature []byte) error {
	if n := len(signature); n > 0 && txscript.SigHashType(signature[n-1]) != txscript.SigHashAll {
		return fmt.Errorf("%w: hash type %02x", ErrSignature, signature[n-1])
	}
	return nil
}

// schnorrType checks the hash type of a Schnorr signature, which is left out for
// SIGHASH_DEFAULT.
func schnorrType(signature []byte) error {
	if len(signature) == 0 || len(signature) == 64 {
		return nil
	}
	return ecdsaType(signature)
}

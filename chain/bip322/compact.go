package bip322

import (
	"bytes"
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

const compactSize = 65

// verifyCompact checks the signature of old wallets (signmessage of Bitcoin
// Core): the key follows from it and must be that of the address. Errors:
// ErrFormat, ErrSignature.
func verifyCompact(script []byte, message string, raw []byte) error {
	if len(raw) != compactSize {
		return fmt.Errorf("%w: %d bytes instead of %d", ErrFormat, len(raw), compactSize)
	}
	key, compressed, err := ecdsa.RecoverCompact(raw, compactDigest(message))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	encoded := key.SerializeUncompressed()
	if compressed {
		encoded = key.SerializeCompressed()
	}
	want, err := txscript.NewScriptBuilder().AddOp(txscript.OP_DUP).AddOp(txscript.OP_HASH160).AddData(btcutil.Hash160(encoded)).
		AddOp(txscript.OP_EQUALVERIFY).AddOp(txscript.OP_CHECKSIG).Script()
	if err != nil || !bytes.Equal(want, script) {
		return fmt.Errorf("%w: another key signed it", ErrSignature)
	}
	return nil
}

func compactDigest(message string) []byte {
	var b bytes.Buffer
	_ = wire.WriteVarString(&b, 0, "Bitcoin Signed Message:\n") // a buffer takes everything
	_ = wire.WriteVarString(&b, 0, message)
	return chainhash.DoubleHashB(b.Bytes())
}

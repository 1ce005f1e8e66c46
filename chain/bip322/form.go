package bip322

import (
	"bytes"
	"fmt"

	"cairn/chain/rawtx"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

var tag = []byte("BIP0322-signed-message")

// unspendable is the one output of to_sign.
var unspendable = []byte{txscript.OP_RETURN}

// toSpend is the transaction whose output, of the signer's script and worth
// nothing, commits to the message.
func toSpend(script []byte, message string) *wire.MsgTx {
	digest := chainhash.TaggedHash(tag, []byte(message))
	tx := wire.NewMsgTx(0)
	tx.AddTxIn(&wire.TxIn{
		PreviousOutPoint: wire.OutPoint{Index: wire.MaxPrevOutIndex},
		SignatureScript:  append([]byte{txscript.OP_0, txscript.OP_DATA_32}, digest[:]...),
	})
	tx.AddTxOut(wire.NewTxOut(0, script))
	return tx
}

// toSign is the transaction that is signed, before it is.
func toSign(spend *wire.MsgTx) *wire.MsgTx {
	tx := wire.NewMsgTx(0)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: spend.TxHash()}})
	tx.AddTxOut(wire.NewTxOut(0, unspendable))
	return tx
}

// simpleForm is to_sign with a witness that was given alone. Errors: ErrFormat,
// ErrSignature.
func simpleForm(raw, script []byte, spend *wire.MsgTx) (*wire.MsgTx, error) {
	if !txscript.IsWitnessProgram(script) {
		return nil, fmt.Errorf("%w: the simple form is for segwit addresses", ErrSignature)
	}
	r := bytes.NewReader(raw)
	count, err := wire.ReadVarInt(r, 0)
	if err != nil || count > uint64(len(raw)) {
		return nil, fmt.Errorf("%w: a witness that cannot be read", ErrFormat)
	}
	tx := toSign(spend)
	for range count {
		item, err := wire.ReadVarBytes(r, 0, uint32(len(raw)), "witness item")
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		tx.TxIn[0].Witness = append(tx.TxIn[0].Witness, item)
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", ErrFormat, r.Len())
	}
	return tx, nil
}

// fullForm is to_sign as it was given. Errors: ErrFormat, ErrSignature.
func fullForm(raw []byte, spend *wire.MsgTx) (*wire.MsgTx, error) {
	tx, err := rawtx.Read(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: a transaction that cannot be read: %w", ErrFormat, err)
	}
	if len(tx.TxIn) != 1 {
		return nil, fmt.Errorf("%w: %d inputs instead of one", ErrFormat, len(tx.TxIn))
	}
	if len(tx.TxOut) != 1 || tx.TxOut[0].Value != 0 || !bytes.Equal(tx.TxOut[0].PkScript, unspendable) {
		return nil, fmt.Errorf("%w: its output is not that of a message", ErrFormat)
	}
	if want := (wire.OutPoint{Hash: spend.TxHash()}); tx.TxIn[0].PreviousOutPoint != want {
		return nil, fmt.Errorf("%w: it signs something else", ErrSignature)
	}
	return tx, nil
}

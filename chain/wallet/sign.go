package wallet

import (
	"bytes"
	"context"
	"fmt"

	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
)

// sign has the node sign a draft as a PSBT (BIP-0174) and takes nothing on
// trust: what comes back must be the same transaction, fully signed. Errors:
// ErrSigned, the node's.
func (w *Wallet) sign(ctx context.Context, draft *Signed) error {
	packet, err := psbt.NewFromUnsignedTx(draft.Tx)
	if err != nil {
		return fmt.Errorf("make a psbt: %w", err)
	}
	for i, prev := range draft.Prevouts {
		packet.Inputs[i].WitnessUtxo = prev
		packet.Inputs[i].SighashType = txscript.SigHashAll
		if txscript.IsPayToTaproot(prev.PkScript) {
			packet.Inputs[i].SighashType = txscript.SigHashDefault
		}
	}
	var raw bytes.Buffer
	if err := packet.Serialize(&raw); err != nil {
		return fmt.Errorf("serialize a psbt: %w", err)
	}
	answer, err := w.kit.FinalizePsbt(ctx, &walletrpc.FinalizePsbtRequest{FundedPsbt: raw.Bytes()})
	if err != nil {
		return fmt.Errorf("have the node sign: %w", err)
	}
	var final wire.MsgTx
	if err := final.Deserialize(bytes.NewReader(answer.RawFinalTx)); err != nil {
		return fmt.Errorf("%w: %w", ErrSigned, err)
	}
	if final.TxHash() != draft.Tx.TxHash() {
		return fmt.Errorf("%w: transaction %s instead of %s", ErrSigned, final.TxHash(), draft.Tx.TxHash())
	}
	if err := verify(&final, draft.Prevouts); err != nil {
		return err
	}
	signedRaw, err := serialize(&final)
	if err != nil {
		return err
	}
	draft.Tx, draft.Raw, draft.Txid = &final, signedRaw, final.TxHash()
	return nil
}

// verify runs the script engine, with the rules of the mempool, over every
// input. Errors: ErrSigned.
func verify(tx *wire.MsgTx, prevouts []*wire.TxOut) error {
	if len(prevouts) != len(tx.TxIn) {
		return fmt.Errorf("%w: %d coins for %d inputs", ErrSigned, len(prevouts), len(tx.TxIn))
	}
	spent := make(map[wire.OutPoint]*wire.TxOut, len(prevouts))
	for i, in := range tx.TxIn {
		spent[in.PreviousOutPoint] = prevouts[i]
	}
	fetcher := txscript.NewMultiPrevOutFetcher(spent)
	hashes := txscript.NewTxSigHashes(tx, fetcher)
	for i, prev := range prevouts {
		engine, err := txscript.NewEngine(prev.PkScript, tx, i, txscript.StandardVerifyFlags, nil, hashes, prev.Value, fetcher)
		if err == nil {
			err = engine.Execute()
		}
		if err != nil {
			return fmt.Errorf("%w: input %d: %w", ErrSigned, i, err)
		}
	}
	return nil
}

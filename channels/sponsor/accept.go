package sponsor

import (
	"bytes"
	"fmt"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Accept takes the PSBT that the visitor has signed and gives the one for the
// node to sign. The transaction must be the proposed one to the byte and every
// signature of the visitor's must hold; of his PSBT nothing but those
// signatures is passed on. Errors: ErrPSBT, ErrInputs, ErrSequence, ErrOutputs,
// ErrHeader, ErrSignature.
func (d *Deal) Accept(signed []byte) ([]byte, error) {
	p, err := parse(signed, false)
	if err != nil {
		return nil, err
	}
	if err := same(d.Tx, p.UnsignedTx); err != nil {
		return nil, err
	}
	final, err := d.finalized(p)
	if err != nil {
		return nil, err
	}
	out, err := psbt.NewFromUnsignedTx(d.Tx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	for i, prev := range d.prevouts {
		out.Inputs[i].WitnessUtxo = prev
		if i < d.Visitors {
			out.Inputs[i].FinalScriptSig, out.Inputs[i].FinalScriptWitness = final[i].FinalScriptSig, final[i].FinalScriptWitness
			continue
		}
		out.Inputs[i].SighashType = txscript.SigHashAll
		if txscript.IsPayToTaproot(prev.PkScript) {
			out.Inputs[i].SighashType = txscript.SigHashDefault
		}
	}
	return serialize(out)
}

// same proves that two unsigned transactions are equal to the byte, or says in
// which part they are not.
func same(want, got *wire.MsgTx) error {
	if len(want.TxIn) != len(got.TxIn) {
		return fmt.Errorf("%w: %d instead of %d", ErrInputs, len(got.TxIn), len(want.TxIn))
	}
	for i, in := range want.TxIn {
		if got.TxIn[i].PreviousOutPoint != in.PreviousOutPoint {
			return fmt.Errorf("%w: input %d", ErrInputs, i)
		}
	}
	for i, in := range want.TxIn {
		if got.TxIn[i].Sequence != in.Sequence {
			return fmt.Errorf("%w: input %d", ErrSequence, i)
		}
	}
	if len(want.TxOut) != len(got.TxOut) {
		return fmt.Errorf("%w: %d instead of %d", ErrOutputs, len(got.TxOut), len(want.TxOut))
	}
	for i, out := range want.TxOut {
		if got.TxOut[i].Value != out.Value || !bytes.Equal(got.TxOut[i].PkScript, out.PkScript) {
			return fmt.Errorf("%w: output %d", ErrOutputs, i)
		}
	}
	if want.Version != got.Version || want.LockTime != got.LockTime {
		return ErrHeader
	}
	var a, b bytes.Buffer
	if want.SerializeNoWitness(&a) != nil || got.SerializeNoWitness(&b) != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		return ErrHeader
	}
	return nil
}

// finalized completes the visitor's inputs and runs each through the script
// engine, over the coins of the proposal.
func (d *Deal) finalized(p *psbt.Packet) ([]psbt.PInput, error) {
	tx := d.Tx.Copy()
	for i := range d.Visitors {
		// What he says of the coin now does not count.
		p.Inputs[i].WitnessUtxo, p.Inputs[i].NonWitnessUtxo = nil, d.packet.Inputs[i].NonWitnessUtxo
		if p.Inputs[i].NonWitnessUtxo == nil || segwit(d.prevouts[i].PkScript) {
			p.Inputs[i].WitnessUtxo, p.Inputs[i].NonWitnessUtxo = d.prevouts[i], nil
		}
		if ok, err := psbt.MaybeFinalize(p, i); err != nil || !ok {
			return nil, fmt.Errorf("%w: input %d is not signed", ErrSignature, i)
		}
		if err := attach(tx, i, p.Inputs[i]); err != nil {
			return nil, err
		}
	}
	if err := d.run(tx, upTo(d.Visitors)...); err != nil {
		return nil, err
	}
	return p.Inputs, nil
}

// attach puts a completed input into a transaction.
func attach(tx *wire.MsgTx, i int, in psbt.PInput) error {
	tx.TxIn[i].SignatureScript = in.FinalScriptSig
	if len(in.FinalScriptWitness) == 0 {
		return nil
	}
	witness, err := readWitness(in.FinalScriptWitness)
	if err != nil {
		return fmt.Errorf("%w: input %d: %w", ErrSignature, i, err)
	}
	tx.TxIn[i].Witness = witness
	return nil
}

// readWitness undoes the serialisation of PSBT_IN_FINAL_SCRIPTWITNESS.
func readWitness(raw []byte) (wire.TxWitness, error) {
	r := bytes.NewReader(raw)
	n, err := wire.ReadVarInt(r, 0)
	if err != nil {
		return nil, err
	}
	if n > uint64(len(raw)) {
		return nil, fmt.Errorf("a witness of %d items in %d bytes", n, len(raw))
	}
	out := make(wire.TxWitness, n)
	for i := range out {
		if out[i], err = wire.ReadVarBytes(r, 0, uint32(len(raw)), "witness item"); err != nil {
			return nil, err
		}
	}
	if r.Len() != 0 {
		return nil, fmt.Errorf("%d bytes after the witness", r.Len())
	}
	return out, nil
}

// run executes the scripts of some inputs by the rules of the mempool.
func (d *Deal) run(tx *wire.MsgTx, inputs ...int) error {
	spent := make(map[wire.OutPoint]*wire.TxOut, len(d.prevouts))
	for i, in := range tx.TxIn {
		spent[in.PreviousOutPoint] = d.prevouts[i]
	}
	fetcher := txscript.NewMultiPrevOutFetcher(spent)
	hashes := txscript.NewTxSigHashes(tx, fetcher)
	for _, i := range inputs {
		prev := d.prevouts[i]
		engine, err := txscript.NewEngine(prev.PkScript, tx, i, txscript.StandardVerifyFlags, nil, hashes, prev.Value, fetcher)
		if err == nil {
			err = engine.Execute()
		}
		if err != nil {
			return fmt.Errorf("%w: input %d: %w", ErrSignature, i, err)
		}
	}
	return nil
}

// upTo counts from 0 to n - 1.
func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// presignedHold checks the signatures that came with the proposal's PSBT
// against the whole transaction. Errors: ErrSigned.
func (d *Deal) presignedHold() error {
	p := &psbt.Packet{UnsignedTx: d.Tx, Inputs: append([]psbt.PInput(nil), d.packet.Inputs...)}
	tx := d.Tx.Copy()
	for i := range d.Visitors {
		in := p.Inputs[i]
		if len(in.PartialSigs)+len(in.TaprootKeySpendSig)+len(in.TaprootScriptSpendSig)+len(in.FinalScriptSig)+len(in.FinalScriptWitness) == 0 {
			continue
		}
		if ok, err := psbt.MaybeFinalize(p, i); err != nil || !ok {
			return fmt.Errorf("%w: input %d, in part", ErrSigned, i)
		}
		if err := attach(tx, i, p.Inputs[i]); err != nil {
			return fmt.Errorf("%w: %w", ErrSigned, err)
		}
		if err := d.run(tx, i); err != nil {
			return fmt.Errorf("%w: %w", ErrSigned, err)
		}
	}
	return nil
}

// Finish checks what the node gave back before it is sent: the same
// transaction, every signature good, and no heavier than was reckoned. Errors:
// ErrInputs, ErrSequence, ErrOutputs, ErrHeader, ErrSignature, ErrWeight.
func (d *Deal) Finish(tx *wire.MsgTx) error {
	bare := tx.Copy()
	for _, in := range bare.TxIn {
		in.SignatureScript, in.Witness = nil, nil
	}
	if err := same(d.Tx, bare); err != nil {
		return err
	}
	if err := d.run(tx, upTo(len(d.prevouts))...); err != nil {
		return err
	}
	if weight := blockchain.GetTransactionWeight(btcutil.NewTx(tx)); weight > d.Weight {
		return fmt.Errorf("%w: %d weight units instead of %d", ErrWeight, weight, d.Weight)
	}
	return nil
}

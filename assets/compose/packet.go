package compose

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"cairn/chain/rawtx"

	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// mostPSBT bounds what is read, in bytes: a transaction of mostBytes, and what its
// inputs spend.
const mostPSBT = 4 * mostBytes

// packetOf makes a PSBT that shows every coin it spends.
func packetOf(tx *wire.MsgTx, inputs []held) (*psbt.Packet, error) {
	p, err := psbt.NewFromUnsignedTx(tx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOrder, err)
	}
	for i, in := range inputs {
		if in.Previous != nil && !segwit(in.Script) {
			p.Inputs[i].NonWitnessUtxo = in.Previous
			continue
		}
		p.Inputs[i].WitnessUtxo = wire.NewTxOut(int64(in.Value), in.Script)
	}
	return p, nil
}

func serialize(p *psbt.Packet) ([]byte, error) {
	var b bytes.Buffer
	if err := p.Serialize(&b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOrder, err)
	}
	return b.Bytes(), nil
}

func parsePacket(raw []byte) (*psbt.Packet, error) {
	if len(raw) == 0 || len(raw) > mostPSBT {
		return nil, fmt.Errorf("%w: %d bytes", ErrPSBT, len(raw))
	}
	p, err := rawtx.ReadPSBT(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	return p, nil
}

// handed takes a PSBT that was signed over the one that was given out, whose inputs
// spend prevouts, and gives the transaction with the signatures of its first n
// inputs, each of which was tried. Of what came back nothing else counts. Errors:
// ErrPSBT, ErrChanged, ErrSignature.
func handed(given *psbt.Packet, prevouts []*wire.TxOut, n int, raw []byte) (*wire.MsgTx, error) {
	back, err := parsePacket(raw)
	if err != nil {
		return nil, err
	}
	if err := same(given.UnsignedTx, back.UnsignedTx); err != nil {
		return nil, err
	}
	tx := given.UnsignedTx.Copy()
	for i := range n {
		// What it says of the coins does not count.
		back.Inputs[i].WitnessUtxo, back.Inputs[i].NonWitnessUtxo = given.Inputs[i].WitnessUtxo, given.Inputs[i].NonWitnessUtxo
		if given.Inputs[i].FinalScriptWitness != nil { // signed beforehand, by somebody else
			back.Inputs[i] = given.Inputs[i]
		}
		if ok, err := psbt.MaybeFinalize(back, i); err != nil || !ok {
			return nil, fmt.Errorf("%w: input %d is not signed", ErrSignature, i)
		}
		if err := attach(tx, i, back.Inputs[i]); err != nil {
			return nil, err
		}
	}
	return tx, execute(tx, prevouts, n)
}

// completed is a PSBT of ours with the signatures of its first n inputs, and nothing
// else that came back.
func completed(given *psbt.Packet, tx *wire.MsgTx, n int) ([]byte, error) {
	for i := range n {
		in := &given.Inputs[i]
		in.FinalScriptSig = tx.TxIn[i].SignatureScript
		if len(tx.TxIn[i].Witness) > 0 {
			var err error
			if in.FinalScriptWitness, err = writeWitness(tx.TxIn[i].Witness); err != nil {
				return nil, err
			}
		}
	}
	return serialize(given)
}

// same proves two unsigned transactions equal to the byte, or says in which part they
// are not. Errors: ErrChanged.
func same(want, got *wire.MsgTx) error {
	if len(want.TxIn) != len(got.TxIn) || len(want.TxOut) != len(got.TxOut) {
		return fmt.Errorf("%w: %d inputs and %d outputs instead of %d and %d", ErrChanged, len(got.TxIn), len(got.TxOut), len(want.TxIn), len(want.TxOut))
	}
	for i, in := range want.TxIn {
		if got.TxIn[i].PreviousOutPoint != in.PreviousOutPoint || got.TxIn[i].Sequence != in.Sequence {
			return fmt.Errorf("%w: input %d", ErrChanged, i)
		}
	}
	for i, out := range want.TxOut {
		if got.TxOut[i].Value != out.Value || !bytes.Equal(got.TxOut[i].PkScript, out.PkScript) {
			return fmt.Errorf("%w: output %d", ErrChanged, i)
		}
	}
	var a, b bytes.Buffer
	if want.SerializeNoWitness(&a) != nil || got.SerializeNoWitness(&b) != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		return fmt.Errorf("%w: its version or lock time", ErrChanged)
	}
	return nil
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

// writeWitness is how a PSBT holds a witness.
func writeWitness(witness wire.TxWitness) ([]byte, error) {
	var b bytes.Buffer
	if err := psbt.WriteTxWitness(&b, witness); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// execute runs the scripts of the first n inputs by the rules of relaying. Errors:
// ErrSignature.
func execute(tx *wire.MsgTx, prevouts []*wire.TxOut, n int) error {
	spent := make(map[wire.OutPoint]*wire.TxOut, len(prevouts))
	for i, in := range tx.TxIn {
		spent[in.PreviousOutPoint] = prevouts[i]
	}
	fetcher := txscript.NewMultiPrevOutFetcher(spent)
	hashes := txscript.NewTxSigHashes(tx, fetcher)
	for i := range n {
		prev := prevouts[i]
		vm, err := txscript.NewEngine(prev.PkScript, tx, i, txscript.StandardVerifyFlags, nil, hashes, prev.Value, fetcher)
		if err == nil {
			err = vm.Execute()
		}
		if err != nil {
			return fmt.Errorf("%w: input %d: %w", ErrSignature, i, err)
		}
	}
	return nil
}

// prevoutsOf are the coins that a PSBT of ours shows. Errors: ErrPSBT.
func prevoutsOf(p *psbt.Packet) ([]*wire.TxOut, error) {
	out := make([]*wire.TxOut, len(p.Inputs))
	for i, in := range p.Inputs {
		op := p.UnsignedTx.TxIn[i].PreviousOutPoint
		switch {
		case in.WitnessUtxo != nil:
			out[i] = in.WitnessUtxo
		case in.NonWitnessUtxo != nil && int(op.Index) < len(in.NonWitnessUtxo.TxOut):
			out[i] = in.NonWitnessUtxo.TxOut[op.Index]
		default:
			return nil, fmt.Errorf("%w: input %d shows no coin", ErrPSBT, i)
		}
	}
	return out, nil
}

// rawOf is a transaction as it goes onto the network.
func rawOf(tx *wire.MsgTx) ([]byte, error) {
	var b bytes.Buffer
	if err := tx.Serialize(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func readTx(raw []byte) (*wire.MsgTx, error) { return rawtx.Read(raw) }

// ReadTx reads a transaction in hexadecimal. Errors: ErrOrder.
func ReadTx(text string) (*wire.MsgTx, error) {
	if len(text) > 2*mostBytes*4 {
		return nil, fmt.Errorf("%w: a transaction of %d characters", ErrLimit, len(text))
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: not a transaction", ErrOrder)
	}
	tx, err := readTx(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: not a transaction: %w", ErrOrder, err)
	}
	return tx, nil
}

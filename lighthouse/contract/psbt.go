package contract

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"cairn/chain/rawtx"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// ErrPSBT: the bytes are no PSBT, or none that holds one signed pledge.
const ErrPSBT = ErrorKind("this is not a signed pledge")

// MaxPSBT bounds a PSBT; one with the previous transactions of legacy coins is
// the largest.
const MaxPSBT = 500_000

// Asked is a coin whose owner is asked to sign.
type Asked struct {
	OutPoint wire.OutPoint
	Coin     Coin
	Sequence uint32
	// Previous is the transaction the coin is an output of. Legacy coins cannot
	// be signed for without it, and hardware wallets want it for all.
	Previous *wire.MsgTx
	// RedeemScript is that of a P2SHP2WPKH coin, where it is known.
	RedeemScript []byte
	// Alone leaves the others' input out.
	Alone bool
}

// Request is the PSBT (BIP-0174, version 0) for a wallet to sign, with the hash
// type of pledges asked for. A second input stands for the other backers: many
// signers refuse a transaction that pays out more than it takes in, and what a
// pledge signs does not change by it. Legacy coins are asked for alone, as some
// wallets digest the second input of theirs wrongly. Errors: ErrScriptType,
// ErrPSBT.
func (c *Contract) Request(a Asked) ([]byte, error) {
	kind, err := KindOf(a.Coin.Script)
	if err != nil {
		return nil, err
	}
	tx := c.claim([]*wire.TxIn{{PreviousOutPoint: a.OutPoint, Sequence: a.Sequence}})
	others := !a.Alone && kind != P2PKH
	if others {
		tx.TxIn = append(tx.TxIn, &wire.TxIn{PreviousOutPoint: c.others(), Sequence: a.Sequence})
	}
	packet, err := psbt.NewFromUnsignedTx(tx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	in := &packet.Inputs[0]
	in.SighashType = hashType
	in.NonWitnessUtxo = a.Previous
	in.RedeemScript = a.RedeemScript
	if kind != P2PKH {
		in.WitnessUtxo = wire.NewTxOut(int64(a.Coin.Value), a.Coin.Script)
	}
	if others {
		// A little above what is missing: some wallets refuse a fee below zero,
		// some one above a tenth.
		value := max(c.Net()-a.Coin.Value, 0) + othersFee
		packet.Inputs[1].WitnessUtxo = wire.NewTxOut(int64(value), strangersScript)
	}
	var b bytes.Buffer
	if err := packet.Serialize(&b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	return b.Bytes(), nil
}

const othersFee = btcutil.Amount(300)

// others is a coin that does not exist.
func (c *Contract) others() wire.OutPoint {
	id := c.ID()
	return wire.OutPoint{Hash: sha256.Sum256(append([]byte("cairn/other backers"), id[:]...))}
}

// FromPSBT takes the one signed pledge out of a PSBT of version 0 or 2, with the
// transaction it was signed in reduced to it; Open and Check say whether it is
// good. coin is what the input spends, by the caller's knowledge. Errors:
// ErrPSBT, ErrScriptType, and what coin returns.
func FromPSBT(raw []byte, coin func(wire.OutPoint) (Coin, error)) (*wire.MsgTx, error) {
	packet, signed, err := signedInput(raw)
	if err != nil {
		return nil, err
	}
	tx := packet.UnsignedTx.Copy()
	in := tx.TxIn[signed]
	spent, err := coin(in.PreviousOutPoint)
	if err != nil {
		return nil, err
	}
	if err := finalise(in, packet.Inputs[signed], spent); err != nil {
		return nil, err
	}
	tx.TxIn = []*wire.TxIn{in}
	return tx, nil
}

// SignedFor is the coin of the one signed pledge in a PSBT, and what the PSBT
// itself says of it, for a node to confirm: the zero Coin if it says nothing.
// Errors: ErrPSBT.
func SignedFor(raw []byte) (wire.OutPoint, Coin, error) {
	packet, signed, err := signedInput(raw)
	if err != nil {
		return wire.OutPoint{}, Coin{}, err
	}
	at, in := packet.UnsignedTx.TxIn[signed].PreviousOutPoint, packet.Inputs[signed]
	out := in.WitnessUtxo
	if previous := in.NonWitnessUtxo; previous != nil {
		if previous.TxHash() != at.Hash || uint64(at.Index) >= uint64(len(previous.TxOut)) {
			return wire.OutPoint{}, Coin{}, fmt.Errorf("%w: the coin is not of the transaction beside it", ErrPSBT)
		}
		out = previous.TxOut[at.Index]
	}
	if out == nil {
		return at, Coin{}, nil
	}
	return at, Coin{btcutil.Amount(out.Value), out.PkScript}, nil
}

// signedInput reads a PSBT and finds the input that is signed.
func signedInput(raw []byte) (*psbt.Packet, int, error) {
	if len(raw) > MaxPSBT {
		return nil, 0, fmt.Errorf("%w: %d bytes", ErrPSBT, len(raw))
	}
	raw, err := asVersion0(raw)
	if err != nil {
		return nil, 0, err
	}
	packet, err := rawtx.ReadPSBT(raw)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	signed := -1
	for i, in := range packet.Inputs {
		if len(in.PartialSigs) == 0 && in.TaprootKeySpendSig == nil && in.FinalScriptSig == nil && in.FinalScriptWitness == nil {
			continue
		}
		if signed >= 0 {
			return nil, 0, fmt.Errorf("%w: more than one input is signed", ErrPSBT)
		}
		signed = i
	}
	if signed < 0 {
		return nil, 0, fmt.Errorf("%w: no input is signed", ErrPSBT)
	}
	return packet, signed, nil
}

// finalise makes of what a wallet wrote into a PSBT what unlocks the coin.
func finalise(in *wire.TxIn, from psbt.PInput, coin Coin) error {
	if from.FinalScriptSig != nil || from.FinalScriptWitness != nil {
		witness, err := readWitness(from.FinalScriptWitness)
		in.SignatureScript, in.Witness = from.FinalScriptSig, witness
		return err
	}
	if from.TaprootKeySpendSig != nil {
		in.Witness = wire.TxWitness{from.TaprootKeySpendSig}
		return nil
	}
	kind, err := KindOf(coin.Script)
	if err != nil {
		return err
	}
	if len(from.PartialSigs) != 1 {
		return fmt.Errorf("%w: %d signatures", ErrPSBT, len(from.PartialSigs))
	}
	sig, key := from.PartialSigs[0].Signature, from.PartialSigs[0].PubKey
	script := txscript.NewScriptBuilder()
	switch kind {
	case P2PKH:
		in.SignatureScript, err = script.AddData(sig).AddData(key).Script()
	case P2WPKH:
		in.Witness = wire.TxWitness{sig, key}
	case P2SHP2WPKH:
		var program []byte
		if program, err = txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(btcutil.Hash160(key)).Script(); err == nil {
			in.SignatureScript, err = script.AddData(program).Script()
		}
		in.Witness = wire.TxWitness{sig, key}
	default:
		return fmt.Errorf("%w: %s through a PSBT", ErrScriptType, kind)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	return nil
}

const (
	maxWitnessItems = 100
	maxWitnessItem  = 10_000
)

// readWitness reads a serialised witness.
func readWitness(raw []byte) (wire.TxWitness, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	r := bytes.NewReader(raw)
	count, err := wire.ReadVarInt(r, 0)
	if err != nil || count > maxWitnessItems {
		return nil, fmt.Errorf("%w: a witness that cannot be read", ErrPSBT)
	}
	witness := make(wire.TxWitness, 0, count)
	for range count {
		item, err := wire.ReadVarBytes(r, 0, maxWitnessItem, "witness item")
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPSBT, err)
		}
		witness = append(witness, item)
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("%w: a witness with bytes behind it", ErrPSBT)
	}
	return witness, nil
}

// SaidCoin is what a PSBT says of a coin that it spends; whether it is true is
// for the caller to find out. Errors: ErrPSBT, also where it says nothing.
func SaidCoin(raw []byte, at wire.OutPoint) (Coin, error) {
	if len(raw) > MaxPSBT {
		return Coin{}, fmt.Errorf("%w: %d bytes", ErrPSBT, len(raw))
	}
	raw, err := asVersion0(raw)
	if err != nil {
		return Coin{}, err
	}
	packet, err := rawtx.ReadPSBT(raw)
	if err != nil {
		return Coin{}, fmt.Errorf("%w: %w", ErrPSBT, err)
	}
	for i, in := range packet.UnsignedTx.TxIn {
		if in.PreviousOutPoint != at {
			continue
		}
		from := packet.Inputs[i]
		if from.WitnessUtxo != nil {
			return Coin{btcutil.Amount(from.WitnessUtxo.Value), from.WitnessUtxo.PkScript}, nil
		}
		if tx := from.NonWitnessUtxo; tx != nil && tx.TxHash() == at.Hash && uint64(at.Index) < uint64(len(tx.TxOut)) {
			return Coin{btcutil.Amount(tx.TxOut[at.Index].Value), tx.TxOut[at.Index].PkScript}, nil
		}
		return Coin{}, fmt.Errorf("%w: it does not say what %s is", ErrPSBT, at)
	}
	return Coin{}, fmt.Errorf("%w: it does not spend %s", ErrPSBT, at)
}

package contract

import (
	"fmt"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Kind is a kind of coin that can be pledged.
type Kind string

// The kinds.
const (
	P2PKH  Kind = "p2pkh"
	P2WPKH Kind = "p2wpkh"
	// P2SHP2WPKH is P2WPKH within P2SH (BIP-0141).
	P2SHP2WPKH Kind = "p2sh-p2wpkh"
	// P2TR is spent by its key (BIP-0341).
	P2TR Kind = "p2tr"
	// FirmP2WSH and FirmP2TR cannot be taken back before a date; see Firm.
	FirmP2WSH Kind = "firm-p2wsh"
	FirmP2TR  Kind = "firm-p2tr"
)

// budgets are the most that an input of a kind weighs in a claim with
// witnesses, its signatures at their largest (72 bytes ECDSA, 65 Schnorr).
var budgets = map[Kind]int64{
	P2PKH: 593, P2SHP2WPKH: 364, P2WPKH: 272, P2TR: 231, FirmP2WSH: 432, FirmP2TR: 432,
}

// Budget is the most that an input of this kind may weigh, 0 for an unknown
// kind. Capacity is promised by it before a pledge is signed.
func (k Kind) Budget() int64 { return budgets[k] }

// Coin is what an input spends.
type Coin struct {
	Value  btcutil.Amount
	Script []byte
}

// KindOf tells of a coin, before anything is signed, which kind it is. A script
// hash keeps its secret until it is spent: it is taken for P2SHP2WPKH or
// FirmP2WSH, and FirmP2TR looks like P2TR. Errors: ErrScriptType.
func KindOf(script []byte) (Kind, error) {
	switch class := txscript.GetScriptClass(script); class {
	case txscript.PubKeyHashTy:
		return P2PKH, nil
	case txscript.ScriptHashTy:
		return P2SHP2WPKH, nil
	case txscript.WitnessV0PubKeyHashTy:
		return P2WPKH, nil
	case txscript.WitnessV0ScriptHashTy:
		return FirmP2WSH, nil
	case txscript.WitnessV1TaprootTy:
		return P2TR, nil
	default:
		return "", fmt.Errorf("%w: %s", ErrScriptType, class)
	}
}

// Pledge is a signed input of the claim.
type Pledge struct {
	OutPoint        wire.OutPoint
	Sequence        uint32
	SignatureScript []byte
	Witness         wire.TxWitness
}

func (p Pledge) input() *wire.TxIn {
	return &wire.TxIn{PreviousOutPoint: p.OutPoint, SignatureScript: p.SignatureScript, Witness: p.Witness, Sequence: p.Sequence}
}

// Weight is that of the input in a claim with witnesses.
func (p Pledge) Weight() int64 {
	size := 32 + 4 + wire.VarIntSerializeSize(uint64(len(p.SignatureScript))) + len(p.SignatureScript) + 4
	return 4*int64(size) + int64(max(p.Witness.SerializeSize(), 1))
}

package contract

import (
	"bytes"
	"fmt"
	"io"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// hashType is the only one of a pledge.
const hashType = txscript.SigHashAll | txscript.SigHashAnyOneCanPay

// sequenceLocks is the bit that switches relative locks off (BIP-0068).
const sequenceLocks = wire.SequenceLockTimeDisabled

// Open takes the pledge out of a transaction that consists of it alone. Errors:
// ErrInputs, ErrVersion, ErrLockTime, ErrOutputs.
func (c *Contract) Open(tx *wire.MsgTx) (Pledge, error) {
	if len(tx.TxIn) != 1 {
		return Pledge{}, fmt.Errorf("%w, not %d", ErrInputs, len(tx.TxIn))
	}
	if tx.Version != c.Version {
		return Pledge{}, fmt.Errorf("%w: %d instead of %d", ErrVersion, tx.Version, c.Version)
	}
	if tx.LockTime != c.LockTime {
		return Pledge{}, fmt.Errorf("%w: %d instead of %d", ErrLockTime, tx.LockTime, c.LockTime)
	}
	if len(tx.TxOut) != len(c.Outputs) {
		return Pledge{}, fmt.Errorf("%w: %d instead of %d", ErrOutputs, len(tx.TxOut), len(c.Outputs))
	}
	for i, o := range tx.TxOut {
		if btcutil.Amount(o.Value) != c.Outputs[i].Value || !bytes.Equal(o.PkScript, c.Outputs[i].Script) {
			return Pledge{}, fmt.Errorf("%w: output %d differs", ErrOutputs, i)
		}
	}
	in := tx.TxIn[0]
	return Pledge{in.PreviousOutPoint, in.Sequence, in.SignatureScript, in.Witness}, nil
}

// Alone is the transaction that consists of one pledge.
func (c *Contract) Alone(p Pledge) *wire.MsgTx { return c.claim([]*wire.TxIn{p.input()}) }

// Rules of who may pledge, beside the contract.
type Rules struct {
	// Least is the smallest pledge.
	Least btcutil.Amount
	// Firm, if set, is the form that a pledge for a script hash must have. Nil
	// allows none.
	Firm *Firm
	// Rand gives the coin of the stranger's input that each pledge is tried
	// beside: 32 bytes.
	Rand io.Reader
}

// Check says whether a pledge counts, given the coin it spends; that the coin
// exists, is confirmed and unspent is for the caller to know. The signature must
// hold for the claim of this pledge alone and for one with a stranger's input in
// front of it (Lighthouse's way to see that it binds nobody else). Errors:
// ErrSequence, ErrScriptType, ErrHashType, ErrAnnex, ErrWeight, ErrTooSmall,
// ErrSignature.
func (c *Contract) Check(p Pledge, coin Coin, rules Rules) (Kind, error) {
	if p.Sequence&sequenceLocks == 0 || c.LockTime != 0 && p.Sequence == wire.MaxTxInSequenceNum {
		return "", fmt.Errorf("%w: %08x", ErrSequence, p.Sequence)
	}
	if coin.Value < rules.Least || coin.Value <= 0 {
		return "", fmt.Errorf("%w: %d sat, the least is %d", ErrTooSmall, int64(coin.Value), int64(rules.Least))
	}
	kind, err := c.shape(p, coin, rules)
	if err != nil {
		return "", err
	}
	if w := p.Weight(); w > kind.Budget() {
		return "", fmt.Errorf("%w: %d weight units, at most %d", ErrWeight, w, kind.Budget())
	}
	return kind, c.execute(p, coin, rules.Rand)
}

// shape looks at what unlocks the coin: it must be of a known kind, and all its
// signatures of the one hash type. Whether they hold is not looked at here.
func (c *Contract) shape(p Pledge, coin Coin, rules Rules) (Kind, error) {
	class := txscript.GetScriptClass(coin.Script)
	switch class {
	case txscript.PubKeyHashTy:
		return P2PKH, legacyShape(p)
	case txscript.WitnessV0PubKeyHashTy:
		return P2WPKH, keyHashShape(p, nil)
	case txscript.ScriptHashTy:
		return P2SHP2WPKH, nestedShape(p)
	case txscript.WitnessV0ScriptHashTy:
		return FirmP2WSH, c.firmShape(p, rules.Firm)
	case txscript.WitnessV1TaprootTy:
		if len(p.Witness) == 4 && rules.Firm != nil {
			return FirmP2TR, c.firmLeafShape(p, *rules.Firm)
		}
		return P2TR, keyPathShape(p)
	}
	return "", fmt.Errorf("%w: %s", ErrScriptType, class)
}

func legacyShape(p Pledge) error {
	if len(p.Witness) > 0 {
		return fmt.Errorf("%w: it has a witness", ErrSignature)
	}
	pushes, err := pushedData(p.SignatureScript)
	if err != nil || len(pushes) != 2 {
		return fmt.Errorf("%w: it does not show a signature and a key", ErrSignature)
	}
	return ofHashType(pushes[0])
}

func keyHashShape(p Pledge, signatureScript []byte) error {
	if !bytes.Equal(p.SignatureScript, signatureScript) || len(p.Witness) != 2 {
		return fmt.Errorf("%w: it does not show a signature and a key", ErrSignature)
	}
	return ofHashType(p.Witness[0])
}

func nestedShape(p Pledge) error {
	if len(p.Witness) == 0 {
		return fmt.Errorf("%w: a script hash that is not P2WPKH within", ErrScriptType)
	}
	key := p.Witness[len(p.Witness)-1]
	program, err := txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(btcutil.Hash160(key)).Script()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrScriptType, err)
	}
	want, err := txscript.NewScriptBuilder().AddData(program).Script()
	if err != nil || !bytes.Equal(want, p.SignatureScript) {
		return fmt.Errorf("%w: a script hash that is not P2WPKH within", ErrScriptType)
	}
	return keyHashShape(p, want)
}

// annexTag is the first byte of an annex, the last of two or more items
// (BIP-0341).
const annexTag = 0x50

func keyPathShape(p Pledge) error {
	n := len(p.Witness)
	switch {
	case n > 1 && len(p.Witness[n-1]) > 0 && p.Witness[n-1][0] == annexTag:
		return ErrAnnex
	case n != 1:
		return fmt.Errorf("%w: only the key path of taproot", ErrScriptType)
	case len(p.SignatureScript) > 0:
		return fmt.Errorf("%w: it has a signature script", ErrSignature)
	}
	return ofHashTypeSchnorr(p.Witness[0])
}

func (c *Contract) firmShape(p Pledge, firm *Firm) error {
	if firm == nil {
		return fmt.Errorf("%w: no script hashes", ErrScriptType)
	}
	if len(p.Witness) != 5 || len(p.Witness[0]) != 0 || !bytes.Equal(p.Witness[3], []byte{1}) || len(p.SignatureScript) > 0 {
		return fmt.Errorf("%w: not the form of a firm pledge", ErrScriptType)
	}
	if !firm.holds(p.Witness[4], false) {
		return fmt.Errorf("%w: not the script of a firm pledge", ErrScriptType)
	}
	if err := firm.covers(c.LockTime); err != nil {
		return err
	}
	for _, sig := range p.Witness[1:3] {
		if err := ofHashType(sig); err != nil {
			return err
		}
	}
	return nil
}

func (c *Contract) firmLeafShape(p Pledge, firm Firm) error {
	if last := p.Witness[3]; len(last) > 0 && last[0] == annexTag {
		return ErrAnnex
	}
	if len(p.SignatureScript) > 0 || !firm.holds(p.Witness[2], true) {
		return fmt.Errorf("%w: not the leaf of a firm pledge", ErrScriptType)
	}
	if err := firm.covers(c.LockTime); err != nil {
		return err
	}
	for _, sig := range p.Witness[:2] {
		if err := ofHashTypeSchnorr(sig); err != nil {
			return err
		}
	}
	return nil
}

// ofHashType checks the last byte of an ECDSA signature.
func ofHashType(sig []byte) error {
	if len(sig) == 0 {
		return fmt.Errorf("%w: it is empty", ErrSignature)
	}
	if got := sig[len(sig)-1]; got != byte(hashType) {
		return fmt.Errorf("%w: %02x instead of %02x", ErrHashType, got, byte(hashType))
	}
	return nil
}

// ofHashTypeSchnorr checks a Schnorr signature's, which is left out for
// SIGHASH_DEFAULT.
func ofHashTypeSchnorr(sig []byte) error {
	if len(sig) == 64 {
		return fmt.Errorf("%w: 00 instead of %02x", ErrHashType, byte(hashType))
	}
	if len(sig) != 65 {
		return fmt.Errorf("%w: %d bytes", ErrSignature, len(sig))
	}
	return ofHashType(sig)
}

// pushedData are the pushes of a script that has nothing else.
func pushedData(script []byte) ([][]byte, error) {
	var pushes [][]byte
	t := txscript.MakeScriptTokenizer(0, script)
	for t.Next() {
		if t.Data() == nil {
			return nil, fmt.Errorf("%w: more than pushes", ErrSignature)
		}
		pushes = append(pushes, t.Data())
	}
	return pushes, t.Err()
}

// execute runs the scripts with the pledge alone, and beside a stranger. Both
// times the same is signed, so that the second finds the signature known.
func (c *Contract) execute(p Pledge, coin Coin, rand io.Reader) error {
	known := txscript.NewSigCache(4)
	stranger := wire.NewTxIn(&wire.OutPoint{}, nil, nil)
	if _, err := io.ReadFull(rand, stranger.PreviousOutPoint.Hash[:]); err != nil {
		return err
	}
	spent := wire.NewTxOut(int64(coin.Value), coin.Script)
	prevouts := txscript.NewMultiPrevOutFetcher(map[wire.OutPoint]*wire.TxOut{
		p.OutPoint:                spent,
		stranger.PreviousOutPoint: wire.NewTxOut(strangersValue, strangersScript),
	})
	alone := c.Alone(p)
	beside := c.claim([]*wire.TxIn{stranger, p.input()})
	for index, tx := range []*wire.MsgTx{alone, beside} {
		engine, err := txscript.NewEngine(coin.Script, tx, index, txscript.StandardVerifyFlags, known,
			txscript.NewTxSigHashes(tx, prevouts), spent.Value, prevouts)
		if err == nil {
			err = engine.Execute()
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSignature, err)
		}
	}
	return nil
}

// The stranger's coin is never looked at; only that it is there.
const strangersValue = 1_000

var strangersScript = append([]byte{txscript.OP_0, txscript.OP_DATA_20}, make([]byte, 20)...)

// unique reports the first coin that two pledges spend.
func unique(pledges []Pledge) error {
	seen := make(map[wire.OutPoint]bool, len(pledges))
	for _, p := range pledges {
		if seen[p.OutPoint] {
			return fmt.Errorf("%w: %s", ErrDuplicate, p.OutPoint)
		}
		seen[p.OutPoint] = true
	}
	return nil
}

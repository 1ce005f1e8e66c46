package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/txscript"
)

// Firm is a coin that its owner cannot take back before a date: until then
// spending it needs him and a keeper, who signs nothing but pledges. The keeper
// cannot take it either, as the owner's signature fixes the outputs; from the
// date on the owner alone spends it.
type Firm struct {
	Owner, Keeper *btcec.PublicKey
	// Until is the block height, or from 500,000,000 on the Unix time, of
	// OP_CHECKLOCKTIMEVERIFY (BIP-0065).
	Until uint32
}

// unspendable is the x coordinate of a point nobody has the key of (H of
// BIP-0341), the internal key of firm taproot coins.
const unspendable = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"

func unspendableKey() *btcec.PublicKey {
	raw, _ := hex.DecodeString(unspendable)
	key, err := schnorr.ParsePubKey(raw)
	if err != nil {
		panic(err) // a constant
	}
	return key
}

// WitnessScript is that of the P2WSH form:
//
//	IF 2 <owner> <keeper> 2 CHECKMULTISIG ELSE <until> CLTV DROP <owner> CHECKSIG ENDIF
//
// A pledge's witness is: nothing, owner's signature, keeper's signature, 1, the
// script.
func (f Firm) WitnessScript() ([]byte, error) {
	owner := f.Owner.SerializeCompressed()
	return txscript.NewScriptBuilder().
		AddOp(txscript.OP_IF).
		AddOp(txscript.OP_2).AddData(owner).AddData(f.Keeper.SerializeCompressed()).AddOp(txscript.OP_2).AddOp(txscript.OP_CHECKMULTISIG).
		AddOp(txscript.OP_ELSE).
		AddInt64(int64(f.Until)).AddOp(txscript.OP_CHECKLOCKTIMEVERIFY).AddOp(txscript.OP_DROP).AddData(owner).AddOp(txscript.OP_CHECKSIG).
		AddOp(txscript.OP_ENDIF).
		Script()
}

// Leaves are the two of the taproot form: that of pledges and that of taking the
// coin back. A pledge's witness is: keeper's signature, owner's signature, the
// first leaf, its control block.
func (f Firm) Leaves() (pledge, back txscript.TapLeaf, err error) {
	owner := schnorr.SerializePubKey(f.Owner)
	both, err := txscript.NewScriptBuilder().AddData(owner).AddOp(txscript.OP_CHECKSIGVERIFY).
		AddData(schnorr.SerializePubKey(f.Keeper)).AddOp(txscript.OP_CHECKSIG).Script()
	if err != nil {
		return pledge, back, err
	}
	alone, err := txscript.NewScriptBuilder().AddInt64(int64(f.Until)).AddOp(txscript.OP_CHECKLOCKTIMEVERIFY).AddOp(txscript.OP_DROP).
		AddData(owner).AddOp(txscript.OP_CHECKSIG).Script()
	if err != nil {
		return pledge, back, err
	}
	return txscript.NewBaseTapLeaf(both), txscript.NewBaseTapLeaf(alone), nil
}

// Script is the coin's output script in the P2WSH form, or in the taproot form.
func (f Firm) Script(taproot bool) ([]byte, error) {
	if !taproot {
		script, err := f.WitnessScript()
		if err != nil {
			return nil, err
		}
		hash := sha256.Sum256(script)
		return txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(hash[:]).Script()
	}
	pledge, back, err := f.Leaves()
	if err != nil {
		return nil, err
	}
	root := txscript.AssembleTaprootScriptTree(pledge, back).RootNode.TapHash()
	return txscript.PayToTaprootScript(txscript.ComputeTaprootOutputKey(unspendableKey(), root[:]))
}

// ControlBlock is that of the pledge's leaf in the taproot form.
func (f Firm) ControlBlock() ([]byte, error) {
	pledge, back, err := f.Leaves()
	if err != nil {
		return nil, err
	}
	tree := txscript.AssembleTaprootScriptTree(pledge, back)
	block := tree.LeafMerkleProofs[0].ToControlBlock(unspendableKey())
	return block.ToBytes()
}

// holds reports whether a revealed script is of the form, for these keys and
// this date: whether it is byte for byte what the form makes of them.
func (f Firm) holds(revealed []byte, taproot bool) bool {
	if taproot {
		pledge, _, err := f.Leaves()
		return err == nil && bytes.Equal(revealed, pledge.Script)
	}
	script, err := f.WitnessScript()
	return err == nil && bytes.Equal(revealed, script)
}

// covers reports whether the coin stays firm until a contract can be claimed for
// a while: its date must be of the same kind as the contract's lock time and
// after it.
func (f Firm) covers(lockTime uint32) error {
	if lockTime == 0 {
		return nil
	}
	if (f.Until < txscript.LockTimeThreshold) != (lockTime < txscript.LockTimeThreshold) || f.Until <= lockTime {
		return fmt.Errorf("%w: it is free again at %d, the claim is possible from %d", ErrScriptType, f.Until, lockTime)
	}
	return nil
}

// FirmOwner is the owner's key in what a pledge for a firm coin reveals; nil
// where it does not look like one. Whether the script is of the form is for Check
// to say.
func FirmOwner(p Pledge) *btcec.PublicKey {
	var key *btcec.PublicKey
	var err error
	switch len(p.Witness) {
	case 5: // IF 2 <owner> …
		const at = 3
		if script := p.Witness[4]; len(script) > at+btcec.PubKeyBytesLenCompressed {
			key, err = btcec.ParsePubKey(script[at : at+btcec.PubKeyBytesLenCompressed])
		}
	case 4: // <owner> CHECKSIGVERIFY …
		if leaf := p.Witness[2]; len(leaf) > 1+schnorr.PubKeyBytesLen {
			key, err = schnorr.ParsePubKey(leaf[1 : 1+schnorr.PubKeyBytesLen])
		}
	}
	if err != nil {
		return nil
	}
	return key
}

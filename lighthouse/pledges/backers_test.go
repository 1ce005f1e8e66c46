package pledges

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"

	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

const hashType = txscript.SigHashAll | txscript.SigHashAnyOneCanPay

// A backer has a key and one coin, and signs as tests want it.
type backer struct {
	kind contract.Kind
	key  *btcec.PrivateKey
	firm *contract.Firm
	coin contract.Coin
	at   wire.OutPoint
}

func keyOf(name string) *btcec.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	key, _ := btcec.PrivKeyFromBytes(seed[:])
	return key
}

// newBacker makes one by name whose coin is of a kind and not there yet; c is for
// firm pledges.
func newBacker(t testing.TB, name string, kind contract.Kind, value btcutil.Amount, c lighthouse.Campaign) *backer {
	t.Helper()
	b := &backer{kind: kind, key: keyOf(name + string(kind))}
	pub := b.key.PubKey()
	hash := btcutil.Hash160(pub.SerializeCompressed())
	var script []byte
	var err error
	switch kind {
	case contract.P2PKH:
		script, err = txscript.NewScriptBuilder().AddOp(txscript.OP_DUP).AddOp(txscript.OP_HASH160).AddData(hash).
			AddOp(txscript.OP_EQUALVERIFY).AddOp(txscript.OP_CHECKSIG).Script()
	case contract.P2WPKH:
		script = program(t, hash)
	case contract.P2SHP2WPKH:
		script, err = txscript.NewScriptBuilder().AddOp(txscript.OP_HASH160).AddData(btcutil.Hash160(program(t, hash))).AddOp(txscript.OP_EQUAL).Script()
	case contract.P2TR:
		script, err = txscript.PayToTaprootScript(txscript.ComputeTaprootKeyNoScript(pub))
	case contract.FirmP2WSH, contract.FirmP2TR:
		if b.firm, err = firmOf(c, pub); err == nil {
			script, err = b.firm.Script(kind == contract.FirmP2TR)
		}
	}
	must(t, err)
	b.coin = contract.Coin{Value: value, Script: script}
	return b
}

func program(t testing.TB, hash []byte) []byte {
	t.Helper()
	script, err := txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(hash).Script()
	must(t, err)
	return script
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pledge is the signed transaction that consists of the pledge alone. A firm one
// has the keeper's place empty.
func (b *backer) pledge(t testing.TB, c *contract.Contract, hashType txscript.SigHashType) *wire.MsgTx {
	t.Helper()
	tx := c.Alone(contract.Pledge{OutPoint: b.at, Sequence: sequence})
	b.sign(t, tx, hashType)
	return tx
}

// sign fills in what unlocks the coin, which is input 0 of tx.
func (b *backer) sign(t testing.TB, tx *wire.MsgTx, hashType txscript.SigHashType) {
	t.Helper()
	in := tx.TxIn[0]
	prevouts := txscript.NewCannedPrevOutputFetcher(b.coin.Script, int64(b.coin.Value))
	hashes := txscript.NewTxSigHashes(tx, prevouts)
	value := int64(b.coin.Value)
	pub := b.key.PubKey().SerializeCompressed()
	var err error
	switch b.kind {
	case contract.P2PKH:
		in.SignatureScript, err = txscript.SignatureScript(tx, 0, b.coin.Script, hashType, b.key, true)
	case contract.P2WPKH:
		in.Witness, err = txscript.WitnessSignature(tx, hashes, 0, value, b.coin.Script, hashType, b.key, true)
	case contract.P2SHP2WPKH:
		nested := program(t, btcutil.Hash160(pub))
		in.SignatureScript, err = txscript.NewScriptBuilder().AddData(nested).Script()
		must(t, err)
		in.Witness, err = txscript.WitnessSignature(tx, hashes, 0, value, nested, hashType, b.key, true)
	case contract.P2TR:
		var sig []byte
		sig, err = txscript.RawTxInTaprootSignature(tx, hashes, 0, value, b.coin.Script, nil, hashType, b.key)
		in.Witness = wire.TxWitness{sig}
	case contract.FirmP2WSH:
		script, scriptErr := b.firm.WitnessScript()
		must(t, scriptErr)
		var sig []byte
		sig, err = txscript.RawTxInWitnessSignature(tx, hashes, 0, value, script, hashType, b.key)
		in.Witness = wire.TxWitness{nil, sig, nil, {1}, script}
	case contract.FirmP2TR:
		leaf, _, leafErr := b.firm.Leaves()
		must(t, leafErr)
		block, blockErr := b.firm.ControlBlock()
		must(t, blockErr)
		var sig []byte
		sig, err = txscript.RawTxInTapscriptSignature(tx, hashes, 0, value, b.coin.Script, leaf, hashType, b.key)
		in.Witness = wire.TxWitness{nil, sig, leaf.Script, block}
	}
	must(t, err)
}

// spend is a transaction that takes the coin elsewhere: to as many outputs, less
// a fee. It is not for firm coins.
func (b *backer) spend(t testing.TB, fee btcutil.Amount, to ...*wire.TxOut) *wire.MsgTx {
	t.Helper()
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: b.at, Sequence: sequence})
	tx.TxOut = to
	if len(to) == 0 {
		tx.AddTxOut(wire.NewTxOut(int64(b.coin.Value-fee), program(t, bytes.Repeat([]byte{9}, 20))))
	}
	b.sign(t, tx, txscript.SigHashAll)
	return tx
}

// refund is a transaction that sends the coin home from a height on.
func (b *backer) refund(t testing.TB, from uint32) *wire.MsgTx {
	t.Helper()
	tx := wire.NewMsgTx(2)
	tx.LockTime = from
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: b.at, Sequence: sequence})
	tx.AddTxOut(wire.NewTxOut(int64(b.coin.Value)-300, program(t, bytes.Repeat([]byte{8}, 20))))
	b.sign(t, tx, txscript.SigHashAll)
	return tx
}

func rawTx(t testing.TB, tx *wire.MsgTx) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, tx.Serialize(&b))
	return b.Bytes()
}

// newCampaign has levels with these goals, each of two beneficiaries of its own.
func newCampaign(t testing.TB, name string, deadline int32, goals ...btcutil.Amount) lighthouse.Campaign {
	t.Helper()
	c := lighthouse.Campaign{Stage: lighthouse.Open, Terms: lighthouse.Terms{Revision: 1, Deadline: deadline}}
	sum := sha256.Sum256([]byte(name))
	copy(c.ID[:], sum[:])
	c.Terms.Keeper = KeeperOf(testSecret).PublicKey(c.ID)
	for i, goal := range goals {
		const reserve = 5_000
		half := (goal - reserve) / 2
		made, err := contract.New(contract.Version, 0, []contract.Output{
			{Value: half, Script: program(t, btcutil.Hash160(fmt.Appendf(nil, "%s/%d/a", name, i)))},
			{Value: goal - reserve - half, Script: program(t, btcutil.Hash160(fmt.Appendf(nil, "%s/%d/b", name, i)))},
		})
		must(t, err)
		c.Terms.Levels = append(c.Terms.Levels, lighthouse.Level{Goal: goal, Reserve: reserve, Contract: made})
	}
	return c
}

var testSecret = sha256.Sum256([]byte("pledges in tests"))

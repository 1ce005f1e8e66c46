package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// A backer has a key and one coin, and signs as tests want it.
type backer struct {
	kind  Kind
	key   *btcec.PrivateKey
	firm  *Firm
	coin  Coin
	at    wire.OutPoint
	claim func(*Contract, Pledge) *wire.MsgTx // what is signed; the honest one if nil
}

var keeperKey = keyOf("keeper")

func keyOf(name string) *btcec.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	key, _ := btcec.PrivKeyFromBytes(seed[:])
	return key
}

// newBacker makes the n-th backer with a coin of a kind.
func newBacker(t testing.TB, kind Kind, n int, value btcutil.Amount) *backer {
	t.Helper()
	var id [8]byte
	binary.BigEndian.PutUint64(id[:], uint64(n))
	b := &backer{kind: kind, key: keyOf(string(kind) + string(id[:]))}
	b.at = wire.OutPoint{Hash: sha256.Sum256(append([]byte(kind), id[:]...)), Index: uint32(n % 7)}
	pub := b.key.PubKey()
	hash := btcutil.Hash160(pub.SerializeCompressed())
	var script []byte
	var err error
	switch kind {
	case P2PKH:
		script, err = txscript.NewScriptBuilder().AddOp(txscript.OP_DUP).AddOp(txscript.OP_HASH160).AddData(hash).
			AddOp(txscript.OP_EQUALVERIFY).AddOp(txscript.OP_CHECKSIG).Script()
	case P2WPKH:
		script, err = witnessProgram(hash)
	case P2SHP2WPKH:
		var program []byte
		if program, err = witnessProgram(hash); err == nil {
			script, err = txscript.NewScriptBuilder().AddOp(txscript.OP_HASH160).AddData(btcutil.Hash160(program)).AddOp(txscript.OP_EQUAL).Script()
		}
	case P2TR:
		script, err = txscript.PayToTaprootScript(txscript.ComputeTaprootKeyNoScript(pub))
	case FirmP2WSH, FirmP2TR:
		b.firm = &Firm{Owner: pub, Keeper: keeperKey.PubKey(), Until: 900_000}
		script, err = b.firm.Script(kind == FirmP2TR)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.coin = Coin{value, script}
	return b
}

func witnessProgram(hash []byte) ([]byte, error) {
	return txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(hash).Script()
}

// pledge signs the contract with a hash type.
func (b *backer) pledge(t testing.TB, c *Contract, hashType txscript.SigHashType) Pledge {
	t.Helper()
	p := Pledge{OutPoint: b.at, Sequence: 0xfffffffd}
	tx := c.Alone(p)
	if b.claim != nil {
		tx = b.claim(c, p)
		p.Sequence = tx.TxIn[0].Sequence
	}
	b.sign(t, tx, &p, hashType)
	return p
}

// sign fills in what unlocks the coin, which is input 0 of tx.
func (b *backer) sign(t testing.TB, tx *wire.MsgTx, p *Pledge, hashType txscript.SigHashType) {
	t.Helper()
	prevouts := txscript.NewCannedPrevOutputFetcher(b.coin.Script, int64(b.coin.Value))
	hashes := txscript.NewTxSigHashes(tx, prevouts)
	pub := b.key.PubKey().SerializeCompressed()
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch b.kind {
	case P2PKH:
		sig, err := txscript.SignatureScript(tx, 0, b.coin.Script, hashType, b.key, true)
		fail(err)
		p.SignatureScript = sig
	case P2WPKH:
		w, err := txscript.WitnessSignature(tx, hashes, 0, int64(b.coin.Value), b.coin.Script, hashType, b.key, true)
		fail(err)
		p.Witness = w
	case P2SHP2WPKH:
		program, err := witnessProgram(btcutil.Hash160(pub))
		fail(err)
		w, err := txscript.WitnessSignature(tx, hashes, 0, int64(b.coin.Value), program, hashType, b.key, true)
		fail(err)
		script, err := txscript.NewScriptBuilder().AddData(program).Script()
		fail(err)
		p.SignatureScript, p.Witness = script, w
	case P2TR:
		sig, err := txscript.RawTxInTaprootSignature(tx, hashes, 0, int64(b.coin.Value), b.coin.Script, nil, hashType, b.key)
		fail(err)
		p.Witness = wire.TxWitness{sig}
	case FirmP2WSH:
		script, err := b.firm.WitnessScript()
		fail(err)
		witness := wire.TxWitness{nil}
		for _, key := range []*btcec.PrivateKey{b.key, keeperKey} {
			sig, err := txscript.RawTxInWitnessSignature(tx, hashes, 0, int64(b.coin.Value), script, hashType, key)
			fail(err)
			witness = append(witness, sig)
		}
		p.Witness = append(witness, []byte{1}, script)
	case FirmP2TR:
		leaf, _, err := b.firm.Leaves()
		fail(err)
		block, err := b.firm.ControlBlock()
		fail(err)
		var witness wire.TxWitness
		for _, key := range []*btcec.PrivateKey{keeperKey, b.key} {
			sig, err := txscript.RawTxInTapscriptSignature(tx, hashes, 0, int64(b.coin.Value), b.coin.Script, leaf, hashType, key)
			fail(err)
			witness = append(witness, sig)
		}
		p.Witness = append(witness, leaf.Script, block)
	}
}

// rules allow the backer's form of firm pledge.
func (b *backer) rules() Rules {
	return Rules{Least: 1_000, Firm: b.firm, Rand: bytes.NewReader(bytes.Repeat([]byte{0xd1}, 32))}
}

// beneficiary is an output of a kind of its own number.
func beneficiary(t testing.TB, n byte, value btcutil.Amount) Output {
	t.Helper()
	script, err := witnessProgram(bytes.Repeat([]byte{n}, 20))
	if err != nil {
		t.Fatal(err)
	}
	return Output{value, script}
}

func newContract(t testing.TB, lockTime uint32, outputs ...Output) *Contract {
	t.Helper()
	c, err := New(Version, lockTime, outputs)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var kinds = []Kind{P2PKH, P2WPKH, P2SHP2WPKH, P2TR, FirmP2WSH, FirmP2TR}

// highS makes the other signature of the same message, which nodes refuse.
func highS(t testing.TB, sig []byte) []byte {
	t.Helper()
	parsed, err := ecdsa.ParseDERSignature(sig[:len(sig)-1])
	if err != nil {
		t.Fatal(err)
	}
	r, s := parsed.R(), parsed.S()
	s.Negate()
	rb, sb := r.Bytes(), s.Bytes()
	number := func(b [32]byte) []byte {
		n := bytes.TrimLeft(b[:], "\x00")
		if n[0]&0x80 != 0 {
			n = append([]byte{0}, n...)
		}
		return append([]byte{2, byte(len(n))}, n...)
	}
	body := append(number(rb), number(sb)...)
	return append(append([]byte{0x30, byte(len(body))}, body...), sig[len(sig)-1])
}

package devnet

import (
	"errors"
	"testing"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// testKey is somebody with coins on the devnet.
type testKey struct {
	private      *btcec.PrivateKey
	p2wpkh, p2tr []byte
}

func newTestKey(t testing.TB) *testKey {
	t.Helper()
	private, err := btcec.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	hash := btcutil.Hash160(private.PubKey().SerializeCompressed())
	output := txscript.ComputeTaprootKeyNoScript(private.PubKey())
	return &testKey{
		private: private,
		p2wpkh:  append([]byte{txscript.OP_0, txscript.OP_DATA_20}, hash...),
		p2tr:    append([]byte{txscript.OP_1, txscript.OP_DATA_32}, schnorr.SerializePubKey(output)...),
	}
}

// sequenceRBF signals replaceability (BIP-0125).
const sequenceRBF = 0xfffffffd

// spend builds a signed transaction that spends the key's output of a known
// transaction, paying value back to the key's P2WPKH script, final.
func (k *testKey) spend(t *testing.T, c *Chain, txid chainhash.Hash, value int64) *wire.MsgTx {
	t.Helper()
	return k.spendTo(t, c, txid, wire.MaxTxInSequenceNum, wire.NewTxOut(value, k.p2wpkh))
}

// spendTo spends the key's first output of a known transaction.
func (k *testKey) spendTo(t *testing.T, c *Chain, txid chainhash.Hash, sequence uint32, outs ...*wire.TxOut) *wire.MsgTx {
	t.Helper()
	prev, err := c.Tx(txid)
	if err != nil {
		t.Fatal(err)
	}
	outpoint := wire.OutPoint{Hash: txid}
	for i, out := range prev.Msg.TxOut {
		if string(out.PkScript) == string(k.p2wpkh) || string(out.PkScript) == string(k.p2tr) {
			outpoint.Index = uint32(i)
			break
		}
	}
	tx := wire.NewMsgTx(2)
	in := wire.NewTxIn(&outpoint, nil, nil)
	in.Sequence = sequence
	tx.AddTxIn(in)
	for _, out := range outs {
		tx.AddTxOut(out)
	}
	k.sign(t, tx, prev.Msg.TxOut[outpoint.Index])
	return tx
}

func (k *testKey) sign(t *testing.T, tx *wire.MsgTx, prevout *wire.TxOut) {
	t.Helper()
	fetcher := txscript.NewCannedPrevOutputFetcher(prevout.PkScript, prevout.Value)
	sighashes := txscript.NewTxSigHashes(tx, fetcher)
	var witness wire.TxWitness
	var err error
	if txscript.IsPayToTaproot(prevout.PkScript) {
		witness, err = txscript.TaprootWitnessSignature(tx, sighashes, 0, prevout.Value,
			prevout.PkScript, txscript.SigHashDefault, k.private)
	} else {
		witness, err = txscript.WitnessSignature(tx, sighashes, 0, prevout.Value,
			prevout.PkScript, txscript.SigHashAll, k.private, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	tx.TxIn[0].Witness = witness
}

// checkConsistent walks the best chain through the Source interface and checks
// that heights, hashes, headers and blocks agree.
func checkConsistent(t *testing.T, c *Chain) {
	t.Helper()
	at := tip(t, c)
	want := at.Hash
	for height := at.Height; height >= 0; height-- {
		hash, err := c.HashAt(t.Context(), height)
		if err != nil || hash != want {
			t.Fatalf("height %d is %v (%v), and not %v as the block above says", height, hash, err, want)
		}
		header, err := c.Header(t.Context(), hash)
		if err != nil || header.BlockHash() != hash {
			t.Fatalf("header of %d: %v, %v", height, header, err)
		}
		if height > at.Height-110 {
			block, err := c.Block(t.Context(), hash)
			if err != nil || block.BlockHash() != hash {
				t.Fatalf("block of %d: %v, %v", height, block, err)
			}
		}
		want = header.PrevBlock
	}
	if _, err := c.HashAt(t.Context(), at.Height+1); !errors.Is(err, chain.ErrNoBlock) {
		t.Fatalf("a block above the tip: %v", err)
	}
}

// Package carriertest has a wallet of one key over coins of the devnet, and
// looks for what its transactions carry. It is for tests only and imports
// testing.
package carriertest

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"cairn/chain"
	"cairn/chain/devnet"
	"cairn/notary/carrier"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Wallet is a wallet of one key over coins of the devnet: everything it
// signs passes the script engine of a real chain. The node's wallet is tested
// in chain/wallet.
type Wallet struct {
	chain  *devnet.Chain
	key    *btcec.PrivateKey
	script []byte

	mu     sync.Mutex
	coins  []wire.OutPoint          // guarded by mu
	leases map[string]wire.OutPoint // guarded by mu; by purpose
	err    error                    // guarded by mu; what every call returns, when set
	rate   chain.FeeRate            // guarded by mu; the estimate
	// Extra is paid beyond what was asked for.
	Extra btcutil.Amount
}

const coinValue = 100_000

// NewWallet gives a wallet so many confirmed coins.
func NewWallet(t testing.TB, c *devnet.Chain, coins int) *Wallet {
	t.Helper()
	key, public := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{7}, 32))
	address, err := btcutil.NewAddressWitnessPubKeyHash(btcutil.Hash160(public.SerializeCompressed()), c.Params())
	if err != nil {
		t.Fatal(err)
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		t.Fatal(err)
	}
	w := &Wallet{chain: c, key: key, script: script, leases: make(map[string]wire.OutPoint), rate: chain.SatPerVByte(2)}
	for range coins {
		txid, err := c.Faucet(t.Context(), script, coinValue)
		if err != nil {
			t.Fatal(err)
		}
		tx, err := c.MempoolTx(txid)
		if err != nil {
			t.Fatal(err)
		}
		for i, out := range tx.TxOut {
			if bytes.Equal(out.PkScript, script) {
				w.coins = append(w.coins, wire.OutPoint{Hash: txid, Index: uint32(i)})
			}
		}
	}
	if _, err := c.Mine(1); err != nil {
		t.Fatal(err)
	}
	return w
}

// EstimateRate implements carrier.Wallet.
func (w *Wallet) EstimateRate(context.Context, int32) (chain.FeeRate, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rate, w.err
}

// Set makes every call fail from now on, unless err is nil, and chooses the
// estimate.
func (w *Wallet) Set(err error, rate chain.FeeRate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err, w.rate = err, rate
}

// Prepare implements carrier.Wallet.
func (w *Wallet) Prepare(_ context.Context, p carrier.Payment) (carrier.Signed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return carrier.Signed{}, w.err
	}
	coin, ok := w.leases[p.Purpose]
	if !ok {
		found := false
		for i, candidate := range w.coins {
			if out, err := w.chain.Unspent(candidate); err == nil && out != nil {
				coin, found = candidate, true
				w.coins = append(w.coins[:i:i], w.coins[i+1:]...)
				break
			}
		}
		if !found {
			return carrier.Signed{}, chain.ErrNoFunds
		}
		w.leases[p.Purpose] = coin
	}
	return w.sign(coin, p)
}

// Replace implements carrier.Wallet.
func (w *Wallet) Replace(_ context.Context, p carrier.Payment, replaced []byte) (carrier.Signed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return carrier.Signed{}, w.err
	}
	var old wire.MsgTx
	if err := old.Deserialize(bytes.NewReader(replaced)); err != nil {
		return carrier.Signed{}, err
	}
	return w.sign(old.TxIn[0].PreviousOutPoint, p)
}

// weight of one P2WPKH input, an OP_RETURN of 32 bytes and a P2WPKH change.
const weight = 4*(10+41+43+31) + 2 + 108

func (w *Wallet) sign(coin wire.OutPoint, p carrier.Payment) (carrier.Signed, error) {
	fee := p.Rate.Fee(weight) + w.Extra
	tx := wire.NewMsgTx(2)
	in := wire.NewTxIn(&coin, nil, nil)
	in.Sequence = 0xfffffffd
	tx.AddTxIn(in)
	tx.AddTxOut(p.Output)
	tx.AddTxOut(wire.NewTxOut(coinValue-int64(fee), w.script))
	fetcher := txscript.NewCannedPrevOutputFetcher(w.script, coinValue)
	witness, err := txscript.WitnessSignature(tx, txscript.NewTxSigHashes(tx, fetcher), 0, coinValue, w.script,
		txscript.SigHashAll, w.key, true)
	if err != nil {
		return carrier.Signed{}, err
	}
	in.Witness = witness
	var raw bytes.Buffer
	if err := tx.Serialize(&raw); err != nil {
		return carrier.Signed{}, err
	}
	return carrier.Signed{Tx: tx, Raw: raw.Bytes(), Fee: fee}, nil
}

// Conflicting spends the coin of a stored transaction in another way.
func (w *Wallet) Conflicting(t testing.TB, raw []byte) *wire.MsgTx {
	t.Helper()
	var old wire.MsgTx
	if err := old.Deserialize(bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	signed, err := w.sign(old.TxIn[0].PreviousOutPoint, carrier.Payment{Output: wire.NewTxOut(0, []byte{txscript.OP_RETURN, 1, 0xff}), Rate: chain.SatPerVByte(100)})
	if err != nil {
		t.Fatal(err)
	}
	return signed.Tx
}

// Carriers lists the transactions in the best chain and the mempool that have
// an output script, by where they are.
func Carriers(t testing.TB, c *devnet.Chain, script []byte) (mined, waiting []chainhash.Hash) {
	t.Helper()
	tip, err := c.Tip(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for height := tip.Height; height > 0 && height > tip.Height-150; height-- {
		hash, err := c.HashAt(t.Context(), height)
		if err != nil {
			t.Fatal(err)
		}
		block, err := c.Block(t.Context(), hash)
		if err != nil {
			t.Fatal(err)
		}
		for _, tx := range block.Transactions {
			if has(tx, script) {
				mined = append(mined, tx.TxHash())
			}
		}
	}
	for _, txid := range c.Mempool() {
		tx, err := c.MempoolTx(txid)
		if err != nil {
			t.Fatal(err)
		}
		if has(tx, script) {
			waiting = append(waiting, txid)
		}
	}
	return mined, waiting
}

func has(tx *wire.MsgTx, script []byte) bool {
	for _, out := range tx.TxOut {
		if bytes.Equal(out.PkScript, script) {
			return true
		}
	}
	return false
}

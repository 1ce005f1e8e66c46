package devnet

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"cairn/app/db/durable"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

const (
	// MinFaucet and MaxFaucet bound one payment of the faucet.
	MinFaucet btcutil.Amount = 1_000
	MaxFaucet btcutil.Amount = 100 * btcutil.SatoshiPerBitcoin
	// maxFaucetScript bounds the script paid to; no standard one is longer.
	maxFaucetScript = 10_000

	// faucetFeeRate is what the faucet pays, in satoshi per virtual byte.
	faucetFeeRate = 2
	// minChange is the smallest change worth keeping.
	minChange = 1_000
	// maxFaucetInputs keeps the faucet's transactions standard.
	maxFaucetInputs = 200
	// replenishBlocks is how many blocks the faucet mines at most for a
	// payment it cannot make from what it has.
	replenishBlocks = 10
	// rescanBlocks is how far back the faucet looks for its coins at a start.
	rescanBlocks = 500
	// maxCoins bounds the coins the faucet keeps in mind. Newer ones are left
	// lying: there is always another block.
	maxCoins = 500
)

// faucet gives away what the devnet's blocks earn. Its coins are candidates:
// whether one can be spent is asked of the chain and the mempool at the time
// of spending. Guarded by Chain.mu.
type faucet struct {
	key     *btcec.PrivateKey
	address btcutil.Address
	script  []byte
	coins   map[wire.OutPoint]coin
}

// coin is an output of the faucet's. Height is 0 while unconfirmed.
type coin struct {
	outpoint wire.OutPoint
	value    int64
	height   int32
	coinbase bool
}

// loadFaucetKey reads the key file (32 bytes in hexadecimal, mode 0600), or
// makes one. Whoever has the file can spend devnet coins, which are worthless.
func loadFaucetKey(path string, random io.Reader) (*btcec.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeFaucetKey(path, random)
	}
	if err != nil {
		return nil, err
	}
	seed, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(seed) != 32 {
		return nil, fmt.Errorf("%w: %s does not hold 64 hexadecimal digits", ErrDamaged, path)
	}
	return faucetKey(seed)
}

func makeFaucetKey(path string, random io.Reader) (*btcec.PrivateKey, error) {
	seed := make([]byte, 32)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("draw the faucet's key: %w", err)
	}
	key, err := faucetKey(seed)
	if err != nil {
		return nil, err
	}
	return key, durable.Replace(path, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, hex.EncodeToString(seed))
		return err
	})
}

func faucetKey(seed []byte) (*btcec.PrivateKey, error) {
	key, _ := btcec.PrivKeyFromBytes(seed)
	if key.Key.IsZero() {
		return nil, fmt.Errorf("%w: the faucet's key is zero", ErrDamaged)
	}
	return key, nil
}

func newFaucet(key *btcec.PrivateKey, params *chaincfg.Params) (*faucet, error) {
	hash := btcutil.Hash160(key.PubKey().SerializeCompressed())
	address, err := btcutil.NewAddressWitnessPubKeyHash(hash, params)
	if err != nil {
		return nil, fmt.Errorf("make the faucet's address: %w", err)
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		return nil, fmt.Errorf("make the faucet's address: %w", err)
	}
	return &faucet{key: key, address: address, script: script, coins: map[wire.OutPoint]coin{}}, nil
}

// Faucet pays amount (MinFaucet to MaxFaucet) to a standard output script with
// a real transaction, and returns its id once it is in the mempool. Any number
// of calls may be made before the next block: the change of one pays the next.
// It mines blocks when its mature coins do not suffice.
//
// Errors: ErrAmount; chain.ErrRejected for a script that is not standard;
// chain.ErrNoFunds; ErrClosed; the context's.
func (c *Chain) Faucet(ctx context.Context, script []byte, amount btcutil.Amount) (chainhash.Hash, error) {
	if amount < MinFaucet || amount > MaxFaucet {
		return chainhash.Hash{}, fmt.Errorf("%w: %d is not within %d to %d satoshi",
			ErrAmount, int64(amount), int64(MinFaucet), int64(MaxFaucet))
	}
	if len(script) > maxFaucetScript {
		return chainhash.Hash{}, fmt.Errorf("%w: a script of %d bytes is not standard",
			chain.ErrRejected, len(script))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return chainhash.Hash{}, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return chainhash.Hash{}, err
	}
	out := wire.NewTxOut(int64(amount), bytes.Clone(script))
	tx, err := c.buildPayment(out)
	for mined := 0; errors.Is(err, chain.ErrNoFunds) && mined < replenishBlocks; mined++ {
		if _, err := c.mine(1); err != nil {
			return chainhash.Hash{}, fmt.Errorf("refill the faucet: %w", err)
		}
		tx, err = c.buildPayment(out)
	}
	if err != nil {
		return chainhash.Hash{}, err
	}
	if err := c.submit(tx); err != nil {
		return chainhash.Hash{}, fmt.Errorf("pay from the faucet: %w", err)
	}
	return tx.TxHash(), nil
}

// buildPayment chooses coins for an output, adds the change and signs.
func (c *Chain) buildPayment(out *wire.TxOut) (*wire.MsgTx, error) {
	tx := wire.NewMsgTx(2)
	tx.AddTxOut(out)
	prevouts := txscript.NewMultiPrevOutFetcher(nil)
	var in int64
	for _, coin := range c.spendableCoins() {
		tx.AddTxIn(wire.NewTxIn(&coin.outpoint, nil, nil))
		prevouts.AddPrevOut(coin.outpoint, wire.NewTxOut(coin.value, c.faucet.script))
		in += coin.value
		if in >= out.Value+paymentFee(tx) || len(tx.TxIn) == maxFaucetInputs {
			break
		}
	}
	change := in - out.Value - paymentFee(tx)
	if change < 0 {
		return nil, fmt.Errorf("%w: the faucet has %d satoshi at hand", chain.ErrNoFunds, in)
	}
	if change >= minChange {
		tx.AddTxOut(wire.NewTxOut(change, c.faucet.script))
	}
	sighashes := txscript.NewTxSigHashes(tx, prevouts)
	for i, txIn := range tx.TxIn {
		value := prevouts.FetchPrevOutput(txIn.PreviousOutPoint).Value
		witness, err := txscript.WitnessSignature(tx, sighashes, i, value,
			c.faucet.script, txscript.SigHashAll, c.faucet.key, true)
		if err != nil {
			return nil, fmt.Errorf("sign the faucet's payment: %w", err)
		}
		txIn.Witness = witness
	}
	return tx, nil
}

// paymentFee is the fee of a payment with the inputs and the one output so
// far, a change output and the signatures added (BIP-0141 virtual size: a
// P2WPKH input's witness weighs at most 108 units, an output of ours 31 bytes).
func paymentFee(tx *wire.MsgTx) int64 {
	const change, witness, segwitMarker = 31, 108, 2
	weight := 4*int64(tx.SerializeSizeStripped()+change) + segwitMarker + witness*int64(len(tx.TxIn))
	return faucetFeeRate * ((weight + 3) / 4)
}

// spendableCoins are the coins that can be spent now: confirmed ones first,
// oldest first, so that a reorganisation takes back as few payments as can be;
// then unconfirmed change, largest first. Candidates that are gone are dropped.
func (c *Chain) spendableCoins() []coin {
	tip := c.chain.BestSnapshot().Height
	var coins []coin
	for outpoint, candidate := range c.faucet.coins {
		if c.pool.CheckSpend(outpoint) != nil {
			continue // it comes back should the spender vanish
		}
		entry, err := c.chain.FetchUtxoEntry(outpoint)
		switch {
		case err == nil && entry != nil && !entry.IsSpent():
			candidate.height = entry.BlockHeight()
			// One confirmation more than needed: a payment then outlives a
			// reorganisation of MaxReorg blocks.
			if candidate.coinbase && tip-candidate.height < int32(c.params.CoinbaseMaturity) {
				continue
			}
		case c.pool.IsTransactionInPool(&outpoint.Hash):
			candidate.height = 0
		default:
			delete(c.faucet.coins, outpoint)
			continue
		}
		coins = append(coins, candidate)
	}
	slices.SortFunc(coins, func(a, b coin) int {
		if (a.height == 0) != (b.height == 0) {
			return cmp.Compare(b.height, a.height) // unconfirmed last
		}
		return cmp.Or(
			cmp.Compare(a.height, b.height),
			cmp.Compare(b.value, a.value),
			bytes.Compare(a.outpoint.Hash[:], b.outpoint.Hash[:]),
			cmp.Compare(a.outpoint.Index, b.outpoint.Index),
		)
	})
	return coins
}

// sawUnconfirmed notes the outputs of a mempool transaction that are ours.
func (f *faucet) sawUnconfirmed(tx *btcutil.Tx) { f.note(tx, 0, false) }

// connected notes a new block's outputs that are ours and forgets the coins it
// spends.
func (f *faucet) connected(block *btcutil.Block) {
	for i, tx := range block.Transactions() {
		for _, in := range tx.MsgTx().TxIn {
			delete(f.coins, in.PreviousOutPoint)
		}
		f.note(tx, block.Height(), i == 0)
	}
}

func (f *faucet) note(tx *btcutil.Tx, height int32, coinbase bool) {
	for i, out := range tx.MsgTx().TxOut {
		if len(f.coins) < maxCoins && out.Value >= minChange && bytes.Equal(out.PkScript, f.script) {
			outpoint := wire.OutPoint{Hash: *tx.Hash(), Index: uint32(i)}
			f.coins[outpoint] = coin{outpoint, out.Value, height, coinbase}
		}
	}
}

// rescan finds the faucet's coins in the newest blocks and the mempool, at
// start and after a reorganisation.
func (f *faucet) rescan(c *Chain) error {
	clear(f.coins)
	tip := c.chain.BestSnapshot().Height
	for height := max(1, tip-rescanBlocks+1); height <= tip; height++ {
		block, err := c.chain.BlockByHeight(height)
		if err != nil {
			return fmt.Errorf("look for the faucet's coins: %w", err)
		}
		f.connected(block)
	}
	for _, desc := range c.pool.TxDescs() {
		f.sawUnconfirmed(desc.Tx)
	}
	return nil
}

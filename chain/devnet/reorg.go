package devnet

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/mining"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// MaxReorg is the deepest reorganisation the devnet makes.
const MaxReorg = 100

// ReorgOption changes what the competing branch does to transactions.
type ReorgOption func(*reorgPlan)

type reorgPlan struct {
	drop    map[chainhash.Hash]bool
	include []*wire.MsgTx
}

// WithoutTx keeps transactions out of the mempool after the reorganisation,
// and with them whatever spends their outputs: the network has forgotten them.
func WithoutTx(txids ...chainhash.Hash) ReorgOption {
	return func(p *reorgPlan) {
		for _, txid := range txids {
			p.drop[txid] = true
		}
	}
}

// WithTx mines transactions in the first block of the competing branch, in
// this order: a double spend of what the old branch held, for instance. They
// need not be standard, but valid.
func WithTx(txs ...*wire.MsgTx) ReorgOption {
	return func(p *reorgPlan) { p.include = append(p.include, txs...) }
}

// disconnected collects what a reorganisation takes out of the best chain.
type disconnected struct{ txs []*btcutil.Tx }

func (d *disconnected) add(block *btcutil.Block) {
	d.txs = append(d.txs, block.Transactions()[1:]...)
}

// Reorg replaces the top depth blocks (1 to MaxReorg) by depth+1 competing
// ones, mined on the block below them: as on the network, the old branch is
// left for the one with more work, in one step of the consensus code. It
// returns the new blocks, lowest first. Transactions of the old branch go back
// to the mempool where they are still valid.
//
// Errors: ErrCount for a depth out of range or below the first block;
// chain.ErrRejected when a WithTx transaction is not valid there (the best
// chain is then as it was); ErrTooFast, ErrDiskFull, ErrClosed.
func (c *Chain) Reorg(depth int, options ...ReorgOption) ([]chain.BlockRef, error) {
	plan := reorgPlan{drop: map[chainhash.Hash]bool{}}
	for _, option := range options {
		option(&plan)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	best := c.chain.BestSnapshot()
	if depth < 1 || depth > MaxReorg || depth > int(best.Height) {
		return nil, fmt.Errorf("%w: a reorganisation of %d blocks at height %d", ErrCount, depth, best.Height)
	}
	c.reorg = &disconnected{}
	refs, err := c.mineFrom(best.Height-int32(depth), depth+1, plan.include)
	left := c.reorg
	c.reorg = nil
	if err != nil {
		return nil, fmt.Errorf("reorganise %d blocks: %w", depth, err)
	}
	c.refillAfter(left, plan)
	if err := errors.Join(c.faucet.rescan(c), c.journal.sync()); err != nil {
		return nil, err
	}
	c.tipChanged()
	c.cfg.Log.Debug("devnet reorganised", slog.Int("depth", depth), slog.Any("tip", refs[depth]))
	return refs, nil
}

// mineFrom is mineBranch on the block at a height of the best chain.
func (c *Chain) mineFrom(height int32, count int, include []*wire.MsgTx) ([]chain.BlockRef, error) {
	hash, err := c.chain.BlockHashByHeight(height)
	if err != nil {
		return nil, err
	}
	return c.mineBranch(chain.BlockRef{Height: height, Hash: *hash}, count, include)
}

// mineBranch mines count blocks on a block that need not be the tip, the first
// with the given transactions, the others empty. The last must become the tip.
func (c *Chain) mineBranch(parent chain.BlockRef, count int, include []*wire.MsgTx) ([]chain.BlockRef, error) {
	times, err := c.timesBelow(parent)
	if err != nil {
		return nil, err
	}
	refs := make([]chain.BlockRef, 0, count)
	for range count {
		at := c.clock.AdjustedTime()
		if earliest := medianTime(times).Add(time.Second); at.Before(earliest) {
			at = earliest
		}
		if at.After(c.clock.AdjustedTime().Add(maxAhead)) {
			return nil, ErrTooFast
		}
		block, err := c.branchBlock(parent, at, include)
		if err != nil {
			return nil, err
		}
		include = nil
		if err := c.record(block); err != nil {
			return nil, rejected(err)
		}
		parent = chain.BlockRef{Height: parent.Height + 1, Hash: *block.Hash()}
		refs = append(refs, parent)
		times = append(times, at)
	}
	if tip := c.chain.BestSnapshot(); tip.Hash != parent.Hash {
		return nil, fmt.Errorf("%w: the competing branch was not valid", chain.ErrRejected)
	}
	return refs, nil
}

// timesBelow are the times of a block and the ten below it, oldest first, which
// the median-time rule needs.
func (c *Chain) timesBelow(ref chain.BlockRef) ([]time.Time, error) {
	var times []time.Time
	at := ref.Hash
	for h := ref.Height; h >= 0 && len(times) < medianBlocks; h-- {
		header, err := c.chain.HeaderByHash(&at)
		if err != nil {
			return nil, err
		}
		times = append(times, header.Timestamp)
		at = header.PrevBlock
	}
	slices.Reverse(times)
	return times, nil
}

// medianBlocks is the number of blocks whose median time the next must exceed.
const medianBlocks = 11

// medianTime is the median of the last medianBlocks times.
func medianTime(times []time.Time) time.Time {
	last := slices.Clone(times[max(0, len(times)-medianBlocks):])
	slices.SortFunc(last, time.Time.Compare)
	return last[len(last)/2]
}

// branchBlock makes and solves one block on a parent that need not be the tip.
// The fees of its transactions are left unclaimed.
func (c *Chain) branchBlock(parent chain.BlockRef, at time.Time, include []*wire.MsgTx) (*btcutil.Block, error) {
	height := parent.Height + 1
	nonce, err := c.extraNonce()
	if err != nil {
		return nil, err
	}
	script, err := txscript.NewScriptBuilder().AddInt64(int64(height)).AddInt64(int64(nonce)).
		AddData([]byte(mining.CoinbaseFlags)).Script()
	if err != nil {
		return nil, err
	}
	coinbase := wire.NewMsgTx(wire.TxVersion)
	coinbase.AddTxIn(wire.NewTxIn(wire.NewOutPoint(&chainhash.Hash{}, wire.MaxPrevOutIndex), script, nil))
	coinbase.AddTxOut(wire.NewTxOut(blockchain.CalcBlockSubsidy(height, c.params), c.faucet.script))

	txs := []*btcutil.Tx{btcutil.NewTx(coinbase)}
	for _, tx := range include {
		txs = append(txs, btcutil.NewTx(tx.Copy()))
	}
	if slices.ContainsFunc(txs, (*btcutil.Tx).HasWitness) {
		mining.AddWitnessCommitment(txs[0], txs)
	}
	version, err := c.chain.CalcNextBlockVersion()
	if err != nil {
		return nil, err
	}
	block := wire.NewMsgBlock(&wire.BlockHeader{
		Version:    version,
		PrevBlock:  parent.Hash,
		MerkleRoot: blockchain.CalcMerkleRoot(txs, false),
		Timestamp:  at,
		Bits:       c.params.PowLimitBits,
	})
	for _, tx := range txs {
		if err := block.AddTransaction(tx.MsgTx()); err != nil {
			return nil, err
		}
	}
	if err := solve(&block.Header); err != nil {
		return nil, err
	}
	return btcutil.NewBlock(block), nil
}

// rejected marks an error of the consensus rules as chain.ErrRejected.
func rejected(err error) error {
	var rule blockchain.RuleError
	if errors.As(err, &rule) {
		return fmt.Errorf("%w: %w", chain.ErrRejected, err)
	}
	return err
}

// refillAfter makes the mempool anew from the transactions of the old branch
// and those that were waiting, but for the dropped ones.
func (c *Chain) refillAfter(left *disconnected, plan reorgPlan) {
	candidates := left.txs
	for _, desc := range c.pool.TxDescs() {
		candidates = append(candidates, desc.Tx)
	}
	c.refill(slices.DeleteFunc(candidates, func(tx *btcutil.Tx) bool {
		return plan.drop[*tx.Hash()]
	}))
}

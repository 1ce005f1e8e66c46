package devnet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/mining"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

const (
	// MaxMine is how many blocks one call of Mine makes at most.
	MaxMine = 10_000
	// premineHeight is the height a new chain is brought to. A coinbase can be
	// spent after 100 blocks, so the faucet begins with 50 coins of 50 BTC.
	premineHeight = 150
	// premineSpacing is the time between the blocks of the premine.
	premineSpacing = time.Minute
	// maxAhead is how far a block may be dated ahead of the clock. The
	// network's limit is two hours.
	maxAhead = 110 * time.Minute
	// maxBlockWeight is what Bitcoin Core fills a block up to.
	maxBlockWeight = 3_996_000
	// minFreeBytes is the room on the disk below which no block is mined:
	// btcd's database ends the process when it cannot write.
	minFreeBytes = 64 << 20
	// maxTipAge is how old the tip of a devnet that mines by itself gets.
	maxTipAge = time.Hour
	// minedBatch is after how many blocks in a row the journal is synced and
	// everybody told.
	minedBatch = 200
)

// newMiner makes what chooses a block's transactions: all that wait, as far as
// there is room, highest fee rate first (each by its own: a child does not pay
// for its parent).
func (c *Chain) newMiner(sigs *txscript.SigCache, hashes *txscript.HashCache) *mining.BlkTmplGenerator {
	return mining.NewBlkTmplGenerator(&mining.Policy{
		BlockMaxWeight: maxBlockWeight,
	}, c.params, c.pool, c.chain, c.clock, sigs, hashes)
}

// Mine makes n blocks (1 to MaxMine), each with what waits in the mempool,
// highest fee rate first, and returns them, lowest first. They are on disk
// when it returns. When it fails midway the blocks made so far stay and are
// returned along with the error.
//
// Errors: ErrCount, ErrTooFast, ErrDiskFull, ErrClosed.
func (c *Chain) Mine(n int) ([]chain.BlockRef, error) {
	if n < 1 || n > MaxMine {
		return nil, fmt.Errorf("%w: %d is not within 1 to %d", ErrCount, n, MaxMine)
	}
	refs := make([]chain.BlockRef, 0, n)
	for len(refs) < n {
		batch, err := c.mineBatch(min(n-len(refs), minedBatch))
		refs = append(refs, batch...)
		if err != nil {
			return refs, err
		}
	}
	return refs, nil
}

func (c *Chain) mineBatch(n int) ([]chain.BlockRef, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	return c.mine(n)
}

// mine is Mine with mu held.
func (c *Chain) mine(n int) ([]chain.BlockRef, error) {
	refs := make([]chain.BlockRef, 0, n)
	var failed error
	for len(refs) < n && failed == nil {
		var ref chain.BlockRef
		if ref, failed = c.mineOne(time.Time{}); failed == nil {
			refs = append(refs, ref)
		}
	}
	if len(refs) > 0 {
		failed = errors.Join(failed, c.journal.sync())
		c.tipChanged()
	}
	return refs, failed
}

// mineOne makes one block on the tip, dated at; the zero time is now, or
// as soon after as the median-time rule (BIP-0113) allows.
func (c *Chain) mineOne(at time.Time) (chain.BlockRef, error) {
	best := c.chain.BestSnapshot()
	earliest := mining.MinimumMedianTime(best)
	if earliest.After(c.clock.AdjustedTime().Add(maxAhead)) {
		return chain.BlockRef{}, ErrTooFast
	}
	template, err := c.miner.NewBlockTemplate(c.faucet.address)
	if err != nil {
		return chain.BlockRef{}, fmt.Errorf("assemble a block: %w", err)
	}
	block := template.Block
	if at.After(earliest) {
		block.Header.Timestamp = at
	}
	nonce, err := c.extraNonce()
	if err != nil {
		return chain.BlockRef{}, err
	}
	if err := c.miner.UpdateExtraNonce(block, template.Height, nonce); err != nil {
		return chain.BlockRef{}, fmt.Errorf("assemble a block: %w", err)
	}
	if err := solve(&block.Header); err != nil {
		return chain.BlockRef{}, err
	}
	mined := btcutil.NewBlock(block)
	if err := c.record(mined); err != nil {
		return chain.BlockRef{}, err
	}
	ref := chain.BlockRef{Height: template.Height, Hash: *mined.Hash()}
	c.cfg.Log.Debug("devnet mined a block", slog.Int("height", int(ref.Height)),
		slog.Any("hash", ref.Hash), slog.Int("transactions", len(block.Transactions)))
	return ref, nil
}

// extraNonce tells this coinbase apart from that of every other block, of
// competing branches above all.
func (c *Chain) extraNonce() (uint64, error) {
	var random [8]byte
	if _, err := io.ReadFull(c.cfg.Rand, random[:]); err != nil {
		return 0, fmt.Errorf("draw a coinbase nonce: %w", err)
	}
	return binary.LittleEndian.Uint64(random[:]) & math.MaxInt64, nil
}

// solve finds the proof of work; on regtest every other nonce will do.
func solve(header *wire.BlockHeader) error {
	target := blockchain.CompactToBig(header.Bits)
	for {
		hash := header.BlockHash()
		if blockchain.HashToBig(&hash).Cmp(target) <= 0 {
			return nil
		}
		if header.Nonce == math.MaxUint32 {
			return errors.New("no nonce solves the block")
		}
		header.Nonce++
	}
}

// record writes a solved block to the journal and hands it to the chain. A
// block the chain does not take is not left in the journal.
func (c *Chain) record(block *btcutil.Block) error {
	free, err := freeBytes(c.cfg.Dir)
	if err != nil {
		return err
	}
	if free < c.minFreeBytes {
		return fmt.Errorf("%w: %d MB are left where %d are needed",
			ErrDiskFull, free>>20, c.minFreeBytes>>20)
	}
	raw, err := block.Bytes()
	if err != nil {
		return fmt.Errorf("write a block: %w", err)
	}
	before := c.journal.size
	if err := c.journal.append(raw); err != nil {
		return err
	}
	if err := c.process(block); err != nil {
		return errors.Join(err, c.journal.cut(before))
	}
	return nil
}

// process hands a block to btcd's consensus code.
func (c *Chain) process(block *btcutil.Block) error {
	_, orphan, err := c.chain.ProcessBlock(block, blockchain.BFNone)
	if err != nil {
		return fmt.Errorf("connect block %s: %w", block.Hash(), err)
	}
	if orphan {
		return fmt.Errorf("%w: block %s has no parent", ErrDamaged, block.Hash())
	}
	return nil
}

// premine brings a new chain, or one whose first start was cut short, to
// premineHeight.
func (c *Chain) premine() error {
	now := c.clock.AdjustedTime()
	for {
		height := c.chain.BestSnapshot().Height + 1
		if height > premineHeight {
			return nil
		}
		if _, err := c.mineOne(now.Add(-premineSpacing * time.Duration(premineHeight+1-height))); err != nil {
			return fmt.Errorf("mine the first blocks: %w", err)
		}
	}
}

// mineAtInterval mines whenever something has waited for up to BlockInterval,
// or nothing was mined for maxTipAge.
func (c *Chain) mineAtInterval() {
	ticker := time.NewTicker(c.cfg.BlockInterval)
	defer ticker.Stop()
	for {
		select {
		case <-c.quit:
			return
		case <-ticker.C:
		}
		if c.pool.Count() == 0 && !c.tipIsOld() {
			continue
		}
		if _, err := c.Mine(1); err != nil && !errors.Is(err, ErrClosed) {
			c.cfg.Log.Warn("devnet could not mine", slog.Any("error", err))
		}
	}
}

func (c *Chain) tipIsOld() bool {
	hash := c.chain.BestSnapshot().Hash
	header, err := c.chain.HeaderByHash(&hash)
	return err == nil && c.clock.AdjustedTime().Sub(header.Timestamp) > maxTipAge
}

package devnet

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/blockchain/indexers"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/database"
	_ "github.com/btcsuite/btcd/database/ffldb" // the block database's driver
	"github.com/btcsuite/btcd/txscript"
)

const (
	// utxoCacheBytes is small: the whole chain is small.
	utxoCacheBytes = 1 << 20
	// sigCacheEntries lets a transaction checked on its way into the mempool
	// be mined without checking its signatures again.
	sigCacheEntries = 2000
)

// openStorage opens the journal, the block database and the chain on it, and
// brings the chain up to the journal. When the database cannot be read and
// the journal is there, the database is made anew from it; so it is when no
// block was ever mined, a first start having been cut short.
func (c *Chain) openStorage() error {
	var err error
	c.journal, err = openJournal(filepath.Join(c.cfg.Dir, "blocks.journal"))
	if err != nil {
		return err
	}
	err = c.openChain()
	if err != nil && (c.journal.size > 0 || c.neverMined()) {
		c.cfg.Log.Warn("devnet database unreadable, rebuilding it from the journal",
			slog.Any("error", err))
		if err := c.setDatabaseAside(); err != nil {
			return err
		}
		err = c.openChain()
	}
	if err != nil {
		return err
	}
	return c.replay()
}

// openChain opens (or creates) the database and the parts that work on it.
func (c *Chain) openChain() error {
	var err error
	if c.db, err = openDatabase(c.databaseDir(), c.params); err != nil {
		return err
	}
	c.filters = indexers.NewCfIndex(c.db, c.params)
	c.txs = indexers.NewTxIndex(c.db)
	sigs := txscript.NewSigCache(sigCacheEntries)
	hashes := txscript.NewHashCache(sigCacheEntries)
	c.chain, err = blockchain.New(&blockchain.Config{
		DB:               c.db,
		ChainParams:      c.params,
		TimeSource:       c.clock,
		SigCache:         sigs,
		HashCache:        hashes,
		IndexManager:     indexers.NewManager(c.db, []indexers.Indexer{c.txs, c.filters}),
		UtxoCacheMaxSize: utxoCacheBytes,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	c.pool = c.newMempool(sigs, hashes)
	c.miner = c.newMiner(sigs, hashes)
	return nil
}

func (c *Chain) databaseDir() string { return filepath.Join(c.cfg.Dir, "blocks") }

// neverMined reports whether the block files hold the genesis block at most.
func (c *Chain) neverMined() bool {
	const genesisAndFrame = 1 << 10
	files, err := filepath.Glob(filepath.Join(c.databaseDir(), "*.fdb"))
	if err != nil || len(files) > 1 {
		return false
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Size() > genesisAndFrame {
			return false
		}
	}
	return true
}

// setDatabaseAside closes and renames a database that could not be used, in
// case somebody wants to look at it.
func (c *Chain) setDatabaseAside() error {
	if c.db != nil {
		c.db.Close() // its errors are why it is set aside
		c.db = nil
	}
	aside := c.databaseDir() + ".damaged"
	if err := os.RemoveAll(aside); err != nil {
		return err
	}
	return os.Rename(c.databaseDir(), aside)
}

// openDatabase opens or creates btcd's block database.
func openDatabase(dir string, params *chaincfg.Params) (database.DB, error) {
	db, err := database.Open("ffldb", dir, params.Net)
	if kind, ok := err.(database.Error); ok && kind.ErrorCode == database.ErrDbDoesNotExist {
		db, err = database.Create("ffldb", dir, params.Net)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return db, nil
}

// replay hands the chain every block of the journal it does not have: those
// whose place in the database was still in memory when the process died. A
// block the rules refuse was refused before (see WithTx) and is passed over.
func (c *Chain) replay() error {
	journaled := map[chainhash.Hash]bool{}
	replayed := 0
	err := c.journal.each(func(raw []byte) error {
		block, err := btcutil.NewBlockFromBytes(raw)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		journaled[*block.Hash()] = true
		known, err := c.chain.HaveBlock(block.Hash())
		if err != nil || known {
			return err
		}
		replayed++
		c.clock.notBefore = block.MsgBlock().Header.Timestamp
		err = c.process(block)
		if errors.As(err, new(blockchain.RuleError)) {
			return nil
		}
		return err
	})
	c.clock.notBefore = time.Time{}
	if err != nil {
		return err
	}
	if replayed > 0 {
		c.cfg.Log.Debug("devnet replayed blocks after an unclean stop", slog.Int("blocks", replayed))
	}
	if err := c.completeJournal(journaled); err != nil {
		return err
	}
	return c.connectStored()
}

// connectStored makes btcd connect blocks that it has stored without having
// connected them, as a crash between the two can leave behind: it mines a block
// on top of them.
func (c *Chain) connectStored() error {
	best := c.tip()
	stored := best
	for _, tip := range c.chain.ChainTips() {
		if tip.Status == blockchain.StatusValidFork && tip.Height > stored.Height {
			stored = chain.BlockRef{Height: tip.Height, Hash: tip.BlockHash}
		}
	}
	if stored == best {
		return nil
	}
	c.cfg.Log.Debug("devnet connects stored blocks", slog.Any("best", best), slog.Any("stored", stored))
	_, err := c.mineBranch(stored, 1, nil)
	if errors.Is(err, chain.ErrRejected) {
		return nil // it breaks the rules, and btcd has noted so
	}
	return err
}

// completeJournal adds the blocks of the best chain that the journal lost, be
// it to a power cut or with the file, so that it can always stand in for the
// database.
func (c *Chain) completeJournal(journaled map[chainhash.Hash]bool) error {
	best := c.chain.BestSnapshot()
	first := best.Height + 1
	for first > 1 {
		hash, err := c.chain.BlockHashByHeight(first - 1)
		if err != nil {
			return err
		}
		if journaled[*hash] {
			break
		}
		first--
	}
	for height := first; height <= best.Height; height++ {
		block, err := c.chain.BlockByHeight(height)
		if err != nil {
			return err
		}
		raw, err := block.Bytes()
		if err != nil {
			return err
		}
		if err := c.journal.append(raw); err != nil {
			return err
		}
	}
	if first > best.Height {
		return nil
	}
	return c.journal.sync()
}

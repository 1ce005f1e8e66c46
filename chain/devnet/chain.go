package devnet

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/blockchain/indexers"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/database"
	"github.com/btcsuite/btcd/mempool"
	"github.com/btcsuite/btcd/mining"
)

// Config says where a devnet lives and how it behaves.
type Config struct {
	// Dir is its folder, created with mode 0700 when missing. Required.
	Dir string
	// Listen is the loopback address of the P2P listener;
	// "127.0.0.1:0" (any free port) when empty.
	Listen string
	// BlockInterval is how long a transaction waits in the mempool at most
	// before a block is mined. With it, an empty block is mined when the last
	// one is an hour old, because lnd calls a wallet whose newest block is two
	// hours old unsynced. 0 mines only when asked to.
	BlockInterval time.Duration
	// MaxPeers bounds the P2P connections; 16 when 0.
	MaxPeers int
	// Now is the clock that dates blocks; time.Now when nil.
	Now func() time.Time
	// Rand makes the faucet's key and tells apart the coinbases of competing
	// blocks; it must be safe for concurrent use. crypto/rand when nil.
	Rand io.Reader
	// Log receives what happens, at debug level but for trouble; discarded
	// when nil.
	Log *slog.Logger
}

// Chain is an open devnet. Its methods are safe for concurrent use.
type Chain struct {
	cfg    Config
	params *chaincfg.Params
	clock  *clock

	lock    *os.File
	db      database.DB
	journal *journal
	chain   *blockchain.BlockChain
	filters *indexers.CfIndex
	txs     *indexers.TxIndex
	pool    *mempool.TxPool
	miner   *mining.BlkTmplGenerator
	faucet  *faucet
	p2p     *server
	changed *changes

	// The limits of these names; tests lower and raise them.
	maxWaiting   int
	minFreeBytes uint64

	// mu makes the tip, the mempool and the faucet move together: held for
	// writing while a block or transaction is added, for reading by look-ups
	// that must not see a reorganisation half done.
	mu     sync.RWMutex
	closed bool
	// reorg collects the blocks leaving the best chain while a
	// reorganisation is under way; nil otherwise. Guarded by mu.
	reorg *disconnected

	quit chan struct{}
	wg   sync.WaitGroup
}

// The chain is where the follower's blocks come from.
var _ chain.Source = (*Chain)(nil)

// Open opens the devnet in cfg.Dir, or makes one. A new chain gets 150 blocks
// dated one minute apart, so that the faucet has mature coins; every start
// mines one fresh block on top, because lnd takes a chain whose tip is old for
// one that is still being downloaded. It listens when Open returns.
//
// Errors: ErrInUse, ErrDamaged, ErrDiskFull, and those of the file system.
func Open(cfg Config) (*Chain, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Chain{
		cfg:     cfg,
		params:  newParams(),
		clock:   &clock{now: cfg.Now},
		changed: newChanges(),
		quit:    make(chan struct{}),

		maxWaiting:   maxWaiting,
		minFreeBytes: minFreeBytes,
	}
	if err := c.open(); err != nil {
		c.abandon()
		return nil, fmt.Errorf("open the devnet in %s: %w", cfg.Dir, err)
	}
	return c, nil
}

func (cfg Config) withDefaults() (Config, error) {
	if cfg.Dir == "" {
		return cfg, errors.New("a devnet needs a folder")
	}
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	if cfg.MaxPeers == 0 {
		cfg.MaxPeers = 16
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return cfg, nil
}

func (c *Chain) open() error {
	if err := os.MkdirAll(c.cfg.Dir, 0o700); err != nil {
		return err
	}
	var err error
	if c.lock, err = lockFolder(filepath.Join(c.cfg.Dir, "lock")); err != nil {
		return err
	}
	key, err := loadFaucetKey(filepath.Join(c.cfg.Dir, "faucet.key"), c.cfg.Rand)
	if err != nil {
		return err
	}
	c.faucet, err = newFaucet(key, c.params)
	if err != nil {
		return err
	}
	if err := c.openStorage(); err != nil {
		return err
	}
	c.chain.Subscribe(c.onNotification)
	c.loadMempool()
	if err := c.faucet.rescan(c); err != nil {
		return err
	}
	if err := c.premine(); err != nil {
		return err
	}
	if _, err := c.Mine(1); err != nil {
		return err
	}
	if c.p2p, err = listen(c); err != nil {
		return err
	}
	if c.cfg.BlockInterval > 0 {
		c.wg.Go(c.mineAtInterval)
	}
	return nil
}

// Close stops the listener and the miner, writes the mempool and everything
// else to disk, and releases the folder. Closing twice is harmless.
func (c *Chain) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	c.mu.Unlock()

	close(c.quit)
	c.p2p.close()
	c.wg.Wait()

	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(
		c.saveMempool(),
		c.chain.FlushUtxoCache(blockchain.FlushRequired),
		c.db.Close(),
		c.journal.close(),
		c.lock.Close(),
	)
}

// abandon releases what a failed open had taken.
func (c *Chain) abandon() {
	if c.p2p != nil {
		c.p2p.close()
	}
	if c.db != nil {
		c.db.Close()
	}
	if c.journal != nil {
		c.journal.close()
	}
	if c.lock != nil {
		c.lock.Close()
	}
}

// Params are the rules of the chain, for whoever builds transactions for it.
// Treat them as read-only.
func (c *Chain) Params() *chaincfg.Params { return c.params }

// clock lets btcd date and judge blocks by the configured clock.
type clock struct {
	now func() time.Time
	// notBefore is, while the journal is replayed, the date of the block at
	// hand: a clock set back meanwhile does not make our own blocks invalid.
	// Only open touches it.
	notBefore time.Time
}

// AdjustedTime is the present, in whole seconds as block headers have them.
func (c *clock) AdjustedTime() time.Time {
	now := time.Unix(c.now().Unix(), 0)
	if now.Before(c.notBefore) {
		return c.notBefore
	}
	return now
}

// AddTimeSample ignores what peers think the time is.
func (*clock) AddTimeSample(string, time.Time) {}

// Offset is none.
func (*clock) Offset() time.Duration { return 0 }

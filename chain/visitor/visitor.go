// Package visitor watches the wallets that visitors keep in their browsers: which
// coins their scripts have, in blocks and, where one can be asked, in the mempool;
// and it passes their transactions on. It sees scripts and signed transactions,
// never a key, and cannot tell who anybody is.
//
//	Watch → Feed, again whenever Changed → Send
//
// A wallet is known by an ID that its owner's browser derives from its seed: whoever
// has it may read which scripts belong together, and no more. The coins themselves
// are follow's (Watched); this package keeps which wallets there are, what is still
// to be searched for in older blocks, and the transactions that wait for a block.
package visitor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Limits.
const (
	// MostScripts is how many scripts one wallet may have watched: its addresses,
	// and twenty more of each branch after it was restored.
	MostScripts = 2_000
	// MostAtOnce is how many of them one call of Watch takes.
	MostAtOnce = 250
	// maxScript is the length of the longest script that is watched: all forms of
	// outputs that have an address are shorter.
	maxScript = 42 // bytes
	// mostCoins is how many coins Feed tells of; who has more is shown those that
	// are unspent first, and then the newest.
	mostCoins = 5_000
)

// Config of a Service.
type Config struct {
	DB *db.DB
	// Source has the blocks that older coins are searched in.
	Source chain.Source
	// Depth is how many blocks back they are searched for; 0 for all.
	Depth int32
	// SearchPause is left between two searches: whoever asks meanwhile shares the
	// next.
	SearchPause time.Duration
	// Filter, if set, says whether a block may hold any of the scripts, so that
	// the others need not be loaded (BIP-0158).
	Filter func(ctx context.Context, block chainhash.Hash, scripts [][]byte) (bool, error)
	// Mempool is nil where none can be asked: a light client sees none.
	Mempool Mempool
	// Publish hands a transaction to the network. Errors: chain.ErrRejected with
	// its words; chain.ErrEngineDown when nobody was there to take it.
	Publish func(ctx context.Context, tx *wire.MsgTx) error
	// MostInAll bounds the scripts of all wallets together; 1,000,000 when 0.
	MostInAll int64
	// Fence, if set, is called first in every transaction of the loops.
	Fence func(tx *gorm.DB) error
	Now   func() time.Time
	Log   *slog.Logger
}

// Mempool are the transactions that wait for a block.
type Mempool interface {
	Mempool() []chainhash.Hash
	MempoolTx(txid chainhash.Hash) (*wire.MsgTx, error)
}

// Service watches wallets. Its methods are safe for concurrent use.
type Service struct {
	cfg     Config
	waiting *waiting
	search  chan struct{} // wakes the search

	mu      sync.Mutex // guards what is below
	changed chan struct{}
	cursor  chain.BlockRef
}

// New makes a Service; Look and Run do its work.
func New(cfg Config) *Service {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MostInAll == 0 {
		cfg.MostInAll = 1_000_000
	}
	return &Service{cfg: cfg, waiting: newWaiting(), search: make(chan struct{}, 1), changed: make(chan struct{})}
}

// ID names a wallet to the server.
type ID [16]byte

// ParseID reads an ID in hexadecimal. Errors: ErrID.
func ParseID(text string) (id ID, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(id) {
		return id, ErrID
	}
	return ID(raw), nil
}

// String hides the ID, which only its owner should have.
func (ID) String() string { return "a wallet" }

// label is under what the wallet's scripts are watched. It does not tell the ID, so
// that nobody can ask for a wallet he has found in a backup.
func (id ID) label() string {
	sum := sha256.Sum256(append([]byte("cairn visitor\n"), id[:]...))
	return "visitor/" + hex.EncodeToString(sum[:16])
}

// Changed returns a channel that is closed when coins may have changed.
func (s *Service) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// announce closes the channel of all who wait.
func (s *Service) announce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// transact is a transaction of the loops, which only one process runs.
func (s *Service) transact(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if s.cfg.Fence != nil {
			if err := s.cfg.Fence(tx); err != nil {
				return err
			}
		}
		return fn(tx)
	})
}

// checkScript lets a script through that can be watched. Errors: ErrScript.
func checkScript(script []byte) error {
	if len(script) == 0 || len(script) > maxScript {
		return fmt.Errorf("%w: %d bytes", ErrScript, len(script))
	}
	return nil
}

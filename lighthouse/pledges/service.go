package pledges

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Campaigns is what pledges need to know of what they are for.
type Campaigns interface {
	// Get reads a campaign that others than its creator may see. Errors:
	// lighthouse.ErrUnknown.
	Get(ctx context.Context, id lighthouse.ID) (lighthouse.Campaign, error)
	// GetIn is Get within a transaction.
	GetIn(tx *gorm.DB, id lighthouse.ID) (lighthouse.Campaign, error)
	// FreezeIn fixes the terms for ever: somebody has signed this revision of
	// them. Doing so again is no error. Errors: lighthouse.ErrChanged.
	FreezeIn(tx *gorm.DB, id lighthouse.ID, revision int) error
}

// Mempool sees the transactions that wait for a block.
type Mempool interface {
	// Waiting lists them, in no order.
	Waiting() []chainhash.Hash
	// Transaction is one of them; false if it does not wait any more.
	Transaction(txid chainhash.Hash) (*wire.MsgTx, bool)
}

// Config of a Service. DB, Campaigns, Coins and Secret are required.
type Config struct {
	DB        *db.DB
	Campaigns Campaigns
	Coins     coins.Finder
	// Frozen is called after the first pledge has fixed a campaign's terms; it may
	// be nil.
	Frozen func(id lighthouse.ID)
	// Mempool is nil where nobody sees transactions that wait: coins are then
	// seen, and seen to leave, in blocks.
	Mempool Mempool
	// Secret is what owners' keys and the keeper's keys are derived from. It must
	// never change.
	Secret [sha256.Size]byte
	// Rate is the fee rate that claims are reckoned with; LeastRate when nil or
	// when it gives less.
	Rate func() chain.FeeRate
	// Poll is how often changes made by other processes, and the transactions
	// that wait, are looked for; 1 s when 0.
	Poll time.Duration
	// Rand makes IDs, and must be safe for concurrent use.
	Rand io.Reader
	Now  func() time.Time
	Log  *slog.Logger
}

// LeastRate is the lowest fee rate that claims are reckoned with: what every
// node relays, 1 sat/vB.
const LeastRate = chain.FeeRate(250)

// Service takes pledges and says how they are. Its methods are safe for
// concurrent use.
type Service struct {
	cfg    Config
	db     *db.DB
	log    *slog.Logger
	now    func() time.Time
	keeper Keeper

	desk    desk
	hub     hub
	reached reached

	// pause is called between looking for a coin and storing its pledge; nil but
	// in tests.
	pause func()
}

// New makes a Service.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Campaigns == nil || cfg.Coins == nil {
		return nil, errors.New("pledges need a database, campaigns, and somebody who finds coins")
	}
	if cfg.Secret == ([sha256.Size]byte{}) {
		return nil, errors.New("pledges need a secret")
	}
	if cfg.Poll <= 0 {
		cfg.Poll = time.Second
	}
	if cfg.Frozen == nil {
		cfg.Frozen = func(lighthouse.ID) {}
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		cfg: cfg, db: cfg.DB, log: cfg.Log, now: cfg.Now,
		keeper: NewKeeper(derive(cfg.Secret, "keeper")),
		desk:   desk{reading: make(chan struct{}, readers)},
	}, nil
}

// rate is the fee rate of now.
func (s *Service) rate() chain.FeeRate {
	if s.cfg.Rate == nil {
		return LeastRate
	}
	return max(s.cfg.Rate(), LeastRate)
}

// keyOf is the secret of a pledge's owner.
func (s *Service) keyOf(id lighthouse.PledgeID) lighthouse.Key {
	sum := derive(s.cfg.Secret, "pledge/"+id.String())
	return lighthouse.Key(sum[:len(lighthouse.Key{})])
}

// clientOf is what is kept of who sends something: enough to count by.
func (s *Service) clientOf(client string) string {
	if client == "" {
		return ""
	}
	sum := derive(s.cfg.Secret, "client/"+client)
	return hex.EncodeToString(sum[:8])
}

func hashOf(key lighthouse.Key) []byte {
	sum := sha256.Sum256(key[:])
	return sum[:]
}

// derive makes a secret of a secret.
func derive(secret [sha256.Size]byte, purpose string) [sha256.Size]byte {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte("cairn/pledges/" + purpose))
	return [sha256.Size]byte(mac.Sum(nil))
}

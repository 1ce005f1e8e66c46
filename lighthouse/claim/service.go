package claim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Campaigns is what claiming needs of them; package campaigns has it.
type Campaigns interface {
	// ByKey is the campaign of a creator's key. Errors: lighthouse.ErrNotYours.
	ByKey(ctx context.Context, key lighthouse.Key) (lighthouse.Campaign, error)
	// GetIn reads one within a transaction. Errors: lighthouse.ErrUnknown.
	GetIn(tx *gorm.DB, id lighthouse.ID) (lighthouse.Campaign, error)
	// StageIn moves one between the stages open, claimed and closed.
	StageIn(tx *gorm.DB, id lighthouse.ID, stage lighthouse.Stage) error
}

// Pledges is what claiming needs of them; package pledges has it.
type Pledges interface {
	// AllIn lists every pledge of a campaign that ever came, oldest first, as of
	// the last block taken in; of signatures they have the levels only.
	AllIn(tx *gorm.DB, campaign lighthouse.ID) ([]lighthouse.Pledge, error)
	// SignedIn lists pledges with their signatures for a level.
	SignedIn(tx *gorm.DB, ids []lighthouse.PledgeID, level int) ([]lighthouse.Pledge, error)
	// ByOutpointsIn lists the pledges of these coins, of all campaigns.
	ByOutpointsIn(tx *gorm.DB, coins []wire.OutPoint) ([]lighthouse.Pledge, error)
}

// Mempool shows transactions that wait for a block; the devnet has one.
type Mempool interface {
	InMempool(txid chainhash.Hash) bool
	// Spender is the transaction there that spends a coin, and an error without
	// one.
	Spender(coin wire.OutPoint) (*wire.MsgTx, error)
}

// Config is what a Service needs to know. DB, Campaigns, Pledges and Rate are
// required.
type Config struct {
	DB        *db.DB
	Campaigns Campaigns
	Pledges   Pledges
	// Due lists the campaigns to be claimed by themselves that may have reached
	// their goal; nil for none. Asking in vain does no harm.
	Due func(ctx context.Context) ([]Due, error)
	// Rate is what blocks ask for now.
	Rate func(ctx context.Context) (chain.FeeRate, error)
	// Floor is the least rate that is relayed; 253 sat/kw when 0. A campaign
	// that does not reach its goal at Rate can be claimed at Floor by its
	// creator, and by itself in its last day; see Bump.
	Floor chain.FeeRate
	// Mempool is nil where none can be seen: there only blocks show who left.
	Mempool Mempool
	// Settled is how deep the block must lie that makes an attempt impossible,
	// until another may be made that shares no coin with it; 0 is
	// follow.DefaultMaxReorg.
	Settled int32
	// StuckAfter is how many blocks a claim may wait before Details calls it
	// stuck, if it pays less than Rate; 0 is 3.
	StuckAfter int32
	// Bumps raises fees; the zero value raises none.
	Bumps Bumps
	// Epoch is that of this process's lease, an error unless it leads, and Fence
	// is called first in each transaction that fills the outbox. Both may be nil.
	Epoch func() (int64, error)
	Fence func(tx *gorm.DB) error
	// Sent is called after something was put into the outbox; it may be nil.
	Sent func()
	// Poll is how often Run looks without being woken; 0 is 2 s.
	Poll time.Duration
	Now  func() time.Time
	Log  *slog.Logger
}

// Service claims. Its methods are safe for concurrent use.
type Service struct {
	cfg   Config
	db    *db.DB
	log   *slog.Logger
	now   func() time.Time
	wake  chan struct{}
	hub   hub
	crash func(step string) error // called between the steps by tests

	mu     sync.Mutex
	looked map[lighthouse.ID]string // guarded by mu; see byThemselves
}

// New makes a Service; Run does its work.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Campaigns == nil || cfg.Pledges == nil || cfg.Rate == nil {
		return nil, errors.New("claiming needs a database, campaigns, pledges and a fee rate")
	}
	orElse(&cfg.Floor, 253)
	orElse(&cfg.Settled, follow.DefaultMaxReorg)
	orElse(&cfg.StuckAfter, 3)
	orElse(&cfg.Poll, 2*time.Second)
	cfg.Bumps.defaults()
	if cfg.Epoch == nil {
		cfg.Epoch = func() (int64, error) { return 0, nil }
	}
	if cfg.Fence == nil {
		cfg.Fence = func(*gorm.DB) error { return nil }
	}
	if cfg.Sent == nil {
		cfg.Sent = func() {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		cfg: cfg, db: cfg.DB, log: cfg.Log, now: cfg.Now, wake: make(chan struct{}, 1),
		crash: func(string) error { return nil }, looked: make(map[lighthouse.ID]string),
	}, nil
}

func orElse[T comparable](v *T, otherwise T) {
	if *v == *new(T) {
		*v = otherwise
	}
}

// Kick makes Run look at once: a block came, or pledges. It never waits.
func (s *Service) Kick() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Get is the claim of a campaign. Errors: ErrNone.
func (s *Service) Get(ctx context.Context, id lighthouse.ID) (lighthouse.Claim, error) {
	tx := s.db.Read(ctx)
	r, err := loadClaim(tx, id)
	if err != nil {
		return lighthouse.Claim{}, err
	}
	return s.claimOf(tx, r)
}

func (s *Service) claimOf(tx *gorm.DB, r claimRecord) (lighthouse.Claim, error) {
	a, err := loadAttempt(tx, r.id(), r.Current)
	if err != nil {
		return lighthouse.Claim{}, err
	}
	var attempts int64
	if err := tx.Model(&attemptRecord{}).Where("campaign = ?", r.Campaign).Count(&attempts).Error; err != nil {
		return lighthouse.Claim{}, fmt.Errorf("count the attempts to claim %s: %w", r.id(), db.Classify(err))
	}
	return a.claim(r.State, int(attempts))
}

// tipOf is the last block followed; the zero value before the first.
func tipOf(tx *gorm.DB) (chain.BlockRef, error) {
	tip, err := follow.Cursor(tx)
	if errors.Is(err, chain.ErrNoBlock) {
		return chain.BlockRef{}, nil
	}
	return tip, err
}

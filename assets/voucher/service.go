package voucher

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/voucher/liability"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Ledger says what coins hold; package ledger has one.
type Ledger interface {
	// Tip is the last block that it has taken in. Errors: chain.ErrNoBlock.
	Tip(ctx context.Context) (chain.BlockRef, error)
	// TipIn is Tip within a transaction.
	TipIn(tx *gorm.DB) (chain.BlockRef, error)
	// HoldingsIn is what each of the coins holds under a protocol, as of the last
	// block taken in, within a transaction.
	HoldingsIn(tx *gorm.DB, p assets.Protocol, coins []wire.OutPoint) (map[wire.OutPoint][]assets.Holding, error)
	// SupplyIn is how many units of an asset there are, and how many of them lie
	// on a script, as of the last block taken in; hash is that of the ledger of
	// the asset's protocol there.
	SupplyIn(tx *gorm.DB, id assets.ID, script []byte) (supply, on int64, hash [32]byte, err error)
	// See remembers a transaction that waits for a block.
	See(ctx context.Context, tx *wire.MsgTx) error
}

// Wallet is the node's, which adds the fee to redemptions. Kinds of errors that
// are understood: chain.ErrLoanOver, chain.ErrNoFunds.
type Wallet interface {
	// Lend sets a coin aside, TakeBack ends the loan, Cosign signs with it, once
	// for a purpose, and Abandon gives up what was signed and never sent.
	Lend(ctx context.Context, req chain.LoanRequest) (chain.Loan, error)
	TakeBack(ctx context.Context, purpose string) error
	Cosign(ctx context.Context, req chain.CosignRequest) ([]byte, error)
	Abandon(ctx context.Context, purpose string) error
	// Script is a new one of the wallet's own, and Pay signs a transaction that
	// pays outputs, the same for the same purpose.
	Script(ctx context.Context) ([]byte, error)
	Pay(ctx context.Context, purpose string, outs []*wire.TxOut, rate chain.FeeRate) (raw []byte, fee btcutil.Amount, err error)
}

// Mempool shows transactions that wait for a block; the devnet has one.
type Mempool interface {
	// Spender is the transaction there that spends a coin, and an error without
	// one.
	Spender(coin wire.OutPoint) (*wire.MsgTx, error)
}

// Config is what a Service needs to know. DB, Network, Ledger and Rate are
// required.
type Config struct {
	DB      *db.DB
	Network chain.Network
	Ledger  Ledger
	// Rate is what blocks ask for now.
	Rate func(ctx context.Context) (chain.FeeRate, error)
	// Wallet adds the fees; nil where there is none, and what pays no fee by itself
	// waits.
	Wallet Wallet
	// Free says that shops are not charged for fees.
	Free bool
	// Drafts say what became of transactions that issue vouchers; without them nothing
	// is given up.
	Drafts Drafts
	// Mempool is nil where none can be seen: there only blocks show a coin that was
	// spent elsewhere.
	Mempool Mempool
	// Signer signs statements, Stamp notarises them; without both there are none.
	// Server is how this server calls itself in them.
	Signer liability.Signer
	Stamp  func(ctx context.Context, digest [32]byte) error
	Server string
	// Epoch is that of this process's lease, an error unless it leads, and Fence
	// is called first in each transaction that fills the outbox. Both may be nil.
	Epoch func() (int64, error)
	Fence func(tx *gorm.DB) error
	// Sent is called after something was put into the outbox; it may be nil.
	Sent func()
	// RaiseAfter is how long a redemption waits for its block before its fee is
	// raised, if it pays too little by then; 0 is 10 min.
	RaiseAfter time.Duration
	// Poll is how often Run looks without being woken; 0 is 1 s.
	Poll time.Duration
	// Rand makes names and keys, and must be safe for concurrent use.
	Rand io.Reader
	Now  func() time.Time
	Log  *slog.Logger
}

// Service keeps the books of shops. Its methods are safe for concurrent use.
type Service struct {
	cfg  Config
	db   *db.DB
	log  *slog.Logger
	now  func() time.Time
	wake chan struct{}
	hub  hub
	// stated is when work last had no statement to write, and adopted says that no
	// coin is missing; of Run alone.
	stated  time.Time
	adopted bool
	asked   time.Time               // when drafts were asked about; of Run alone
	crash   func(step string) error // called between the steps by tests
}

// New makes a Service; Run does what takes time.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Ledger == nil || cfg.Rate == nil {
		return nil, errors.New("vouchers need a database, a ledger of assets and a fee rate")
	}
	if _, err := cfg.Network.Params(); err != nil {
		return nil, err
	}
	if cfg.Poll <= 0 {
		cfg.Poll = time.Second
	}
	if cfg.RaiseAfter <= 0 {
		cfg.RaiseAfter = raiseAfter
	}
	if cfg.Epoch == nil {
		cfg.Epoch = func() (int64, error) { return 0, nil }
	}
	if cfg.Fence == nil {
		cfg.Fence = func(*gorm.DB) error { return nil }
	}
	if cfg.Sent == nil {
		cfg.Sent = func() {}
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
		cfg: cfg, db: cfg.DB, log: cfg.Log, now: cfg.Now, wake: make(chan struct{}, 1), crash: func(string) error { return nil },
	}, nil
}

// Kick makes Run look at once: a block came. It never waits.
func (s *Service) Kick() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

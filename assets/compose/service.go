package compose

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Ledger says what coins hold; app joins assets/ledger.
type Ledger interface {
	// Colored are those of the outpoints that hold units, under each protocol: those
	// that no block has yet included, and those that are spent, which say so.
	Colored(ctx context.Context, outpoints []wire.OutPoint) ([]Colored, error)
	// See remembers a transaction that was sent, until a block has it.
	See(ctx context.Context, tx *wire.MsgTx) error
	// Holders are all who hold an asset at the end of a block, 0 for the last one, and
	// which block that is. Errors: assets.ErrUnknown, chain.ErrNoBlock for one to come.
	Holders(ctx context.Context, asset assets.ID, height int32) ([]Holder, int32, error)
}

// Colored is a coin that holds units.
type Colored struct {
	assets.Coin
	Protocol assets.Protocol
	Spent    bool
}

// Holder is a script and the units in all its coins.
type Holder struct {
	Script []byte
	Units  int64
}

// Coins looks an uncolored coin up in the chain, and among what waits for a block:
// nil when it is spent or does not exist. said is what the visitor says it is, and
// the answer where nobody can tell.
type Coins interface {
	Unspent(ctx context.Context, at wire.OutPoint, said *wire.TxOut) (*wire.TxOut, error)
}

// Sponsor pays network fees; app joins channels/sponsoring.
type Sponsor interface {
	// Propose adds coins of the node behind the inputs of a PSBT and its change behind
	// the outputs.
	Propose(ctx context.Context, req SponsorRequest) (Sponsored, error)
	Sponsored(ctx context.Context, id string) (Sponsored, error)
	// Accept takes the visitor's signatures. One that is not paid for yet is kept, and
	// no error.
	Accept(ctx context.Context, id string, signed []byte) (Sponsored, error)
}

// SponsorRequest asks for the fee of a transaction.
type SponsorRequest struct {
	PSBT    []byte
	Weights []int64 // of the visitor's signatures, by input
	Gift    btcutil.Amount
	// Bare: it spends no coin of the visitor's, and Gift is all that it pays.
	Bare   bool
	Source string
}

// Sender hands transactions to the network; chain/visitor is one.
type Sender interface {
	// Send keeps a transaction, and sends it until a block has it. Errors:
	// chain.ErrRejected when the network does not want it, and then nothing is kept.
	Send(ctx context.Context, raw []byte) (chainhash.Hash, error)
}

// Config of a Service.
type Config struct {
	DB     *db.DB
	Ledger Ledger
	Sender Sender
	// Coins is nil where nobody can be asked.
	Coins Coins
	// Sponsor is nil where nobody pays fees for others.
	Sponsor Sponsor
	// Rate is what transactions cost now.
	Rate func(ctx context.Context) (chain.FeeRate, error)
	// Network is whose addresses messages name.
	Network chain.Network
	// Gift is how much the node puts into the outputs of one order, 40,000 sat when 0:
	// the dust of as many colored coins as a marker holds, and the fees of what
	// follows.
	Gift btcutil.Amount
	// Seed is what it puts into the coin that an order begins with whose visitor has
	// none, as much as Gift when 0.
	Seed btcutil.Amount
	// Life is how long a draft holds, 30 min when 0.
	Life time.Duration
	// Open is how many drafts may be open at a time, 2,000 when 0; OpenEach how many
	// of one source, 40 when 0.
	Open, OpenEach int
	// Fence, if set, is called first in each transaction of Run.
	Fence func(tx *gorm.DB) error
	Rand  io.Reader
	Now   func() time.Time
	Log   *slog.Logger
}

// Service drafts. Its methods are safe for concurrent use.
type Service struct {
	cfg Config
	db  *db.DB
	log *slog.Logger
	now func() time.Time

	// failpoint is called after each step; nil but in tests.
	failpoint func(step string)
}

// New makes a Service; Run goes on with drafts that are on their way.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Ledger == nil || cfg.Sender == nil || cfg.Rate == nil {
		return nil, errors.New("compose needs a database, a ledger, a sender and a rate")
	}
	orElse(&cfg.Gift, 40_000)
	orElse(&cfg.Seed, cfg.Gift)
	orElse(&cfg.Life, 30*time.Minute)
	orElse(&cfg.Open, 2_000)
	orElse(&cfg.OpenEach, 40)
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg: cfg, db: cfg.DB, log: cfg.Log, now: cfg.Now}, nil
}

func orElse[T comparable](v *T, otherwise T) {
	if *v == *new(T) {
		*v = otherwise
	}
}

func (s *Service) reach(step string) {
	if s.failpoint != nil {
		s.failpoint(step)
	}
}

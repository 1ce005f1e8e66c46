package ledger

import (
	"context"
	"log/slog"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/ledger/engine"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Config of a Ledger.
type Config struct {
	DB      *db.DB
	Network chain.Network
	// From is the first block of the ledger; negative for the first that comes.
	From int32
	// Rules are the protocols; engine.All() when nil.
	Rules []engine.Rules
	// Prevouts looks up coins that the ledger does not keep; nil for nobody. It is
	// asked within transactions of the database, and only about transactions that
	// touch a protocol.
	Prevouts engine.Prevouts
	// Poll is how often it is looked for news to tell; 1 s when 0.
	Poll time.Duration
	// Now is time.Now when nil, Log slog.Default().
	Now func() time.Time
	Log *slog.Logger
}

// Ledger answers what is colored. It is safe for concurrent use.
type Ledger struct {
	cfg    Config
	db     *db.DB
	engine *engine.Engine
	hub    hub
	past   pastShape
	// adding is held by those who add up coins by the hundred thousand.
	adding chan struct{}
}

// mostAdding is how many do so at once.
const mostAdding = 2

// New makes a ledger over a database.
func New(cfg Config) *Ledger {
	if cfg.Rules == nil {
		cfg.Rules = engine.All()
	}
	if cfg.Prevouts == nil {
		cfg.Prevouts = engine.Nowhere{}
	}
	if cfg.Poll <= 0 {
		cfg.Poll = time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Ledger{cfg: cfg, db: cfg.DB, engine: engine.New(cfg.Rules), past: usualPast, adding: make(chan struct{}, mostAdding)}
}

// Network is the chain that the ledger is about.
func (l *Ledger) Network() chain.Network { return l.cfg.Network }

// Tip is the last block that the ledger has taken in. Errors: chain.ErrNoBlock
// before the first.
func (l *Ledger) Tip(ctx context.Context) (chain.BlockRef, error) { return l.TipIn(l.db.Read(ctx)) }

// Base is the height of the first block that the ledger has taken in: what was
// colored below it is not known. Errors: chain.ErrNoBlock before the first.
func (l *Ledger) Base(ctx context.Context) (int32, error) {
	state, err := readState(l.db.Read(ctx))
	if err != nil {
		return 0, err
	}
	if state == nil {
		return 0, chain.ErrNoBlock
	}
	return state.Base, nil
}

// Newest asks for the state at the tip, where a height can be given.
const Newest int32 = -1

// TxRef names a transaction of the ledger.
type TxRef struct {
	Txid chainhash.Hash
	// Height is its block, and Place its number in there; Time is the block's own.
	Height int32
	Place  int32
	Time   time.Time
}

// Coin is an output that a protocol colors.
type Coin struct {
	assets.Coin
	Protocol assets.Protocol
	// Height is that of its block; Pending, while it waits for one.
	Height  int32
	Pending bool
	// Spent is by what.
	Spent Spender
}

// Spender is what spends a coin; the zero value is nothing.
type Spender struct {
	Txid  chainhash.Hash
	Input int
	// Height is that of its block; Pending, while it waits for one.
	Height  int32
	Pending bool
}

// IsSpent reports whether the coin is spent, in a block or by a transaction that
// waits.
func (c Coin) IsSpent() bool { return c.Spent != Spender{} }

// Asset is an asset as of a block. No number of units above 2^63-1 is told: this
// much stands for it and more.
type Asset struct {
	ID assets.ID
	// Issued and Burnt are the units ever, Supply those that somebody holds.
	Issued, Burnt, Supply int64
	// Holders are scripts with units; Transfers, the transactions that moved some.
	Holders, Transfers int64
	// First issued it; Last moved, issued or destroyed units of it.
	First, Last TxRef
	// Metadata is what the newest issue that says anything says of it, which is
	// MetadataTx; empty for none.
	Metadata   []byte
	MetadataTx TxRef
	// AsOf is the height up to which this counts.
	AsOf int32
}

// Holder is a script that holds units of an asset.
type Holder struct {
	Script []byte
	Units  int64
	Coins  int64
}

// Balance is what a script holds of an asset.
type Balance struct {
	Asset assets.ID
	Units int64
	Coins int64
}

// Move is what a transaction does with the units of an asset.
type Move struct {
	TxRef
	Asset                    assets.ID
	Issued, Moved, Destroyed int64
}

// Entry is what a transaction brings to a script and takes from it.
type Entry struct {
	TxRef
	Asset          assets.ID
	Received, Sent int64
}

// Total are the numbers of an asset after a block.
type Total struct {
	Height             int32
	Issued, Burnt      int64
	Holders, Transfers int64
}

// Tx is a transaction that has to do with colored coins.
type Tx struct {
	TxRef
	// Block holds it; zero while Pending.
	Block   chain.BlockRef
	Pending bool
	Msg     *wire.MsgTx
	// Colorings are those of the protocols concerned.
	Colorings []assets.Coloring
	// Spent are the colored coins it spends, with Spent.Input; Created are the
	// colored outputs, with what spends them.
	Spent, Created []Coin
	// FirstScript is what the first input spends, where it had to be known: the
	// issuer's. Inferred says that only the input itself told it.
	FirstScript []byte
	Inferred    bool
}

// Page is which part of a list is wanted.
type Page struct {
	// After continues a list: what came with the part before; empty for the first.
	After string
	// Limit is how many are wanted; 50 when 0, 1,000 at most.
	Limit int
}

func (p Page) limit() int {
	switch {
	case p.Limit <= 0:
		return 50
	case p.Limit > 1000:
		return 1000
	}
	return p.Limit
}

package web

import (
	"context"
	"time"

	"cairn/channels/desk"
	"cairn/channels/invoice"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
)

// LightningDeps is what the operator's pages about Lightning need.
type LightningDeps struct {
	Node Lightning
	Desk Desk
	// Places looks at the newest channel backup in each folder for them, the
	// data folder's first.
	Places func() []BackupPlace
	// UseTowers switches the node's watchtower client on, waiting for the node
	// to start again, or off. Nil for a node that is set up elsewhere.
	UseTowers func(ctx context.Context, on bool) error
	// Notes are what donors wrote along, by their payments.
	Notes func(ctx context.Context, hashes []invoice.Hash) (map[invoice.Hash]string, error)
	// Coins are what a channel could be opened with, and FeeRate what a
	// transaction pays that is to be confirmed within the hour, in sat/vB.
	Coins   func(ctx context.Context) (btcutil.Amount, error)
	FeeRate func(ctx context.Context) (int64, error)
}

// Lightning looks at the node's channels, peers and payments;
// lightning.Node does.
type Lightning interface {
	Channels(ctx context.Context) ([]ln.Channel, error)
	Pending(ctx context.Context) ([]ln.Pending, error)
	Closed(ctx context.Context, limit int) ([]ln.Closed, error)
	Forwarding(ctx context.Context, since time.Time) (ln.Forwarding, error)

	Identity(ctx context.Context) (ln.Identity, error)
	Peers(ctx context.Context) ([]ln.Peer, error)
	Connect(ctx context.Context, p ln.PeerAddress) error
	Disconnect(ctx context.Context, key [33]byte) error

	Incoming(ctx context.Context, below uint64, limit int) ([]ln.Movement, error)
	Outgoing(ctx context.Context, below uint64, limit int) ([]ln.Movement, error)
	Decode(text string) (ln.Decoded, error)
	Create(ctx context.Context, req invoice.Request) (invoice.Invoice, error)

	Backup(ctx context.Context) (sealed []byte, channels int, err error)
	VerifyBackup(ctx context.Context, sealed []byte) (points []string, err error)
	Restore(ctx context.Context, sealed []byte) (channels int, err error)
	Towers(ctx context.Context) (ln.Watch, error)
	AddTower(ctx context.Context, at ln.PeerAddress) error
	RemoveTower(ctx context.Context, key [33]byte) error
}

// Desk carries the operator's orders out, each once; desk.Desk does.
type Desk interface {
	Open(ctx context.Context, id desk.ID, who string, o ln.Opening) (desk.Order, error)
	Close(ctx context.Context, id desk.ID, who, point string, feeRate int64) (desk.Order, error)
	Force(ctx context.Context, id desk.ID, who, point string) (desk.Order, error)
	Bump(ctx context.Context, id desk.ID, who, point string, feeRate int64, budget btcutil.Amount) (desk.Order, error)
	Pay(ctx context.Context, id desk.ID, who string, o ln.Order) (desk.Order, error)
	Orders(ctx context.Context, limit int) ([]desk.Order, error)
}

// BackupPlace is a folder that channel backups are kept in.
type BackupPlace struct {
	Dir string
	// File is the newest backup, empty for none, written At.
	File   string
	At     time.Time
	Sealed []byte
	// Err is why folder or file cannot be read.
	Err error
}

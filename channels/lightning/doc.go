// Package lightning earns and pays over the operator's node: it makes invoices
// that can be paid now, hears when they are, pays the invoices of others within
// a fee limit, and lists channels and what they can carry.
//
// It talks to lnd by gRPC on the connection of chain/node, beside chain/wallet
// the only packages that do. It keeps nothing itself: what an invoice is for is
// in channels/fees.
package lightning

import (
	"errors"
	"log/slog"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
	"github.com/lightningnetwork/lnd/lnrpc/wtclientrpc"
	"google.golang.org/grpc"
)

// Config of a Node.
type Config struct {
	// Conn is the node's gRPC connection (node.Node.Conn).
	Conn    grpc.ClientConnInterface
	Network chain.Network
	Now     func() time.Time
	Log     *slog.Logger
}

// Node is the Lightning side of the operator's node. Its methods are safe for
// concurrent use.
type Node struct {
	params   *chaincfg.Params
	lnd      lnrpc.LightningClient
	invoices invoicesrpc.InvoicesClient
	router   routerrpc.RouterClient
	wallet   walletrpc.WalletKitClient
	towers   wtclientrpc.WatchtowerClientClient
	now      func() time.Time
	log      *slog.Logger
}

// New makes a Node; it asks lnd nothing yet.
func New(cfg Config) (*Node, error) {
	params, err := cfg.Network.Params()
	if err != nil {
		return nil, err
	}
	if cfg.Conn == nil {
		return nil, errors.New("payments need a node")
	}
	n := &Node{
		params: params, lnd: lnrpc.NewLightningClient(cfg.Conn), invoices: invoicesrpc.NewInvoicesClient(cfg.Conn),
		router: routerrpc.NewRouterClient(cfg.Conn), wallet: walletrpc.NewWalletKitClient(cfg.Conn),
		towers: wtclientrpc.NewWatchtowerClientClient(cfg.Conn), now: cfg.Now, log: cfg.Log,
	}
	if n.now == nil {
		n.now = time.Now
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	return n, nil
}

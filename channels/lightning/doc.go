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
	"fmt"
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

// ErrorKind names why a payment cannot be made; match it with errors.Is. The
// kinds of receiving are those of package invoice; a node that is down is
// chain.ErrEngineDown.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrInvoice: the text is no invoice, or one this node cannot pay.
	ErrInvoice = ErrorKind("this is not a Lightning invoice")
	// ErrWrongNetwork: the invoice is for another network.
	ErrWrongNetwork = ErrorKind("the invoice is for another network")
	// ErrExpired: the invoice's time is over.
	ErrExpired = ErrorKind("the invoice has expired")
	// ErrAmount: the amount is missing, or not the one the invoice asks for.
	ErrAmount = ErrorKind("the amount does not fit the invoice")
	// ErrNoRoute: no way to the payee is known within the fee limit.
	ErrNoRoute = ErrorKind("no route to the payee was found within the fee limit")
	// ErrNoBalance: the channels hold too little to send.
	ErrNoBalance = ErrorKind("the node's channels hold too little to send this")
	// ErrRefused: the payee does not take this payment: its invoice was paid,
	// cancelled, or is none of his.
	ErrRefused = ErrorKind("the payee refused the payment")
	// ErrTimedOut: no way worked in the time given; nothing was paid.
	ErrTimedOut = ErrorKind("the payment did not get through in time")
	// ErrUnknownOutcome: the node stopped answering while the payment was under
	// way. It may still succeed: Track tells, or Pay again, which never pays an
	// invoice twice.
	ErrUnknownOutcome = ErrorKind("it is not known whether the payment succeeded")
	// ErrUnknownPayment: the node has never tried to pay that.
	ErrUnknownPayment = ErrorKind("the node knows no such payment")
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

func kindf(kind ErrorKind, format string, args ...any) error {
	return fmt.Errorf("%w: %s", kind, fmt.Sprintf(format, args...))
}

package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"cairn/app/config"
	"cairn/app/web"
	"cairn/chain"
	"cairn/chain/node"
	"cairn/chain/wallet"
	"cairn/channels/lightning"
	"cairn/channels/ln"
	"cairn/channels/sandbox"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// The payer's wallet: coins enough for a channel, and for payments on chain
// beside it.
const (
	payerCoins  = 3
	payerAmount = btcutil.SatoshiPerBitcoin / 2
	// payerMemory is its node's soft limit: it has two channels and one peer.
	payerMemory = 90 << 20
)

// sandboxArgs make channels usable after one block: the sandbox mines when it
// has to, and nobody robs it.
var sandboxArgs = []string{"--bitcoin.defaultchanconfs=1", "--maxbackoff=5s"}

// hasPayer reports whether a second node pays for visitors: on the devnet, with
// the embedded engine, unless the operator wants none.
func (a *App) hasPayer() bool {
	return a.devnet != nil && a.cfg.Sandbox.Payer && a.cfg.Node.Remote == ""
}

// listenForPeers chooses where the node listens for Lightning peers. Its engine
// opens the port itself; that it is free is made sure of here, where it can
// still be said.
func (a *App) listenForPeers() (string, error) {
	address := a.cfg.Node.Listen
	if address == "" {
		if !a.hasPayer() {
			return "", nil
		}
		address = config.DefaultPeers
	}
	ln, err := listen(address, a.cfg.Node.Listen == "")
	if err != nil {
		return "", fmt.Errorf("the node cannot listen for peers: %w", err)
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

// openSandbox starts the payer's node and sets it up. Everything else happens in
// the background: the site does not wait for it.
func (a *App) openSandbox(context.Context) (err error) {
	if !a.hasPayer() {
		return nil
	}
	a.payerNode, err = node.Open(node.Config{
		Network: chain.Devnet, Driver: a.opts.NodeDriver, Dir: a.folder.file("payer"), Alias: "sandbox payer",
		Chain:       node.ChainConfig{Backend: node.Neutrino, Connect: []string{a.devnet.P2PAddr()}},
		MemoryLimit: payerMemory, ExtraArgs: sandboxArgs,
		Log: a.log.With("part", "payer"), Now: a.now,
	})
	if err != nil {
		return err
	}
	a.closing(a.payerNode.Close)
	own, err := lightning.New(lightning.Config{Conn: a.payerNode.Conn(), Network: chain.Devnet, Now: a.now})
	if err != nil {
		return err
	}
	coins, err := wallet.New(wallet.Config{Conn: a.payerNode.Conn(), DB: a.db, Network: chain.Devnet, Now: a.now})
	if err != nil {
		return err
	}
	a.payer, err = sandbox.New(sandbox.Config{
		Node: own, Engine: a.payerNode, Site: a.lightning, SiteEngine: a.node, SiteHost: dialled(a.peersAt),
		Chain: a.devnet,
		Fund: func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, supplyPatience)
			defer cancel()
			return coins.EnsureFunds(ctx, a.devnet, payerCoins, payerAmount)
		},
		Sent: a.sawPayment,
		Now:  a.now, Log: a.log.With("part", "payer"),
	})
	return err
}

// dialled is how a peer on this machine reaches a listener.
func dialled(address string) string {
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return address
	}
	return reachable(tcp)
}

// sawPayment shows a payment on chain to the till at once: light clients tell of
// it with its block only.
func (a *App) sawPayment(ctx context.Context, tx *wire.MsgTx) {
	if err := a.till.SeeTransaction(ctx, tx); err != nil {
		a.log.Warn("a payment from the sandbox was not taken in yet", "txid", tx.TxHash(), "error", err)
	}
}

// sandboxPayer is what the pages may do with the payer.
type sandboxPayer struct{ *sandbox.Payer }

var _ web.SandboxPayer = sandboxPayer{}

// Ready implements web.SandboxPayer.
func (p sandboxPayer) Ready(context.Context) bool { return p.Payer.Ready() }

// payTime is how long a page waits for a payment.
const payTime = 45 * time.Second

// Pay implements web.SandboxPayer.
func (p sandboxPayer) Pay(ctx context.Context, bolt11 string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), payTime)
	defer cancel()
	_, err := p.Payer.Pay(ctx, bolt11)
	return payerError(err)
}

// PayOnChain implements web.SandboxPayer.
func (p sandboxPayer) PayOnChain(ctx context.Context, address string, amount btcutil.Amount) error {
	params, err := chain.Devnet.Params()
	if err != nil {
		return err
	}
	to, err := btcutil.DecodeAddress(address, params)
	if err != nil {
		return fmt.Errorf("read the address to be paid: %w", err)
	}
	script, err := txscript.PayToAddrScript(to)
	if err != nil {
		return fmt.Errorf("read the address to be paid: %w", err)
	}
	_, err = p.Payer.PayOnChain(ctx, script, amount)
	return payerError(err)
}

// payerError gives what went wrong the kind that pages know.
func payerError(err error) error {
	for _, known := range []struct{ kind, page error }{
		{ln.ErrUnknownOutcome, web.ErrPayerUnknown}, // before what it comes from
		{sandbox.ErrNotReady, web.ErrPayerNotReady},
		{chain.ErrEngineDown, web.ErrPayerNotReady},
		{sandbox.ErrTooMuch, web.ErrPayerTooSmall},
		{ln.ErrNoBalance, web.ErrPayerTooSmall},
		{ln.ErrNoRoute, web.ErrPayerNoRoute},
		{ln.ErrTimedOut, web.ErrPayerNoRoute},
		{ln.ErrRefused, web.ErrPayerRefused},
		{ln.ErrExpired, web.ErrPayerRefused},
		{sandbox.ErrStranger, web.ErrPayerRefused},
		{ln.ErrInvoice, web.ErrPayerRefused},
		{ln.ErrWrongNetwork, web.ErrPayerRefused},
		{ln.ErrAmount, web.ErrPayerRefused},
		{chain.ErrRejected, web.ErrPayerRefused},
	} {
		if errors.Is(err, known.kind) {
			return fmt.Errorf("%w: %w", known.page, err)
		}
	}
	return err
}

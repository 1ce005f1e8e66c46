// Package app puts Cairn together: it is the only place where the concrete
// types of chain, node, database, products and web meet. Commands and tests
// use App alone.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"cairn/app/account"
	"cairn/app/audit"
	"cairn/app/config"
	"cairn/app/control"
	"cairn/app/db"
	"cairn/app/operator"
	"cairn/app/payment"
	"cairn/app/paywall"
	"cairn/app/selling"
	"cairn/app/web"
	"cairn/app/webhook"
	"cairn/assets/compose"
	"cairn/assets/definition"
	"cairn/assets/keeper"
	"cairn/assets/ledger"
	"cairn/assets/voucher"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/devnet"
	"cairn/chain/follow"
	"cairn/chain/node"
	"cairn/chain/visitor"
	"cairn/chain/wallet"
	"cairn/channels/desk"
	"cairn/channels/fees"
	"cairn/channels/lightning"
	"cairn/channels/payout"
	"cairn/channels/sandbox"
	"cairn/channels/sponsoring"
	"cairn/channels/tickets"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/covers"
	"cairn/lighthouse/document"
	"cairn/lighthouse/pledges"
	"cairn/lighthouse/progress"
	"cairn/lighthouse/refund"
	"cairn/notary"
	"cairn/notary/anchor"
	"cairn/notary/calendar"
	"cairn/notary/express"
	"cairn/notary/tlog"
	"cairn/notary/tsa"
	"cairn/notary/vault"
)

// Options are what differs between a command and a test.
type Options struct {
	Version string
	Log     *slog.Logger
	// Out is where the first lines for the operator go; nil for nowhere.
	Out io.Writer
	// NodeDriver runs the engine as a child process (the default), or in this
	// process (tests).
	NodeDriver node.Driver
	Now        func() time.Time
}

// App is one running Cairn.
type App struct {
	cfg     config.Config
	opts    Options
	log     *slog.Logger
	now     func() time.Time
	started time.Time

	folder      *dataFolder
	db          *db.DB
	schema      uint
	devnet      *devnet.Chain // nil on public networks
	node        *node.Node
	payerNode   *node.Node     // nil without a sandbox payer
	payer       *sandbox.Payer // nil without one
	peersAt     string         // where the node listens for peers, or empty
	source      chain.Source
	follower    *follow.Follower
	wallet      *wallet.Wallet
	sender      *wallet.Broadcaster
	journal     *calendar.Journal
	calendar    *calendar.Calendar
	anchors     *anchor.Loop
	ledger      *anchor.Ledger
	upstreams   *anchor.Upstreams
	notary      *notary.Service
	publicLog   *tlog.Service
	sequencer   *tlog.Sequencer
	tsa         *tsa.Authority
	operators   *operator.Operators
	audit       *audit.Log
	payments    *payment.Payments
	accounts    *account.Accounts
	vault       *vault.Vault
	webhooks    *webhook.Webhooks
	lightning   *lightning.Node
	desk        *desk.Desk
	walletsIn   bool
	till        *fees.Service
	sponsor     *sponsoring.Service
	compose     *compose.Service
	payouts     *payout.Service
	tickets     *tickets.Service    // nil where none are sold
	tips        chan chain.BlockRef // to the till
	secret      secret              // of what is sold
	sales       []selling.Sale
	wall        *paywall.Wall
	express     *express.Desk
	rates       *express.Rates
	visitors    *visitor.Service
	campaigns   *campaigns.Service
	covers      *covers.Covers
	pledges     *pledges.Service
	claims      *claim.Service
	refunds     *refund.Service
	coins       coins.Finder // of strangers
	progress    *progress.Service
	colors      *ledger.Ledger
	sieve       *keeper.Sieve // which coins of the node are money alone
	vouchers    *voucher.Service
	definitions *definition.Service
	signer      document.Signer // of campaigns' files and receipts
	metrics     *metrics
	web         *web.Server
	term        term

	calendarAPI http.Handler

	site        net.Listener
	metricsSite net.Listener
	controlSite net.Listener
	url         string

	closers []func() error
}

// New opens everything a Cairn consists of and starts its engine; nothing is
// served before Run. What was opened is closed again when New fails.
func New(ctx context.Context, cfg config.Config, opts Options) (*App, error) {
	cfg, err := cfg.Resolve()
	if err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, opts: opts, log: opts.Log, now: opts.Now}
	if a.now == nil {
		a.now = time.Now
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	a.started = a.now().UTC()
	for _, open := range []func(context.Context) error{
		a.openFolder, a.openListeners, a.openDatabase, a.openChain, a.openNode, a.openWallet, a.openTill, a.openDesk, a.openDonations, a.openCampaigns, a.openPledges, a.openClaims, a.openProgress, a.openAssetLedger, a.openVouchers, a.openDefinitions, a.openNotary, a.openExpress, a.openVisitors, a.openLog, a.openVault, a.openWalletLogin, a.openSponsor, a.openCompose, a.openPayout, a.openPayments, a.openSandbox, a.openWeb,
	} {
		if err := open(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

// URL is where the site is on this machine.
func (a *App) URL() string { return a.url }

// Devnet is the embedded chain; nil on public networks.
func (a *App) Devnet() *devnet.Chain { return a.devnet }

// Engine is how the node is.
func (a *App) Engine() chain.EngineStatus { return a.node.Status() }

// EnginePID is the process id of the node's child process; 0 without one.
func (a *App) EnginePID() int { return a.node.ChildPID() }

// PayerPID is the process id of the sandbox payer's node; 0 without one.
func (a *App) PayerPID() int {
	if a.payerNode == nil {
		return 0
	}
	return a.payerNode.ChildPID()
}

// PayerReady reports whether the sandbox payer can pay over Lightning now.
func (a *App) PayerReady() bool { return a.payer != nil && a.payer.Ready() }

// PeersAt is where the node listens for Lightning peers; empty for nowhere.
func (a *App) PeersAt() string { return a.peersAt }

// closing registers what Close does, in reverse order.
func (a *App) closing(f func() error) { a.closers = append(a.closers, f) }

// Close gives everything back in reverse order of opening. It may be called
// after Run returned, or instead of it, and twice.
func (a *App) Close() error {
	var errs []error
	for len(a.closers) > 0 {
		last := len(a.closers) - 1
		f := a.closers[last]
		a.closers = a.closers[:last]
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

func (a *App) openFolder(context.Context) (err error) {
	if a.folder, err = openDataFolder(a.cfg.Data); err != nil {
		return err
	}
	a.closing(a.folder.close)
	return a.folder.checkNetwork(string(a.cfg.Network))
}

// openListeners takes the addresses before anything slow, so that a taken port
// is the first thing said, and the site's address is known to the calendar.
func (a *App) openListeners(context.Context) (err error) {
	movable := a.cfg.Web.PublicURL == "" && a.cfg.Web.Listen == config.DefaultListen
	if a.site, err = listen(a.cfg.Web.Listen, movable); err != nil {
		return err
	}
	a.closing(ignoreClosed(a.site))
	a.url = "http://" + reachable(a.site.Addr())
	if a.cfg.Web.PublicURL == "" {
		a.cfg.Web.PublicURL = a.url
	}
	if a.cfg.Log.Metrics != "" {
		if a.metricsSite, err = listen(a.cfg.Log.Metrics, a.cfg.Log.Metrics == config.DefaultMetrics); err != nil {
			return err
		}
		a.closing(ignoreClosed(a.metricsSite))
	}
	if a.controlSite, err = control.Listen(a.cfg.Data); err != nil {
		return fmt.Errorf("the control socket cannot be opened: %w", err)
	}
	a.closing(ignoreClosed(a.controlSite))
	return nil
}

func (a *App) openDatabase(ctx context.Context) (err error) {
	if a.db, err = db.Open(ctx, a.cfg.Database, db.WithLog(a.log)); err != nil {
		return err
	}
	a.closing(a.db.Close)
	if a.schema, err = a.db.Migrate(ctx); err != nil {
		return err
	}
	a.audit = audit.New(a.db, a.now)
	a.operators = operator.New(a.db, a.audit, a.now, rand.Reader)
	return nil
}

func (a *App) openChain(context.Context) (err error) {
	if a.cfg.Network != chain.Devnet {
		return nil // the node is the source of blocks
	}
	a.devnet, err = devnet.Open(devnet.Config{
		Dir:           a.folder.file("devnet"),
		BlockInterval: a.cfg.Devnet.BlockInterval,
		Now:           a.now,
		Log:           a.log.With("part", "devnet"),
	})
	if err != nil {
		return err
	}
	a.closing(a.devnet.Close)
	a.source = a.devnet
	return nil
}

func (a *App) openNode(context.Context) (err error) {
	cfg, err := a.nodeConfig()
	if err != nil {
		return err
	}
	if a.node, err = node.Open(cfg); err != nil {
		return err
	}
	a.closing(a.node.Close)
	if a.source == nil {
		a.source = a.node.Source()
	}
	return nil
}

// nodeConfig translates the operator's settings for the node.
func (a *App) nodeConfig() (node.Config, error) {
	n := a.cfg.Node
	cfg := node.Config{
		Network:      a.cfg.Network,
		Driver:       a.opts.NodeDriver,
		Dir:          a.folder.file("node"),
		Alias:        "cairn",
		PasswordFile: n.PasswordFile,
		External:     n.External,
		Forward:      n.Forward,
		BackupTo:     n.BackupTo,
		Log:          a.log.With("part", "node"),
		Now:          a.now,
	}
	if n.Remote != "" {
		cfg.Driver = node.Remote
		cfg.Remote = node.RemoteConfig{Host: n.Remote, TLSCert: n.Cert, Macaroon: n.Macaroon}
		return cfg, nil
	}
	cfg.Chain = node.ChainConfig{
		Backend: node.Backend(n.Backend), Peers: n.Peers, FeeURL: n.FeeURL,
		RPCHost: n.RPCHost, RPCUser: n.RPCUser, RPCCert: n.RPCCert,
		ZMQBlock: n.ZMQBlock, ZMQTx: n.ZMQTx,
	}
	if a.devnet != nil {
		cfg.Chain = node.ChainConfig{Backend: node.Neutrino, Connect: []string{a.devnet.P2PAddr()}}
		cfg.ExtraArgs = sandboxArgs
	}
	var err error
	if a.peersAt, err = a.listenForPeers(); err != nil {
		return cfg, err
	}
	cfg.Listen = a.peersAt
	if n.RPCPassFile != "" {
		password, err := readSecret(n.RPCPassFile)
		if err != nil {
			return cfg, err
		}
		cfg.Chain.RPCPass = password
	}
	return cfg, nil
}

// ignoreClosed closes a listener that its server may have closed already.
func ignoreClosed(ln net.Listener) func() error {
	return func() error {
		if err := ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
}

// reachable is an address a browser on this machine can open: a listener on
// every interface is reached on loopback.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
}

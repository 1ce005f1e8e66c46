package node

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"cairn/chain"

	"github.com/lightninglabs/lndclient"
	"google.golang.org/grpc"
)

// Node is the operator's node: one gRPC face over an engine that may come and
// go. Its methods are safe for concurrent use.
type Node struct {
	cfg      Config
	paths    paths
	log      *slog.Logger
	driver   driver
	endpoint endpoint
	conn     *grpc.ClientConn
	source   *Source

	stop    context.CancelFunc
	stopped chan struct{}
	restart chan string
	current atomic.Value // engine, of the life under way
	// wake ends the supervisor's pause early: something it waits for happened.
	wake chan struct{}

	mu          sync.Mutex // guards status and subscribers
	status      chain.EngineStatus
	refusal     *Refusal // why status is EngineDown or EngineRefused
	subscribers map[chan chain.EngineStatus]struct{}

	servicesMu sync.Mutex // guards services, and is held while they are made
	services   *lndclient.GrpcLndServices

	walletMu sync.Mutex // one wallet is created at a time
}

// driver makes lives of an engine.
type driver interface {
	// start begins one; it does not wait for it to answer.
	start() (engine, error)
	endpoint() endpoint
	close()
}

// engine is one life of lnd.
type engine interface {
	// ended is closed when it is over; err then says why, nil after a stop
	// that was asked for.
	ended() <-chan struct{}
	err() error
	// stop asks it to end, waits for grace, then makes it.
	stop(grace time.Duration)
	// kill ends it at once, as far as the driver can.
	kill()
}

// Open starts supervising the node and returns at once; Status, Subscribe and
// WaitReady say how it comes along. An error means the configuration cannot
// work.
func Open(cfg Config) (*Node, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the node's data folder: %w", err)
	}
	n := &Node{
		cfg:         cfg,
		paths:       cfg.paths(),
		log:         cfg.Log,
		stopped:     make(chan struct{}),
		restart:     make(chan string, 1),
		wake:        make(chan struct{}, 1),
		subscribers: make(map[chan chain.EngineStatus]struct{}),
		status:      chain.EngineStatus{Phase: chain.EngineStarting, Since: cfg.Now().UTC()},
	}
	if n.driver, err = newDriver(cfg); err != nil {
		return nil, err
	}
	n.endpoint = n.driver.endpoint()
	if n.conn, err = n.endpoint.connect(); err != nil {
		n.driver.close()
		return nil, fmt.Errorf("set up the connection to the node: %w", err)
	}
	n.source = newSource(n)

	ctx, cancel := context.WithCancel(context.Background())
	n.stop = cancel
	go func() {
		defer close(n.stopped)
		n.supervise(ctx)
	}()
	return n, nil
}

func newDriver(cfg Config) (driver, error) {
	switch cfg.Driver {
	case InProcess:
		return newInProcessDriver(cfg), nil
	case Remote:
		return newRemoteDriver(cfg)
	}
	return newChildDriver(cfg)
}

// Close stops the engine gracefully (a remote one is only left) and closes the
// connection.
func (n *Node) Close() error {
	n.stop()
	<-n.stopped
	n.servicesMu.Lock()
	services := n.services
	n.services = nil
	n.servicesMu.Unlock()
	if services != nil {
		services.Close()
	}
	err := n.conn.Close()
	n.driver.close()
	return err
}

// Conn is the gRPC connection, good for the node's whole life: macaroon and
// certificate are added, and calls made while the engine is down fail at once
// with an error that matches chain.ErrEngineDown. Make clients of any of lnd's
// services on it.
func (n *Node) Conn() grpc.ClientConnInterface { return n.conn }

// Services are lndclient's services over a connection of their own, made when
// first asked for and good for the node's life. Errors match
// chain.ErrEngineDown while the engine has not answered yet.
func (n *Node) Services(ctx context.Context) (*lndclient.LndServices, error) {
	n.servicesMu.Lock()
	defer n.servicesMu.Unlock()
	if n.services != nil {
		return &n.services.LndServices, nil
	}
	if phase := n.Status().Phase; phase != chain.EngineReady && phase != chain.EngineSyncing {
		return nil, fmt.Errorf("%w: it is %s", chain.ErrEngineDown, phase)
	}
	cert, err := os.ReadFile(n.endpoint.certFile)
	if err != nil {
		return nil, engineDown(err)
	}
	macaroon, err := os.ReadFile(n.endpoint.macaroonFile)
	if err != nil {
		return nil, engineDown(err)
	}
	services, err := lndclient.NewLndServices(&lndclient.LndServicesConfig{
		LndAddress:        n.endpoint.serverName,
		Network:           lndclient.Network(lndNetwork(n.cfg.Network)),
		CustomMacaroonHex: hex.EncodeToString(macaroon),
		TLSData:           string(cert),
		Dialer:            func(ctx context.Context, _ string) (net.Conn, error) { return n.endpoint.dial(ctx) },
		CallerCtx:         ctx,
		RPCTimeout:        30 * time.Second,
	})
	if err != nil {
		return nil, engineDown(err)
	}
	n.services = services
	return &services.LndServices, nil
}

// Source is the chain as the node sees it, for networks whose blocks come from
// nowhere else.
func (n *Node) Source() *Source { return n.source }

// Network is the chain the node is on.
func (n *Node) Network() chain.Network { return n.cfg.Network }

// Restart stops the engine gracefully and starts it again at once; reason is
// one sentence for people and the log. It must be called after the chain
// backend was restarted: lnd does not always notice (lnd issue 1775).
func (n *Node) Restart(reason string) {
	select {
	case n.restart <- reason:
	default: // one is on its way already
	}
}

// ChildPID is the process id of the engine, 0 when there is none or it is not a
// child of ours; for metrics.
func (n *Node) ChildPID() int {
	c, ok := n.current.Load().(*child)
	if !ok || ended(c) {
		return 0
	}
	return c.cmd.Process.Pid
}

// WaitReady returns nil when the node is ready; an error that matches the
// refusal's kind (ErrNoWallet, ErrPassword, …) when it will not start until
// somebody changes something; or ctx's error.
func (n *Node) WaitReady(ctx context.Context) error {
	updates, cancel := n.Subscribe()
	defer cancel()
	for {
		switch status, refusal := n.standing(); {
		case status.Ready():
			return nil
		case status.Phase == chain.EngineRefused && refusal != nil:
			return refusal
		}
		select {
		case <-ctx.Done():
			s := n.Status()
			return fmt.Errorf("the node is still %s: %w", s.Phase, ctx.Err())
		case <-n.stopped:
			return fmt.Errorf("%w: it was closed", chain.ErrEngineDown)
		case <-updates:
		}
	}
}

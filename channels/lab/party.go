package lab

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cairn/chain"
	"cairn/chain/node"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
)

// Party is one node of a lab. It can be stopped or killed and started again
// with the same wallet and channels.
type Party struct {
	Name string

	lab    *Lab
	dir    string
	listen string
	args   []string

	mu     sync.Mutex // guards what is below
	engine *node.Node // nil while stopped
	key    string
}

// Join makes a node of that name and starts it; args are lnd flags on top of
// Cairn's own. It does not wait for it: see Ready.
func (l *Lab) Join(name string, args ...string) (*Party, error) {
	listen, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &Party{Name: name, lab: l, dir: filepath.Join(l.cfg.Dir, name), listen: listen, args: args}
	if err := p.Start(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.parties = append(l.parties, p)
	l.mu.Unlock()
	return p, nil
}

// freePort is a loopback address nobody listens on now.
func freePort() (string, error) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer lis.Close()
	return lis.Addr().String(), nil
}

// Start starts a node that was stopped; one that runs is left alone.
func (p *Party) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.engine != nil {
		return nil
	}
	engine, err := node.Open(node.Config{
		Network: chain.Devnet, Driver: node.Child, Dir: p.dir, Alias: p.Name, Listen: p.listen, Forward: true,
		Chain:   node.ChainConfig{Backend: node.Neutrino, Connect: []string{p.lab.chain.P2PAddr()}},
		Command: p.lab.cfg.Command, Env: p.lab.cfg.Env, LogLevel: p.lab.cfg.LogLevel,
		HealthEvery: healthEvery,
		ExtraArgs:   append(labFlags(), p.args...),
		Log:         p.lab.cfg.Log.With("node", p.Name), Now: p.lab.cfg.Now,
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	p.engine = engine
	return nil
}

// labFlags make nodes that find each other fast: in a lab that matters more
// than sparing a network.
func labFlags() []string {
	return []string{
		"--minbackoff=500ms", "--maxbackoff=2s",
		"--numgraphsyncpeers=10", "--gossip.sub-batch-delay=50ms", "--historicalsyncinterval=5s",
		"--maxpendingchannels=4",
	}
}

// healthEvery is how often a node's health is looked at; it is also how soon
// its being ready is noticed.
const healthEvery = 10 * every

// Ready waits until the node can be used.
func (p *Party) Ready(ctx context.Context) error {
	engine := p.running()
	if engine == nil {
		return fmt.Errorf("%w: %s", ErrDown, p.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := engine.WaitReady(ctx); err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	p.mu.Lock()
	p.key = engine.Status().PubKey
	p.mu.Unlock()
	return nil
}

// Stop stops the node gracefully; one that is stopped stays so.
func (p *Party) Stop() error { return p.end(func(*node.Node) error { return nil }) }

// Kill ends the node's process in the middle of whatever it is doing (SIGKILL)
// and leaves it stopped.
func (p *Party) Kill() error {
	return p.end(func(engine *node.Node) error {
		pid := engine.ChildPID()
		if pid == 0 {
			return nil
		}
		process, err := os.FindProcess(pid)
		if err != nil {
			return err
		}
		return process.Kill()
	})
}

func (p *Party) end(first func(*node.Node) error) error {
	p.mu.Lock()
	engine := p.engine
	p.engine = nil
	p.mu.Unlock()
	if engine == nil {
		return nil
	}
	err := first(engine)
	if closing := engine.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("stop %s: %w", p.Name, err)
	}
	return nil
}

// Running reports whether the node was started and not stopped.
func (p *Party) Running() bool { return p.running() != nil }

func (p *Party) running() *node.Node {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.engine
}

// PID is the process id of the node; 0 while it is stopped.
func (p *Party) PID() int {
	if engine := p.running(); engine != nil {
		return engine.ChildPID()
	}
	return 0
}

// Key is the node's public key as 66 hexadecimal digits; empty before it was
// ready.
func (p *Party) Key() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.key
}

func (p *Party) keyBytes() ([]byte, error) {
	raw, err := hex.DecodeString(p.Key())
	if err != nil || len(raw) != 33 {
		return nil, fmt.Errorf("%w: %s was never ready", ErrDown, p.Name)
	}
	return raw, nil
}

// Clients are good for one life of the node; they are cheap and made anew for
// each use.
type clients struct {
	ln       lnrpc.LightningClient
	router   routerrpc.RouterClient
	invoices invoicesrpc.InvoicesClient
	wallet   walletrpc.WalletKitClient
}

func (p *Party) use() (clients, error) {
	engine := p.running()
	if engine == nil {
		return clients{}, fmt.Errorf("%w: %s", ErrDown, p.Name)
	}
	conn := engine.Conn()
	return clients{
		lnrpc.NewLightningClient(conn), routerrpc.NewRouterClient(conn),
		invoicesrpc.NewInvoicesClient(conn), walletrpc.NewWalletKitClient(conn),
	}, nil
}

// LogFile is lnd's own log of the node.
func (p *Party) LogFile() string {
	return filepath.Join(p.dir, "lnd", "logs", "bitcoin", "regtest", "lnd.log")
}

// ChannelDB is the file a node keeps its channels in.
func (p *Party) ChannelDB() string {
	return filepath.Join(p.dir, "lnd", "data", "graph", "regtest", "channel.db")
}

// reach waits until the node is at a height.
func (p *Party) reach(ctx context.Context, height int32) error {
	return until(ctx, fmt.Sprintf("%s at block %d", p.Name, height), func() (bool, error) {
		c, err := p.use()
		if err != nil {
			return true, nil //nolint:nilerr // stopped meanwhile: nobody to wait for
		}
		info, err := c.ln.GetInfo(ctx, &lnrpc.GetInfoRequest{})
		if err != nil {
			return false, err
		}
		return int32(info.BlockHeight) >= height, nil
	})
}

// digest gives the node time, but not for ever, until its wallet and all that
// acts on blocks have taken the last one in.
func (p *Party) digest(ctx context.Context) error {
	for since := time.Now(); time.Since(since) < digestion; {
		c, err := p.use()
		if err != nil {
			return nil //nolint:nilerr // stopped: nobody to wait for
		}
		if info, err := c.ln.GetInfo(ctx, &lnrpc.GetInfoRequest{}); err == nil && info.SyncedToChain {
			return nil
		}
		if err := pause(ctx, 2*every); err != nil {
			return err
		}
	}
	return nil
}

func (p *Party) address(ctx context.Context) (btcutil.Address, error) {
	c, err := p.use()
	if err != nil {
		return nil, err
	}
	fresh, err := c.ln.NewAddress(ctx, &lnrpc.NewAddressRequest{Type: lnrpc.AddressType_WITNESS_PUBKEY_HASH})
	if err != nil {
		return nil, fmt.Errorf("make an address of %s: %w", p.Name, err)
	}
	return btcutil.DecodeAddress(fresh.Address, p.lab.chain.Params())
}

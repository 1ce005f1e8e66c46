package node

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cairn/chain"
)

// Driver is how the engine is run.
type Driver string

// The drivers.
const (
	// Child: a supervised child process of this binary; the default.
	Child Driver = "child"
	// InProcess: inside this process, over an in-memory connection; lnd takes
	// over process signals and its panics are ours, so this is for tests.
	InProcess Driver = "inprocess"
	// Remote: an lnd the operator runs elsewhere.
	Remote Driver = "remote"
)

// Backend is where the engine learns of blocks.
type Backend string

// The chain backends.
const (
	// Neutrino: lnd's own light client over the Bitcoin P2P network, or over
	// the devnet's P2P address.
	Neutrino Backend = "neutrino"
	// Bitcoind: JSON-RPC and ZMQ (or polling) of a Bitcoin Core node.
	Bitcoind Backend = "bitcoind"
	// Btcd: the websocket RPC of a btcd node.
	Btcd Backend = "btcd"
)

// Config says which node to run and how. Dir and Network are required for the
// drivers that run an engine; everything else has a default.
type Config struct {
	Network chain.Network
	Driver  Driver
	// Dir is the node's own data folder, made with mode 0700.
	Dir string
	// Alias is the name peers see; at most 32 bytes.
	Alias string
	// Chain says where blocks come from.
	Chain ChainConfig
	// Remote is used by the Remote driver alone.
	Remote RemoteConfig
	// Listen is the host:port for Lightning peers; empty for none.
	Listen string
	// Forward lets payments of strangers pass through this node's channels.
	Forward bool
	// External is the host:port that others are told to call; empty for what
	// the node finds out by itself.
	External string
	// BackupTo is a folder, best on another disk, that gets every channel
	// backup as well; empty for none.
	BackupTo string
	// PasswordFile holds the wallet's password; empty: Dir/wallet.password,
	// made with 32 random bytes when missing.
	PasswordFile string
	// Command starts the child, the engine's spec following on its standard
	// input; empty: this executable with the argument "node". Env is added to
	// this process's environment for it.
	Command []string
	Env     []string
	// MemoryLimit is the child's soft memory limit in bytes (GOMEMLIMIT);
	// 0: 120 MiB.
	MemoryLimit int64
	// RecoveryWindow is how many unused addresses in a row the search for the
	// coins of words that were stored before may skip: they may come from a
	// backup. 0: 2,500, lnd's own default, at which a block takes a third of a
	// second.
	RecoveryWindow int32
	// LogLevel is lnd's own (trace to critical, or per subsystem); empty: info.
	// Its lines go to Dir/lnd/logs, 3 files of 10 MB; the InProcess driver
	// keeps no log unless a level is given.
	LogLevel string
	// ExtraArgs are lnd flags put after Cairn's own, for operators who know.
	ExtraArgs []string

	// HealthEvery is the pause between health checks (0: 2 s), and StuckAfter
	// how long the engine may leave them unanswered, or its wallet stay behind
	// the chain without moving, before it is restarted (0: 30 s).
	HealthEvery, StuckAfter time.Duration
	// RetryEvery is the pause between tries of an engine that refuses to
	// start (0: 1 min).
	RetryEvery time.Duration

	Log *slog.Logger
	// Now and Rand default to the wall clock and the system's randomness.
	Now  func() time.Time
	Rand io.Reader
}

// ChainConfig says where the engine learns of blocks.
type ChainConfig struct {
	Backend Backend
	// Connect are the only P2P peers neutrino may use (the devnet's address);
	// Peers are tried besides those of the DNS seeds.
	Connect, Peers []string
	// FeeURL serves fee estimates to neutrino, which sees no mempool; the
	// default on mainnet is lnd's, elsewhere lnd's fixed estimate is used.
	FeeURL string
	// RPCHost, RPCUser, RPCPass and RPCCert (a file; btcd only) reach bitcoind
	// or btcd.
	RPCHost, RPCUser, RPCPass, RPCCert string
	// ZMQBlock and ZMQTx are bitcoind's ZMQ addresses; both empty: polling.
	ZMQBlock, ZMQTx string
}

// RemoteConfig reaches an lnd of the operator's.
type RemoteConfig struct {
	// Host is host:port of its gRPC listener.
	Host string
	// TLSCert and Macaroon are files: its tls.cert and a macaroon that may
	// read info, and use the wallet, signer, chain and invoice calls.
	TLSCert, Macaroon string
}

// maxSocketPath is the longest path a Unix socket may have on every system
// Cairn runs on (sockaddr_un has 104 bytes on macOS, 108 on Linux, with NUL).
const maxSocketPath = 103

// withDefaults checks c and fills in what was left out.
func (c Config) withDefaults() (Config, error) {
	if c.Driver == "" {
		c.Driver = Child
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.HealthEvery == 0 {
		c.HealthEvery = 2 * time.Second
	}
	if c.RecoveryWindow == 0 {
		c.RecoveryWindow = 2_500
	}
	if c.StuckAfter == 0 {
		c.StuckAfter = 30 * time.Second
	}
	if c.RetryEvery == 0 {
		c.RetryEvery = time.Minute
	}
	if c.MemoryLimit == 0 {
		c.MemoryLimit = 120 << 20
	}
	if _, err := c.Network.Params(); err != nil {
		return c, err
	}
	switch c.Driver {
	case Remote:
		if c.Remote.Host == "" || c.Remote.TLSCert == "" || c.Remote.Macaroon == "" {
			return c, errors.New("a remote node needs its host, its tls certificate and a macaroon")
		}
		if c.Dir == "" {
			return c, errors.New("the node needs a data folder for its channel backups")
		}
		return c, nil
	case Child, InProcess:
	default:
		return c, fmt.Errorf("unknown node driver %q: use child, inprocess or remote", string(c.Driver))
	}

	if c.Dir == "" {
		return c, errors.New("the node needs a data folder")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, fmt.Errorf("find the node's data folder: %w", err)
	}
	c.Dir = dir
	if c.PasswordFile == "" {
		c.PasswordFile = filepath.Join(dir, "wallet.password")
	}
	if c.Driver == Child && len(c.Command) == 0 {
		exe, err := os.Executable()
		if err != nil {
			return c, fmt.Errorf("find this program's own file: %w", err)
		}
		c.Command = []string{exe, "node"}
	}
	if len(c.Alias) > 32 {
		return c, errors.New("the node's alias has more than 32 bytes")
	}
	return c, c.Chain.check(c.Network)
}

func (c *ChainConfig) check(n chain.Network) error {
	if c.Backend == "" {
		c.Backend = Neutrino
	}
	for _, peer := range append(append([]string{}, c.Connect...), c.Peers...) {
		if strings.TrimSpace(peer) == "" {
			return errors.New("a chain peer's address is empty")
		}
	}
	switch c.Backend {
	case Neutrino:
		if n == chain.Devnet && len(c.Connect) == 0 {
			return errors.New("on the devnet the node needs the devnet's P2P address")
		}
		if n == chain.Mainnet && c.FeeURL == "" {
			c.FeeURL = mainnetFeeURL
		}
	case Bitcoind, Btcd:
		if c.RPCHost == "" || c.RPCUser == "" || c.RPCPass == "" {
			return fmt.Errorf("the %s backend needs an RPC host, user and password", c.Backend)
		}
		if (c.ZMQBlock == "") != (c.ZMQTx == "") {
			return errors.New("bitcoind needs both ZMQ addresses, or none to be polled")
		}
	default:
		return fmt.Errorf("unknown chain backend %q: use neutrino, bitcoind or btcd", string(c.Backend))
	}
	return nil
}

// mainnetFeeURL is what lnd's own sample configuration names; neutrino on
// mainnet does not start without one.
const mainnetFeeURL = "https://nodes.lightning.computer/fees/v1/btc-fee-estimates.json"

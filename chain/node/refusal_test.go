package node

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"cairn/chain"
)

// What lnd says is put into the right kind, and a sentence without jargon.
func TestRefusalOf(t *testing.T) {
	cfg := Config{
		Dir: "/data/node", PasswordFile: "/data/node/wallet.password", Network: chain.Mainnet,
		Listen: "127.0.0.1:9735", Chain: ChainConfig{Backend: Bitcoind},
	}
	for said, want := range map[string]ErrorKind{
		"error creating wallet config: error unlocking wallet with password from file: invalid passphrase for master public key": ErrPassword,
		"unable to open databases: error opening database: timeout":                                                              ErrLocked,
		"error creating wallet config: unable to initialize neutrino backend: unable to create neutrino database: timeout":       ErrLocked,
		"unable to create server: listen tcp 127.0.0.1:9735: bind: address already in use":                                       ErrPort,
		"unable to open databases: write /data/node/lnd/channel.db: no space left on device":                                     ErrDisk,
		"open /data/node/lnd/data: permission denied":                                                                            ErrDisk,
		"unable to open databases: invalid database":                                                                             ErrCorrupt,
		"error creating wallet config: unable to start bitcoind client: dial tcp 127.0.0.1:8332: connect: connection refused":    ErrBackend,
		"parsing the node's options: unknown flag `frobnicate'":                                                                  ErrConfig,
		"something nobody has seen before":                                                                                       ErrCrash,
	} {
		r := refusalOf(errors.New(said), cfg)
		if r.Kind != want || !errors.Is(r, want) {
			t.Errorf("%q is taken for %q; want %q", said, r.Kind, want)
		}
		if !strings.HasSuffix(r.Sentence, ".") || strings.Contains(r.Sentence, "unable to") {
			t.Errorf("the sentence for %q is %q", said, r.Sentence)
		}
	}
	if r := refusalOf(fmt.Errorf("start: %w", syscall.ENOSPC), cfg); r.Kind != ErrDisk {
		t.Errorf("ENOSPC is taken for %q", r.Kind)
	}
}

// A refusal survives the way from the child to the supervisor; other lines are
// not taken for one.
func TestRefusalLine(t *testing.T) {
	r := &Refusal{Kind: ErrPort, Sentence: "The address is taken.", Err: errors.New("bind: \"x\"\nin use")}
	line := r.line()
	if strings.Contains(line, "\n") {
		t.Fatalf("it is more than one line: %q", line)
	}
	back := parseRefusal(line)
	if back == nil || back.Kind != r.Kind || back.Sentence != r.Sentence || back.Err.Error() != r.Err.Error() {
		t.Errorf("%q comes back as %+v", line, back)
	}
	for _, other := range []string{"", "panic: runtime error", "{}", `{"kind":"x"}`, "null", "[1]"} {
		if parseRefusal(other) != nil {
			t.Errorf("%q is taken for a refusal", other)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	good := Config{Network: chain.Devnet, Dir: "/x", Chain: ChainConfig{Connect: []string{"127.0.0.1:1"}}}
	if _, err := good.withDefaults(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Config){
		"unknown network":    func(c *Config) { c.Network = "moon" },
		"unknown driver":     func(c *Config) { c.Driver = "horse" },
		"no folder":          func(c *Config) { c.Dir = "" },
		"long alias":         func(c *Config) { c.Alias = strings.Repeat("a", 33) },
		"devnet, no peer":    func(c *Config) { c.Chain.Connect = nil },
		"empty peer":         func(c *Config) { c.Chain.Peers = []string{" "} },
		"unknown backend":    func(c *Config) { c.Chain.Backend = "abacus" },
		"bitcoind, no login": func(c *Config) { c.Chain.Backend = Bitcoind },
		"half of zmq": func(c *Config) {
			c.Chain = ChainConfig{Backend: Bitcoind, RPCHost: "h", RPCUser: "u", RPCPass: "p", ZMQBlock: "tcp://x"}
		},
		"remote, no files": func(c *Config) { c.Driver = Remote },
	} {
		c := good
		spoil(&c)
		if _, err := c.withDefaults(); err == nil {
			t.Errorf("%s: it was accepted", name)
		}
	}
	main := Config{Network: chain.Mainnet, Dir: "/x"}
	main, err := main.withDefaults()
	if err != nil || main.Chain.FeeURL == "" || main.Chain.Backend != Neutrino {
		t.Errorf("mainnet defaults to %+v, %v", main.Chain, err)
	}
}

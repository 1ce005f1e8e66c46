package node

import (
	"strconv"

	"cairn/chain"
)

// lndArgs are the flags lnd is started with. They are parsed inside the
// engine's process and never appear on a command line, so that the RPC
// password in them stays unseen.
func lndArgs(c Config) []string {
	p := c.paths()
	args := []string{
		"--lnddir=" + p.lnd(),
		"--wallet-unlock-password-file=" + c.PasswordFile,
		"--wallet-unlock-allow-create",
		"--bitcoin." + p.network,
		"--bitcoin.node=" + string(c.Chain.Backend),

		// One door: the listener we pass in. No REST, no Tor, no NAT.
		"--norest",
		"--tlsdisableautofill",
		"--tlsextradomain=" + certName,

		// The supervisor does the health checks: lnd's own would stop the
		// process without saying why.
		"--healthcheck.chainbackend.attempts=0",
		"--healthcheck.diskspace.attempts=0",
		"--healthcheck.tls.attempts=0",

		// Sizes for a small machine.
		"--blockcachesize=8388608",
		"--caches.reject-cache-size=5000",
		"--caches.channel-cache-size=2000",
		"--numgraphsyncpeers=1",
		"--gc-canceled-invoices-on-startup",
		"--gc-canceled-invoices-on-the-fly",

		// A second process on the same files is told so in seconds.
		"--db.bolt.dbtimeout=5s",

		"--logging.console.disable",
		"--logging.file.max-files=3",
		"--logging.file.max-file-size=10",
		"--debuglevel=" + or(c.LogLevel, "info"),
	}
	if c.Driver == InProcess && c.LogLevel == "" {
		// lnd's log rotator counts its bytes without a lock, which the race
		// detector would report of every test that runs an engine.
		args = append(args, "--logging.file.disable")
	}
	if !c.Forward {
		args = append(args, "--rejecthtlc")
	}
	if c.Alias != "" {
		args = append(args, "--alias="+c.Alias)
	}
	if c.Listen == "" {
		args = append(args, "--nolisten")
	} else {
		args = append(args, "--listen="+c.Listen)
	}
	if c.External != "" {
		args = append(args, "--externalip="+c.External)
	}
	if exists(p.towers()) {
		args = append(args, "--wtclient.active")
	}
	if c.Network == chain.Devnet {
		args = append(args, "--nobootstrap", "--trickledelay=50")
	}
	args = append(args, c.Chain.args()...)
	return append(args, c.ExtraArgs...)
}

func (c ChainConfig) args() []string {
	var args []string
	add := func(flag, value string) {
		if value != "" {
			args = append(args, "--"+flag+"="+value)
		}
	}
	switch c.Backend {
	case Neutrino:
		for _, peer := range c.Connect {
			add("neutrino.connect", peer)
		}
		for _, peer := range c.Peers {
			add("neutrino.addpeer", peer)
		}
		add("fee.url", c.FeeURL)
	case Bitcoind:
		add("bitcoind.rpchost", c.RPCHost)
		add("bitcoind.rpcuser", c.RPCUser)
		add("bitcoind.rpcpass", c.RPCPass)
		if c.ZMQBlock == "" {
			args = append(args, "--bitcoind.rpcpolling")
		}
		add("bitcoind.zmqpubrawblock", c.ZMQBlock)
		add("bitcoind.zmqpubrawtx", c.ZMQTx)
		add("fee.url", c.FeeURL)
	case Btcd:
		add("btcd.rpchost", c.RPCHost)
		add("btcd.rpcuser", c.RPCUser)
		add("btcd.rpcpass", c.RPCPass)
		add("btcd.rpccert", c.RPCCert)
		add("fee.url", c.FeeURL)
	}
	return args
}

// childEnv keeps the child small: a soft limit on its heap and an eager
// collector.
func childEnv(c Config) []string {
	return append([]string{
		"GOMEMLIMIT=" + strconv.FormatInt(c.MemoryLimit, 10),
		"GOGC=50",
	}, c.Env...)
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

package node

import (
	"path/filepath"

	"cairn/chain"
)

// paths are the places inside a node's data folder.
type paths struct {
	dir     string
	network string
}

func (c Config) paths() paths {
	return paths{dir: c.Dir, network: lndNetwork(c.Network)}
}

// lndNetwork is lnd's word for a network, in flags and folder names.
func lndNetwork(n chain.Network) string {
	if n == chain.Devnet {
		return "regtest"
	}
	return string(n)
}

func (p paths) lnd() string      { return filepath.Join(p.dir, "lnd") }
func (p paths) socket() string   { return filepath.Join(p.dir, "lnd.sock") }
func (p paths) tlsCert() string  { return filepath.Join(p.lnd(), "tls.cert") }
func (p paths) macaroon() string { return filepath.Join(p.chainDir(), "admin.macaroon") }
func (p paths) wallet() string   { return filepath.Join(p.chainDir(), "wallet.db") }
func (p paths) backups() string  { return filepath.Join(p.dir, "backups") }
func (p paths) blocks() string   { return filepath.Join(p.dir, "blocks") }

// seed holds the 24 words, encrypted under the wallet password; confirmed
// exists once somebody showed that he wrote them down.
func (p paths) seed() string      { return filepath.Join(p.dir, "seed."+p.network+".age") }
func (p paths) confirmed() string { return filepath.Join(p.dir, "seed."+p.network+".confirmed") }

// towers exists while the watchtower client is wanted.
func (p paths) towers() string { return filepath.Join(p.dir, "watchtowers") }

// log is lnd's own log, the newest of three files of 10 MB.
func (p paths) log() string {
	return filepath.Join(p.lnd(), "logs", "bitcoin", p.network, "lnd.log")
}

func (p paths) chainDir() string {
	return filepath.Join(p.lnd(), "data", "chain", "bitcoin", p.network)
}

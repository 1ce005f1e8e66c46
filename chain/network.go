package chain

import (
	"fmt"

	"github.com/btcsuite/btcd/chaincfg"
)

// Network is one of the chains Cairn runs on, by the name its config uses.
type Network string

// The networks. Devnet is a regtest chain made in this process.
const (
	Mainnet  Network = "mainnet"
	Testnet4 Network = "testnet4"
	Signet   Network = "signet"
	Devnet   Network = "devnet"
)

// Params returns btcd's parameters of the network, or an error naming the
// networks there are.
func (n Network) Params() (*chaincfg.Params, error) {
	switch n {
	case Mainnet:
		return &chaincfg.MainNetParams, nil
	case Testnet4:
		return &chaincfg.TestNet4Params, nil
	case Signet:
		return &chaincfg.SigNetParams, nil
	case Devnet:
		return &chaincfg.RegressionNetParams, nil
	}
	return nil, fmt.Errorf("unknown network %q: use devnet, signet, testnet4 or mainnet", string(n))
}

// Real reports whether coins of the network have a price.
func (n Network) Real() bool { return n == Mainnet }

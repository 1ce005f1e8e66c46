package devnet

import (
	"github.com/btcsuite/btcd/chaincfg"
)

// activeFrom is the height from which CSV (BIP-0068, BIP-0112, BIP-0113),
// segwit (BIP-0141) and taproot (BIP-0341) rules hold: the first block.
const activeFrom = 1

// newParams returns the rules of the devnet: btcd's regtest, with two
// differences that no light client can see. The soft forks are active from the
// first block, so that no 432 blocks of signalling have to be mined first, and
// the subsidy halves every 210,000 blocks as on mainnet instead of every 150,
// so that the faucet never runs dry. btcd's global value is left as it is.
func newParams() *chaincfg.Params {
	params := chaincfg.RegressionNetParams // a copy; Deployments is an array
	params.SubsidyReductionInterval = 210_000
	for _, id := range []int{
		chaincfg.DeploymentCSV,
		chaincfg.DeploymentSegwit,
		chaincfg.DeploymentTaproot,
	} {
		params.Deployments[id].AlwaysActiveHeight = activeFrom
	}
	return &params
}

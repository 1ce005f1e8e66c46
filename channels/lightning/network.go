package lightning

import (
	"context"
	"fmt"

	"cairn/chain"

	"github.com/lightningnetwork/lnd/lnrpc"
	"google.golang.org/grpc"
)

// NetworkOf asks a node which network its money is of; a regtest is the devnet.
// Errors: chain.ErrEngineDown, and one for networks that Cairn does not know.
func NetworkOf(ctx context.Context, conn grpc.ClientConnInterface) (chain.Network, error) {
	info, err := lnrpc.NewLightningClient(conn).GetInfo(ctx, &lnrpc.GetInfoRequest{})
	if err != nil {
		return "", fmt.Errorf("ask the node for its network: %w", err)
	}
	name := ""
	for _, c := range info.Chains {
		name = c.Network
		if name == "regtest" {
			return chain.Devnet, nil
		}
		for _, known := range []chain.Network{chain.Mainnet, chain.Testnet4, chain.Signet} {
			if name == string(known) {
				return known, nil
			}
		}
	}
	return "", fmt.Errorf("the node is on the network %q, which is not known here", name)
}

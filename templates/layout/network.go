package layout

import (
	"context"
	"strings"

	"cairn/chain"
	"cairn/templates/i18n"
)

// NetworkName is the chain's name as its badge shows it.
func NetworkName(n chain.Network) string { return strings.ToUpper(string(n)) }

func networkSentence(ctx context.Context, n chain.Network) string {
	if n == chain.Devnet {
		return i18n.T(ctx, "sandbox.devnet")
	}
	return i18n.T(ctx, "sandbox.testnet")
}

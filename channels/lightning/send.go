package lightning

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc/signrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
)

// SendCoins pays an amount to a script from the node's own wallet, out of
// whatever coins lnd likes, unconfirmed ones too, and returns the transaction.
// It is for nodes whose coins nobody else keeps books of; the operator's are
// spent by chain/wallet. Errors: ErrNoCoins, chain.ErrEngineDown,
// chain.ErrRejected: nothing was paid. ErrUnknownOutcome: look for it.
func (n *Node) SendCoins(ctx context.Context, script []byte, pay btcutil.Amount, rate chain.FeeRate) (*wire.MsgTx, error) {
	answer, err := n.wallet.SendOutputs(ctx, &walletrpc.SendOutputsRequest{
		SatPerKw: int64(rate), Outputs: []*signrpc.TxOut{{Value: int64(pay), PkScript: script}}, SpendUnconfirmed: true,
	})
	switch {
	case err == nil:
	case errors.Is(received(err), chain.ErrEngineDown):
		return nil, fmt.Errorf("%w: %w", ErrUnknownOutcome, received(err))
	case cutOff(err):
		return nil, fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	default:
		text := strings.ToLower(err.Error())
		for _, words := range []string{"insufficient funds", "insufficient reserves", "reserved wallet balance", "not enough"} {
			if strings.Contains(text, words) {
				return nil, fmt.Errorf("%w: %w", ErrNoCoins, err)
			}
		}
		return nil, fmt.Errorf("%w: %w", chain.ErrRejected, err)
	}
	var tx wire.MsgTx
	if err := tx.Deserialize(bytes.NewReader(answer.RawTx)); err != nil {
		return nil, fmt.Errorf("%w: read the node's transaction: %w", ErrUnknownOutcome, err)
	}
	return &tx, nil
}

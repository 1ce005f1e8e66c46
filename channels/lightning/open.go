package lightning

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
)

// openTimeout is how long opening may take until the transaction is out.
const openTimeout = 30 * time.Second

// Open connects with the peer if an address is given, opens a channel and looks
// whether the network has taken the transaction: lnd reports success either
// way. The result is the funding output, "txid:index".
//
// Errors: ErrPeerAddress, ErrTooSmall, ErrTooLarge, ErrAmount, ErrFeeRate,
// ErrUnreachable, ErrPeerAway, ErrPeerRefused, ErrNoCoins, ErrOpening,
// ErrSyncing, chain.ErrEngineDown: no channel was opened. ErrFunding: it never
// will be, and the coins stay. ErrUnknownOutcome: look at Pending.
func (n *Node) Open(ctx context.Context, o Opening) (point string, err error) {
	if err := o.Check(); err != nil {
		return "", err
	}
	if o.Peer.Host != "" {
		if err := n.Connect(ctx, o.Peer); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	answer, err := n.lnd.OpenChannelSync(ctx, &lnrpc.OpenChannelRequest{
		NodePubkey: o.Peer.Key[:], LocalFundingAmount: int64(o.Amount), PushSat: int64(o.Push), Private: o.Private,
		SatPerVbyte: uint64(o.FeeRate), MinConfs: 1,
	})
	switch {
	case err != nil && cutOff(err):
		return "", fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	case err != nil:
		err = kindOf("open a channel", err)
		if unnamed(err) {
			return "", fmt.Errorf("%w: %w", ErrPeerRefused, err)
		}
		return "", err
	}
	txid, err := lnrpc.GetChanPointFundingTxid(answer)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	point = fmt.Sprintf("%s:%d", txid, answer.OutputIndex)
	return point, n.sent(ctx, *txid)
}

// sent makes sure that the network takes a transaction of the wallet, by
// sending it once more: only what it says to that shows whether it has it.
// Errors: ErrFunding.
func (n *Node) sent(ctx context.Context, txid chainhash.Hash) error {
	found, err := n.wallet.GetTransaction(ctx, &walletrpc.GetTransactionRequest{Txid: txid.String()})
	if err != nil {
		return fmt.Errorf("%w: the wallet does not know %s: %w", ErrUnknownOutcome, txid, err)
	}
	raw, err := hex.DecodeString(found.RawTxHex)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	answer, err := n.wallet.PublishTransaction(ctx, &walletrpc.Transaction{TxHex: raw})
	switch {
	case err == nil && answer.PublishError == "":
		return nil
	case err == nil:
		err = errors.New(answer.PublishError)
	case cutOff(err) || errors.Is(received(err), chain.ErrEngineDown):
		return nil // the node sends it again by itself
	}
	for _, words := range []string{"already", "txn-already"} {
		if strings.Contains(strings.ToLower(err.Error()), words) {
			return nil
		}
	}
	return fmt.Errorf("%w: %w", ErrFunding, err)
}

// channelPoint reads "txid:index". Errors: ErrUnknownChannel.
func channelPoint(text string) (*lnrpc.ChannelPoint, error) {
	id, index, ok := strings.Cut(text, ":")
	txid, err := chainhash.NewHashFromStr(id)
	var n uint32
	if _, scanErr := fmt.Sscanf(index, "%d", &n); !ok || err != nil || len(id) != 2*chainhash.HashSize || scanErr != nil || fmt.Sprint(n) != index {
		return nil, kindf(ErrUnknownChannel, "%.80q", text)
	}
	return &lnrpc.ChannelPoint{
		FundingTxid: &lnrpc.ChannelPoint_FundingTxidBytes{FundingTxidBytes: txid[:]}, OutputIndex: n,
	}, nil
}

package lightning

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cairn/chain"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Why something cannot be done with peers and channels.
const (
	// ErrPeerAddress: not "key@host:port", or this node's own.
	ErrPeerAddress = ErrorKind("this is not the address of another Lightning node")
	// ErrUnreachable: nobody answers there, or somebody else does.
	ErrUnreachable = ErrorKind("the other node cannot be reached")
	// ErrPeerAway: the peer is not connected now.
	ErrPeerAway = ErrorKind("the other node is not connected")
	// ErrHasChannels: the peer shares a channel with us that is in use.
	ErrHasChannels = ErrorKind("there are channels with this node")
	// ErrPeerRefused: the other node does not want this channel.
	ErrPeerRefused = ErrorKind("the other node refuses the channel")
	// ErrTooSmall and ErrTooLarge: the channel's size is out of bounds.
	ErrTooSmall = ErrorKind("the channel is too small")
	ErrTooLarge = ErrorKind("the channel is too large")
	// ErrNoCoins: the wallet has fewer coins than the channel needs.
	ErrNoCoins = ErrorKind("the wallet has too few coins for this channel")
	// ErrOpening: a channel with this peer is being opened already.
	ErrOpening = ErrorKind("a channel with this node is being opened already")
	// ErrFeeRate: no fee rate to pay.
	ErrFeeRate = ErrorKind("the fee rate is out of bounds")
	// ErrSyncing: the node has not caught up with the chain.
	ErrSyncing = ErrorKind("the node has not caught up with the chain")
	// ErrFunding: the network did not take the transaction that opens the
	// channel; the channel will not come about.
	ErrFunding = ErrorKind("the network refused the transaction that opens the channel")
	// ErrUnknownChannel: the node has no such channel, or it is closed.
	ErrUnknownChannel = ErrorKind("the node has no such channel")
	// ErrBusyChannel: payments are under way in the channel.
	ErrBusyChannel = ErrorKind("payments are under way in this channel")
	// ErrNothingToBump: no closing of this channel waits for a block.
	ErrNothingToBump = ErrorKind("no closing transaction of this channel waits for a block")
	// ErrBackup: not a channel backup of this node's wallet.
	ErrBackup = ErrorKind("this is not a channel backup of this wallet")
	// ErrTowerAddress: not "key@host:port".
	ErrTowerAddress = ErrorKind("this is not the address of a watchtower")
	// ErrTowerOff: the node's watchtower client is not switched on.
	ErrTowerOff = ErrorKind("the watchtower client is switched off")
	// ErrTowerBusy: the tower holds what it has not confirmed yet.
	ErrTowerBusy = ErrorKind("the watchtower has not confirmed everything yet")
	// ErrUnknownTower: the node has no such tower.
	ErrUnknownTower = ErrorKind("the node has no such watchtower")
)

// said is lnd's words for a kind; its errors have no types on the wire.
type said struct {
	words string
	kind  error
}

// lnd's words (rpcserver.go, funding/manager.go, lnwallet, wtclientrpc).
var sayings = []said{
	{"is not online", ErrPeerAway},
	{"is not connected", ErrPeerAway},
	{"cannot make connection to self", ErrPeerAddress},
	{"cannot open channel to self", ErrPeerAddress},
	{"channels cannot be created before the wallet is fully synced", ErrSyncing},
	{"synchronizing blockchain", ErrSyncing},
	{"chain backend is still syncing", ErrSyncing},
	{"not enough witness outputs", ErrNoCoins},
	{"insufficient funds available", ErrNoCoins},
	{"reserved wallet balance invalidated", ErrNoCoins},
	{"channel is too small", ErrTooSmall},
	{"chan size of", ErrTooSmall}, // the peer's own least
	{"funding amount is too large", ErrTooLarge},
	{"exceeds maximum chan size", ErrTooLarge},
	{"pending channels exceed maximum", ErrOpening},
	{"received funding error from", ErrPeerRefused},
	{"remote canceled funding", ErrPeerRefused},
	{"active channels", ErrHasChannels},
	{"while peer is offline", ErrPeerAway},
	{"channel not found", ErrUnknownChannel},
	{"unable to find channel", ErrUnknownChannel},
	{"no such channel", ErrUnknownChannel},
	{"active htlcs", ErrBusyChannel},
	{"no pending sweeps found", ErrNothingToBump},
	{"watchtower client not active", ErrTowerOff},
	{"tower not found", ErrUnknownTower},
	{"tower has unacked updates", ErrTowerBusy},
	{"session has un-acked updates", ErrTowerBusy},
}

// kindOf finds the kind of what lnd said when doing something; what it has no
// kind for stays as it is, and a call that was cut off has an outcome nobody
// knows.
func kindOf(doing string, err error) error {
	if err == nil {
		return nil
	}
	err = received(err)
	if errors.Is(err, chain.ErrEngineDown) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	text := strings.ToLower(err.Error())
	for _, s := range sayings {
		if strings.Contains(text, s.words) {
			return fmt.Errorf("%s: %w: %w", doing, s.kind, err)
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// unnamed reports whether an error has neither a kind of ours nor is the node's
// being down.
func unnamed(err error) bool {
	var kind ErrorKind
	return !errors.As(err, &kind) && !errors.Is(err, chain.ErrEngineDown)
}

// cutOff reports whether a call ended before the node had answered: it may have
// been carried out all the same.
func cutOff(err error) bool {
	code := status.Code(err)
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		code == codes.DeadlineExceeded || code == codes.Canceled || code == codes.Unavailable
}

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
	{"exceeds max fee", ErrCloseFee},
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

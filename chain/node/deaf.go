package node

import (
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// unheardLimit is the age at which lnd calls a wallet unsynced because nothing
// was mined for long, less what two clocks may differ by.
const unheardLimit = 110 * time.Minute

// hearing notices a wallet that has stopped taking blocks in. Under neutrino
// the wallet's rescan ends for good when it asks for blocks in the moment a
// reorganisation takes them away (rescan.go: "unable to register block
// subscription"). From then on no address can be made and no coin is seen,
// while everything else goes on; only a restart helps.
type hearing struct {
	// at is the time of the block the wallet was last seen at, and height the
	// chain's height then.
	at     int64
	height uint32
	// since is when the wallet began to lag behind the chain without moving;
	// zero while it does not.
	since time.Time
}

// lag takes in what lnd says of itself at a time, and returns for how long the
// wallet has been behind the chain without taking a single block in.
func (h *hearing) lag(info *lnrpc.GetInfoResponse, now time.Time) time.Duration {
	if info.WalletSynced || info.BestHeaderTimestamp != h.at {
		h.at, h.height, h.since = info.BestHeaderTimestamp, info.BlockHeight, time.Time{}
		if info.WalletSynced {
			return 0
		}
	}
	// An unsynced wallet at a young block is behind; one at an old block may
	// only wait for the next, unless the chain was seen to grow meanwhile.
	young := now.Sub(time.Unix(h.at, 0)) < unheardLimit
	if !young && info.BlockHeight <= h.height {
		h.since = time.Time{}
		return 0
	}
	if h.since.IsZero() {
		h.since = now
	}
	return now.Sub(h.since)
}

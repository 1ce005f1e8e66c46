package node

import (
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// What lnd says of itself, second by second, and how long its wallet counts as
// behind.
func TestHearing(t *testing.T) {
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(age time.Duration) int64 { return start.Add(-age).Unix() }
	type said struct {
		after  time.Duration
		synced bool
		wallet int64 // time of the wallet's block
		height uint32
		lag    time.Duration
	}
	for name, said := range map[string][]said{
		"in step": {
			{0, true, at(time.Minute), 100, 0},
			{time.Hour, true, at(0), 101, 0},
		},
		"nothing mined for long": {
			{0, true, at(time.Hour), 100, 0},
			{2 * time.Hour, false, at(time.Hour), 100, 0},
			{9 * time.Hour, false, at(time.Hour), 100, 0},
		},
		"behind for a moment": {
			{0, true, at(time.Minute), 100, 0},
			{time.Second, false, at(time.Minute), 101, 0},
			{2 * time.Second, false, at(time.Minute), 101, time.Second},
			{3 * time.Second, true, at(0), 101, 0},
			{time.Minute, false, at(0), 102, 0},
		},
		"catching up": {
			{0, false, at(50 * time.Minute), 110, 0},
			{time.Minute, false, at(40 * time.Minute), 110, 0},
			{2 * time.Minute, false, at(30 * time.Minute), 110, 0},
		},
		"deaf at a young block": {
			{0, true, at(time.Minute), 100, 0},
			{time.Second, false, at(time.Minute), 101, 0},
			{time.Minute, false, at(time.Minute), 101, 59 * time.Second},
		},
		"deaf after a reorganisation to the same height": {
			{0, true, at(time.Minute), 100, 0},
			{time.Second, false, at(2 * time.Minute), 100, 0},
			{time.Minute, false, at(2 * time.Minute), 100, 59 * time.Second},
		},
		"deaf at an old block, noticed once the chain grows": {
			{0, true, at(100 * time.Minute), 100, 0},
			{time.Hour, false, at(100 * time.Minute), 100, 0},
			{2 * time.Hour, false, at(100 * time.Minute), 101, 0},
			{2*time.Hour + time.Minute, false, at(100 * time.Minute), 101, time.Minute},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var h hearing
			for i, s := range said {
				lag := h.lag(&lnrpc.GetInfoResponse{WalletSynced: s.synced, BestHeaderTimestamp: s.wallet, BlockHeight: s.height}, start.Add(s.after))
				if lag != s.lag {
					t.Errorf("at step %d it is behind for %v, want %v", i, lag, s.lag)
				}
			}
		})
	}
}

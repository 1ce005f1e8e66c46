package node

import (
	"context"
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

// A storm of reorganisations deafens the wallet more often than not; however
// it comes out of it, within a minute it is in step again and makes addresses.
func TestReorganisationsDoNotDeafen(t *testing.T) {
	d := openDevnet(t)
	if _, err := d.Mine(10); err != nil {
		t.Fatal(err)
	}
	cfg := inProcessConfig(t, d)
	cfg.StuckAfter = 5 * time.Second
	n := open(t, cfg)
	await(t, n, "ready", 60*time.Second, ready)
	lnd := lnrpc.NewLightningClient(n.Conn())

	for i := range 100 {
		if _, err := d.Reorg(1 + i%5); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i%20) * 5 * time.Millisecond) // at every moment of the last one's digestion
		_, _ = lnd.NewAddress(t.Context(), &lnrpc.NewAddressRequest{})
	}
	refs, err := d.Mine(1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		info, err := lnd.GetInfo(ctx, &lnrpc.GetInfoRequest{})
		if err == nil && info.WalletSynced && int32(info.BlockHeight) == refs[0].Height {
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("the wallet is still deaf after %d restarts: %v, %v", n.Status().Restarts, info, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if _, err := lnd.NewAddress(ctx, &lnrpc.NewAddressRequest{}); err != nil {
		t.Errorf("no address after %d restarts: %v", n.Status().Restarts, err)
	}
	t.Logf("restarts: %d", n.Status().Restarts)
}

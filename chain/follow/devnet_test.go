package follow_test

import (
	"context"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain/devnet"
	"cairn/chain/follow"
)

// The real embedded chain: a payment from its faucet becomes a coin, is undone
// by a reorganisation, and comes back with the next block.
func TestFollowingTheDevnet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeJournal(t, d)
		c, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		f := follower(d, c, 1, follow.Watched{}, follow.Outbox{}, &journal{countdown: -2})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()

		hash := chainhash.HashH([]byte("somebody"))
		script, err := txscript.NewScriptBuilder().AddOp(txscript.OP_0).AddData(hash[:20]).Script()
		if err != nil {
			t.Fatal(err)
		}
		transact(t, d, watch(script))
		at := func(want func(coins []follow.Coin) bool) {
			t.Helper()
			waitFor(t, func() bool {
				tip, err := c.Tip(t.Context())
				if err != nil || f.Tip() != tip {
					return false
				}
				coins, err := follow.Coins(d.Read(t.Context()), "watched")
				if err != nil {
					t.Fatal(err)
				}
				return want(coins)
			})
		}
		txid, err := c.Faucet(t.Context(), script, 50_000)
		if err != nil {
			t.Fatal(err)
		}
		mined, err := c.Mine(3)
		if err != nil {
			t.Fatal(err)
		}
		at(func(coins []follow.Coin) bool {
			return len(coins) == 1 && coins[0].Outpoint.Hash == txid && coins[0].Value == 50_000 && coins[0].Created == mined[0]
		})
		if _, err := c.Reorg(3); err != nil {
			t.Fatal(err)
		}
		at(func(coins []follow.Coin) bool { return len(coins) == 0 })
		again, err := c.Mine(1)
		if err != nil {
			t.Fatal(err)
		}
		at(func(coins []follow.Coin) bool { return len(coins) == 1 && coins[0].Created == again[0] })

		if _, err := c.Reorg(40); err != nil {
			t.Fatal(err)
		}
		at(func([]follow.Coin) bool { return true })
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		wantDevnet(t, d, c)
	})
}

// wantDevnet checks that the journal holds exactly the devnet's best chain.
func wantDevnet(t *testing.T, d *db.DB, c *devnet.Chain) {
	t.Helper()
	tip, err := c.Tip(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for h := int32(1); h <= tip.Height; h++ {
		hash, err := c.HashAt(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, hash.String())
	}
	if got := lines(t, d); !slices.Equal(got, want) {
		t.Errorf("the journal holds %d blocks, want the %d of the chain", len(got), len(want))
	}
}

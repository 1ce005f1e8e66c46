package pledges

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/devnet"
	"cairn/chain/follow"
	"cairn/lighthouse"
	real "cairn/lighthouse/campaigns"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
)

// With the campaigns that creators write: the first pledge fixes the terms, one
// for terms that were edited since is refused, and the last block ends it all.
func TestWithCampaigns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, err := devnet.Open(devnet.Config{Dir: t.TempDir()})
		must(t, err)
		t.Cleanup(func() { c.Close() })
		creators, err := real.New(real.Config{
			DB: d, Network: chain.Devnet, BlockInterval: 10 * time.Minute, Now: time.Now, Rand: rand.Reader,
			Keeper: func(id lighthouse.ID) ([]byte, error) { return KeeperOf(testSecret).PublicKey(id), nil },
		})
		must(t, err)
		w := &world{t: t, db: d, chain: c}
		w.Service, err = New(Config{DB: d, Campaigns: creators, Coins: coins.Devnet{Chain: c}, Mempool: pool{c}, Secret: testSecret, Frozen: creators.Changed})
		must(t, err)
		w.follower = follow.New(d, c, follow.Config{StartHeight: -1}, follow.Watched{}, w.Projection(), real.Projection{})
		w.catchUp()

		address, err := btcutil.NewAddressWitnessPubKeyHash(make([]byte, 20), &chaincfg.RegressionNetParams)
		must(t, err)
		draft := real.Draft{
			Text:    lighthouse.Text{Title: "A bench", Tagline: "to sit on", Story: "By the lake.", Risks: "It may rain."},
			Creator: lighthouse.Creator{Name: "Ada"}, Firm: true, DeadlineIn: 6,
			Levels: []real.Level{{Beneficiaries: []lighthouse.Beneficiary{{Name: "Ada", Address: address.String(), Amount: 100_000}}}},
		}
		made, key, err := creators.Create(t.Context(), draft)
		must(t, err)
		if _, err := w.Terms(t.Context(), made.ID); !errors.Is(err, lighthouse.ErrUnknown) {
			t.Errorf("the terms of a draft: %v", err)
		}
		shown, err := creators.Open(t.Context(), key)
		must(t, err)

		b, firm := newBacker(t, "b", contract.P2TR, 60_000, shown), newBacker(t, "f", contract.FirmP2TR, 60_000, shown)
		w.fund(b)
		w.fund(firm)
		w.mine(1)
		old := w.submission(b, shown)
		edit := real.DraftOf(shown)
		edit.Levels[0].Beneficiaries[0].Amount = 110_000
		edited, err := creators.Edit(t.Context(), key, edit)
		must(t, err)
		if _, _, err := w.Submit(t.Context(), old); !errors.Is(err, lighthouse.ErrChanged) {
			t.Errorf("a pledge for older terms: %v", err)
		}
		old.Revision = edited.Terms.Revision
		if _, _, err := w.Submit(t.Context(), old); !errors.Is(err, contract.ErrOutputs) {
			t.Errorf("older terms under a new number: %v", err)
		}
		p := w.submit(b, edited)
		frozen, err := creators.Get(t.Context(), made.ID)
		must(t, err)
		if !frozen.Frozen {
			t.Error("the terms are not fixed")
		}
		w.submit(firm, frozen)
		if got := w.progressOf(frozen); got.Level != 0 || got.Firm.Pledges != 1 {
			t.Errorf("%+v", got)
		}

		w.mine(6)
		terms, err := w.Terms(t.Context(), made.ID)
		must(t, err)
		if terms.Open || !errors.Is(terms.Closed, lighthouse.ErrNotOpen) {
			t.Errorf("open %t after the last block: %v", terms.Open, terms.Closed)
		}
		must(t, c.Submit(b.spend(t, 1_000)))
		w.mine(1)
		w.want("a coin of an ended campaign", w.state(p.ID), lighthouse.Spent)
	})
}

package pledges

import (
	"context"
	"errors"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"gorm.io/gorm"
)

// A pledge of each kind is taken, confirmed, and counts.
func TestEveryKind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "kinds", 10_000, 1_000_000)
		w := newWorld(t, d, c)
		var backers []*backer
		for _, kind := range kinds {
			b := newBacker(t, "backer", kind, 50_000, c)
			w.fund(b)
			backers = append(backers, b)
		}
		w.mine(1)
		for i, b := range backers {
			p := w.submit(b, c)
			w.want("kind", p.Kind, kinds[i])
			w.want("state", p.State, lighthouse.Confirmed)
			w.want("firm", p.Firm(), b.firm != nil)
		}
		got := w.progressOf(c)
		w.want("confirmed", got.Confirmed, lighthouse.Tally{Pledges: 6, Amount: 300_000})
		w.want("firm", got.Firm, lighthouse.Tally{Pledges: 2, Amount: 100_000})
		w.want("level", got.Level, -1)
		w.want("checked", got.Checked, w.tip())
		w.want("frozen", w.campaigns.frozen[c.ID], 1)

		// What is stored makes the claim.
		var candidates []lighthouse.Pledge
		must(t, d.Transact(t.Context(), func(tx *gorm.DB) (err error) {
			candidates, err = w.CandidatesIn(tx, c.ID, 0)
			return err
		}))
		w.want("candidates", len(candidates), 6)
		for _, p := range candidates {
			if _, err := c.Terms.Levels[0].Contract.Check(p.Signed[0], p.Coin, contract.Rules{Firm: firmFor(t, c, p), Rand: w.cfg.Rand}); err != nil {
				t.Errorf("%s as stored: %v", p.Kind, err)
			}
			if p.Weight != p.Signed[0].Weight() || p.Weight > p.Kind.Budget() {
				t.Errorf("%s weighs %d", p.Kind, p.Weight)
			}
		}
	})
}

func firmFor(t *testing.T, c lighthouse.Campaign, p lighthouse.Pledge) *contract.Firm {
	t.Helper()
	owner := ownerIn(p.Signed[0])
	if owner == nil {
		return nil
	}
	firm, err := firmOf(c, owner)
	must(t, err)
	return firm
}

// A coin waits, is confirmed, leaves, is spent, and comes back when the block is
// taken away.
func TestWayOfACoin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "way", 10_000, 1_000_000)
		w := newWorld(t, d, c)
		b := newBacker(t, "b", contract.P2TR, 40_000, c)
		w.fund(b)
		p := w.submit(b, c)
		one, none := lighthouse.Tally{Pledges: 1, Amount: 40_000}, lighthouse.Tally{}

		w.want("state", p.State, lighthouse.Seen)
		w.want("pending", w.progressOf(c).Pending, one)
		w.mine(1)
		w.want("state", w.state(p.ID), lighthouse.Confirmed)
		w.want("confirmed", w.progressOf(c).Confirmed, one)

		spend := b.spend(t, 1_000)
		must(t, w.chain.Submit(spend))
		w.look()
		w.want("state", w.state(p.ID), lighthouse.Leaving)
		w.want("confirmed", w.progressOf(c).Confirmed, none)
		w.want("revoked", w.progressOf(c).Revoked, one)

		w.mine(1)
		now, err := w.Get(t.Context(), p.ID)
		must(t, err)
		w.want("state", now.State, lighthouse.Spent)
		w.want("spender", now.SpentBy, spend.TxHash())
		w.want("block", now.SpentAt, w.tip())

		// Of the two blocks the one with the spend goes, and the spend is forgotten.
		_, err = w.chain.Reorg(1, devnetWithout(spend.TxHash()))
		must(t, err)
		w.catchUp()
		w.want("state", w.state(p.ID), lighthouse.Confirmed)
		w.want("confirmed", w.progressOf(c).Confirmed, one)

		// The coin's own block goes, and what made it is forgotten.
		_, err = w.chain.Reorg(3, devnetWithout(b.at.Hash))
		must(t, err)
		w.catchUp()
		w.want("state", w.state(p.ID), lighthouse.Gone)
		w.want("confirmed", w.progressOf(c).Confirmed, none)
		w.want("pending", w.progressOf(c).Pending, none)
	})
}

// The same again is the same; another is refused.
func TestAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "again", 10_000, 1_000_000, 2_000_000)
		w := newWorld(t, d, c)
		b := newBacker(t, "b", contract.P2WPKH, 40_000, c)
		w.fund(b)
		w.mine(1)
		first, key, err := w.Submit(t.Context(), w.submission(b, c))
		must(t, err)
		again, same, err := w.Submit(t.Context(), w.submission(b, c))
		must(t, err)
		w.want("pledge", again.ID, first.ID)
		w.want("key", same.Text(), key.Text())
		if _, _, err := w.Submit(t.Context(), w.submission(b, c, 0, 1)); !errors.Is(err, lighthouse.ErrAlreadyPledged) {
			t.Errorf("another pledge of the coin: %v", err)
		}
		w.want("backers", w.progressOf(c).Confirmed.Pledges, 1)
		byKey, err := w.ByKey(t.Context(), key)
		must(t, err)
		w.want("by key", byKey.ID, first.ID)
		if _, err := w.ByKey(context.Background(), lighthouse.Key{1}); !errors.Is(err, lighthouse.ErrNotYours) {
			t.Errorf("by another key: %v", err)
		}
	})
}

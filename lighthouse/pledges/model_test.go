package pledges

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// Whatever happens to coins, in whatever order, pledges and their sums are what
// the chain itself says of each coin: after every step, with blocks mined, undone
// and forgotten, pledges that come before and after their block, and coins that
// leave and return. CAIRN_TEST_SEED repeats a run.
func TestModel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		seed := rand.Uint64()
		if fixed, err := strconv.ParseUint(os.Getenv("CAIRN_TEST_SEED"), 10, 64); err == nil {
			seed = fixed
		}
		t.Logf("CAIRN_TEST_SEED=%d", seed)
		m := &model{world: newWorld(t, d), random: rand.New(rand.NewPCG(seed, 0)), pledges: make(map[lighthouse.PledgeID]*backer)}
		m.campaign = newCampaign(t, "model", 10_000, 2_000_000)
		m.campaigns.set(m.campaign)
		seen := make(map[lighthouse.CoinState]int)
		all := []lighthouse.CoinState{lighthouse.Seen, lighthouse.Confirmed, lighthouse.Leaving, lighthouse.Spent}
		lacks := func(state lighthouse.CoinState) bool { return seen[state] == 0 }
		for n := 0; n < 120 || n < 1_000 && slices.ContainsFunc(all, lacks); n++ {
			what := m.step()
			m.catchUp()
			m.check(what, seen)
			if t.Failed() {
				return
			}
		}
		if slices.ContainsFunc(all, lacks) {
			t.Errorf("the model is too tame: %v", seen)
		}
	})
}

type model struct {
	*world
	random   *rand.Rand
	campaign lighthouse.Campaign
	waiting  []*backer // funded, not pledged yet
	pledges  map[lighthouse.PledgeID]*backer
	order    []lighthouse.PledgeID
	made     int
}

// step does one thing at random.
func (m *model) step() string {
	switch n := m.random.IntN(10); {
	case n < 3:
		kinds := []contract.Kind{contract.P2TR, contract.P2WPKH, contract.P2SHP2WPKH, contract.P2PKH}
		m.made++
		b := newBacker(m.t, fmt.Sprint("model ", m.made), kinds[m.random.IntN(len(kinds))], btcutil.Amount(20_000+m.random.IntN(50_000)), m.campaign)
		m.fund(b)
		m.waiting = append(m.waiting, b)
		return "fund"
	case n < 6 && len(m.waiting) > 0:
		i := m.random.IntN(len(m.waiting))
		b := m.waiting[i]
		m.waiting = append(m.waiting[:i], m.waiting[i+1:]...)
		p, _, err := m.Submit(m.t.Context(), m.submission(b, m.campaign))
		if errors.Is(err, lighthouse.ErrNoCoin) {
			return "pledge of a forgotten coin"
		}
		must(m.t, err)
		m.pledges[p.ID] = b
		m.order = append(m.order, p.ID)
		return "pledge"
	case n < 7 && len(m.order) > 0:
		id := m.order[m.random.IntN(len(m.order))]
		if err := m.chain.Submit(m.pledges[id].spend(m.t, btcutil.Amount(1_000+m.random.IntN(1_000)))); err != nil && !errors.Is(err, chain.ErrRejected) {
			m.t.Fatal(err)
		}
		return "spend"
	case n < 9:
		_, err := m.chain.Mine(1 + m.random.IntN(2))
		must(m.t, err)
		return "mine"
	default:
		depth := 1 + m.random.IntN(4)
		var forget []chainhash.Hash
		for _, id := range m.order {
			if m.random.IntN(6) == 0 {
				forget = append(forget, m.pledges[id].at.Hash)
			}
			if p, err := m.Get(m.t.Context(), id); err == nil && p.SpentBy != (chainhash.Hash{}) && m.random.IntN(2) == 0 {
				forget = append(forget, p.SpentBy)
			}
		}
		_, err := m.chain.Reorg(depth, devnetWithout(forget...))
		must(m.t, err)
		return fmt.Sprintf("reorg of %d, %d forgotten", depth, len(forget))
	}
}

// check compares with what the chain says of each coin.
func (m *model) check(what string, seen map[lighthouse.CoinState]int) {
	m.t.Helper()
	var want lighthouse.Progress
	count := func(t *lighthouse.Tally, b *backer) {
		t.Pledges++
		t.Amount += b.coin.Value
	}
	for _, id := range m.order {
		b := m.pledges[id]
		state, block := m.real(b)
		seen[state]++
		switch state {
		case lighthouse.Seen:
			count(&want.Pending, b)
		case lighthouse.Confirmed:
			count(&want.Confirmed, b)
		case lighthouse.Leaving, lighthouse.Spent:
			count(&want.Revoked, b)
		}
		got, err := m.Get(m.t.Context(), id)
		must(m.t, err)
		if got.State != state || got.Created != block {
			m.t.Errorf("after %s: pledge %s of coin %s is %s in %s, want %s in %s", what, id, b.at, got.State, got.Created, state, block)
		}
	}
	got := m.progressOf(m.campaign)
	if got.Confirmed != want.Confirmed || got.Pending != want.Pending || got.Revoked != want.Revoked || got.Checked != m.tip() {
		m.t.Errorf("after %s: %+v, want %+v", what, got, want)
	}
}

// real is the state of a coin by the chain itself.
func (m *model) real(b *backer) (lighthouse.CoinState, chain.BlockRef) {
	found, err := m.cfg.Coins.Look(m.t.Context(), b.at, coins.Hint{})
	switch {
	case errors.Is(err, coins.ErrNone):
		return lighthouse.Gone, chain.BlockRef{}
	case err != nil:
		m.t.Fatal(err)
	case found.Spent && found.Spender != (chainhash.Hash{}):
		return lighthouse.Leaving, found.Block
	case found.Spent:
		return lighthouse.Spent, found.Block
	case found.Block == (chain.BlockRef{}):
		return lighthouse.Seen, chain.BlockRef{}
	}
	return lighthouse.Confirmed, found.Block
}

package claim

import (
	"errors"
	"slices"
	"testing"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"pgregory.net/rapid"
)

// Whatever was made before: what is chosen has a coin of each earlier attempt
// that is not dead, or there is no choice because all coins of one have left.
func TestChoiceSharesACoinWithEveryAttempt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := func(n int) wire.OutPoint { return wire.OutPoint{Hash: [32]byte{byte(n), 1}, Index: uint32(n)} }
		levels := rapid.IntRange(1, 3).Draw(t, "levels")
		count := rapid.IntRange(1, 12).Draw(t, "coins")
		s := situation{tip: 500, rates: []chain.FeeRate{253}, candidates: make([][]lighthouse.Pledge, levels)}
		for level := range levels {
			s.levels = append(s.levels, lighthouse.Level{Contract: &contract.Contract{
				Version: contract.Version, Outputs: []contract.Output{{Value: btcutil.Amount(30_000 * (level + 1)), Script: make([]byte, 22)}},
			}})
		}
		for n := range count {
			if !rapid.Bool().Draw(t, "stays") {
				continue
			}
			p := lighthouse.Pledge{
				ID: lighthouse.PledgeID{byte(n)}, Outpoint: at(n), Signed: map[int]contract.Pledge{},
				Coin: contract.Coin{Value: btcutil.Amount(rapid.IntRange(1_000, 60_000).Draw(t, "value"))},
			}
			for level := range levels {
				if level == 0 || rapid.Bool().Draw(t, "signed") {
					p.Signed[level] = contract.Pledge{OutPoint: at(n), Witness: wire.TxWitness{make([]byte, 65)}}
					s.candidates[level] = append(s.candidates[level], p)
				}
			}
		}
		for range rapid.IntRange(0, 5).Draw(t, "attempts") {
			e := earlier{coins: coinSet{}, deadAt: rapid.SampledFrom([]int32{0, 499, 500, 501}).Draw(t, "dead")}
			for _, n := range rapid.SliceOfN(rapid.IntRange(0, count-1), 1, 6).Draw(t, "attempt") {
				e.coins[at(n)] = true
			}
			s.earlier = append(s.earlier, e)
		}
		c, err := s.choose()
		if err != nil {
			if errors.Is(err, ErrResting) {
				s.mustRest(t, err)
			} else if !errors.Is(err, contract.ErrShort) && !errors.Is(err, contract.ErrFull) {
				t.Fatal(err)
			}
			return
		}
		for _, e := range s.earlier {
			dead := e.deadAt > 0 && e.deadAt <= s.tip
			if !dead && !slices.ContainsFunc(c.pledges, func(p lighthouse.Pledge) bool { return e.coins[p.Outpoint] }) {
				t.Fatalf("%v shares no coin with %v", c.pledges, e)
			}
		}
		if c.sum() < s.levels[c.level].Contract.Net()+c.rate.Fee(c.Weight) {
			t.Fatalf("%d for level %d", c.sum(), c.level)
		}
	})
}

// mustRest says that in some level no candidate is of an attempt that binds, and
// that waiting until the block named would free it.
func (s situation) mustRest(t *rapid.T, err error) {
	var resting *Resting
	if !errors.As(err, &resting) {
		t.Fatalf("%v does not say until when", err)
	}
	out := slices.ContainsFunc(s.binding(), func(e earlier) bool {
		return slices.ContainsFunc(s.candidates, func(level []lighthouse.Pledge) bool {
			return !slices.ContainsFunc(level, func(p lighthouse.Pledge) bool { return e.coins[p.Outpoint] })
		})
	})
	if !out {
		t.Fatal("it waits, though every attempt could be shared a coin with")
	}
	if resting.Until != 0 && resting.Until <= s.tip {
		t.Fatalf("it waits until %d at %d", resting.Until, s.tip)
	}
}

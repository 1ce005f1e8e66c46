package contract

import (
	"errors"
	"slices"
	"testing"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"pgregory.net/rapid"
)

// pay is what a choice brings in besides its own fees.
func pay(candidates []Candidate, taken []int, rate chain.FeeRate) (sum btcutil.Amount, weight int64) {
	for _, i := range taken {
		sum += candidates[i].worth(rate)
		weight += candidates[i].Weight
	}
	return sum, weight
}

// Whatever the pledges: a choice covers outputs and fee, fits, takes nobody
// twice and leaves no surplus that the plain queue would not have left; and when
// there is none, there cannot be one.
func TestChoose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &Contract{Version: Version, Outputs: []Output{{btcutil.Amount(rapid.Int64Range(1_000, 50_000).Draw(t, "goal")), make([]byte, 22)}}}
		rate := chain.FeeRate(rapid.Int64Range(25, 5_000).Draw(t, "rate"))
		candidates := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Candidate {
			return Candidate{btcutil.Amount(rapid.Int64Range(500, 20_000).Draw(t, "value")), rapid.SampledFrom([]int64{231, 272, 364, 593}).Draw(t, "weight")}
		}), 0, 14).Draw(t, "candidates")
		need := c.Need(rate, len(candidates))

		choice, err := c.Choose(candidates, rate)
		var all btcutil.Amount
		for _, k := range candidates {
			all += max(k.worth(rate), 0)
		}
		if err != nil {
			var short *Shortfall
			if !errors.As(err, &short) || short.Missing != need-all || all >= need {
				t.Fatalf("%v, though %d are there and %d needed", err, all, need)
			}
			return
		}
		sum, weight := pay(candidates, choice.Taken, rate)
		if sum < need {
			t.Fatalf("%d are taken, %d needed", sum, need)
		}
		if choice.Weight != weight+c.fixedWeight(len(choice.Taken)) || choice.Weight > c.Limit() {
			t.Fatalf("the claim weighs %d", choice.Weight)
		}
		if choice.Fee < rate.Fee(choice.Weight) {
			t.Fatalf("a fee of %d for %d weight units at %d", choice.Fee, choice.Weight, rate)
		}
		if !slices.IsSorted(choice.Taken) || len(slices.Compact(slices.Clone(choice.Taken))) != len(choice.Taken) {
			t.Fatalf("taken are %v", choice.Taken)
		}

		// The queue: everybody worth something until it is enough.
		var queue []int
		var reached btcutil.Amount
		for i, k := range candidates {
			if k.worth(rate) > 0 && reached < need {
				queue = append(queue, i)
				reached += k.worth(rate)
			}
		}
		for _, i := range queue[:len(queue)-1] {
			if !slices.Contains(choice.Taken, i) {
				t.Fatalf("%d waits, though it is older and needed: %v of %v", i, choice.Taken, queue)
			}
		}
		// No other completion of the queue overshoots less.
		firm, _ := pay(candidates, queue[:len(queue)-1], rate)
		var rest []int
		for i := queue[len(queue)-1]; i < len(candidates); i++ {
			if candidates[i].worth(rate) > 0 {
				rest = append(rest, i)
			}
		}
		best := reached
		for set := range 1 << len(rest) {
			total := firm
			for n, i := range rest {
				if set>>n&1 == 1 {
					total += candidates[i].worth(rate)
				}
			}
			if total >= need {
				best = min(best, total)
			}
		}
		if sum != best {
			t.Fatalf("%d are taken where %d do", sum, best)
		}
	})
}

// Old small pledges that fill the transaction make way for newer, larger ones;
// when not even those do, it is said.
func TestChooseWhenFull(t *testing.T) {
	c := &Contract{Version: SmallVersion, Outputs: []Output{{1_000_000, make([]byte, 22)}}}
	rate := chain.SatPerVByte(1)
	small := slices.Repeat([]Candidate{{6_000, 272}}, 200)
	if _, err := c.Choose(small, rate); !errors.Is(err, ErrFull) {
		t.Errorf("200 small pledges: %v", err)
	}
	large := slices.Repeat([]Candidate{{20_000, 272}}, 60)
	choice, err := c.Choose(slices.Concat(small, large), rate)
	if err != nil {
		t.Fatal(err)
	}
	if choice.Weight > SmallWeight {
		t.Errorf("the claim weighs %d", choice.Weight)
	}
	if got := len(choice.Taken); got != 51 {
		t.Errorf("%d are taken; 51 large ones do", got)
	}
}

// A pledge that costs more than it brings is never taken.
func TestChooseLeavesOutWhatCostsMore(t *testing.T) {
	c := &Contract{Version: Version, Outputs: []Output{{10_000, make([]byte, 22)}}}
	choice, err := c.Choose([]Candidate{{600, 593}, {30_000, 272}}, chain.SatPerVByte(5))
	if err != nil || !slices.Equal(choice.Taken, []int{1}) {
		t.Errorf("%v, %v", choice.Taken, err)
	}
}

// A queue of thousands that differ by little is chosen from in no time.
func BenchmarkChoose(b *testing.B) {
	c := &Contract{Version: Version, Outputs: []Output{{100_000_000, make([]byte, 22)}}}
	var candidates []Candidate
	for i := range 1_800 {
		candidates = append(candidates, Candidate{btcutil.Amount(70_000 + i*i%9_973), 231})
	}
	for b.Loop() {
		if _, err := c.Choose(candidates, chain.SatPerVByte(5)); err != nil {
			b.Fatal(err)
		}
	}
}

// Those that have to be taken are; otherwise a choice is as good as any, and
// there is one whenever all together cover the need.
func TestChooseWith(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &Contract{Version: Version, Outputs: []Output{{btcutil.Amount(rapid.Int64Range(1_000, 50_000).Draw(t, "goal")), make([]byte, 22)}}}
		rate := chain.FeeRate(rapid.Int64Range(25, 5_000).Draw(t, "rate"))
		candidates := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Candidate {
			return Candidate{btcutil.Amount(rapid.Int64Range(500, 20_000).Draw(t, "value")), rapid.SampledFrom([]int64{231, 272, 364, 593}).Draw(t, "weight")}
		}), 1, 12).Draw(t, "candidates")
		kept := rapid.SliceOfNDistinct(rapid.IntRange(0, len(candidates)-1), 0, 3, rapid.ID[int]).Draw(t, "kept")
		need := c.Need(rate, len(candidates))
		var all btcutil.Amount
		for i, k := range candidates {
			if w := k.worth(rate); w > 0 || slices.Contains(kept, i) {
				all += w
			}
		}
		choice, err := c.ChooseWith(kept, candidates, rate)
		if err != nil {
			var short *Shortfall
			if !errors.As(err, &short) || short.Missing != need-all || all >= need {
				t.Fatalf("%v, though %d are there and %d needed", err, all, need)
			}
			return
		}
		for _, i := range kept {
			if !slices.Contains(choice.Taken, i) {
				t.Fatalf("%d had to be taken: %v", i, choice.Taken)
			}
		}
		if sum, _ := pay(candidates, choice.Taken, rate); sum < need {
			t.Fatalf("%d are taken, %d needed", sum, need)
		}
		if !slices.IsSorted(choice.Taken) || len(slices.Compact(slices.Clone(choice.Taken))) != len(choice.Taken) {
			t.Fatalf("taken are %v", choice.Taken)
		}
		if choice.Fee < rate.Fee(choice.Weight) {
			t.Fatalf("a fee of %d for %d weight units at %d", choice.Fee, choice.Weight, rate)
		}
	})
}

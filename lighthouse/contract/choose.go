package contract

import (
	"cmp"
	"fmt"
	"slices"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
)

// Candidate is a pledge that could be taken.
type Candidate struct {
	Value  btcutil.Amount
	Weight int64 // of the input, as Pledge.Weight
}

// worth is what it brings in besides its own part of the fee.
func (k Candidate) worth(rate chain.FeeRate) btcutil.Amount { return k.Value - rate.Fee(k.Weight) }

// Choice is which pledges make up a claim.
type Choice struct {
	// Taken are indexes of the candidates, ascending. The others wait.
	Taken []int
	// Weight is the most the claim will weigh, and Fee what its miners get:
	// the fee rate's part and whatever the pledges overshoot.
	Weight int64
	Fee    btcutil.Amount
}

// Shortfall matches ErrShort and says how much is missing at the fee rate asked
// for.
type Shortfall struct{ Missing btcutil.Amount }

func (s *Shortfall) Error() string {
	return fmt.Sprintf("%s: %d sat are missing", ErrShort, int64(s.Missing))
}

// Unwrap makes a Shortfall match ErrShort.
func (s *Shortfall) Unwrap() error { return ErrShort }

// Choose takes pledges that cover the outputs and the fee at a rate, out of
// candidates given oldest first. The oldest are taken as long as each is needed;
// what is left to cover then is taken from all the others, so that as little as
// possible is overshot, and of equals the older. Pledges that do not pay for
// their own weight are left out. Should the oldest not fit into one transaction,
// those worth most for their weight are taken instead.
//
// Errors: a *Shortfall (ErrShort); ErrFull when there is enough, but not in one
// transaction.
func (c *Contract) Choose(candidates []Candidate, rate chain.FeeRate) (Choice, error) {
	return c.ChooseWith(nil, candidates, rate)
}

// ChooseWith is Choose with some of the candidates, by their indexes, taken in
// any case: of two claims that share a pledge only one can be confirmed, so a
// claim that takes the place of another keeps one of its pledges. Errors: as
// Choose.
func (c *Contract) ChooseWith(kept []int, candidates []Candidate, rate chain.FeeRate) (Choice, error) {
	need := c.Need(rate, len(candidates))
	room := c.Limit() - c.fixedWeight(len(candidates))
	for _, i := range kept {
		need -= candidates[i].worth(rate)
		room -= candidates[i].Weight
	}
	var able []int
	var sum btcutil.Amount
	for i, k := range candidates {
		if w := k.worth(rate); w > 0 && !slices.Contains(kept, i) {
			able = append(able, i)
			sum += w
		}
	}
	if sum < need {
		return Choice{}, &Shortfall{need - sum}
	}
	if len(kept) > 0 && need <= 0 {
		if room < 0 {
			return Choice{}, fmt.Errorf("%w: %d pledges", ErrFull, len(kept))
		}
		return c.choice(candidates, slices.Sorted(slices.Values(kept))), nil
	}
	taken, ok := oldest(candidates, able, rate, need, room)
	if !ok {
		if taken, ok = worthiest(candidates, able, rate, need, room); !ok {
			return Choice{}, fmt.Errorf("%w: %d pledges", ErrFull, len(able)+len(kept))
		}
	}
	taken = append(taken, kept...)
	slices.Sort(taken)
	return c.choice(candidates, taken), nil
}

func (c *Contract) choice(candidates []Candidate, taken []int) Choice {
	out := Choice{Taken: taken, Weight: c.fixedWeight(len(taken)), Fee: -c.Net()}
	for _, i := range taken {
		out.Weight += candidates[i].Weight
		out.Fee += candidates[i].Value
	}
	return out
}

// oldest takes from the front while each is needed, and completes the rest with
// least overshoot.
func oldest(candidates []Candidate, able []int, rate chain.FeeRate, need btcutil.Amount, room int64) ([]int, bool) {
	var taken []int
	for n, i := range able {
		k := candidates[i]
		if k.worth(rate) >= need { // this one would complete it; so might others, better
			last, ok := complete(candidates, able[n:], rate, need, room)
			return append(taken, last...), ok
		}
		if k.Weight > room {
			return nil, false
		}
		taken = append(taken, i)
		need -= k.worth(rate)
		room -= k.Weight
	}
	return nil, false
}

// completeTries bounds the search for the least overshoot.
const completeTries = 100_000

// complete finds among the candidates of rest, the first of which would do
// alone, those that cover need with least overshoot: depth first, the most
// valuable first, cutting off what cannot get better (branch and bound).
func complete(candidates []Candidate, rest []int, rate chain.FeeRate, need btcutil.Amount, room int64) ([]int, bool) {
	s := search{need: need, tries: completeTries}
	for _, i := range rest {
		s.items = append(s.items, item{i, candidates[i].worth(rate), candidates[i].Weight})
	}
	first := s.items[0]
	if first.weight <= room {
		s.keep([]int{first.index}, first.worth)
	}
	slices.SortStableFunc(s.items, func(a, b item) int { return cmp.Compare(b.worth, a.worth) })
	s.left = make([]btcutil.Amount, len(s.items)+1)
	for i := len(s.items) - 1; i >= 0; i-- {
		s.left[i] = s.left[i+1] + s.items[i].worth
	}
	s.from(0, 0, room)
	return s.best, s.best != nil
}

type item struct {
	index  int
	worth  btcutil.Amount
	weight int64
}

// search is one for the least overshoot.
type search struct {
	need  btcutil.Amount
	items []item
	left  []btcutil.Amount // worth of items from an index on
	path  []int
	tries int

	best    []int
	bestSum btcutil.Amount
}

func (s *search) keep(path []int, sum btcutil.Amount) {
	s.best, s.bestSum = slices.Clone(path), sum
}

func (s *search) from(at int, sum btcutil.Amount, room int64) {
	if sum >= s.need {
		if s.best == nil || sum < s.bestSum {
			s.keep(s.path, sum)
		}
		return
	}
	if s.tries--; s.tries < 0 || at == len(s.items) || sum+s.left[at] < s.need || s.best != nil && s.bestSum == s.need {
		return
	}
	if it := s.items[at]; it.weight <= room && (s.best == nil || sum+it.worth < s.bestSum) {
		s.path = append(s.path, it.index)
		s.from(at+1, sum+it.worth, room-it.weight)
		s.path = s.path[:len(s.path)-1]
	}
	s.from(at+1, sum, room)
}

// worthiest takes those that are worth most for their weight until need is
// covered.
func worthiest(candidates []Candidate, able []int, rate chain.FeeRate, need btcutil.Amount, room int64) ([]int, bool) {
	order := slices.Clone(able)
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := candidates[a], candidates[b]
		return cmp.Compare(int64(y.worth(rate))*x.Weight, int64(x.worth(rate))*y.Weight)
	})
	var taken []int
	for _, i := range order {
		k := candidates[i]
		if k.Weight > room {
			continue
		}
		taken = append(taken, i)
		need -= k.worth(rate)
		room -= k.Weight
		if need <= 0 {
			return taken, true
		}
	}
	return nil, false
}

package claim

import (
	"errors"
	"fmt"
	"slices"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// coinSet is a set of outpoints.
type coinSet map[wire.OutPoint]bool

// earlier is an attempt that a new one must share a coin with, unless it is
// dead.
type earlier struct {
	coins coinSet
	// deadAt is the block from which it is surely over: the one that spent a
	// coin of it otherwise, and as many on top as a reorganisation may undo. 0
	// while no block has.
	deadAt int32
}

// situation is all that a plan depends on.
type situation struct {
	levels []lighthouse.Level
	// candidates are the pledges that can be claimed in a level, oldest first.
	candidates [][]lighthouse.Pledge
	earlier    []earlier
	tip        int32
	rates      []chain.FeeRate // to be tried in turn
}

// plan is a claim put together, with every script of it run.
type plan struct {
	level   int
	tx      *wire.MsgTx
	pledges []lighthouse.Pledge // in the order of tx.TxIn
	fee     btcutil.Amount
	weight  int64
	rate    chain.FeeRate // that it was planned at
}

// choice is a plan before its transaction is put together.
type choice struct {
	level int
	rate  chain.FeeRate
	// pledges are those taken, oldest first.
	pledges []lighthouse.Pledge
	contract.Choice
}

// choose finds the highest level that can be claimed at the first of the rates
// at which one can. Errors: contract.ErrShort (a *contract.Shortfall says what
// the goal lacks at the first rate), contract.ErrFull, ErrResting.
func (s situation) choose() (choice, error) {
	var first error
	for _, rate := range s.rates {
		for level := len(s.levels) - 1; level >= 0; level-- {
			c, err := s.at(level, rate)
			if err == nil {
				return c, nil
			}
			// The goal at the first rate says best what is missing, but that
			// there would be enough says more.
			if first == nil && level == 0 || errors.Is(err, ErrResting) && !errors.Is(first, ErrResting) {
				first = err
			}
		}
	}
	return choice{}, first
}

// at chooses pledges for one level. Errors: as choose.
func (s situation) at(level int, rate chain.FeeRate) (choice, error) {
	terms, pledges := s.levels[level].Contract, s.candidates[level]
	candidates := make([]contract.Candidate, len(pledges))
	for i, p := range pledges {
		candidates[i] = contract.Candidate{Value: p.Coin.Value, Weight: p.Signed[level].Weight()}
	}
	chosen, err := terms.Choose(candidates, rate)
	if err != nil {
		return choice{}, err
	}
	binding := s.binding()
	if !sharesAll(pledges, chosen.Taken, binding) {
		kept, err := keep(pledges, binding)
		if err != nil {
			return choice{}, err
		}
		if chosen, err = terms.ChooseWith(kept, candidates, rate); err != nil {
			return choice{}, err
		}
	}
	out := choice{level: level, rate: rate, Choice: chosen}
	for _, i := range chosen.Taken {
		out.pledges = append(out.pledges, pledges[i])
	}
	return out, nil
}

// binding are the earlier attempts that could still be mined.
func (s situation) binding() []earlier {
	var out []earlier
	for _, e := range s.earlier {
		if e.deadAt == 0 || e.deadAt > s.tip {
			out = append(out, e)
		}
	}
	return out
}

// sharesAll says that the pledges taken have a coin of each earlier attempt.
func sharesAll(pledges []lighthouse.Pledge, taken []int, binding []earlier) bool {
	for _, e := range binding {
		if !slices.ContainsFunc(taken, func(i int) bool { return e.coins[pledges[i].Outpoint] }) {
			return false
		}
	}
	return true
}

// keep picks few pledges that together have a coin of each earlier attempt: the
// one that most of them share, the oldest of equals, until none is left out.
// Errors: ErrResting when all pledges of one have left.
func keep(pledges []lighthouse.Pledge, binding []earlier) ([]int, error) {
	var kept []int
	for len(binding) > 0 {
		best, most := -1, 0
		for i, p := range pledges {
			shared := 0
			for _, e := range binding {
				if e.coins[p.Outpoint] {
					shared++
				}
			}
			if shared > most {
				best, most = i, shared
			}
		}
		if best < 0 {
			return nil, rests(binding)
		}
		kept = append(kept, best)
		binding = slices.DeleteFunc(slices.Clone(binding), func(e earlier) bool { return e.coins[pledges[best].Outpoint] })
	}
	return kept, nil
}

// rests is the error that says how long to wait for attempts to be dead.
func rests(binding []earlier) error {
	out := &Resting{}
	for _, e := range binding {
		if e.deadAt == 0 {
			return &Resting{}
		}
		out.Until = max(out.Until, e.deadAt)
	}
	return out
}

// assemble puts the chosen claim together and runs its scripts. Errors: as
// contract.Assemble.
func (s situation) assemble(c choice) (plan, error) {
	signed := make([]contract.Pledge, len(c.pledges))
	spent := make([]contract.Coin, len(c.pledges))
	by := make(map[wire.OutPoint]lighthouse.Pledge, len(c.pledges))
	sum := -s.levels[c.level].Contract.Net()
	for i, p := range c.pledges {
		signed[i], spent[i] = p.Signed[c.level], p.Coin
		by[p.Outpoint] = p
		sum += p.Coin.Value
	}
	tx, err := s.levels[c.level].Contract.Assemble(signed, spent)
	if err != nil {
		return plan{}, fmt.Errorf("put the claim together: %w", err)
	}
	out := plan{level: c.level, tx: tx, fee: sum, weight: weightOf(tx), rate: c.rate}
	for _, in := range tx.TxIn {
		out.pledges = append(out.pledges, by[in.PreviousOutPoint])
	}
	// The rule of the package, once more, on what was made.
	for _, e := range s.binding() {
		if !slices.ContainsFunc(tx.TxIn, func(in *wire.TxIn) bool { return e.coins[in.PreviousOutPoint] }) {
			return plan{}, rests(s.binding())
		}
	}
	return out, nil
}

func weightOf(tx *wire.MsgTx) int64 { return blockchain.GetTransactionWeight(btcutil.NewTx(tx)) }

// inputsOf is what a transaction spends.
func inputsOf(tx *wire.MsgTx) coinSet {
	out := make(coinSet, len(tx.TxIn))
	for _, in := range tx.TxIn {
		out[in.PreviousOutPoint] = true
	}
	return out
}

// levelOf is the level whose contract a transaction claims: its version, lock
// time and outputs; -1 for none.
func levelOf(levels []lighthouse.Level, tx *wire.MsgTx) int {
	for i, l := range levels {
		if l.Contract != nil && claims(l.Contract, tx) {
			return i
		}
	}
	return -1
}

func claims(c *contract.Contract, tx *wire.MsgTx) bool {
	if tx.Version != c.Version || tx.LockTime != c.LockTime || len(tx.TxOut) != len(c.Outputs) {
		return false
	}
	for i, out := range c.Outputs {
		if tx.TxOut[i].Value != int64(out.Value) || string(tx.TxOut[i].PkScript) != string(out.Script) {
			return false
		}
	}
	return true
}

package claim

import (
	"context"
	"errors"
	"fmt"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"gorm.io/gorm"
)

// Readiness says whether a campaign can be claimed now.
type Readiness struct {
	// Level is the highest that can be claimed now; -1 for none, and then Why.
	Level int
	// Pledges and Sum are what the claim would take, Fee and Weight what it
	// would pay the miners and weigh, at least at Rate.
	Pledges int
	Sum     btcutil.Amount
	Fee     btcutil.Amount
	Weight  int64
	Rate    chain.FeeRate
	// Slow: it could be claimed only at less than the rate of now, and so may
	// wait for long, or for somebody who raises its fee.
	Slow bool
	// Missing is what the goal lacks at the rate of now; 0 once it can be
	// claimed, and where it is something else that is missing.
	Missing btcutil.Amount
	// Why there is none: lighthouse.ErrNotOpen, lighthouse.ErrClaimed, ErrOver,
	// a *TooEarly, a *contract.Shortfall, contract.ErrFull, a *Resting.
	Why error
	// Tip is the block it was looked at.
	Tip chain.BlockRef
}

// Ready looks whether a campaign can be claimed, by which level, and at what
// fee. It asks the node for the rate of now; the error is that of the node or
// the database, or lighthouse.ErrUnknown.
func (s *Service) Ready(ctx context.Context, id lighthouse.ID) (Readiness, error) {
	rates, err := s.rates(ctx, true)
	if err != nil {
		return Readiness{}, err
	}
	v, why, err := s.look(ctx, id, rates)
	if err != nil {
		return Readiness{}, err
	}
	c := v.choice
	if why != nil {
		out := Readiness{Level: -1, Why: why, Tip: v.tip}
		var short *contract.Shortfall
		if errors.As(why, &short) {
			out.Missing = short.Missing
		}
		return out, nil
	}
	return Readiness{
		Level: c.level, Pledges: len(c.pledges), Sum: c.sum(), Fee: c.Fee, Weight: c.Weight, Rate: c.rate,
		Slow: c.rate < rates[0], Tip: v.tip,
	}, nil
}

func (c choice) sum() (sum btcutil.Amount) {
	for _, p := range c.pledges {
		sum += p.Coin.Value
	}
	return sum
}

// rates are those to be tried: what blocks ask for now and, if a slow claim will
// do, the least that is relayed.
func (s *Service) rates(ctx context.Context, slow bool) ([]chain.FeeRate, error) {
	rate, err := s.cfg.Rate(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask what blocks cost: %w", err)
	}
	rates := []chain.FeeRate{max(rate, s.cfg.Floor)}
	if slow && rates[0] > s.cfg.Floor {
		rates = append(rates, s.cfg.Floor)
	}
	return rates, nil
}

// view is what was seen when a claim was looked for.
type view struct {
	campaign lighthouse.Campaign
	tip      chain.BlockRef
	before   claimRecord // zero without a claim so far
	situation
	choice
}

// look chooses the pledges of a first claim, or of one after a claim that
// failed, without making it. why is what keeps it from being made; err that
// nobody knows.
func (s *Service) look(ctx context.Context, id lighthouse.ID, rates []chain.FeeRate) (v view, why, err error) {
	tx := s.db.Read(ctx)
	if v.before, err = loadClaim(tx, id); err != nil && !errors.Is(err, ErrNone) {
		return v, nil, err
	}
	if v.tip, err = tipOf(tx); err != nil {
		return v, nil, err
	}
	if v.campaign, err = s.cfg.Campaigns.GetIn(tx, id); err != nil {
		return v, nil, err
	}
	if v.before.Version > 0 && v.before.State != lighthouse.Failed {
		return v, lighthouse.ErrClaimed, nil
	}
	if why := inTime(v.campaign, v.tip); why != nil {
		return v, why, nil
	}
	return s.choose(tx, v, rates)
}

// choose completes a view.
func (s *Service) choose(tx *gorm.DB, v view, rates []chain.FeeRate) (_ view, why, err error) {
	if v.situation, err = s.situation(tx, v.campaign, v.tip, rates); err != nil {
		return v, nil, err
	}
	v.choice, why = v.situation.choose()
	return v, why, nil
}

// inTime says why a campaign cannot be claimed at a block; nil when it can.
func inTime(c lighthouse.Campaign, tip chain.BlockRef) error {
	switch {
	case c.Stage == lighthouse.Claimed:
		return lighthouse.ErrClaimed
	case c.Stage == lighthouse.Draft, c.Stage == lighthouse.Announced:
		return lighthouse.ErrNotOpen
	case c.Withdrawn:
		return fmt.Errorf("%w: its creator has ended it", ErrOver)
	case tip.Height >= int32(c.Terms.RefundHeight()):
		return fmt.Errorf("%w: since block %d", ErrOver, c.Terms.RefundHeight())
	}
	return lockedUntil(c, tip)
}

// lockedUntil is a *TooEarly while the contract's lock time keeps a claim out
// of the next block.
func lockedUntil(c lighthouse.Campaign, tip chain.BlockRef) error {
	lock := c.Terms.Levels[0].Contract.LockTime
	if lock < txscript.LockTimeThreshold && int64(tip.Height) < int64(lock) {
		return &TooEarly{Block: int32(lock), At: c.Terms.DeadlineAt}
	}
	return nil
}

// situation gathers all that a plan depends on: the pledges that can be claimed
// as of the last block, without those that leave by a transaction that waits
// for one, and the earlier attempts.
func (s *Service) situation(tx *gorm.DB, c lighthouse.Campaign, tip chain.BlockRef, rates []chain.FeeRate) (situation, error) {
	out := situation{levels: c.Terms.Levels, tip: tip.Height, rates: rates, candidates: make([][]lighthouse.Pledge, len(c.Terms.Levels))}
	f, err := s.field(tx, c)
	if err != nil {
		return out, err
	}
	for _, a := range f.attempts {
		e, err := s.earlier(f, a)
		if err != nil {
			return out, err
		}
		out.earlier = append(out.earlier, e)
	}
	for level := range c.Terms.Levels {
		var ids []lighthouse.PledgeID
		for _, p := range f.pledges {
			if _, signed := p.Signed[level]; signed && f.stays(p) {
				ids = append(ids, p.ID)
			}
		}
		if out.candidates[level], err = s.cfg.Pledges.SignedIn(tx, ids, level); err != nil {
			return out, err
		}
	}
	return out, nil
}

// earlier is an attempt as a new one sees it.
func (s *Service) earlier(f *field, a attemptRecord) (earlier, error) {
	msg, err := a.tx()
	if err != nil {
		return earlier{}, err
	}
	out := earlier{coins: inputsOf(msg)}
	for op := range out.coins {
		p, ok := f.of[op]
		if !ok || p.SpentAt.Height == 0 || p.SpentBy == a.txid() {
			continue
		}
		if at := p.SpentAt.Height + s.cfg.Settled; out.deadAt == 0 || at < out.deadAt {
			out.deadAt = at
		}
	}
	return out, nil
}

package pledges

import (
	"context"
	"errors"
	"fmt"

	"cairn/chain"
	"cairn/chain/coins"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// maturity is how deep a coinbase must be in the block that spends it.
const maturity = 100

// find looks the offer's coin up. Errors: lighthouse.ErrNoCoin,
// lighthouse.ErrSpent, lighthouse.ErrImmature, and those of coins.Finder.
func (s *Service) find(ctx context.Context, o *offer) (coins.Found, error) {
	found, err := s.cfg.Coins.Look(ctx, o.at, coins.Hint{Script: o.script, Height: o.submission.Height, Client: o.submission.Client})
	switch {
	case errors.Is(err, coins.ErrNone), errors.Is(err, coins.ErrNoHint), errors.Is(err, coins.ErrTooDeep):
		if made, ok := s.fromFunding(o); ok {
			return made, nil
		}
		return found, fmt.Errorf("%w: %w", lighthouse.ErrNoCoin, err)
	case err != nil:
		return found, err
	case found.Spent:
		return found, fmt.Errorf("%w: %s", lighthouse.ErrSpent, o.at)
	case found.Coinbase && found.Tip.Height+1-found.Block.Height < maturity:
		return found, fmt.Errorf("%w: its block is %d deep", lighthouse.ErrImmature, found.Tip.Height+1-found.Block.Height)
	}
	return found, nil
}

// fromFunding is the coin as the transaction says that came along, where nobody
// sees what waits for a block: it counts for nothing before one holds it.
func (s *Service) fromFunding(o *offer) (coins.Found, bool) {
	if s.cfg.Mempool != nil || o.funding == nil || uint64(o.at.Index) >= uint64(len(o.funding.TxOut)) || blockchain.IsCoinBaseTx(o.funding) {
		return coins.Found{}, false
	}
	return coins.Found{Tx: o.funding, Out: o.funding.TxOut[o.at.Index]}, true
}

// verify checks what was signed against the coin, and has the keeper sign firm
// pledges. Errors: those of contract.Check and contract.CheckRefund;
// lighthouse.ErrMultiple.
func (s *Service) verify(o *offer, out *wire.TxOut) error {
	o.coin = contract.Coin{Value: btcutil.Amount(out.Value), Script: out.PkScript}
	if o.coin.Value <= 0 || o.coin.Value > btcutil.MaxSatoshi {
		return fmt.Errorf("%w: it is said to be worth %d sat", lighthouse.ErrNoCoin, int64(o.coin.Value))
	}
	terms := o.campaign.Terms
	if o.forGoal() && terms.Multiple > 0 && o.coin.Value%terms.Multiple != 0 {
		return fmt.Errorf("%w: %d sat, of %d each", lighthouse.ErrMultiple, int64(o.coin.Value), int64(terms.Multiple))
	}
	for level, p := range o.signed {
		c := terms.Levels[level].Contract
		rules := contract.Rules{Least: terms.Least, Rand: s.cfg.Rand}
		if owner := ownerIn(p); owner != nil {
			var err error
			if rules.Firm, err = firmOf(o.campaign, owner); err != nil {
				return err
			}
			if p, err = s.keeper.complete(o.campaign.ID, c, p, o.coin); err != nil {
				return err
			}
		}
		kind, err := c.Check(p, o.coin, rules)
		if err != nil {
			return fmt.Errorf("level %d: %w", level, err)
		}
		o.signed[level], o.kind = p, kind
		o.weight = max(o.weight, p.Weight())
	}
	if o.refund != nil {
		return contract.CheckRefund(o.refund, o.at, o.coin, terms.RefundHeight())
	}
	return nil
}

// forGoal says that the pledge counts for the goal; others are a matching
// sponsor's, good in their own levels only.
func (o *offer) forGoal() bool {
	_, ok := o.signed[0]
	return ok
}

// firm says that the coin cannot be taken back before the refunds' block.
func (o *offer) firm() bool { return o.kind == contract.FirmP2WSH || o.kind == contract.FirmP2TR }

// open says whether a campaign takes pledges on top of a block. Errors:
// lighthouse.ErrNotOpen, lighthouse.ErrChanged.
func open(c lighthouse.Campaign, revision int, tip chain.BlockRef) error {
	if c.TakenDown {
		return lighthouse.ErrTakenDown
	}
	if c.Stage != lighthouse.Open {
		return fmt.Errorf("%w: it is %s", lighthouse.ErrNotOpen, c.Stage)
	}
	if tip.Height >= c.Terms.Deadline {
		return fmt.Errorf("%w: its last block was %d", lighthouse.ErrNotOpen, c.Terms.Deadline)
	}
	if revision != c.Terms.Revision {
		return fmt.Errorf("%w: revision %d, now %d", lighthouse.ErrChanged, revision, c.Terms.Revision)
	}
	return nil
}

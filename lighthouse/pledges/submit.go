package pledges

import (
	"context"
	"errors"
	"fmt"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/follow"
	"cairn/lighthouse"

	"gorm.io/gorm"
)

// lookTries bounds how often a coin is looked up anew because a block came in
// between.
const lookTries = 5

// errMoved: a block was taken in since the coin was looked up.
var errMoved = errors.New("a block came in between")

// Submit takes a pledge in. When it returns, the pledge is stored, its coin is
// watched, and the campaign's terms are fixed. The very same signatures again
// give the same pledge and the same key, so that a call whose answer was lost
// may be repeated.
//
// Errors: ErrLevels, ErrWords, ErrTooLarge, ErrPending; of lighthouse: ErrUnknown,
// ErrNotOpen, ErrChanged, ErrNoCoin, ErrSpent, ErrImmature, ErrAlreadyPledged,
// ErrNoRoom, ErrMultiple; those of contract.Open, Check and CheckRefund; those of
// coins.Finder. Nothing is changed then.
func (s *Service) Submit(ctx context.Context, sub Submission) (lighthouse.Pledge, lighthouse.Key, error) {
	fail := func(err error) (lighthouse.Pledge, lighthouse.Key, error) {
		return lighthouse.Pledge{}, lighthouse.Key{}, err
	}
	if err := sub.check(); err != nil {
		return fail(err)
	}
	c, err := s.cfg.Campaigns.Get(ctx, sub.Campaign)
	if err != nil {
		return fail(err)
	}
	tip, err := tipOf(s.db.Read(ctx))
	if err != nil {
		return fail(err)
	}
	if err := open(c, sub.Revision, tip); err != nil {
		return fail(err)
	}
	o, err := s.read(ctx, c, sub)
	if err != nil {
		return fail(err)
	}
	row, ok, err := known(s.db.Read(ctx), o)
	if err != nil {
		return fail(err)
	}
	if !ok {
		if row, err = s.take(ctx, o, tip); err != nil {
			return fail(err)
		}
	}
	p, err := s.answer(ctx, o, row)
	if err != nil {
		return fail(err)
	}
	return p, s.keyOf(row.id()), nil
}

// answer is the stored pledge with what was signed.
func (s *Service) answer(ctx context.Context, o *offer, row pledgeRecord) (lighthouse.Pledge, error) {
	if o.kind == "" { // it was there: a firm one's second signature is not at hand
		all, err := withSignatures(s.db.Read(ctx), []pledgeRecord{row})
		if err != nil {
			return lighthouse.Pledge{}, err
		}
		return all[0], nil
	}
	p, err := row.pledge()
	p.Signed = o.signed
	return p, err
}

// read is done by few at a time: a PSBT's own counts can ask for much more
// memory than it has bytes.
func (s *Service) read(ctx context.Context, c lighthouse.Campaign, sub Submission) (*offer, error) {
	select {
	case s.desk.reading <- struct{}{}:
		defer func() { <-s.desk.reading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return read(c, sub)
}

// known finds the pledge if it is there. Errors: lighthouse.ErrAlreadyPledged
// when the coin is, by other signatures.
func known(tx *gorm.DB, o *offer) (pledgeRecord, bool, error) {
	row, err := one(tx.Where("campaign = ? AND outpoint = ?", o.campaign.ID[:], db.OutpointKey(o.at.Hash, o.at.Index)))
	switch {
	case errors.Is(err, lighthouse.ErrUnknownPledge):
		return row, false, nil
	case err != nil:
		return row, false, err
	case string(row.Proof) != string(o.proof[:]):
		return row, false, fmt.Errorf("%w: %s", lighthouse.ErrAlreadyPledged, o.at)
	}
	return row, true, nil
}

// take looks the coin up, checks the signatures, and stores the pledge. asOf is
// the last block that was taken in before.
func (s *Service) take(ctx context.Context, o *offer, asOf chain.BlockRef) (pledgeRecord, error) {
	for range lookTries {
		found, err := s.find(ctx, o)
		if err != nil {
			return pledgeRecord{}, err
		}
		if err := s.verify(o, found.Out); err != nil {
			return pledgeRecord{}, err
		}
		if s.pause != nil {
			s.pause()
		}
		row, err := s.desk.store(ctx, s, &entry{offer: o, found: found, asOf: asOf})
		if !errors.Is(err, errMoved) {
			return row, err
		}
		if asOf, err = tipOf(s.db.Read(ctx)); err != nil {
			return pledgeRecord{}, err
		}
	}
	return pledgeRecord{}, fmt.Errorf("%w: blocks come faster than coins are found", coins.ErrSlow)
}

// tipOf is the last block that was taken in; the zero value before the first.
func tipOf(tx *gorm.DB) (chain.BlockRef, error) {
	tip, err := follow.Cursor(tx)
	if errors.Is(err, chain.ErrNoBlock) {
		return chain.BlockRef{}, nil
	}
	return tip, err
}

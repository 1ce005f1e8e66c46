package campaigns

import (
	"context"
	"fmt"

	"cairn/lighthouse"

	"gorm.io/gorm"
)

// Get is a campaign that was shown, as of at most a second ago. It is shared:
// nothing in it may be changed. Errors: lighthouse.ErrUnknown, for drafts too.
func (s *Service) Get(ctx context.Context, id lighthouse.ID) (lighthouse.Campaign, error) {
	return s.cache.get(ctx, id)
}

// load reads a campaign that was shown.
func (s *Service) load(ctx context.Context, id lighthouse.ID) (lighthouse.Campaign, error) {
	return s.GetIn(s.cfg.DB.Read(ctx), id)
}

// GetIn is Get in a transaction, and of this moment.
func (s *Service) GetIn(tx *gorm.DB, id lighthouse.ID) (lighthouse.Campaign, error) {
	row, err := byID(tx, id)
	if err != nil {
		return lighthouse.Campaign{}, err
	}
	if row.Stage == lighthouse.Draft {
		return lighthouse.Campaign{}, fmt.Errorf("%w: it is a draft", lighthouse.ErrUnknown)
	}
	return s.read(tx, row)
}

// ByKey is a creator's campaign, a draft too, of this moment. Errors:
// lighthouse.ErrNotYours.
func (s *Service) ByKey(ctx context.Context, key lighthouse.Key) (lighthouse.Campaign, error) {
	return s.ByKeyIn(s.cfg.DB.Read(ctx), key)
}

// ByKeyIn is ByKey in a transaction.
func (s *Service) ByKeyIn(tx *gorm.DB, key lighthouse.Key) (lighthouse.Campaign, error) {
	row, err := byKey(tx, key)
	if err != nil {
		return lighthouse.Campaign{}, err
	}
	return s.read(tx, row)
}

// TermsIn is what a revision of a campaign was, for pledges that were signed
// for an earlier one. Errors: lighthouse.ErrUnknown.
func (s *Service) TermsIn(tx *gorm.DB, id lighthouse.ID, revision int) (lighthouse.Terms, error) {
	return readTerms(tx, id[:], revision)
}

// Changed forgets what Get remembers of a campaign. Whoever changed one in a
// transaction of his own calls it after the commit; others see the change a
// second later.
func (s *Service) Changed(id lighthouse.ID) { s.cache.drop(id) }

package pledges

import (
	"context"
	"fmt"

	"cairn/app/db"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Sort is an order of pledges.
type Sort string

// The orders.
const (
	Newest  Sort = "newest"
	Oldest  Sort = "oldest"
	Largest Sort = "largest"
)

// PerPage is how many pledges List gives at a time.
const PerPage = 50

// Page is a part of a list. Of signatures the pledges have the levels only, and
// of refunds nothing.
type Page struct {
	Pledges []lighthouse.Pledge
	// Shared are those of Pledges whose coin is pledged to another campaign, too:
	// whichever finishes first takes it.
	Shared map[lighthouse.PledgeID]bool
	// More says that there is another page.
	More bool
}

// List lists the pledges of a campaign that its page shows: all but those that
// another took the place of. page counts from 0.
func (s *Service) List(ctx context.Context, id lighthouse.ID, sort Sort, page int) (Page, error) {
	order := "number DESC"
	switch sort {
	case Oldest:
		order = "number"
	case Largest:
		order = "value_sat DESC, number"
	}
	tx := s.db.Read(ctx)
	var rows []pledgeRecord
	err := tx.Omit("refund").
		Where("campaign = ? AND state <> 'gone' AND NOT (replaced AND state IN ('leaving', 'spent'))", id[:]).
		Order(order).Offset(max(page, 0) * PerPage).Limit(PerPage + 1).Find(&rows).Error
	if err != nil {
		return Page{}, fmt.Errorf("list the pledges of campaign %s: %w", id, db.Classify(err))
	}
	out := Page{More: len(rows) > PerPage, Shared: make(map[lighthouse.PledgeID]bool)}
	rows = rows[:min(len(rows), PerPage)]
	for _, r := range rows {
		p, err := r.pledge()
		if err != nil {
			return Page{}, err
		}
		out.Pledges = append(out.Pledges, p)
	}
	return out, s.shared(tx, rows, out.Shared)
}

// shared marks the pledges whose coin is pledged elsewhere here as well.
func (s *Service) shared(tx *gorm.DB, rows []pledgeRecord, into map[lighthouse.PledgeID]bool) error {
	keys := make([][]byte, len(rows))
	for i, r := range rows {
		keys[i] = r.Outpoint
	}
	all, err := byOutpoints(tx, keys)
	if err != nil {
		return err
	}
	campaigns := make(map[string]int)
	for _, r := range all {
		campaigns[string(r.Outpoint)]++
	}
	for _, r := range rows {
		if campaigns[string(r.Outpoint)] > 1 {
			into[r.id()] = true
		}
	}
	return nil
}

// Get reads a pledge with all its signatures, which are for its owner and for
// claims. Errors: lighthouse.ErrUnknownPledge.
func (s *Service) Get(ctx context.Context, id lighthouse.PledgeID) (lighthouse.Pledge, error) {
	return s.whole(ctx, "id = ?", id[:])
}

// ByKey reads the pledge of a key, with all its signatures. Errors:
// lighthouse.ErrNotYours.
func (s *Service) ByKey(ctx context.Context, key lighthouse.Key) (lighthouse.Pledge, error) {
	p, err := s.whole(ctx, "key_hash = ?", hashOf(key))
	if err != nil {
		return p, notYours(err)
	}
	return p, nil
}

func (s *Service) whole(ctx context.Context, where string, arg []byte) (lighthouse.Pledge, error) {
	tx := s.db.Read(ctx)
	row, err := one(tx.Where(where, arg))
	if err != nil {
		return lighthouse.Pledge{}, err
	}
	all, err := withSignatures(tx, []pledgeRecord{row})
	if err != nil {
		return lighthouse.Pledge{}, err
	}
	return all[0], nil
}

// maxOutpoints bounds how many coins are asked for at a time.
const maxOutpoints = 1000

// ByOutpoints lists the pledges of coins to all campaigns, oldest first: those of
// a wallet. Of signatures they have the levels only. At most 1,000 coins are
// looked at.
func (s *Service) ByOutpoints(ctx context.Context, at []wire.OutPoint) ([]lighthouse.Pledge, error) {
	return s.ByOutpointsIn(s.db.Read(ctx), at[:min(len(at), maxOutpoints)])
}

// All lists every pledge of a campaign that ever came, oldest first, for receipts
// and roots and the creator's list. Of signatures they have the levels only.
func (s *Service) All(ctx context.Context, id lighthouse.ID) ([]lighthouse.Pledge, error) {
	return AllIn(s.db.Read(ctx), id)
}

// AllIn is All within a transaction.
func AllIn(tx *gorm.DB, id lighthouse.ID) ([]lighthouse.Pledge, error) {
	var rows []pledgeRecord
	if err := tx.Omit("refund").Where("campaign = ?", id[:]).Order("number").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the pledges of campaign %s: %w", id, db.Classify(err))
	}
	return pledges(rows)
}

func pledges(rows []pledgeRecord) ([]lighthouse.Pledge, error) {
	out := make([]lighthouse.Pledge, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.pledge(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CandidatesIn lists what can be claimed in a level as of the last block, oldest
// first: confirmed and not spent, also not by what waits where that is seen. Of
// signatures they have that level's alone.
func (s *Service) CandidatesIn(tx *gorm.DB, id lighthouse.ID, level int) ([]lighthouse.Pledge, error) {
	if level < 0 || level >= maxLevels {
		return nil, fmt.Errorf("%w: level %d", ErrLevels, level)
	}
	var rows []pledgeRecord
	err := tx.Where("campaign = ? AND state = 'confirmed' AND (levels & ?) <> 0", id[:], int64(1)<<level).Order("number").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the candidates of campaign %s: %w", id, db.Classify(err))
	}
	out, err := withSignatures(tx, rows, level)
	for i := range out {
		out[i].Weight = out[i].Signed[level].Weight()
	}
	return out, err
}

// ByOutpointsIn lists the pledges of coins to all campaigns within a transaction,
// in whichever state. Of signatures they have the levels only.
func (s *Service) ByOutpointsIn(tx *gorm.DB, at []wire.OutPoint) ([]lighthouse.Pledge, error) {
	keys := make([][]byte, len(at))
	for i, op := range at {
		keys[i] = db.OutpointKey(op.Hash, op.Index)
	}
	rows, err := byOutpoints(tx, keys)
	if err != nil {
		return nil, err
	}
	return pledges(rows)
}

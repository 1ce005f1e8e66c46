package pledges

import (
	"fmt"

	"cairn/app/db"
	"cairn/lighthouse"

	"gorm.io/gorm"
)

// AllIn is All within a transaction, for claims.
func (s *Service) AllIn(tx *gorm.DB, id lighthouse.ID) ([]lighthouse.Pledge, error) {
	return AllIn(tx, id)
}

// SignedIn lists pledges by their IDs, in their order, with the signature for a
// level alone, whatever the state of their coins: for a claim that is sent
// again. Errors: lighthouse.ErrUnknownPledge.
func (s *Service) SignedIn(tx *gorm.DB, ids []lighthouse.PledgeID, level int) ([]lighthouse.Pledge, error) {
	rows := make([]pledgeRecord, 0, len(ids))
	at := make(map[lighthouse.PledgeID]int, len(ids))
	for start := 0; start < len(ids); start += lookup {
		var keys [][]byte
		for _, id := range ids[start:min(start+lookup, len(ids))] {
			keys = append(keys, append([]byte{}, id[:]...))
		}
		var some []pledgeRecord
		if err := tx.Where("id IN ?", keys).Find(&some).Error; err != nil {
			return nil, fmt.Errorf("read pledges: %w", db.Classify(err))
		}
		rows = append(rows, some...)
	}
	found, err := withSignatures(tx, rows, level)
	if err != nil {
		return nil, err
	}
	for i, p := range found {
		at[p.ID] = i
	}
	out := make([]lighthouse.Pledge, len(ids))
	for i, id := range ids {
		j, ok := at[id]
		if !ok {
			return nil, fmt.Errorf("%w: %s", lighthouse.ErrUnknownPledge, id)
		}
		out[i] = found[j]
	}
	return out, nil
}

// RefundsIn lists every pledge of a campaign with its refund, oldest first. Of
// signatures they have the levels only.
func (s *Service) RefundsIn(tx *gorm.DB, id lighthouse.ID) ([]lighthouse.Pledge, error) {
	var rows []pledgeRecord
	if err := tx.Where("campaign = ?", id[:]).Order("number").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the refunds of campaign %s: %w", id, db.Classify(err))
	}
	return pledges(rows)
}

// RefundIn reads one pledge with its refund. Errors: lighthouse.ErrUnknownPledge.
func (s *Service) RefundIn(tx *gorm.DB, id lighthouse.PledgeID) (lighthouse.Pledge, error) {
	row, err := one(tx.Where("id = ?", id[:]))
	if err != nil {
		return lighthouse.Pledge{}, err
	}
	return row.pledge()
}

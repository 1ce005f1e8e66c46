package pledges

import (
	"cairn/app/db"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// AllIn is All within a transaction, for claims.
func (s *Service) AllIn(tx *gorm.DB, id lighthouse.ID) ([]lighthouse.Pledge, error) {
	return AllIn(tx, id)
}

// OfCoinsIn lists the pledges of coins to all campaigns, oldest first, whatever
// became of them. Of signatures they have the levels only.
func (s *Service) OfCoinsIn(tx *gorm.DB, coins []wire.OutPoint) ([]lighthouse.Pledge, error) {
	keys := make([][]byte, len(coins))
	for i, op := range coins {
		keys[i] = db.OutpointKey(op.Hash, op.Index)
	}
	rows, err := byOutpoints(tx, keys)
	if err != nil {
		return nil, err
	}
	return pledges(rows)
}

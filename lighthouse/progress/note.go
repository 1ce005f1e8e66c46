package progress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/lighthouse"
	"cairn/lighthouse/document"
	"cairn/lighthouse/progress/tree"

	"gorm.io/gorm"
)

// goal is the level whose pledges are counted, as on the campaign's page: those
// that are good in higher levels only are not.
const goal = 0

// make stores the head of a campaign's confirmed pledges as of the last block,
// unless they are those of the one before, and gives the newest. Errors:
// db.ErrFenced.
func (s *Service) make(ctx context.Context, id lighthouse.ID) (h tree.Head, err error) {
	made := false
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		h, made = tree.Head{}, false
		if err := s.cfg.Fence(tx); err != nil {
			return err
		}
		last, err := newest(tx, id)
		if err != nil {
			return err
		}
		if last != nil {
			if h, err = last.head(); err != nil {
				return err
			}
		}
		counted, claimed, err := s.counted(tx, id)
		if err != nil || claimed || last == nil && len(counted) == 0 {
			return err
		}
		members, under, err := s.number(tx, id, counted)
		if err != nil {
			return err
		}
		rest := tree.Head{Campaign: id, At: s.now()}
		if last != nil {
			if bytes.Equal(members, last.Members) {
				return nil
			}
			rest.Number, rest.Previous = h.Number+1, h.Digest()
			if rest.At.Before(h.At) {
				rest.At = h.At // the clock was set back
			}
		}
		if rest.Block, err = follow.Cursor(tx); err != nil && !errors.Is(err, chain.ErrNoBlock) {
			return err
		}
		h, made = tree.Over(under, rest), true
		row := recordOf(h, members)
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store head %d of campaign %s: %w", h.Number, id, err)
		}
		return nil
	})
	if err != nil {
		return tree.Head{}, fmt.Errorf("count the pledges of campaign %s: %w", id, err)
	}
	if made {
		s.log.Info("pledges counted", "campaign", id.String(), "head", h.Number, "pledges", h.Size, "sum", int64(h.Sum))
	}
	return h, s.crash("made")
}

// counted are the pledges that count for the goal, oldest first. Once the campaign
// is claimed there is nothing left to count: the block says what it got.
func (s *Service) counted(tx *gorm.DB, id lighthouse.ID) (counted []lighthouse.Pledge, claimed bool, err error) {
	all, err := s.cfg.Pledges.AllIn(tx, id)
	if err != nil {
		return nil, false, err
	}
	claimed = slices.ContainsFunc(all, func(p lighthouse.Pledge) bool { return p.State == lighthouse.Taken })
	return slices.DeleteFunc(all, func(p lighthouse.Pledge) bool { return !p.Counts(goal) }), claimed, nil
}

// number gives pledges their leaves, new ones to those that have none, and says
// which are members, as a bitmap and in the order of the tree.
func (s *Service) number(tx *gorm.DB, id lighthouse.ID, counted []lighthouse.Pledge) ([]byte, []tree.Leaf, error) {
	rows, err := leaves(tx, id)
	if err != nil {
		return nil, nil, err
	}
	known := make(map[lighthouse.PledgeID]int, len(rows))
	for _, r := range rows {
		known[lighthouse.PledgeID(r.Pledge)] = r.Number
	}
	members := make([]int, 0, len(counted))
	var fresh []leafRecord
	for _, p := range counted {
		at, ok := known[p.ID]
		if !ok {
			at = len(rows)
			row, err := s.leafOf(p, at)
			if err != nil {
				return nil, nil, err
			}
			rows, fresh = append(rows, row), append(fresh, row)
		}
		members = append(members, at)
	}
	if len(fresh) > 0 {
		if err := tx.CreateInBatches(fresh, 500).Error; err != nil {
			return nil, nil, fmt.Errorf("store the leaves of campaign %s: %w", id, err)
		}
	}
	slices.Sort(members)
	under, err := pick(rows, members)
	return document.Bits(members), under, err
}

// leafOf is the leaf of a pledge, with a new salt.
func (s *Service) leafOf(p lighthouse.Pledge, number int) (leafRecord, error) {
	salt := make([]byte, len(tree.Hash{}))
	if _, err := io.ReadFull(s.cfg.Rand, salt); err != nil {
		return leafRecord{}, fmt.Errorf("draw the salt of a leaf: %w", err)
	}
	return leafRecord{
		Campaign: append([]byte{}, p.Campaign[:]...), Number: number, Pledge: append([]byte{}, p.ID[:]...),
		Outpoint: db.OutpointKey(p.Outpoint.Hash, p.Outpoint.Index), ValueSat: int64(p.Coin.Value), Salt: salt,
	}, nil
}

// pick takes leaves by their numbers.
func pick(rows []leafRecord, members []int) ([]tree.Leaf, error) {
	under := make([]tree.Leaf, len(members))
	for i, n := range members {
		if n >= len(rows) {
			return nil, fmt.Errorf("%w: there is no leaf %d", db.ErrCorrupt, n)
		}
		var err error
		if under[i], err = rows[n].leaf(); err != nil {
			return nil, err
		}
	}
	return under, nil
}

// stampBatch is how many heads are stamped before it is looked for more.
const stampBatch = 100

// stamp hands to the notary what was not handed over yet, the oldest first.
func (s *Service) stamp(ctx context.Context) error {
	for {
		var rows []headRecord
		err := s.db.Read(ctx).Select("campaign", "number", "digest").Where("stamped_at IS NULL").Order("made_at").Limit(stampBatch).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("look for heads to stamp: %w", db.Classify(err))
		}
		for _, r := range rows {
			if err := s.stampOne(ctx, r); err != nil {
				return err
			}
		}
		if len(rows) < stampBatch {
			return nil
		}
	}
}

func (s *Service) stampOne(ctx context.Context, r headRecord) error {
	if err := s.cfg.Stamp(ctx, tree.Hash(r.Digest)); err != nil {
		return fmt.Errorf("stamp head %d of campaign %s: %w", r.Number, lighthouse.ID(r.Campaign), err)
	}
	if err := s.crash("stamped"); err != nil {
		return err
	}
	now := s.now().Unix()
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Model(&headRecord{}).Where("campaign = ? AND number = ? AND stamped_at IS NULL", r.Campaign, r.Number).Update("stamped_at", now).Error
	})
}

package progress

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/lighthouse"
	"cairn/lighthouse/document"
	"cairn/lighthouse/progress/tree"

	"gorm.io/gorm"
)

// Head is one with when it was handed to the notary.
type Head struct {
	tree.Head
	StampedAt time.Time // zero while it was not
}

// Heads lists the heads of a campaign, the newest first, at most limit of those
// below a number; 0 for from the newest.
func (s *Service) Heads(ctx context.Context, id lighthouse.ID, below uint32, limit int) ([]Head, error) {
	query := s.db.Read(ctx).Omit("members").Where("campaign = ?", id[:])
	if below > 0 {
		query = query.Where("number < ?", below)
	}
	var rows []headRecord
	if err := query.Order("number DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the heads of campaign %s: %w", id, db.Classify(err))
	}
	heads := make([]Head, len(rows))
	for i, r := range rows {
		h, err := r.head()
		if err != nil {
			return nil, err
		}
		heads[i].Head = h
		if r.StampedAt != nil {
			heads[i].StampedAt = time.Unix(*r.StampedAt, 0).UTC()
		}
	}
	return heads, nil
}

// Leaf is the leaf of a pledge: the one it has in trees, or will have. It is for
// the pledge's owner alone until the campaign is claimed.
func (s *Service) Leaf(ctx context.Context, p lighthouse.Pledge) (tree.Leaf, error) {
	row, err := leafRow(s.db.Read(ctx), p.ID)
	if err != nil {
		return tree.Leaf{}, err
	}
	if row == nil {
		if row, err = s.promise(ctx, p); err != nil {
			return tree.Leaf{}, err
		}
	}
	return row.leaf()
}

func leafRow(tx *gorm.DB, id lighthouse.PledgeID) (*leafRecord, error) {
	var r leafRecord
	err := tx.Where("pledge = ?", id[:]).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the leaf of pledge %s: %w", id, db.Classify(err))
	}
	return &r, nil
}

// promise stores the leaf of a pledge that no head has counted yet. Any process
// does; the table lets each pledge and each number in once.
func (s *Service) promise(ctx context.Context, p lighthouse.Pledge) (row *leafRecord, err error) {
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		if row, err = leafRow(tx, p.ID); err != nil || row != nil {
			return err
		}
		var count int64
		if err := tx.Model(&leafRecord{}).Where("campaign = ?", p.Campaign[:]).Count(&count).Error; err != nil {
			return fmt.Errorf("count the leaves of campaign %s: %w", p.Campaign, err)
		}
		fresh, err := s.leafOf(p, int(count))
		if err != nil {
			return err
		}
		if err := tx.Create(&fresh).Error; err != nil {
			return fmt.Errorf("store the leaf of pledge %s: %w", p.ID, err)
		}
		row = &fresh
		return nil
	})
	return row, err
}

// lookBack is how many heads are looked through at a time for a pledge.
const lookBack = 100

// Included is the place of a pledge under the newest head that counts it; nil
// when none does.
func (s *Service) Included(ctx context.Context, p lighthouse.Pledge) (*document.Included, error) {
	tx := s.db.Read(ctx)
	row, err := leafRow(tx, p.ID)
	if err != nil || row == nil {
		return nil, err
	}
	query := tx.Where("campaign = ?", p.Campaign[:]).Order("number DESC").Limit(lookBack).Session(&gorm.Session{})
	for below := int64(-1); ; {
		page := query
		if below >= 0 {
			page = query.Where("number < ?", below)
		}
		var heads []headRecord
		if err := page.Find(&heads).Error; err != nil {
			return nil, fmt.Errorf("look for pledge %s under the heads: %w", p.ID, db.Classify(err))
		}
		for _, h := range heads {
			if n := row.Number; n/8 < len(h.Members) && h.Members[n/8]&(1<<(n%8)) != 0 {
				return s.under(tx, h, row.Number)
			}
		}
		if len(heads) < lookBack {
			return nil, nil
		}
		below = int64(heads[len(heads)-1].Number)
	}
}

// under is the place of a leaf under a head.
func (s *Service) under(tx *gorm.DB, r headRecord, number int) (*document.Included, error) {
	h, err := r.head()
	if err != nil {
		return nil, err
	}
	rows, err := leaves(tx, h.Campaign)
	if err != nil {
		return nil, err
	}
	members := document.Members(r.Members)
	all, err := pick(rows, members)
	if err != nil {
		return nil, err
	}
	for i, n := range members {
		if n == number {
			return &document.Included{Head: h, Index: uint32(i), Path: tree.Path(tree.Hashes(all), i)}, nil
		}
	}
	return nil, nil
}

// Opening is all that was ever counted for a campaign. It is for everybody once
// the campaign is claimed, and for nobody before: whether it is, is for the
// caller to know. Network, server and time are left to him.
func (s *Service) Opening(ctx context.Context, id lighthouse.ID) (document.Opening, error) {
	tx := s.db.Read(ctx)
	// Heads first: leaves are never taken away, so that all of theirs are there.
	var heads []headRecord
	if err := tx.Where("campaign = ?", id[:]).Order("number").Find(&heads).Error; err != nil {
		return document.Opening{}, fmt.Errorf("read the heads of campaign %s: %w", id, db.Classify(err))
	}
	rows, err := leaves(tx, id)
	if err != nil {
		return document.Opening{}, err
	}
	o := document.Opening{Campaign: id}
	for _, r := range rows {
		leaf, err := r.leaf()
		if err != nil {
			return document.Opening{}, err
		}
		o.Leaves = append(o.Leaves, leaf)
	}
	for _, r := range heads {
		h, err := r.head()
		if err != nil {
			return document.Opening{}, err
		}
		o.Heads = append(o.Heads, document.OpenedHead{Head: h, Members: document.Members(r.Members)})
	}
	return o, nil
}

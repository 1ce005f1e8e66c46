package voucher

import (
	"context"
	"errors"
	"fmt"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"

	"gorm.io/gorm"
)

// adopt takes in coins of vouchers whose blocks came before the ledger could say
// what they hold: it may take blocks in later than the follower. It looks once
// after the ledger has caught up, and once after a start.
func (s *Service) adopt(ctx context.Context) error {
	tx := s.db.Read(ctx)
	tip, err := follow.Cursor(tx)
	if errors.Is(err, chain.ErrNoBlock) {
		return nil
	}
	if err != nil {
		return err
	}
	known, err := s.cfg.Ledger.Tip(ctx)
	if err != nil && !errors.Is(err, chain.ErrNoBlock) {
		return err
	}
	if known.Height < tip.Height {
		s.adopted = false
		return nil
	}
	if s.adopted {
		return nil
	}
	rows, err := list[seriesRecord](tx.Where("asset IS NOT NULL"))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.adoptSeries(ctx, r); err != nil {
			return err
		}
	}
	s.adopted = true
	return nil
}

// adoptSeries takes in the coins of one series that are missing.
func (s *Service) adoptSeries(ctx context.Context, r seriesRecord) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		coins, err := follow.Coins(tx, watchLabel(SeriesID(r.ID)))
		if err != nil {
			return err
		}
		have, err := outpoints(tx, r)
		if err != nil {
			return err
		}
		p := projection{s}
		for _, c := range coins {
			key := db.OutpointKey(c.Outpoint.Hash, c.Outpoint.Index)
			if have[string(key)] || c.Created == (chain.BlockRef{}) {
				continue
			}
			if err := p.created(tx, []follow.Coin{c}, c.Created); err != nil {
				return err
			}
			if c.Spent == nil {
				continue
			}
			at := c.Spent.Block
			err := tx.Model(&coinRecord{}).Where("outpoint = ?", key).
				Updates(map[string]any{"spent_by": c.Spent.Txid[:], "spent_height": at.Height, "spent_hash": at.Hash[:]}).Error
			if err != nil {
				return fmt.Errorf("mark a spent coin: %w", err)
			}
		}
		return nil
	})
}

// outpoints are the coins of a series that are known.
func outpoints(tx *gorm.DB, r seriesRecord) (map[string]bool, error) {
	var rows [][]byte
	err := tx.Raw("SELECT c.outpoint FROM voucher_coins c JOIN vouchers v ON v.id = c.voucher WHERE v.series = ?", r.ID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the coins of series %x: %w", r.ID, err)
	}
	have := make(map[string]bool, len(rows))
	for _, op := range rows {
		have[string(op)] = true
	}
	return have, nil
}

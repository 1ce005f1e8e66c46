package pledges

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"gorm.io/gorm"
)

// Change is what an owner can change of a pledge; nil leaves a part as it is.
// Another amount is another coin: see Submit.
type Change struct {
	Name, Message *string
	// Refund is a signed transaction that sends the coin home, in text; empty
	// takes one away that was left here.
	Refund *[]byte
}

// Change changes the pledge of a key. Errors: lighthouse.ErrNotYours, ErrWords,
// ErrTooLarge, contract.ErrRefund.
func (s *Service) Change(ctx context.Context, key lighthouse.Key, ch Change) (lighthouse.Pledge, error) {
	var name, message string
	if ch.Name != nil {
		name = *ch.Name
	}
	if ch.Message != nil {
		message = *ch.Message
	}
	if err := checkWords(&name, &message); err != nil {
		return lighthouse.Pledge{}, err
	}
	set := make(map[string]any)
	if ch.Name != nil {
		set["name"] = name
	}
	if ch.Message != nil {
		set["message"] = message
	}
	if ch.Refund != nil {
		raw, err := s.checkRefund(ctx, key, *ch.Refund)
		if err != nil {
			return lighthouse.Pledge{}, err
		}
		set["refund"] = raw
	}
	var row pledgeRecord
	err := s.db.Transact(ctx, func(tx *gorm.DB) (err error) {
		if row, err = one(tx.Where("key_hash = ?", hashOf(key))); err != nil {
			return notYours(err)
		}
		if len(set) == 0 {
			return nil
		}
		if err := tx.Model(&pledgeRecord{}).Where("number = ?", row.Number).Updates(set).Error; err != nil {
			return fmt.Errorf("change a pledge: %w", err)
		}
		tip, err := tipOf(tx)
		if err != nil {
			return err
		}
		return count(tx, lighthouse.ID(row.Campaign), tip.Height)
	})
	if err != nil {
		return lighthouse.Pledge{}, err
	}
	s.hub.publish(lighthouse.ID(row.Campaign))
	return s.ByKey(ctx, key)
}

// checkRefund is the refund's bytes; nil for none.
func (s *Service) checkRefund(ctx context.Context, key lighthouse.Key, text []byte) ([]byte, error) {
	if len(text) == 0 {
		return nil, nil
	}
	p, err := s.ByKey(ctx, key)
	if err != nil {
		return nil, err
	}
	c, err := s.cfg.Campaigns.Get(ctx, p.Campaign)
	if err != nil {
		return nil, err
	}
	tx, err := readOptional(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", contract.ErrRefund, err)
	}
	if err := contract.CheckRefund(tx, p.Outpoint, p.Coin, c.Terms.RefundHeight()); err != nil {
		return nil, err
	}
	var raw bytes.Buffer
	if err := tx.Serialize(&raw); err != nil {
		return nil, err
	}
	return raw.Bytes(), nil
}

func notYours(err error) error {
	if errors.Is(err, lighthouse.ErrUnknownPledge) {
		return lighthouse.ErrNotYours
	}
	return err
}

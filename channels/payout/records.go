package payout

import (
	"errors"
	"fmt"
	"time"

	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"

	"gorm.io/gorm"
)

type record struct {
	ID           []byte `gorm:"primaryKey"`
	Owner        string
	Invoice      string
	Hash         []byte
	AmountMsat   int64
	FeeLimitMsat int64
	FeeMsat      int64
	State        State
	Reason       string
	Link         []byte
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	ChangedAt    int64
}

func (record) TableName() string { return "payouts" }

func (r record) id() ID { return ID(r.ID) }

// booked is the payout as the books know it.
func (r record) booked() fees.Payout {
	return fees.Payout{
		Name: r.id().String(), Owner: r.Owner, Amount: amount.MilliSatoshi(r.AmountMsat), FeeLimit: amount.MilliSatoshi(r.FeeLimitMsat),
	}
}

func (r record) payout() Payout {
	return Payout{
		ID: r.id(), Owner: r.Owner, Hash: invoice.Hash(r.Hash), Amount: amount.MilliSatoshi(r.AmountMsat), Fee: amount.MilliSatoshi(r.FeeMsat),
		FeeLimit: amount.MilliSatoshi(r.FeeLimitMsat), State: r.State, Reason: r.Reason,
		CreatedAt: time.Unix(r.CreatedAt, 0).UTC(), ChangedAt: time.Unix(r.ChangedAt, 0).UTC(),
	}
}

// load reads a payout. Errors: ErrUnknown.
func load(tx *gorm.DB, id ID) (record, error) {
	var r record
	err := tx.Where("id = ?", id[:]).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return record{}, ErrUnknown
	}
	if err != nil {
		return record{}, fmt.Errorf("read payout %s: %w", id, err)
	}
	return r, nil
}

// roomIn refuses an invoice that another payout has, and too many at a time.
func (r record) roomIn(tx *gorm.DB) error {
	var same, open int64
	err := tx.Model(&record{}).Where("hash = ?", r.Hash).Count(&same).Error
	if err == nil {
		err = tx.Model(&record{}).Where("owner = ? AND state = 'paying'", r.Owner).Count(&open).Error
	}
	switch {
	case err != nil:
		return fmt.Errorf("look for other payouts: %w", err)
	case same > 0:
		return ErrTried
	case open >= underWay:
		return ErrTooMany
	}
	return nil
}

type linkRecord struct {
	Word      []byte `gorm:"primaryKey"`
	Owner     string
	MostMsat  int64
	ExpiresAt int64
}

func (linkRecord) TableName() string { return "payout_links" }

// takeIn uses an offer up. Errors: ErrLink.
func (l linkRecord) takeIn(tx *gorm.DB, now time.Time) error {
	taken := tx.Where("word = ? AND expires_at > ?", l.Word, now.Unix()).Delete(&linkRecord{})
	if taken.Error != nil {
		return fmt.Errorf("take an offer: %w", taken.Error)
	}
	if taken.RowsAffected == 0 {
		return ErrLink
	}
	return nil
}

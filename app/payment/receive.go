package payment

import (
	"context"
	"fmt"
	"time"

	"cairn/app/audit"
	"cairn/app/db"

	"gorm.io/gorm"
)

// Receiving is an address given out, and what for.
type Receiving struct {
	Address   string
	Label     string
	CreatedAt time.Time
}

type addressRecord struct {
	Address   string `gorm:"primaryKey"`
	Label     string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

// TableName implements gorm's Tabler.
func (addressRecord) TableName() string { return "operator_addresses" }

// Receive gives out an address nobody was given before. Errors:
// chain.ErrEngineDown.
func (s *Payments) Receive(ctx context.Context, label string) (Receiving, error) {
	address, err := s.cfg.Wallet.NewAddress(ctx)
	if err != nil {
		return Receiving{}, err
	}
	now := s.cfg.Now().UTC().Truncate(time.Second)
	row := addressRecord{Address: address, Label: audit.Clean(label, maxLabel), CreatedAt: now.Unix()}
	err = s.cfg.DB.Transact(ctx, func(tx *gorm.DB) error { return tx.Create(&row).Error })
	return Receiving{Address: address, Label: row.Label, CreatedAt: now}, err
}

// Received lists the newest addresses given out, at most limit.
func (s *Payments) Received(ctx context.Context, limit int) ([]Receiving, error) {
	var rows []addressRecord
	if err := s.cfg.DB.Read(ctx).Order("created_at DESC, address").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading the addresses given out: %w", db.Classify(err))
	}
	out := make([]Receiving, len(rows))
	for i, r := range rows {
		out[i] = Receiving{Address: r.Address, Label: r.Label, CreatedAt: time.Unix(r.CreatedAt, 0).UTC()}
	}
	return out, nil
}

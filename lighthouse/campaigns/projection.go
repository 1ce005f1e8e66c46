package campaigns

import (
	"context"
	"fmt"

	"cairn/chain"
	"cairn/lighthouse"

	"gorm.io/gorm"
)

// Projection ends campaigns at their deadline, and takes that back with the
// block (follow.Projection). It comes after those that look at pledges and
// claims.
type Projection struct{}

// Name implements follow.Projection.
func (Projection) Name() string { return "campaigns" }

// Connect implements follow.Projection. What is due is asked for by stage, so
// that a campaign whose block came while nobody followed ends all the same.
func (Projection) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	err := tx.Model(&campaignRecord{}).
		Where("stage IN ? AND deadline <= ?", []lighthouse.Stage{lighthouse.Announced, lighthouse.Open}, b.Height).
		Update("stage", lighthouse.Closed).Error
	if err != nil {
		return fmt.Errorf("close campaigns: %w", err)
	}
	return nil
}

// Disconnect implements follow.Projection: those that this block has ended are
// as they were before it.
func (Projection) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	err := tx.Exec("UPDATE campaigns SET stage = CASE WHEN opened_at IS NULL THEN 'announced' ELSE 'open' END WHERE stage = 'closed' AND NOT withdrawn AND deadline >= ?", b.Height).Error
	if err != nil {
		return fmt.Errorf("open campaigns again: %w", err)
	}
	return nil
}

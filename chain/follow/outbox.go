package follow

import (
	"context"

	"gorm.io/gorm"

	"cairn/app/db/outbox"
	"cairn/chain"
)

// Outbox is the projection that confirms the entries of the outbox which a
// block holds, marks those whose inputs it spends in another way, and undoes
// both. It belongs before projections that read the outbox.
type Outbox struct{}

// Name implements Projection.
func (Outbox) Name() string { return "outbox" }

// Connect implements Projection.
func (Outbox) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	return outbox.SpentInBlock(tx, b.Msg, b.Height)
}

// Disconnect implements Projection.
func (Outbox) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	return outbox.Unconfirm(tx, b.Height, b.Hash)
}

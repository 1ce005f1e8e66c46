package express

import (
	"context"

	"cairn/chain"

	"gorm.io/gorm"
)

// Projection finds the transactions of orders in blocks (follow.Projection).
type Projection struct{}

// Name implements follow.Projection.
func (Projection) Name() string { return "express" }

// Connect implements follow.Projection.
func (Projection) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	return book.Connect(tx, b)
}

// Disconnect implements follow.Projection.
func (Projection) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	return book.Disconnect(tx, b)
}

package web

import (
	"context"

	"cairn/app/web/api"
	"cairn/assets"
)

// ReceiptDeps are what the pages of asset receipts are made of.
type ReceiptDeps struct {
	Receipts api.Receipts
	// Name is what an asset is called, and how many decimals its units have.
	Name func(ctx context.Context, id assets.ID) (short string, decimals int)
}

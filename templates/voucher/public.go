package voucher

import (
	"time"

	"cairn/templates/layout"
)

// ShopView is what everybody sees of a shop.
type ShopView struct {
	Meta   layout.Meta
	Shop   Shop
	Series []Series
	Since  time.Time
}

// LiabilityView is what a shop owes.
type LiabilityView struct {
	Meta   layout.Meta
	Shop   Shop
	Height int32
	At     time.Time
	Series []Series
	// Ledger is the ledger's hash at the block; empty for none.
	Ledger string
	// Statement is the path of the signed file, Digest its SHA-256, and Proof the
	// page of its stamp; Proof is empty before it was stamped.
	Statement, Digest, Proof string
	// Stamped is when the day's statement was notarised.
	Stamped time.Time
	// Key is the server's, in hexadecimal.
	Key string
}

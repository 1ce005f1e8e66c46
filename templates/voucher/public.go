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
	// Owed is the same by the chain alone, which anybody can add up.
	Owed []Owed
	// Statements are the signed ones, the newest first.
	Statements []Statement
}

// Owed is what is outstanding of an asset by the chain.
type Owed struct {
	Asset                         string
	Supply, Returned, Outstanding int64
	// Booked are redeemed, and not in a block yet.
	Booked int64
	Ledger string // its hash
}

// Statement is a day's signed statement: Path is its file, Digest the SHA-256 of that,
// and Proof the page of its stamp, empty before it was stamped.
type Statement struct {
	Day                 time.Time
	Path, Digest, Proof string
}

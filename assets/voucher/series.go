package voucher

import (
	"time"

	"cairn/assets"
)

// Kind is what a voucher is good for.
type Kind string

// The kinds.
const (
	// Whole is good for a thing; one of several units, for each.
	Whole Kind = "voucher"
	// Value holds units of money's worth that are taken in parts.
	Value Kind = "gift-card"
	// Stamps holds as many units as the card has stamps.
	Stamps Kind = "stamp-card"
)

// ExpiryRule says when vouchers of a series end.
type ExpiryRule string

// The rules.
const (
	// Never: they stay good.
	Never ExpiryRule = "never"
	// OnDate: all on the same day.
	OnDate ExpiryRule = "date"
	// AfterDays: so many days after each was issued, at the end of that day, UTC.
	AfterDays ExpiryRule = "days"
)

// SeriesDraft is what an owner says of vouchers that are alike.
type SeriesDraft struct {
	Kind Kind
	// Name is 1 to 80 characters: "MasterBTC". Worth is what one voucher is good
	// for, in words, at most 200; Conditions at most 2,000.
	Name, Worth, Conditions string
	// Unit is what one unit is called, "stamp" or "€", at most 20 characters, and
	// Decimals how many of its digits stand behind the point: 0 to 8.
	Unit     string
	Decimals int
	// Units is how many one voucher has unless its own entry says otherwise, from
	// 1 on; a stamp card has 100 at most.
	Units int64
	// Design is how it looks, for the pages: at most 60,000 bytes of JSON, which
	// this package does not read.
	Design string

	Expiry ExpiryRule
	// ExpiresOn is the end of the last day, for OnDate, and Days count for
	// AfterDays: 1 to 3,650.
	ExpiresOn time.Time
	Days      int
	// Issuer is the x-only key that takes expired vouchers back; zero without
	// expiry.
	Issuer [32]byte

	// Return is the script that redeemed units go to; empty destroys them.
	Return []byte
	// Claims says that holders may move vouchers into their wallets.
	Claims bool
}

// Series is vouchers that are alike.
type Series struct {
	ID   SeriesID
	Shop ShopID
	SeriesDraft
	// Asset is what they hold; zero until it is known.
	Asset     assets.ID
	CreatedAt time.Time
	// ClosedAt is when no more vouchers could be added; zero while they can.
	ClosedAt time.Time
}

// ExpiryAt is the expiry that a voucher issued at a time has, in seconds since
// 1970; 0 for none.
func (d SeriesDraft) ExpiryAt(issued time.Time) uint32 {
	switch d.Expiry {
	case OnDate:
		return uint32(d.ExpiresOn.Unix())
	case AfterDays:
		y, m, day := issued.UTC().Date()
		return uint32(time.Date(y, m, day+d.Days+1, 0, 0, 0, 0, time.UTC).Unix())
	}
	return 0
}

// Sums are units of a series, or of several.
type Sums struct {
	Vouchers int
	// Issued were seen in a block; Planned were not yet, and GivenUp never will be, as
	// what was to issue them came to nothing.
	Issued, Planned, GivenUp int64
	// Redeemed are final; Booked can be undone, or wait for their block.
	Redeemed, Booked int64
	// Outstanding can be redeemed; Expired cannot, as their time is over;
	// Reclaimed went back to the issuer.
	Outstanding, Expired, Reclaimed int64
	// Claimed went into wallets; Gone elsewhere, by somebody who had the code.
	Claimed, Gone int64
	// Lost were booked and then spent elsewhere by whoever kept the code.
	Lost int64
}

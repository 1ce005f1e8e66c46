package voucher

import (
	"slices"
	"time"
)

// Shop gives out vouchers and takes them.
type Shop struct {
	ID ShopID
	ShopDraft
	CreatedAt time.Time
}

// ShopDraft is what an owner says of his shop.
type ShopDraft struct {
	// Slug is the shop's public address: 3 to 40 of a–z, 0–9 and hyphens.
	Slug string
	// Name is 1 to 80 characters; About and Contact are shown to everybody, at
	// most 2,000 and 200.
	Name, About, Contact string
	// Language of these texts, as BCP 47 has it: 2 to 35 characters.
	Language string
	// Undo is how long a redemption can be undone and is not sent: 0 to 10 min.
	Undo time.Duration
}

// DefaultUndo is how long a redemption can be undone unless the shop says
// otherwise.
const DefaultUndo = time.Minute

// Role is what somebody does in a shop.
type Role string

// The roles.
const (
	Owner      Role = "owner"
	Cashier    Role = "cashier"
	Accountant Role = "accountant"
)

// Action is what a role may do.
type Action string

// The actions.
const (
	// Manage: the shop, its series, its staff, taking expired vouchers back.
	Manage Action = "manage"
	// Take: redeem, and undo one's own redemptions.
	Take Action = "take"
	// Correct: undo what others redeemed.
	Correct Action = "correct"
	// Review: vouchers, reports and the log.
	Review Action = "review"
)

// allowed is what each role may do.
var allowed = map[Role][]Action{
	Owner:      {Manage, Take, Correct, Review},
	Cashier:    {Take},
	Accountant: {Review},
}

// May reports whether a role may do something.
func (r Role) May(a Action) bool { return slices.Contains(allowed[r], a) }

// Till is a place where vouchers are taken.
type Till struct {
	// Number counts a shop's tills from 1.
	Number int
	Name   string
	// RevokedAt is zero while it is open.
	CreatedAt, RevokedAt time.Time
}

// Staff is one key of a shop, and who has it.
type Staff struct {
	// Number counts a shop's staff from 1, which is the first owner.
	Number int
	Role   Role
	Name   string
	// Till is the number of a cashier's till, and 0 for others.
	Till int
	// RevokedAt is zero while the key is good.
	CreatedAt, RevokedAt time.Time
}

// Desk is who stands behind a key: a shop, and somebody of its staff.
type Desk struct {
	Shop  Shop
	Staff Staff
	// Till is a cashier's; its zero value stands for none.
	Till Till
}

// Allowance is what a shop has paid ahead for the network fees of its
// redemptions.
type Allowance struct {
	// Free says that fees are not charged here, as on the devnet.
	Free bool
	// Left, Paid and Used are in satoshi; Left may be a little below 0, as what is
	// under way is finished.
	Left, Paid, Used int64
	// Each is what one redemption costs at present, in satoshi; 0 when nobody
	// knows.
	Each int64
	// Low says that fewer than 10 redemptions are left, and Waiting how many wait
	// for more allowance.
	Low     bool
	Waiting int
}

package voucher

import "time"

// Role is what somebody of a shop may do.
type Role string

// The roles.
const (
	Owner      Role = "owner"
	Cashier    Role = "cashier"
	Accountant Role = "accountant"
)

// Staff is somebody with a link of his own.
type Staff struct {
	Number int
	Name   string
	Role   Role
	Till   string // its name, of a cashier
	Since  time.Time
	Gone   bool
	// Self is whoever looks, whose link cannot be taken back by itself.
	Self bool
}

// Entry is a line of the log.
type Entry struct {
	At     time.Time
	What   string // a code, such as "redeemed"
	Who    string
	Till   string
	Series string
	// Name is the voucher's public one, and Units how many it was about.
	Name  string
	Units int64
	// Unit and Decimals are those of its series.
	Unit     string
	Decimals int
	// Detail is a name, an amount or why.
	Detail string
}

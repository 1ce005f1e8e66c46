package voucher

import (
	"context"
	"time"

	"cairn/templates/i18n"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
)

// DeskView is the desk of a shop: all of it for its owner, reports and log for its
// accountant.
type DeskView struct {
	Meta layout.Meta
	Key  string
	Role Role
	Shop Shop
	// Link is the whole address of this page.
	Link string
	// Fresh is set right after the shop was opened.
	Fresh  bool
	Saved  bool
	Series []Series
	Staff  []Staff
	Costs  Costs
	// Undo is how long a redemption can be taken back.
	Undo  time.Duration
	Typed Shop // of the form, when something was wrong
	Wrong map[string]string
	// Alarms are vouchers that were used twice behind our back.
	Alarms []Entry
	// Warnings is how many redemptions were taken while a till was offline and not
	// covered.
	Uncovered int64
}

// Costs are what redeeming costs on the network, and what is there for it.
type Costs struct {
	// Free is set where the network costs nothing, on the devnet.
	Free bool
	// Left is the shop's allowance; Each is about what one redemption takes.
	Left, Each btcutil.Amount
	// Pack is what can be bought at a time, and Pays how many redemptions that is;
	// 0 where nothing is sold.
	Pack btcutil.Amount
	Pays int64
}

// low reports whether the allowance ends soon.
func (c Costs) low() bool { return !c.Free && c.Each > 0 && c.Left < 10*c.Each }

// redemptions is how many the allowance still pays.
func (c Costs) redemptions() int64 {
	if c.Each == 0 {
		return 0
	}
	return int64(c.Left / c.Each)
}

func (v DeskView) path(part string) string { return DeskPath(v.Key) + part }

// Title is the page's.
func (v DeskView) Title(ctx context.Context) string {
	return i18n.T(ctx, "voucher.desk.of", "Shop", v.Shop.Name)
}

// roleName is a role in words.
func roleName(ctx context.Context, r Role) string {
	switch r {
	case Owner:
		return i18n.T(ctx, "voucher.role.owner")
	case Cashier:
		return i18n.T(ctx, "voucher.role.cashier")
	}
	return i18n.T(ctx, "voucher.role.accountant")
}

func undoChoices() []time.Duration {
	return []time.Duration{30 * time.Second, time.Minute, 3 * time.Minute, 10 * time.Minute}
}

// LinkView shows the link of somebody new, once.
type LinkView struct {
	Meta  layout.Meta
	Key   string // of the owner's desk
	Staff Staff
	Link  string
}

func (v LinkView) text(ctx context.Context) string {
	switch v.Staff.Role {
	case Cashier:
		return i18n.T(ctx, "voucher.link.cashier", "Name", v.Staff.Name)
	case Accountant:
		return i18n.T(ctx, "voucher.link.accountant", "Name", v.Staff.Name)
	}
	return i18n.T(ctx, "voucher.link.owner", "Name", v.Staff.Name)
}

// tabs lead through a shop's desk.
type tab struct {
	path, name string
	current    bool
}

func deskTabs(ctx context.Context, key string, role Role, at string) []tab {
	tabs := []tab{{DeskPath(key), i18n.T(ctx, "voucher.tab.desk"), at == ""}}
	if role == Owner {
		tabs = append(tabs, tab{DeskPath(key) + "/staff", i18n.T(ctx, "voucher.tab.staff"), at == "staff"})
	}
	return append(tabs,
		tab{DeskPath(key) + "/reports", i18n.T(ctx, "voucher.tab.reports"), at == "reports"},
		tab{DeskPath(key) + "/log", i18n.T(ctx, "voucher.tab.log"), at == "log"})
}

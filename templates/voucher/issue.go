package voucher

import (
	"context"
	"time"

	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"
)

// Limits of a series, as forms have them.
const (
	// MostVouchers is how many are issued at once.
	MostVouchers = 2_000
	// MostUnits is how many one voucher holds.
	MostUnits = 1_000_000
)

// IssueView is the form of a series. Keys are made in the page, so the rest of issuing
// is the script's.
type IssueView struct {
	Meta layout.Meta
	Key  string
	Shop Shop
	// Today is the first day on which a voucher may end.
	Today time.Time
	// Sandbox is set on the devnet, where play money pays.
	Sandbox bool
	// Sponsor is set where the network can be paid over Lightning.
	Sponsor bool
	Costs   Costs
	// Most is how many vouchers one series takes here; 0 for MostVouchers.
	Most int
}

func (v IssueView) most() int {
	if v.Most == 0 {
		return MostVouchers
	}
	return v.Most
}

func kindName(ctx context.Context, k Kind) string {
	switch k {
	case Stamps:
		return i18n.T(ctx, "voucher.kind.stamps")
	case Value:
		return i18n.T(ctx, "voucher.kind.value")
	}
	return i18n.T(ctx, "voucher.kind.voucher")
}

func kindText(ctx context.Context, k Kind) string {
	switch k {
	case Stamps:
		return i18n.T(ctx, "voucher.kind.stamps.text")
	case Value:
		return i18n.T(ctx, "voucher.kind.value.text")
	}
	return i18n.T(ctx, "voucher.kind.voucher.text")
}

func colorName(ctx context.Context, name string) string {
	switch name {
	case "sky":
		return i18n.T(ctx, "voucher.colour.sky")
	case "plum":
		return i18n.T(ctx, "voucher.colour.plum")
	case "brick":
		return i18n.T(ctx, "voucher.colour.brick")
	case "sun":
		return i18n.T(ctx, "voucher.colour.sun")
	case "slate":
		return i18n.T(ctx, "voucher.colour.slate")
	}
	return i18n.T(ctx, "voucher.colour.moss")
}

func pictureName(ctx context.Context, name string) string {
	switch name {
	case "cup":
		return i18n.T(ctx, "voucher.picture.cup")
	case "bread":
		return i18n.T(ctx, "voucher.picture.bread")
	case "flower":
		return i18n.T(ctx, "voucher.picture.flower")
	case "heart":
		return i18n.T(ctx, "voucher.picture.heart")
	case "scissors":
		return i18n.T(ctx, "voucher.picture.scissors")
	case "bike":
		return i18n.T(ctx, "voucher.picture.bike")
	case "note":
		return i18n.T(ctx, "voucher.picture.note")
	case "leaf":
		return i18n.T(ctx, "voucher.picture.leaf")
	case "ticket":
		return i18n.T(ctx, "voucher.picture.ticket")
	case "spoon":
		return i18n.T(ctx, "voucher.picture.spoon")
	case "star":
		return i18n.T(ctx, "voucher.picture.star")
	}
	return i18n.T(ctx, "voucher.picture.book")
}

// issueWords are the sentences of the form's script.
func issueWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"unit":            i18n.T(ctx, "voucher.unit.one"),
		"units":           i18n.T(ctx, "voucher.unit.other", ui.Places("Count")...),
		"stamp-one":       i18n.T(ctx, "voucher.stamp.one"),
		"stamp-more":      i18n.T(ctx, "voucher.stamp.other", ui.Places("Count")...),
		"stamps":          i18n.T(ctx, "voucher.stamps.left", ui.Places("Left", "Each")...),
		"until":           i18n.T(ctx, "voucher.until", ui.Places("Date")...),
		"never":           i18n.T(ctx, "voucher.until.never"),
		"sum":             i18n.T(ctx, "voucher.issue.sum", ui.Places("Count", "Units")...),
		"too-many":        i18n.T(ctx, "voucher.issue.too-many", ui.Places("Most")...),
		"csv-wrong":       i18n.T(ctx, "voucher.issue.csv.wrong", ui.Places("Count")...),
		"csv-bad-columns": i18n.T(ctx, "voucher.issue.csv.bad.columns", ui.Places("Line", "Cell")...),
		"csv-bad-units":   i18n.T(ctx, "voucher.issue.csv.bad.units", ui.Places("Line", "Cell")...),
		"csv-bad-label":   i18n.T(ctx, "voucher.issue.csv.bad.label", ui.Places("Line")...),
		"csv-bad-note":    i18n.T(ctx, "voucher.issue.csv.bad.note", ui.Places("Line")...),
		"csv-bad-date":    i18n.T(ctx, "voucher.issue.csv.bad.date", ui.Places("Line", "Cell")...),
		"csv-bad-quote":   i18n.T(ctx, "voucher.issue.csv.bad.quote", ui.Places("Line")...),
		"csv-ends":        i18n.T(ctx, "voucher.issue.csv.ends"),
		"each-wrong":      i18n.T(ctx, "voucher.issue.each.wrong", ui.Places("Most")...),
		"own-wait":        i18n.T(ctx, "voucher.issue.own.wait"),
		"own-there":       i18n.T(ctx, "voucher.issue.own.there"),
		"own-wrong":       i18n.T(ctx, "voucher.issue.own.wrong"),
		"keys-made":       i18n.T(ctx, "voucher.issue.keys.made", ui.Places("Count", "Of")...),
		"planning":        i18n.T(ctx, "voucher.issue.planning"),
		"way-wallet":      i18n.T(ctx, "voucher.issue.way.wallet"),
		"way-lightning":   i18n.T(ctx, "voucher.issue.way.lightning"),
		"agree-lightning": i18n.T(ctx, "voucher.issue.agree.lightning", ui.Places("Count", "Units", "Fee")...),
		"agree-pay":       i18n.T(ctx, "voucher.issue.agree.pay"),
		"again":           i18n.T(ctx, "voucher.issue.again"),
		"back":            i18n.T(ctx, "voucher.issue.back"),
		"not-made":        i18n.T(ctx, "voucher.issue.never", ui.Places("Count", "Name")...),
		"not-made-text":   i18n.T(ctx, "voucher.issue.never.text"),
		"forget":          i18n.T(ctx, "voucher.issue.forget"),
		"unpaid":          i18n.T(ctx, "voucher.issue.unpaid", ui.Places("Count", "Name")...),
		"unpaid-text":     i18n.T(ctx, "voucher.issue.unpaid.text"),
		"pay":             i18n.T(ctx, "voucher.issue.pay"),
		"kept":            i18n.T(ctx, "voucher.issue.kept", ui.Places("Count", "Name")...),
		"kept-text":       i18n.T(ctx, "voucher.issue.kept.text"),
		"show":            i18n.T(ctx, "voucher.issue.show"),
		"other-wallet":    i18n.T(ctx, "voucher.issue.other-wallet"),
		"csv-read":        i18n.T(ctx, "voucher.issue.csv.read", ui.Places("Count")...),
		"step-keys":       i18n.T(ctx, "voucher.issue.step.keys"),
		"step-wallet":     i18n.T(ctx, "voucher.issue.step.wallet"),
		"step-money":      i18n.T(ctx, "voucher.issue.step.money"),
		"step-sign":       i18n.T(ctx, "voucher.issue.step.sign"),
		"step-block":      i18n.T(ctx, "voucher.issue.step.block"),
		"step-done":       i18n.T(ctx, "ui.step-done"),
		"step-now":        i18n.T(ctx, "ui.step-now"),
		"step-coming":     i18n.T(ctx, "ui.step-coming"),
		"deposit":         i18n.T(ctx, "voucher.issue.deposit", ui.Places("Amount")...),
		"deposit-text":    i18n.T(ctx, "voucher.issue.deposit.text"),
		"deposit-wait":    i18n.T(ctx, "voucher.issue.deposit.wait"),
		"address":         i18n.T(ctx, "voucher.issue.address"),
		"copy":            i18n.T(ctx, "ui.copy"),
		"copied":          i18n.T(ctx, "ui.copied"),
		"faucet":          i18n.T(ctx, "voucher.issue.faucet"),
		"agree":           i18n.T(ctx, "voucher.issue.agree", ui.Places("Count", "Units", "Fee")...),
		"agree-go":        i18n.T(ctx, "voucher.issue.agree.go"),
		"confirming":      i18n.T(ctx, "voucher.issue.confirming"),
		"issued":          i18n.T(ctx, "voucher.issue.issued", ui.Places("Count")...),
		"resumed":         i18n.T(ctx, "voucher.issue.resumed"),
		"unreachable":     i18n.T(ctx, "voucher.unreachable"),
		"sheet-scan":      i18n.T(ctx, "voucher.sheet.scan"),
		"csv-label":       i18n.T(ctx, "voucher.sheet.csv.label"),
		"csv-units":       i18n.T(ctx, "voucher.sheet.csv.units"),
		"csv-note":        i18n.T(ctx, "voucher.sheet.csv.note"),
		"csv-link":        i18n.T(ctx, "voucher.sheet.csv.link"),
		"png":             "PNG",
		"png-of":          i18n.T(ctx, "voucher.sheet.png.of", ui.Places("Label")...),
		"copy-of":         i18n.T(ctx, "voucher.sheet.copy.of", ui.Places("Label")...),
	})
}

package voucher

import (
	"strings"
	"time"

	"cairn/templates/layout"

	"github.com/a-h/templ"
)

// Sample is a page in one state, for those who work on it.
type Sample struct {
	Name string
	// Module is the page's script.
	Module string
	Page   func(layout.Meta) templ.Component
}

// sampleKey is that of the samples' desk, which opens nothing.
const sampleKey = "00000000000000000000000000000000"

var (
	sampleShop  = Shop{Name: "The Corner Bookshop", Slug: "corner-bookshop", Place: "Mill Lane 4, Bern", About: "New and old books since 1987.\nClosed on Mondays."}
	chineseShop = Shop{Name: "街角书店", Slug: "shop-7k2m", Place: "上海市静安区南京西路 1038 号梅龙镇广场三楼", About: "1987 年开业，新书旧书都有。"}
)

// Samples are all pages in all states that the server writes. What the scripts of the
// counter and of a voucher's page write is in app/e2e.
func Samples(now time.Time) (all []Sample) {
	for _, part := range [][]Sample{startSamples(), deskSamples(now), seriesSamples(now), staffSamples(now), bookSamples(now), publicSamples(now), phoneSamples()} {
		all = append(all, part...)
	}
	return all
}

// shopSample is a sample whose page runs the script of desks.
func shopSample[V any](name string, v V, page func(V) templ.Component, framed func(*V, layout.Meta)) Sample {
	return Sample{Name: name, Module: "js/shop.js", Page: func(m layout.Meta) templ.Component {
		framed(&v, m)
		return page(v)
	}}
}

func startSamples() []Sample {
	framed := func(v *StartView, m layout.Meta) { v.Meta = m }
	return []Sample{
		shopSample("start", StartView{}, StartPage, framed),
		shopSample("start-wrong", StartView{Typed: Shop{Place: "Mill Lane 4"}, Wrong: map[string]string{"name": "A text is missing, or too long.", "": "A shop of this name exists already. Choose another name."}}, StartPage, framed),
	}
}

func deskSamples(now time.Time) []Sample {
	framed := func(v *DeskView, m layout.Meta) { v.Meta = m }
	desk := func(change func(*DeskView)) DeskView {
		v := DeskView{
			Key: sampleKey, Role: Owner, Shop: sampleShop, Link: "https://cairn.example/shop/" + sampleKey, Series: sampled(now),
			Costs: Costs{Free: true}, Undo: time.Minute, Typed: sampleShop,
		}
		change(&v)
		return v
	}
	return []Sample{
		shopSample("desk", desk(func(*DeskView) {}), DeskPage, framed),
		shopSample("desk-fresh", desk(func(v *DeskView) { v.Fresh, v.Series = true, nil }), DeskPage, framed),
		shopSample("desk-warned", desk(func(v *DeskView) {
			v.Saved, v.Uncovered = true, 2
			v.Alarms = []Entry{{Series: "MasterBTC", Name: "9f31c27ae0b64d5188213c0d5a7ea041"}}
			v.Costs = Costs{Left: 900, Each: 150, Pack: 5_000, Pays: 33}
		}), DeskPage, framed),
		shopSample("desk-wrong", desk(func(v *DeskView) {
			v.Typed.Name, v.Wrong = "", map[string]string{"name": "A text is missing, or too long."}
		}), DeskPage, framed),
		shopSample("desk-accountant", desk(func(v *DeskView) { v.Role = Accountant }), DeskPage, framed),
		shopSample("desk-chinese", desk(func(v *DeskView) { v.Shop, v.Series = chineseShop, v.Series[4:] }), DeskPage, framed),
		shopSample("issue", IssueView{Key: sampleKey, Shop: sampleShop, Today: now, Sandbox: true}, IssuePage, func(v *IssueView, m layout.Meta) { v.Meta = m }),
	}
}

func seriesSamples(now time.Time) (all []Sample) {
	framed := func(v *SeriesView, m layout.Meta) { v.Meta = m }
	for i, name := range []string{"series", "series-stamps", "series-waits", "series-expired", "series-chinese"} {
		v := SeriesView{Key: sampleKey, Role: Owner, Shop: sampleShop, Series: sampled(now)[i], Vouchers: sampledVouchers(), Page: 1, Reclaim: name == "series-expired"}
		switch name {
		case "series":
			v.Asset, v.Page, v.More = "#", 2, true
		case "series-chinese":
			v.Shop, v.Role = chineseShop, Accountant
		}
		all = append(all, shopSample(name, v, SeriesPage, framed))
	}
	return all
}

func staffSamples(now time.Time) []Sample {
	framed := func(v *StaffView, m layout.Meta) { v.Meta = m }
	linked := func(v *LinkView, m layout.Meta) { v.Meta = m }
	staff := StaffView{Key: sampleKey, Staff: []Staff{
		{Number: 1, Name: "Anna", Role: Owner, Since: now.AddDate(0, -3, 0), Self: true},
		{Number: 2, Name: "Ben", Role: Cashier, Till: "Front", Since: now.AddDate(0, -2, 0)},
		{Number: 3, Name: "Chen", Role: Accountant, Since: now.AddDate(0, -2, 0), Gone: true},
		{Number: 4, Name: strings.Repeat("Maximiliane", 5), Role: Cashier, Till: strings.Repeat("Stockwerk", 6), Since: now},
	}}
	changed := staff
	changed.Gone, changed.Typed, changed.Wrong = true, Staff{Role: Cashier, Till: "Café"}, map[string]string{"name": "A text is missing, or too long."}
	link := LinkView{Key: sampleKey, Staff: staff.Staff[1], Link: "https://cairn.example/till/" + sampleKey}
	reads := LinkView{Key: sampleKey, Staff: staff.Staff[2], Link: "https://cairn.example/shop/" + sampleKey}
	return []Sample{
		shopSample("staff", staff, StaffPage, framed),
		shopSample("staff-changed", changed, StaffPage, framed),
		shopSample("link", link, LinkPage, linked),
		shopSample("link-accountant", reads, LinkPage, linked),
	}
}

func bookSamples(now time.Time) []Sample {
	logged := func(v *LogView, m layout.Meta) { v.Meta = m }
	reported := func(v *ReportView, m layout.Meta) { v.Meta = m }
	log := LogView{Key: sampleKey, Role: Owner, Shop: sampleShop}
	full := log
	full.Entries, full.Older = sampledLog(now), "#"
	report := func(days int) ReportView {
		v := sampledReport(now, days)
		v.Key, v.Role, v.Shop = sampleKey, Owner, sampleShop
		return v
	}
	empty := ReportView{Key: sampleKey, Role: Accountant, Shop: sampleShop, From: now.AddDate(0, 0, -6), To: now, Days: make([]Day, 7)}
	return []Sample{
		shopSample("log", full, LogPage, logged),
		shopSample("log-none", log, LogPage, logged),
		shopSample("reports", report(30), ReportPage, reported),
		shopSample("reports-year", report(365), ReportPage, reported),
		shopSample("reports-none", empty, ReportPage, reported),
	}
}

func publicSamples(now time.Time) []Sample {
	open := func(v *ShopView, m layout.Meta) { v.Meta = m }
	owed := func(v *LiabilityView, m layout.Meta) { v.Meta = m }
	hash := strings.Repeat("9f31c27ae0b64d51", 4)
	liability := LiabilityView{
		Shop: sampleShop, Height: 912_345, At: now, Series: sampled(now),
		Owed:       []Owed{{Asset: sampleAsset, Supply: 20, Returned: 6, Outstanding: 14, Booked: 1, Ledger: hash}},
		Statements: []Statement{{Day: now, Path: "#", Digest: hash}, {Day: now.AddDate(0, 0, -1), Path: "#", Digest: hash, Proof: "#"}},
	}
	return []Sample{
		shopSample("shop", ShopView{Shop: sampleShop, Series: sampled(now), Since: now}, ShopPage, open),
		shopSample("shop-none", ShopView{Shop: chineseShop, Since: now}, ShopPage, open),
		shopSample("liability", liability, LiabilityPage, owed),
		shopSample("liability-none", LiabilityView{Shop: sampleShop, Height: 912_345, At: now}, LiabilityPage, owed),
	}
}

// phoneSamples are the frames that scripts fill: the counter, and a voucher's page.
func phoneSamples() []Sample {
	till := TillView{Key: sampleKey, Shop: sampleShop.Name, Till: "Front", Cashier: "Ben", Undo: time.Minute}
	return []Sample{
		{Name: "till", Module: "js/till.js", Page: func(m layout.Meta) templ.Component {
			till.Meta = m
			return TillPage(till)
		}},
		{Name: "till-owner", Module: "js/till.js", Page: func(m layout.Meta) templ.Component {
			return TillPage(TillView{Meta: m, Key: sampleKey, Shop: chineseShop.Name, Cashier: "Anna", Undo: time.Minute, Owner: true})
		}},
		{Name: "bearer", Module: "js/voucher.js", Page: func(m layout.Meta) templ.Component { return BearerPage(BearerView{Meta: m}) }},
	}
}

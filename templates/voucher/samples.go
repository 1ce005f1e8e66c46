package voucher

import "time"

// sampleSeries is the series of the example on the first page.
func sampleSeries(good string) Series {
	return Series{Name: "MasterBTC", GoodFor: good, Kind: Whole, Each: 1, Design: Design{Color: "moss", Picture: "book"}}
}

const sampleAsset = "AcuRVsoa81hoLHmVTNXrRD8KpTqUXeqwgH"

// sampled are series in every state: partly in wallets, stamp cards, gift cards that
// wait for their block, expired, and one with words as long as they get.
func sampled(now time.Time) []Series {
	const day = 24 * time.Hour
	return []Series{
		{
			ID: "01", Name: "MasterBTC", GoodFor: "One copy of Mastering Bitcoin", Kind: Whole, Each: 1, Vouchers: 20, Claims: true, Settled: true,
			Design: Design{Color: "moss", Picture: "book"}, Asset: sampleAsset, Terms: "Not for cash.",
			Counts: Counts{Issued: 20, Outstanding: 12, Redeemed: 6, Claimed: 2},
		},
		{
			ID: "02", Name: "10 coffees", GoodFor: "Ten coffees, any size", Kind: Stamps, Each: 10, Vouchers: 40, Settled: true,
			Design: Design{Color: "brick", Picture: "cup", Line: "One is on the house"}, Until: now.Add(200 * day),
			Counts: Counts{Issued: 400, Outstanding: 310, Redeemed: 90},
		},
		{
			ID: "03", Name: "Gift card", GoodFor: "Anything in the shop", Kind: Value, Unit: "CHF", Decimals: 2, Each: 50_00, Vouchers: 100,
			Design: Design{Color: "plum", Picture: "heart", Line: "For someone who reads"}, Until: now.Add(720 * day),
			Counts: Counts{Issued: 5_000_00, Outstanding: 5_000_00},
		},
		{
			ID: "04", Name: "Spring 2026", GoodFor: "One bunch of flowers", Kind: Whole, Each: 1, Vouchers: 30, Settled: true,
			Design: Design{Color: "sun", Picture: "flower"}, Until: now.Add(-20 * day), Over: true, Asset: sampleAsset,
			Counts: Counts{Issued: 30, Redeemed: 22, Expired: 5, Reclaimed: 3},
		},
		{
			ID: "05", Name: "中秋礼盒兑换券（双黄莲蓉月饼四枚装）", GoodFor: "凭券在街角书店及其全部分店换领中秋礼盒一份，口味任选，不设找零", Kind: Whole, Each: 1, Vouchers: 2_000, Settled: true,
			Design: Design{Color: "slate", Picture: "bread", Line: "祝您和家人中秋快乐，月圆人圆事事圆"}, Until: now.Add(90 * day),
			Terms: "每券限用一次，换领时请出示券码。遗失不补。", Counts: Counts{Issued: 2_000, Outstanding: 1_204, Redeemed: 796},
		},
	}
}

// sampledVouchers are vouchers of a series in every state.
func sampledVouchers() (list []Voucher) {
	for i, state := range []State{Good, Good, Planned, GivenUp, Booked, Redeemed, Expired, Reclaimed, Claimed, Gone} {
		left := int64(1)
		if state == Redeemed || state == Reclaimed || state == Claimed || state == Gone {
			left = 0
		}
		list = append(list, Voucher{Name: "9f31c27ae0b64d5188213c0d5a7e" + string(rune('a'+i%6)) + "0" + "41", Label: "MasterBTC " + string(rune('1'+i)), Units: 1, Left: left, State: state})
	}
	list[1].Note = "Mrs Keller, for her birthday"
	return list
}

// sampledLog is everything that happens in a shop.
func sampledLog(now time.Time) (list []Entry) {
	for i, what := range []string{
		"redeemed", "undone", "sent", "confirmed", "claimed", "reclaimed", "offline-uncovered", "conflict", "allowance-paid",
		"vouchers-added", "series-added", "series-closed", "staff-added", "staff-revoked", "till-added", "till-revoked", "shop-edited",
	} {
		e := Entry{At: now.Add(-time.Duration(i*i) * time.Hour), What: what, Who: "Ben", Till: "Front"}
		if i < 8 {
			e.Series, e.Name, e.Units = "MasterBTC", "9f31c27ae0b64d5188213c0d5a7ea041", 1
		} else {
			e.Who, e.Till = "Anna", ""
		}
		list = append(list, e)
	}
	return list
}

// sampledReport is a span of so many days.
func sampledReport(now time.Time, days int) ReportView {
	v := ReportView{From: now.AddDate(0, 0, 1-days), To: now, Series: sampled(now)}
	for i := range days {
		v.Days = append(v.Days, Day{At: v.From.AddDate(0, 0, i), Redemptions: int64((i*7 + 3) % 11), Redeemed: []Amount{{Units: int64((i*7+3)%11) * int64(i%7)}}})
	}
	v.Tills = []TillSum{{Name: "Front", Sums: []Amount{{Units: 1_204}, {Units: 25_50, Unit: "CHF", Decimals: 2}}, Redemptions: 903}, {Name: "Café on the first floor", Sums: []Amount{{Units: 17}}, Redemptions: 17}}
	return v
}

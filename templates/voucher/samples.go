package voucher

import "time"

// sampleSeries is the series of the example on the first page.
func sampleSeries(good string) Series {
	return Series{Name: "MasterBTC", GoodFor: good, Kind: Whole, Each: 1, Design: Design{Color: "moss", Picture: "book"}}
}

// Samples are series in every state, for the gallery.
func Samples(now time.Time) []Series {
	day := 24 * time.Hour
	return []Series{
		{
			ID: "masterbtc", Name: "MasterBTC", GoodFor: "One copy of Mastering Bitcoin", Kind: Whole, Each: 1, Vouchers: 20, Claims: true, Settled: true,
			Design: Design{Color: "moss", Picture: "book"}, Asset: "AcuRVsoa81hoLHmVTNXrRD8KpTqUXeqwgH", Terms: "Not for cash.",
			Counts: Counts{Issued: 20, Outstanding: 12, Redeemed: 6, Claimed: 2},
		},
		{
			ID: "coffee", Name: "10 coffees", GoodFor: "Ten coffees, any size", Kind: Stamps, Each: 10, Vouchers: 40, Settled: true,
			Design: Design{Color: "brick", Picture: "cup", Line: "One is on the house"}, Until: now.Add(200 * day),
			Counts: Counts{Issued: 400, Outstanding: 310, Redeemed: 90},
		},
		{
			ID: "gift", Name: "Gift card", GoodFor: "Anything in the shop", Kind: Value, Unit: "CHF", Each: 50, Vouchers: 100,
			Design: Design{Color: "plum", Picture: "heart", Line: "For someone who reads"}, Until: now.Add(720 * day),
			Counts: Counts{Issued: 5_000, Outstanding: 5_000},
		},
		{
			ID: "spring", Name: "Spring 2026", GoodFor: "One bunch of flowers", Kind: Whole, Each: 1, Vouchers: 30, Settled: true,
			Design: Design{Color: "sun", Picture: "flower"}, Until: now.Add(-20 * day), Asset: "AcuRVsoa81hoLHmVTNXrRD8KpTqUXeqwgH",
			Counts: Counts{Issued: 30, Redeemed: 22, Expired: 5, Reclaimed: 3},
		},
	}
}

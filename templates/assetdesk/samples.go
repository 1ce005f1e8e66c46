package assetdesk

import (
	"math"
	"strings"
	"time"

	"cairn/assets/colu"
	"cairn/assets/openassets"
	"cairn/chain"
	"cairn/templates/layout"

	"github.com/a-h/templ"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// Sample is one of these pages in one of its states.
type Sample struct {
	Name string
	Page func(layout.Meta) templ.Component
}

// Samples are the pages in every state, for the gallery and tests.
func Samples(now time.Time) []Sample {
	voucher := sampleAsset("MasterBTC", 0, 20, 3)
	long := sampleAsset("The Society of Friends of the North Ridge Path: Annual Share", 2, 187_654_322, 10_000)
	chinese := sampleAsset("北山步道之友协会二〇二六年度份额与冬季石阶修缮基金联合凭证纪念版", 0, 5_000, 12)
	most := sampleAsset("", 7, math.MaxInt64, 2)
	fixed := sampleFixed("十杯咖啡", 100, 12)
	form := func(name string, v Form, page func(Form) templ.Component) Sample {
		if v.Action == "" {
			v.Action = "/gallery"
		}
		v.Sponsor, v.Faucet, v.Tip = v.Asset.Text != most.Text, true, 912_345
		return Sample{name, func(m layout.Meta) templ.Component { v.Meta = m; return page(v) }}
	}
	draft := func(name string, v Draft) Sample {
		v.ID, v.Expires = strings.Repeat("07", 16), now.Add(29*time.Minute)
		if v.Asset.Text == "" {
			v.Asset = voucher
		}
		if v.Effects == nil {
			v.Effects = []string{"3 MasterBTC → " + sampleAddress(1), "17 MasterBTC → " + sampleAddress(2)}
		}
		if v.Fee == 0 {
			v.Fee = 312
		}
		return Sample{name, func(m layout.Meta) templ.Component { v.Meta = m; return DraftPage(v) }}
	}
	wrong := map[string]string{"": "The amount is more than the coins hold.", "units": "Type how many, as a number.", "name": "Give it a name.", "to": "That is neither an address nor a link.", "coins": "Name coins one a line."}
	typed := map[string]string{"name": long.Name, "units": "many", "to": "nowhere", "coins": "x", "more": "yes", "decimals": "2", "protocol": "epobc", "pay": "own"}
	txid := strings.Repeat("5e", 32)
	samples := []Sample{
		form("issue", Form{Act: Issue}, IssuePage),
		form("issue-wrong", Form{Act: Issue, Typed: typed, Wrong: wrong}, IssuePage),
		form("send", Form{Act: Send, Asset: voucher}, SendPage),
		form("send-wrong", Form{Act: Send, Asset: long, Typed: typed, Wrong: wrong}, SendPage),
		form("send-most", Form{Act: Send, Asset: most}, SendPage),
		form("reissue", Form{Act: Reissue, Asset: chinese}, ReissuePage),
		form("reissue-fixed", Form{Act: Reissue, Asset: fixed}, ReissuePage),
		form("lock", Form{Act: Lock, Asset: voucher}, LockPage),
		form("lock-fixed", Form{Act: Lock, Asset: fixed}, LockPage),
		form("burn", Form{Act: Burn, Asset: voucher}, BurnPage),
		form("dividend", Form{Act: Dividend, Asset: voucher}, DividendPage),
		form("dividend-few", shared(Form{Act: Dividend, Asset: voucher, Typed: map[string]string{"sum": "30000"}}, 4), DividendPage),
		form("dividend-many", shared(Form{Act: Dividend, Asset: long, Typed: map[string]string{"sum": "5000000"}}, 10_000), DividendPage),
		form("dividend-wrong", Form{Act: Dividend, Asset: chinese, Typed: map[string]string{"sum": "x"}, Wrong: map[string]string{"": "Type an amount in satoshi, as a whole number."}}, DividendPage),
		form("offers-none", Form{Act: Sell, Asset: voucher}, OffersPage),
		form("offers", Form{Act: Sell, Asset: long, Offers: sampleOffers(long, now)}, OffersPage),
		form("offer", Form{Act: Take, Asset: voucher, Offer: sampleOffers(voucher, now)[0]}, OfferPage),
		form("offer-long", Form{Act: Take, Asset: chinese, Offer: sampleOffers(chinese, now)[1]}, OfferPage),
		form("offer-taken", Form{Act: Take, Asset: voucher, Offer: Offer{Asset: voucher, Units: 3, Price: 30_000, Over: true, Taken: true}}, OfferPage),
		form("offer-over", Form{Act: Take, Asset: voucher, Offer: Offer{Asset: voucher, Units: 3, Price: 30_000, Over: true}}, OfferPage),
		draft("draft-open", Draft{Act: Send, State: Open, PSBTs: []string{samplePSBT(400)}}),
		draft("draft-chain", Draft{Act: Dividend, State: Open, Asset: long, PSBTs: []string{samplePSBT(900), samplePSBT(4_000)}}),
		draft("draft-wrong", Draft{Act: Send, State: Open, PSBTs: []string{samplePSBT(400)}, Signed: samplePSBT(300), Wrong: "A signature is missing."}),
		draft("draft-unpaid", Draft{Act: Send, State: Unpaid, Price: 450, Pay: "/pay/" + strings.Repeat("7", 32), Txids: []string{txid}}),
		draft("draft-sent", Draft{Act: Send, State: Sent, Txids: []string{txid}}),
		draft("draft-confirmed", Draft{Act: Send, State: Confirmed, Txids: []string{txid}, Height: 912_346}),
		draft("draft-offered", Draft{Act: Sell, State: Confirmed, Offer: OffersPath + "/" + strings.Repeat("7", 32)}),
		draft("draft-failed", Draft{Act: Send, State: Failed, Txids: []string{txid}}),
		draft("draft-ended", Draft{Act: Send, State: Ended}),
	}
	return append(samples, Sample{"mine", func(m layout.Meta) templ.Component { return MinePage(Mine{Meta: m, Network: m.Network}) }})
}

// sampleAsset is one of Open Assets.
func sampleAsset(name string, decimals int, supply int64, holders int) Asset {
	id := openassets.AssetID([]byte(name))
	return Asset{ID: id, Text: id.Text(chain.Devnet), Name: name, Decimals: decimals, Supply: supply, Holders: holders, Reissuable: true}
}

// sampleFixed is one of Colu's, of which nobody can make more.
func sampleFixed(name string, supply int64, holders int) Asset {
	id, err := colu.IssuedID(colu.Traits{Locked: true}, wire.OutPoint{Index: 1}, []byte{0x51})
	if err != nil {
		panic(err) // of our own values
	}
	return Asset{ID: id, Text: id.Text(chain.Devnet), Name: name, Supply: supply, Holders: holders}
}

// sampleAddress is an address as it looks on a phone: too long for it.
func sampleAddress(n int) string {
	const digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	b := []byte("bcrt1q")
	for i := range 38 {
		b = append(b, digits[(n*7+i*i+i)%32])
	}
	return string(b)
}

func samplePSBT(n int) string { return "cHNidP8B" + strings.Repeat("AFICAAAAAZ38ZijCbFiZ", n/20) }

func sampleOffers(a Asset, now time.Time) []Offer {
	path := OffersPath + "/" + strings.Repeat("7", 32)
	offer := func(units int64, price btcutil.Amount) Offer {
		return Offer{ID: strings.Repeat("7", 32), Asset: a, Units: units, Price: price, Until: now.Add(72 * time.Hour), Path: path, Link: "https://cairn.example" + path}
	}
	return []Offer{offer(3, 30_000), offer(a.Supply, btcutil.MaxSatoshi), offer(1_000_000_000, 1)}
}

// shared adds who gets what of a dividend.
func shared(v Form, holders int) Form {
	v.At = 912_345
	for i := range holders {
		s := Share{Address: sampleAddress(i), Units: v.Asset.Supply / int64(i+2), Amount: btcutil.Amount(1_000_000 / (i + 1)), Left: i > holders*2/3}
		if s.Left {
			v.Dust++
		} else {
			v.Paid += s.Amount
		}
		v.Shares = append(v.Shares, s)
	}
	return v
}

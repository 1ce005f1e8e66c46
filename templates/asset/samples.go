package asset

import (
	"math"
	"strings"
	"time"

	"cairn/assets"
	"cairn/assets/colu"
	"cairn/assets/definition"
	"cairn/assets/ledger"
	"cairn/assets/openassets"
	"cairn/chain"
	"cairn/public"
	"cairn/templates/layout"

	"github.com/a-h/templ"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Sample is a page of the explorer in one of its states.
type Sample struct {
	Name string
	Page func(layout.Meta) templ.Component
}

// Samples are the lists and the pages of assets and addresses in every state, for
// the gallery and tests; SampleTxs are those of transactions.
func Samples(now time.Time) []Sample {
	asset := func(name string, v View) Sample {
		return Sample{name, func(m layout.Meta) templ.Component { v.Meta, v.Now = m, now; return Page(v) }}
	}
	list := func(name string, v List) Sample {
		return Sample{name, func(m layout.Meta) templ.Component {
			v.Meta, v.Tip, v.CanIssue, v.CanShop = m, 912_345, true, true
			return ListPage(v)
		}}
	}
	address := func(name string, v Address) Sample {
		return Sample{name, func(m layout.Meta) templ.Component { v.Meta = m; return AddressPage(v) }}
	}
	block := func(name string, n int) Sample {
		return Sample{name, func(m layout.Meta) templ.Component {
			return BlockPage(Block{Meta: m, Height: 912_001, List: sampleRefs(n, now)})
		}}
	}
	return []Sample{
		list("list", List{Order: ledger.ByActivity, Rows: sampleRows(), Next: "b"}),
		list("list-empty", List{Order: ledger.ByActivity}),
		list("list-found", List{Query: "btc", Rows: sampleRows()[:2]}),
		list("list-missing", List{Query: "no such thing", Missing: true}),
		asset("asset", sampleVoucher(now)),
		asset("asset-one", sampleCard(now)),
		asset("asset-many", sampleShares(now)),
		asset("asset-most", sampleMost(now)),
		asset("asset-asof", asOfBlock(sampleVoucher(now))),
		asset("asset-gone", sampleGone(now)),
		asset("asset-rotten", with(sampleVoucher(now), definition.Rotten, definition.Silent, now)),
		asset("asset-dead", without(sampleVoucher(now), definition.Rotten, definition.Silent)),
		asset("asset-refused", without(sampleVoucher(now), definition.Refused, definition.Unlisted)),
		asset("asset-unchecked", without(sampleVoucher(now), definition.Unchecked, definition.NoReason)),
		address("address", sampleAddress(now)),
		address("address-empty", Address{Bitcoin: sampleText(60)}),
		address("address-waiting", Address{Bitcoin: sampleText(61), Waiting: 2}),
		block("block", 3),
		block("block-one", 1),
		block("block-none", 0),
		{"hashes", func(m layout.Meta) templ.Component { return HashesPage(sampleHashes(m, 8, now)) }},
		{"hashes-none", func(m layout.Meta) templ.Component { return HashesPage(sampleHashes(m, 0, now)) }},
	}
}

// sampleScript is a key that nobody has.
func sampleScript(n byte) []byte {
	return append([]byte{0x00, 0x14, n}, []byte(strings.Repeat("~", 19))...)
}

// sampleText is an address as it looks on a phone: too long for it.
func sampleText(n byte) string {
	const digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	b := []byte("bcrt1q")
	for i := range 38 {
		b = append(b, digits[(int(n)*7+i*i+i)%32])
	}
	return string(b)
}

func sampleHash(n byte) (h chainhash.Hash) {
	for i := range h {
		h[i] = n + byte(i*i*7)
	}
	return h
}

func sampleRefs(n int, now time.Time) (list []ledger.TxRef) {
	for i := range n {
		list = append(list, ledger.TxRef{Txid: sampleHash(byte(i + 1)), Height: 912_001, Place: int32(i), Time: now.Add(-time.Hour)})
	}
	return list
}

// sampleName is an asset of Open Assets.
func sampleName(n byte, name string, decimals int) Name {
	id := openassets.AssetID(sampleScript(n))
	return Name{ID: id, Text: id.Text(chain.Devnet), Name: name, Decimals: decimals}
}

// sampleFixed is one of Colu's, of which nobody can make more.
func sampleFixed(name string, decimals int) Name {
	id, err := colu.IssuedID(colu.Traits{Locked: true, Divisibility: decimals}, wire.OutPoint{Hash: sampleHash(9)}, sampleScript(9))
	if err != nil {
		panic(err) // of our own values
	}
	return Name{ID: id, Text: id.Text(chain.Devnet), Name: name, Decimals: decimals}
}

const (
	longName        = "The Society of Friends of the North Ridge Path: Annual Share"
	longNameChinese = "北山步道之友协会二〇二六年度份额与冬季石阶修缮基金联合凭证纪念版"
)

func sampleRows() []Row {
	pictured := sampleName(1, "MasterBTC", 0)
	pictured.Picture = public.URL("img/icon.svg")
	return []Row{
		{pictured, ledger.Asset{Supply: 18, Holders: 4}},
		{sampleName(2, longName, 2), ledger.Asset{Supply: 1_250_000, Holders: 10_000}},
		{sampleName(3, longNameChinese, 0), ledger.Asset{Supply: 5_000, Holders: 1}},
		{sampleName(4, "", 0), ledger.Asset{Supply: math.MaxInt64, Holders: 2}},
		{sampleFixed("十杯咖啡", 0), ledger.Asset{Supply: 100, Holders: 12}},
		{sampleFixed("Mostdecimals", 7), ledger.Asset{Supply: math.MaxInt64, Holders: 3}},
		{sampleName(6, "Gone", 0), ledger.Asset{}},
	}
}

// said is a definition as an asset of ours has it.
func said(now time.Time) definition.Definition {
	return definition.Definition{
		State: definition.Archived, Ours: true, Pinned: true, Name: "MasterBTC", Issuer: "The bookshop", Type: "Voucher",
		Description: "One copy of “Mastering Bitcoin”, second edition.\nAsk at the counter; we order it if it is not on the shelf.",
		Terms:       [32]byte{1}, Hash: sampleHash(3), Versions: 1, Pointer: "u=https://cpr.sm/FoykwrH6UY",
		SeenAt: now.Add(-72 * time.Hour), AnsweredAt: now.Add(-time.Hour), StampedAt: now.Add(-70 * time.Hour),
	}
}

func sampleVoucher(now time.Time) View {
	v := View{Name: sampleName(1, "MasterBTC", 0), Definition: said(now), Reissuable: true, Hash: sampleHash(8), Waiting: 1, CanAct: true}
	v.Picture = public.URL("img/icon.svg")
	v.Asset = ledger.Asset{Issued: 20, Burnt: 2, Supply: 18, Holders: 3, Transfers: 4, First: sampleRefs(1, now)[0], AsOf: 912_345}
	v.Supply = []ledger.Total{{Height: 912_001, Issued: 20}, {Height: 912_200, Issued: 20, Burnt: 2}}
	v.Holders = []Holder{{sampleText(1), 12, 2}, {sampleText(2), 5, 1}, {sampleText(3), 1, 1}}
	v.Moves = []ledger.Move{
		{TxRef: sampleRefs(4, now)[3], Destroyed: 2},
		{TxRef: sampleRefs(4, now)[2], Moved: 1, Destroyed: 1},
		{TxRef: sampleRefs(4, now)[1], Moved: 8},
		{TxRef: sampleRefs(4, now)[0], Issued: 20},
	}
	return v
}

// sampleCard says nothing of itself, and one holds all of it.
func sampleCard(now time.Time) View {
	v := View{Name: sampleFixed("", 0), Definition: definition.Definition{State: definition.Missing}, Hash: sampleHash(8), CanAct: true}
	v.Asset = ledger.Asset{Issued: 100, Supply: 100, Holders: 1, First: sampleRefs(1, now)[0], AsOf: 912_345}
	v.Supply = []ledger.Total{{Height: 912_001, Issued: 100}}
	v.Holders = []Holder{{sampleText(1), 100, 1}}
	v.Moves = []ledger.Move{{TxRef: sampleRefs(1, now)[0], Issued: 100}}
	return v
}

// sampleShares has ten thousand holders, a long name and a long story.
func sampleShares(now time.Time) View {
	v := sampleVoucher(now)
	v.Name = sampleName(2, longNameChinese, 2)
	v.Definition.Issuer, v.Definition.Description = longName, strings.Repeat("Forty steps, two bridges, one winter. 四十级石阶，两座桥，一个冬天。", 12)
	v.Definition.Terms, v.Definition.Contract = [32]byte{}, "https://north-ridge.example/"+strings.Repeat("terms/", 20)
	v.Definition.Authentic, v.Definition.Subject = true, "North Ridge Path Ltd"
	v.Definition.Ours, v.Definition.Pinned, v.Definition.Versions, v.Definition.State = false, false, 4, definition.Fetched
	v.Asset = ledger.Asset{Issued: 200_000_000, Burnt: 12_345_678, Supply: 187_654_322, Holders: 10_000, Transfers: 54_321, First: sampleRefs(1, now)[0], AsOf: 912_345}
	v.Supply, v.Holders, v.Moves = nil, nil, nil
	issued, burnt := int64(0), int64(0)
	for i := range int64(120) {
		if issued += 1_666_666 * (i % 5) / 2; i%7 == 3 {
			burnt += 722_000
		}
		v.Supply = append(v.Supply, ledger.Total{Height: int32(800_000 + i*940), Issued: issued, Burnt: burnt})
	}
	for i := range int64(25) {
		v.Holders = append(v.Holders, Holder{sampleText(byte(i)), 60_000_000 / (i*i + 1), i + 1})
	}
	for i := range int64(15) {
		v.Moves = append(v.Moves, ledger.Move{TxRef: sampleRefs(15, now)[i], Moved: 1_000_000 / (i + 1)})
	}
	v.NextHolders, v.NextMoves, v.Waiting = "h", "m", 17
	return v
}

// sampleMost has as many units as there can be, and as many decimals.
func sampleMost(now time.Time) View {
	v := sampleCard(now)
	v.Name = sampleFixed("Mostdecimals", 7)
	v.Asset.Issued, v.Asset.Supply = math.MaxInt64, math.MaxInt64
	v.Supply[0].Issued = math.MaxInt64
	v.Holders = []Holder{{sampleText(1), math.MaxInt64 - 1, 1}, {sampleText(2), 1, 1}}
	v.Moves[0].Issued = math.MaxInt64
	return v
}

// sampleGone was destroyed, all of it.
func sampleGone(now time.Time) View {
	v := sampleVoucher(now)
	v.Asset.Burnt, v.Asset.Supply, v.Asset.Holders, v.Holders = 20, 0, 0, nil
	v.Supply[1].Burnt = 20
	return v
}

func asOfBlock(v View) View {
	v.At, v.Asset.AsOf, v.Waiting, v.CanAct = 912_100, 912_100, 0, false
	v.Supply = v.Supply[:1]
	return v
}

// with and without are an asset whose address gives something else by now, or
// never gave anything good.
func with(v View, s definition.State, why definition.Reason, now time.Time) View {
	v.Definition.State, v.Definition.Why, v.Definition.Ours, v.Definition.Pinned = s, why, false, false
	v.Definition.DeadSince = now.Add(-9 * 24 * time.Hour)
	return v
}

func without(v View, s definition.State, why definition.Reason) View {
	v.Definition = definition.Definition{State: s, Why: why, Pointer: v.Definition.Pointer, SeenAt: v.Definition.SeenAt}
	v.Name.Name, v.Picture = "", ""
	return v
}

func sampleAddress(now time.Time) Address {
	v := Address{Bitcoin: "mfcGAzvis9JQAb6avB6WBGiGrgWzLxuGaC", Open: "bWqa9RAk4LdC62qFwxoCgq8crCHhAHUxP1X", Waiting: 1, Next: "e"}
	for i, r := range sampleRows()[:6] {
		v.Balances = append(v.Balances, Balance{r.Name, r.Asset.Supply, int64(i + 1)})
		e := Entry{Name: r.Name, Entry: ledger.Entry{TxRef: sampleRefs(6, now)[i], Asset: r.ID, Received: r.Asset.Supply}}
		if i%2 == 1 {
			e.Received, e.Sent = 1, r.Asset.Supply
		}
		v.Entries = append(v.Entries, e)
	}
	return v
}

func sampleHashes(m layout.Meta, links int, now time.Time) Hashes {
	v := Hashes{Meta: m, Tip: chain.BlockRef{Height: 912_345}, Base: 299_220, From: 911_346, Shown: assets.OpenAssets, Site: "https://cairn.example"}
	for i, p := range []assets.Protocol{assets.OpenAssets, assets.Colu, assets.EPOBC} {
		v.Heads = append(v.Heads, Head{p, sampleHash(byte(i))})
	}
	for i := range links {
		v.Links = append(v.Links, ledger.Link{Block: chain.BlockRef{Height: int32(912_000 + 31*i)}, Hash: sampleHash(byte(40 + i))})
	}
	return v
}

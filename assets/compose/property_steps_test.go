package compose

import (
	"cairn/assets"
	"cairn/assets/colu"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"pgregory.net/rapid"
)

// The other things that people of the model do (property_test.go).

// issuer is who may issue more of an asset, at which address.
type issuer struct {
	who    *wallet
	script []byte
}

// receivers are who gets new units, at fresh addresses.
func (m *model) receivers(n int) (payments []assets.Payment) {
	for range n {
		most := rapid.SampledFrom([]int64{1, 200, 3_000}).Draw(m.r, "most")
		payments = append(payments, assets.Payment{Script: rapid.SampledFrom(m.people).Draw(m.r, "to").script(), Units: rapid.Int64Range(1, most).Draw(m.r, "units")})
	}
	return payments
}

func (m *model) issue(who *wallet, o Order) {
	o.Operation, o.Protocol = Issue, rapid.SampledFrom(assets.Protocols).Draw(m.r, "protocol")
	o.Locked = rapid.Bool().Draw(m.r, "locked")
	o.Divisibility = rapid.IntRange(0, colu.MaxDivisibility).Draw(m.r, "decimals")
	o.Aggregation = rapid.SampledFrom([]Aggregation{Aggregatable, Hybrid, Dispersed}).Draw(m.r, "aggregation")
	n := rapid.SampledFrom([]int{1, 1, 2, 40, 90}).Draw(m.r, "recipients")
	if o.Protocol == assets.EPOBC {
		n = 1
	}
	o.Payments = m.receivers(n)
	first := who.script()
	if o.Protocol != assets.EPOBC && rapid.IntRange(0, 3).Draw(m.r, "seed") == 0 {
		o.Seed, o.Locked = first, false
	}
	if o.Seed == nil {
		o.Coins = append(o.Coins, who.fundAt(first, 60_000))
	}
	if o.Seed == nil || !o.Sponsored {
		for range rapid.IntRange(1, 3).Draw(m.r, "coins") {
			o.Coins = append(o.Coins, who.fund(60_000))
		}
	}
	d, done := m.order(who, o)
	if done && o.Protocol != assets.EPOBC && (o.Protocol != assets.Colu || !o.Locked) {
		m.issuers[d.Asset] = issuer{who, first}
		m.names = append(m.names, d.Asset)
	}
}

// reissue makes more of an asset, from a coin at its issuer's address.
func (m *model) reissue(o Order) {
	if len(m.names) == 0 {
		return
	}
	id := rapid.SampledFrom(m.names).Draw(m.r, "more of")
	by := m.issuers[id]
	o.Operation, o.Asset, o.Change = Reissue, id, by.who.script()
	o.Coins = []Coin{by.who.fundAt(by.script, 40_000), by.who.fund(60_000)}
	o.Payments = m.receivers(rapid.SampledFrom([]int{1, 3, 60}).Draw(m.r, "recipients"))
	m.order(by.who, o)
}

// lock empties an issuer's address.
func (m *model) lock(o Order) {
	for _, id := range m.names {
		by := m.issuers[id]
		if id.Protocol != assets.OpenAssets || rapid.Bool().Draw(m.r, "not this") {
			continue
		}
		o.Operation, o.Asset, o.Change = Lock, id, by.who.script()
		o.Coins = []Coin{by.who.fundAt(by.script, 9_000), by.who.fund(20_000)}
		for _, c := range colored(by.who) {
			if c.Protocol == assets.OpenAssets && rapid.Bool().Draw(m.r, "along") {
				o.Coins = append(o.Coins, coinOf(c))
			}
		}
		m.order(by.who, o)
		return
	}
}

// dividend pays all holders, and moves no unit.
func (m *model) dividend(who *wallet, o Order, id assets.ID) {
	o.Operation, o.Asset = Dividend, id
	o.Sum = btcutil.Amount(rapid.SampledFrom([]int64{300, 5_000, 80_000}).Draw(m.r, "sum"))
	o.Coins = []Coin{who.fund(60_000), who.fund(60_000)}
	before := m.standing()
	d, done := m.order(who, o)
	if !done {
		return
	}
	sum := btcutil.Amount(0)
	for _, one := range d.Shares {
		if one.Left == "" {
			m.paid(d, one)
		}
		sum += one.Amount
	}
	if after := m.standing(); sum != o.Sum || len(after) != len(before) || after[id] != before[id] {
		m.r.Fatalf("a dividend of %d shared out %d, and %v became %v", o.Sum, sum, before, after)
	}
}

func (m *model) paid(d Draft, one Share) {
	for _, part := range d.Parts {
		for _, out := range part.Tx.TxOut {
			if string(out.PkScript) == string(one.Script) && out.Value == int64(one.Amount) {
				return
			}
		}
	}
	m.r.Fatalf("%+v is not paid", one)
}

// trade offers a coin, and has somebody else take it.
func (m *model) trade(seller *wallet, c Colored) {
	if c.Protocol == assets.EPOBC || len(c.Holdings) != 1 || !txscript.IsPayToWitnessPubKeyHash(c.Script) && !txscript.IsPayToTaproot(c.Script) {
		return
	}
	price := seller.script()
	sell := Order{Operation: Sell, Asset: c.Holdings[0].Asset, Coins: []Coin{coinOf(c)}, Price: 20_000, PayTo: price}
	offered, done := m.order(seller, sell)
	if !done {
		return
	}
	m.conserved()
	buyer := rapid.SampledFrom(m.people).Draw(m.r, "buyer")
	take := Order{
		Operation: Take, Offer: offered.Offer, PayTo: buyer.script(), Change: buyer.script(), Sponsored: rapid.Bool().Draw(m.r, "sponsored"),
	}
	for range rapid.IntRange(1, 3).Draw(m.r, "money") {
		take.Coins = append(take.Coins, buyer.fund(15_000))
	}
	if _, done := m.order(buyer, take); done {
		m.arrived(Take, assets.Payment{Script: take.PayTo, Asset: c.Holdings[0].Asset, Units: c.Holdings[0].Units})
		m.arrived(Take, assets.Payment{Script: price, Value: 20_000})
	}
}

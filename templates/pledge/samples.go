package pledge

import (
	"strings"
	"time"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/refund"
	"cairn/templates/campaign"
	"cairn/templates/layout"

	"github.com/a-h/templ"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Sample is a page in one state, for those who work on it.
type Sample struct {
	Name string
	Page func(layout.Meta) templ.Component
}

// Samples are all pages in all states.
func Samples(now time.Time) []Sample {
	s := sampler{going: campaign.Samples(now)[0].View}
	var all []Sample
	for name, change := range map[string]func(*Form){
		"form":        func(*Form) {},
		"form-closed": func(v *Form) { v.Open = false },
		"form-full":   func(v *Form) { v.Full = true },
		"form-reached": func(v *Form) {
			v.Missing, v.Slots = 0, 1
		},
		"form-tickets": func(v *Form) { v.Campaign.Terms.Multiple = 25_000 },
		"form-firm": func(v *Form) {
			v.Campaign.Terms.Keeper = make([]byte, 33)
			level := v.Campaign.Terms.Levels[0]
			level.Title = "A third bridge"
			v.Campaign.Terms.Levels = append(v.Campaign.Terms.Levels, level)
		},
		"form-wrong": func(v *Form) {
			v.Typed = Typed{Amount: 40_000, Name: "Mira", Coin: "9f31", Pledge: "not a pledge"}
			v.Wrong = map[string]string{"coin": "A coin is written as 64 digits and letters, a colon and a number.", "pledge": "This is not a pledge.", "amount": "The least that can be pledged now is 50,000 sat."}
		},
		"form-psbt": func(v *Form) {
			v.Typed.Coin = s.pledge(lighthouse.Confirmed).Outpoint.String()
			v.Requests = []Request{{Base64: strings.Repeat("cHNidP8BAH0CAAAAAf", 16)}}
		},
		"form-psbt-levels": func(v *Form) {
			v.Campaign.Terms.Levels = append(v.Campaign.Terms.Levels, v.Campaign.Terms.Levels[0])
			v.Requests = []Request{{Base64: strings.Repeat("cHNidP8BAH0CAAAAAf", 16)}, {Level: 1, Title: "A third bridge", Base64: strings.Repeat("cHNidP8BAH0CAAAAAf", 90), Alone: true}}
		},
	} {
		all = append(all, s.form(name, change))
	}
	for name, change := range map[string]func(*Pledge){
		"pledge-seen":      func(v *Pledge) { v.Pledge.State, v.Pledge.Created, v.Fresh = lighthouse.Seen, chain.BlockRef{}, true },
		"pledge-confirmed": func(v *Pledge) { v.Proof = &Proof{At: now.Add(-time.Hour), Size: 87, Stamp: "#"} },
		"pledge-reached":   func(v *Pledge) { v.Reached = true },
		"pledge-closed":    func(v *Pledge) { v.Campaign.Stage = lighthouse.Closed },
		"pledge-firm": func(v *Pledge) {
			v.Pledge.Kind = contract.FirmP2WSH
		},
		"pledge-psbt":    func(v *Pledge) { v.Pledge.Door, v.Pledge.Refund = lighthouse.ByPSBT, nil },
		"pledge-wrong":   func(v *Pledge) { v.Wrong = map[string]string{"message": "This is too long."} },
		"pledge-saved":   func(v *Pledge) { v.Saved = true },
		"pledge-leaving": func(v *Pledge) { v.Pledge.State = lighthouse.Leaving },
		"pledge-claiming": func(v *Pledge) {
			v.Pledge.State, v.Campaign.Stage = lighthouse.Leaving, lighthouse.Claimed
		},
		"pledge-spent": func(v *Pledge) { v.Pledge.State = lighthouse.Spent },
		"pledge-changed": func(v *Pledge) {
			v.Pledge.State, v.Pledge.Replaced = lighthouse.Spent, true
		},
		"pledge-taken": func(v *Pledge) { v.Pledge.State, v.Campaign.Stage = lighthouse.Taken, lighthouse.Claimed },
		"pledge-gone":  func(v *Pledge) { v.Pledge.State = lighthouse.Gone },
	} {
		all = append(all, s.page(name, change))
	}
	all = append(all, Sample{"desk", func(m layout.Meta) templ.Component { return DeskPage(Desk{Meta: m}) }})
	all = append(all, Sample{"desk-wrong", func(m layout.Meta) templ.Component {
		return DeskPage(Desk{Meta: m, Link: "abc", Wrong: "This is not the link of a pledge."})
	}})
	return append(all, s.refunds()...)
}

type sampler struct{ going campaign.View }

func (s sampler) form(name string, change func(*Form)) Sample {
	return Sample{name, func(m layout.Meta) templ.Component {
		v := Form{Meta: m, Campaign: s.going.Campaign, Open: true, Missing: 920_000, Least: 20_000, Slots: 1_644, Clock: s.going.Clock}
		change(&v)
		return FormPage(v)
	}}
}

func (s sampler) pledge(state lighthouse.CoinState) lighthouse.Pledge {
	return lighthouse.Pledge{
		ID: lighthouse.PledgeID{7}, Campaign: s.going.Campaign.ID, Outpoint: wire.OutPoint{Hash: chainhash.Hash{9, 31}, Index: 1},
		Coin: contract.Coin{Value: 60_000}, Kind: contract.P2TR, Signed: map[int]contract.Pledge{0: {}}, Refund: wire.NewMsgTx(2),
		Name: "Mira", Message: "For the way to school!", Door: lighthouse.ByWallet, State: state,
		Created: chain.BlockRef{Height: s.going.Clock.Tip.Height - 2},
	}
}

func (s sampler) page(name string, change func(*Pledge)) Sample {
	return Sample{name, func(m layout.Meta) templ.Component {
		p := s.pledge(lighthouse.Confirmed)
		v := Pledge{
			Meta: m, Key: lighthouse.Key{1, 2, 3}, Campaign: s.going.Campaign, Pledge: p, Checked: s.going.Clock.Tip.Height, Clock: s.going.Clock,
			Name: p.Name, Message: p.Message, Link: "https://cairn.example/pledges/0102030000000000000000000000000", HasReceipt: true,
		}
		change(&v)
		return Page(v)
	}}
}

func (s sampler) refunds() []Sample {
	rows := func(states ...refund.State) (rows []RefundRow) {
		for n, state := range states {
			rows = append(rows, RefundRow{ID: lighthouse.PledgeID{byte(n)}, Name: []string{"Mira", "", "山里的朋友"}[n%3], Amount: 25_000 * btcutil.Amount(n+1), State: state})
		}
		return rows
	}
	home := int32(s.going.Campaign.Terms.RefundHeight())
	make := func(name string, change func(*Refunds)) Sample {
		return Sample{name, func(m layout.Meta) templ.Component {
			v := Refunds{Meta: m, Campaign: s.going.Campaign, Tip: home + 2, Clock: s.going.Clock, Sent: -1}
			v.Campaign.Stage = lighthouse.Closed
			v.Rows = rows(refund.Due, refund.Due, refund.Sent, refund.Home, refund.Moved, refund.None)
			change(&v)
			return RefundsPage(v)
		}}
	}
	return []Sample{
		make("refunds-due", func(*Refunds) {}),
		make("refunds-wait", func(v *Refunds) {
			v.Tip, v.Campaign.Stage = v.Clock.Tip.Height, lighthouse.Open
			v.Rows = rows(refund.Waiting, refund.Waiting, refund.None)
		}),
		make("refunds-sent", func(v *Refunds) { v.Sent, v.Rows = 2, rows(refund.Sent, refund.Sent) }),
		make("refunds-claimed", func(v *Refunds) { v.Campaign.Stage, v.Rows = lighthouse.Claimed, rows(refund.Due) }),
		make("refunds-none", func(v *Refunds) { v.Rows = nil }),
		make("refunds-wrong", func(v *Refunds) { v.Wrong = "This cannot be sent yet." }),
	}
}

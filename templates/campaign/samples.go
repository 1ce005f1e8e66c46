package campaign

import (
	"fmt"
	"time"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Sample is a campaign's page in one state, for those who work on it.
type Sample struct {
	Name string
	View View
}

// Samples are all states there are.
func Samples(now time.Time) []Sample {
	now = now.UTC()
	states := []struct {
		name   string
		change func(*View)
	}{
		{"going", func(*View) {}},
		{"fresh", func(v *View) {
			v.Progress = lighthouse.Progress{Checked: v.Progress.Checked, Level: -1, Missing: v.Campaign.Terms.Goal(), Least: 1_000, Slots: 1_730}
			v.Backers, v.Updates, v.Comments, v.Roots = Backers{}, nil, Comments{}, nil
		}},
		{"soon", func(v *View) {
			v.Campaign.Stage, v.Campaign.OpenedAt = lighthouse.Announced, time.Time{}
			v.Progress = lighthouse.Progress{Level: -1}
			v.Backers, v.Comments, v.Roots, v.Followers, v.CanFollow = Backers{}, Comments{}, nil, 41, true
		}},
		{"reached", func(v *View) { sampleReached(v) }},
		{"levels", func(v *View) {
			sampleReached(v)
			sampleLevels(v)
		}},
		{"over", func(v *View) {
			sampleReached(v)
			v.Campaign.Stage, v.Clock.Tip.Height = lighthouse.Closed, v.Campaign.Terms.Deadline+20
		}},
		{"collecting", func(v *View) { sampleClaim(v, lighthouse.Claiming, 87) }},
		{"rebuilding", func(v *View) { sampleClaim(v, lighthouse.Rebuilding, 6) }},
		{"funded", func(v *View) { sampleClaim(v, lighthouse.InBlock, 6) }},
		{"funded-by-many", func(v *View) { sampleClaim(v, lighthouse.InBlock, 1_700) }},
		{"missed", func(v *View) {
			v.Campaign.Stage, v.Clock.Tip.Height = lighthouse.Closed, int32(v.Campaign.Terms.RefundHeight())+3
		}},
		{"preview", func(v *View) {
			v.Campaign.Stage, v.Preview, v.Desk = lighthouse.Draft, true, "#"
			v.Campaign.OpenedAt, v.Campaign.Terms.Deadline = time.Time{}, 0
			v.Progress = lighthouse.Progress{Level: -1}
			v.Backers, v.Comments, v.Updates, v.Roots = Backers{}, Comments{}, nil, nil
		}},
	}
	out := make([]Sample, len(states))
	for i, s := range states {
		v := sample(now)
		v.Campaign.ID[7] = byte(i) // another sky
		s.change(&v)
		out[i] = Sample{s.name, v}
	}
	return out
}

// SampleList is the list of campaigns with one in every state.
func SampleList(now time.Time) List {
	l := List{Order: campaigns.Newest, CanCreate: true, Next: "next"}
	for _, s := range Samples(now) {
		v := s.View
		l.Clock = v.Clock
		c := CardFor(v)
		c.Title = [...]string{"A path over the north ridge", "Field recordings of a disappearing marsh", "山里的图书馆"}[len(l.Cards)%3]
		l.Cards = append(l.Cards, c)
	}
	return l
}

// sample is a campaign half way.
func sample(now time.Time) View {
	const tip = 912_347
	deadline := int32(tip + 12*144)
	v := View{
		Clock:     Clock{Now: now, Tip: chain.BlockRef{Height: tip, Hash: chainhash.Hash{1}}, Every: 10 * time.Minute},
		Origin:    "https://cairn.example",
		CanRefund: true,
	}
	level := sampleLevel("", deadline, 1_400_000, 586_000, 14_000)
	v.Campaign = lighthouse.Campaign{
		ID:    lighthouse.ID{31, 190, 90, 220, 40, 120, 60, 1, 200, 80},
		Stage: lighthouse.Open, Language: "en", Category: "community",
		CreatedAt: now.Add(-19 * 24 * time.Hour), OpenedAt: now.Add(-18 * 24 * time.Hour), Frozen: true, Version: 3,
		Creator: lighthouse.Creator{Name: "North Ridge Friends", Contact: "ridge@example.org"},
		Text: lighthouse.Text{
			Title: "A path over the north ridge", Tagline: "Forty steps, two bridges, one winter. We lay them ourselves; you pay for the stone.",
			Budget: []lighthouse.BudgetLine{{For: "Stone, cut and carried", Amount: 980_000}, {For: "Two bridges of larch", Amount: 586_000}, {For: "Tools and ropes", Amount: 260_000}, {For: "Soup for the helpers", Amount: 160_000}},
			FAQ:    []lighthouse.Question{{Asks: "Who keeps the path afterwards?", Answer: "We do."}, {Asks: "Can I help to carry?", Answer: "Yes."}},
		},
		HTML: lighthouse.HTML{
			Story:   "<p>The old path over the north ridge fell into the river <strong>two winters ago</strong>. Since then the way to school is an hour longer.</p><h3>What we will build</h3><ul><li>forty steps of granite,</li><li>two bridges of larch,</li><li>a rope where it is steep.</li></ul><blockquote><p>A path is made by walking, and by somebody who carries stones.</p></blockquote><p>We have done this before: the <a href=\"#\" rel=\"nofollow ugc noopener\">south path</a> has stood for nine years.</p>",
			Risks:   "<p>An early winter closes the quarry. Then the bridges come first, and the steps in spring.</p>",
			Answers: []string{"<p>We do, every spring, as with the south path.</p>", "<p>Yes. Bring gloves.</p>"},
		},
		Terms: lighthouse.Terms{Revision: 2, Levels: []lighthouse.Level{level}, Least: 20_000, Deadline: deadline, DeadlineAt: now.Add(12 * 24 * time.Hour)},
	}
	v.Progress = lighthouse.Progress{
		Checked:   v.Clock.Tip,
		Confirmed: lighthouse.Tally{Pledges: 80, Amount: 1_080_000}, Firm: lighthouse.Tally{Pledges: 12, Amount: 240_000},
		Pending: lighthouse.Tally{Pledges: 7, Amount: 160_000}, Revoked: lighthouse.Tally{Pledges: 3, Amount: 45_000},
		Level: -1, Missing: 920_000, Slots: 1_644, Least: 20_000,
	}
	v.Backers = Backers{Count: 87, Next: 1, List: []Backer{
		{Name: "Mira", Message: "For the way to school!", Amount: 60_000, At: now.Add(-2 * time.Hour), State: lighthouse.Seen},
		{Amount: 20_000, At: now.Add(-5 * time.Hour), State: lighthouse.Confirmed},
		{Name: "老周", Message: "路通了，我请大家喝茶。", Amount: 120_000, At: now.Add(-26 * time.Hour), State: lighthouse.Confirmed, Firm: true},
		{Name: "Jonas & Ada", Amount: 45_000, At: now.Add(-50 * time.Hour), State: lighthouse.Leaving},
	}}
	v.Updates = []lighthouse.Update{{ID: 2, Title: "Half of the stone is cut", HTML: "<p>The quarry opened early. Thank you all.</p>", At: now.Add(-3 * 24 * time.Hour)}}
	v.Comments = Comments{Count: 2, List: []lighthouse.Comment{
		{ID: 2, Name: "North Ridge Friends", Text: "Larch, from the village's own wood.", At: now.Add(-20 * time.Hour), ByCreator: true},
		{ID: 1, Name: "Mira", Text: "Which wood will the bridges be of?\n\nThe last ones were slippery.", At: now.Add(-22 * time.Hour), Backer: true},
	}}
	v.Roots = []Root{{Hash: "03ba204e50d126e4674c005e04d82e84c21366780af1f43bd54a37816b6ab340", Path: "#", At: now.Add(-40 * time.Minute), Pledges: 87}}
	v.Files = []File{{Path: "#", Label: "campaign.jsonl"}}
	return v
}

func sampleLevel(title string, deadline int32, amounts ...btcutil.Amount) lighthouse.Level {
	l := lighthouse.Level{Title: title, Reserve: amounts[len(amounts)-1]}
	names := [...]string{"North Ridge Friends", "Larch & Sons, joiners", "The mountain school"}
	var outputs []contract.Output
	for i, a := range amounts[:len(amounts)-1] {
		l.Beneficiaries = append(l.Beneficiaries, lighthouse.Beneficiary{Name: names[i], Address: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", Amount: a})
		outputs = append(outputs, contract.Output{Value: a, Script: append([]byte{0x51, 0x20, byte(i)}, make([]byte, 31)...)})
		l.Goal += a
	}
	l.Goal += l.Reserve
	if c, err := contract.New(contract.Version, uint32(deadline), outputs); err == nil {
		l.Contract = c
	}
	return l
}

func sampleReached(v *View) {
	v.Progress.Confirmed, v.Progress.Firm = lighthouse.Tally{Pledges: 131, Amount: 2_080_000}, lighthouse.Tally{Pledges: 30, Amount: 700_000}
	v.Progress.Pending, v.Progress.Waiting = lighthouse.Tally{}, lighthouse.Tally{Pledges: 4, Amount: 80_000}
	v.Progress.Level, v.Progress.Missing, v.Progress.Slots = 0, 0, 42
	v.Campaign.Terms.AtDeadline = true
}

func sampleLevels(v *View) {
	deadline := v.Campaign.Terms.Deadline
	v.Campaign.Terms.Levels = append(v.Campaign.Terms.Levels,
		sampleLevel("A bench at the top", deadline, 1_600_000, 686_000, 14_000),
		sampleLevel("A hut for the night", deadline, 2_200_000, 986_000, 14_000))
	v.Matches = []Match{{Level: 1, Name: "The mountain school", Amount: 200_000}}
}

// sampleClaim gives the view a claim by so many pledges.
func sampleClaim(v *View, state lighthouse.ClaimState, pledges int) {
	sampleReached(v)
	v.Campaign.Stage = lighthouse.Claimed
	c := &Claim{Needed: 6}
	c.State, c.Attempts, c.At, c.Weight = state, 2, v.Clock.Now.Add(-time.Hour), int64(230*pledges+600)
	c.Tx = wire.NewMsgTx(2)
	level := v.Campaign.Terms.Levels[0]
	names := [...]string{"Mira", "", "老周", "Jonas & Ada", "", "The mountain school"}
	left := level.Goal
	for i := range pledges {
		a := level.Goal / btcutil.Amount(2*pledges)
		if i == pledges-1 {
			a = left
		}
		left -= a
		c.From = append(c.From, Inflow{Name: names[i%len(names)], Amount: a})
	}
	// The largest stands first.
	c.From[0], c.From[pledges-1] = c.From[pledges-1], c.From[0]
	for _, b := range level.Beneficiaries {
		c.To = append(c.To, Outflow{Name: b.Name, Address: b.Address, Amount: b.Amount})
	}
	c.Fee = c.Taken() - c.Paid()
	if state == lighthouse.InBlock {
		c.Block, c.Confirmations = chain.BlockRef{Height: v.Clock.Tip.Height - 1, Hash: chainhash.Hash{7}}, 2
		c.BlockTime = v.Clock.Now.Add(-20 * time.Minute)
	}
	v.Claim = c
	v.Files = append(v.Files, File{Path: "#", Label: fmt.Sprintf("%d pledges", pledges)})
}

package creator

import (
	"time"

	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/templates/campaign"

	"github.com/btcsuite/btcd/wire"
)

// Sample is a desk in one state, for those who work on it.
type Sample struct {
	Name string
	View DeskView
}

// Samples are the desks of the campaigns of the gallery, and a few states that
// creators alone see.
func Samples(now time.Time) []Sample {
	var list []Sample
	for _, s := range campaign.Samples(now) {
		list = append(list, Sample{s.Name, sampleDesk(s.View)})
	}
	unfinished := list[0].View
	unfinished.Campaign.Stage, unfinished.Fresh = lighthouse.Draft, true
	unfinished.Keeping = MayKeep
	unfinished.NotReady = []string{"What could go wrong?", "Last day"}
	refused := list[0].View
	refused.Keeping = Kept
	refused.Draft = UpdateDraft{Title: "News", Wrong: "This is too long."}
	failed := list[0].View
	failed.Claim = &Claim{Claim: lighthouse.Claim{State: lighthouse.Failed, Attempts: 2, At: now}, Needed: 6}
	return append(list, Sample{"unfinished", unfinished}, Sample{"refused", refused}, Sample{"failed", failed})
}

// sampleDesk is the desk of a sample of the campaign's page.
func sampleDesk(v campaign.View) DeskView {
	d := DeskView{
		Key: lighthouse.Key{42}, Campaign: v.Campaign, Progress: v.Progress, Clock: v.Clock, Origin: v.Origin,
		Updates: v.Updates, Comments: v.Comments.List, Followers: int64(v.Followers), Sandbox: true, Files: true,
		Pledges: Pledges{Sort: Newest, Page: 1, More: true},
	}
	for i, b := range v.Backers.List {
		kind := contract.P2TR
		if b.Firm {
			kind = contract.FirmP2TR
		}
		d.Pledges.List = append(d.Pledges.List, lighthouse.Pledge{
			ID: lighthouse.PledgeID{byte(i)}, Name: b.Name, Message: b.Message, Coin: contract.Coin{Value: b.Amount}, Kind: kind, State: b.State, At: b.At,
		})
	}
	switch {
	case v.Claim != nil:
		d.Claim = sampleClaim(v)
	case v.Progress.Level >= 0:
		level := v.Campaign.Terms.Levels[v.Progress.Level]
		d.Ready = &Ready{Level: v.Progress.Level, Pledges: v.Progress.Confirmed.Pledges, Amount: v.Progress.Confirmed.Amount, Fee: v.Progress.Confirmed.Amount - level.Net()}
	}
	return d
}

func sampleClaim(v campaign.View) *Claim {
	c := &Claim{Claim: v.Claim.Claim, Confirmations: v.Claim.Confirmations, Needed: v.Claim.Needed}
	c.Tx = c.Tx.Copy()
	for _, out := range v.Claim.To {
		c.Tx.AddTxOut(&wire.TxOut{Value: int64(out.Amount)})
	}
	for i := range v.Claim.Pledges() {
		c.Claim.Pledges = append(c.Claim.Pledges, lighthouse.PledgeID{byte(i), 1})
	}
	if c.State == lighthouse.Claiming {
		c.Speed = 420
	}
	c.History = []Attempt{
		{Txid: c.Tx.TxHash().String(), At: c.At, Pledges: v.Claim.Pledges(), Fee: v.Claim.Fee, Gone: 1},
		{Txid: "03ba204e50d126e4674c005e04d82e84c21366780af1f43bd54a37816b6ab340", At: c.At.Add(-time.Hour), Pledges: v.Claim.Pledges() + 1, Fee: v.Claim.Fee},
	}
	return c
}

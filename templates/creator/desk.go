package creator

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"cairn/lighthouse"
	"cairn/templates/campaign"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"

	"github.com/a-h/templ"
	"github.com/btcsuite/btcd/btcutil"
)

// DeskView is the desk of one campaign, for whoever has its key.
type DeskView struct {
	Meta     layout.Meta
	Key      lighthouse.Key
	Campaign lighthouse.Campaign
	Progress lighthouse.Progress
	Clock    campaign.Clock
	// Pledges are a page of them.
	Pledges Pledges
	// Ready is what a claim would be now; nil while pledges do not suffice.
	Ready *Ready
	// Claim is the one that was made; nil for none.
	Claim     *Claim
	Updates   []lighthouse.Update
	Comments  []lighthouse.Comment
	Followers int64
	// Origin is how the world reaches the site.
	Origin string
	// Fresh: the campaign was made just now, so its link is shown to be kept.
	Fresh bool
	// Done is what was done just now.
	Done Done
	// Sandbox: blocks can be mined.
	Sandbox bool
	// Files: the campaign and its pledges can be taken away.
	Files bool
	// Draft is what the creator was writing when something was wrong with it.
	Draft UpdateDraft
	// Keeping is whether the account that is signed in keeps it.
	Keeping Keeping
	// NotReady are sentences about what is missing before it can be shown.
	NotReady []string
}

// Done names what was done just now.
type Done string

// What can be done.
const (
	DoneNothing   Done = ""
	DoneSaved     Done = "saved"
	DoneAnnounced Done = "announced"
	DoneOpened    Done = "opened"
	DoneClosed    Done = "closed"
	DonePosted    Done = "posted"
	DoneClaimed   Done = "claimed"
	DoneMined     Done = "mined"
	DoneHidden    Done = "hidden"
	DoneKept      Done = "kept"
	DoneLetGo     Done = "let-go"
)

// ParseDone reads what was done; anything unknown is nothing.
func ParseDone(text string) Done {
	switch d := Done(text); d {
	case DoneSaved, DoneAnnounced, DoneOpened, DoneClosed, DonePosted, DoneClaimed, DoneMined, DoneHidden, DoneKept, DoneLetGo:
		return d
	}
	return DoneNothing
}

// UpdateDraft is news that could not be taken.
type UpdateDraft struct{ Title, Text, Wrong string }

// Sort is the order of the table of pledges.
type Sort string

// The orders.
const (
	Newest   Sort = "newest"
	Earliest Sort = "oldest"
	Largest  Sort = "largest"
)

// ParseSort reads an order; anything unknown is Newest.
func ParseSort(text string) Sort {
	switch s := Sort(text); s {
	case Earliest, Largest:
		return s
	}
	return Newest
}

// Pledges are a page of those of a campaign.
type Pledges struct {
	List []lighthouse.Pledge
	Sort Sort
	Page int // from 1
	More bool
}

// Ready is what a claim would do now.
type Ready struct {
	Level   int
	Pledges int
	Amount  btcutil.Amount
	Fee     btcutil.Amount
	// NotBefore is the block from which the contract lets it, and the rest is not
	// known before; 0 for now.
	NotBefore int32
	// Slow: only at less than what blocks ask for now.
	Slow bool
}

// Claim is the claim as the desk tells of it.
type Claim struct {
	lighthouse.Claim
	// Confirmations of its block, of Needed.
	Confirmations, Needed int32
	// RestsUntil is the block from which another can be made, when all pledges of
	// this one have left; 0 where nothing is waited for.
	RestsUntil int32
	// History are the transactions that were made, the latest first.
	History []Attempt
	// Speed is what a faster one costs in satoshi; 0 when none is offered.
	Speed btcutil.Amount
}

// Attempt is one transaction of a claim.
type Attempt struct {
	Txid    string
	At      time.Time
	Pledges int
	Fee     btcutil.Amount
	// Gone is how many backers had left the one before, and Faster says that it
	// was made for speed.
	Gone   int
	Faster bool
}

// DeskPath is the address of a campaign's desk.
func DeskPath(key lighthouse.Key) string { return "/campaigns/desk/" + key.Text() }

// Title is that of the page.
func (v DeskView) Title(ctx context.Context) string { return titleOf(ctx, v.Campaign) }

func (v DeskView) path(rest string) string { return DeskPath(v.Key) + rest }

func (v DeskView) public() string { return campaign.Path(v.Campaign.ID) }

// standing is how the campaign stands, as its public page tells it.
func (v DeskView) standing() campaign.Standing {
	var claim *campaign.Claim
	if v.Claim != nil {
		claim = &campaign.Claim{Claim: v.Claim.Claim}
	}
	return campaign.StandingOf(v.Campaign, v.Progress, claim, v.Clock.Tip.Height)
}

// events is where the part that changes by itself comes from, with the table as
// it is looked at.
func (v DeskView) events() string {
	q := url.Values{"sort": {string(v.Pledges.Sort)}, "page": {strconv.Itoa(v.Pledges.Page)}}
	return v.path("/events?" + q.Encode())
}

// collecting: a claim is on its way, or done.
func (v DeskView) collecting() bool {
	return v.Claim != nil && v.Claim.State != lighthouse.Failed && v.Claim.Tx != nil
}

// taken is what the claim takes in.
func (v DeskView) taken() btcutil.Amount {
	sum := v.Claim.Fee
	for _, out := range v.Claim.Tx.TxOut {
		sum += btcutil.Amount(out.Value)
	}
	return sum
}

func (v DeskView) takenPledges() (n int64) {
	for _, p := range v.Claim.Pledges {
		if p != (lighthouse.PledgeID{}) {
			n++
		}
	}
	return n
}

// bar is how far it is.
func (v DeskView) bar() campaign.Bar {
	if v.collecting() {
		return campaign.Bar{Confirmed: v.taken(), Goal: v.taken()}
	}
	level := min(max(v.Progress.Level+1, 0), len(v.Campaign.Terms.Levels)-1)
	return campaign.Bar{
		Firm: v.Progress.Firm.Amount, Confirmed: v.Progress.Confirmed.Amount, Pending: v.Progress.Pending.Amount,
		Goal: v.Campaign.Terms.Levels[level].Goal,
	}
}

// shown: the public has seen it.
func (v DeskView) shown() bool { return v.Campaign.Stage != lighthouse.Draft }

// moving: a claim is on its way, so the page looks again by itself.
func (v DeskView) moving() bool {
	return v.Claim != nil && (v.Claim.State == lighthouse.Claiming || v.Claim.State == lighthouse.Rebuilding ||
		v.Claim.State == lighthouse.InBlock && v.Claim.Confirmations < v.Claim.Needed)
}

// Moving reports whether there is something to follow.
func (v DeskView) Moving() bool { return v.moving() }

// claimable: the button can be pressed.
func (v DeskView) claimable() bool {
	return v.Ready != nil && v.Ready.NotBefore == 0 && (v.Claim == nil || v.Claim.State == lighthouse.Failed)
}

// level is the one that a claim reaches.
func (v DeskView) level() lighthouse.Level { return v.Campaign.Terms.Levels[v.Ready.Level] }

// page is the address of the table with another order or page.
func (v DeskView) page(sort Sort, page int) string {
	q := url.Values{}
	if sort != Newest {
		q.Set("sort", string(sort))
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return v.path("") + "#pledges"
	}
	return v.path("?"+q.Encode()) + "#pledges"
}

// link is an address that others can open.
func (v DeskView) link(path string) string { return v.Origin + path }

// badge is what other sites put in to show it.
func (v DeskView) badge() string {
	return fmt.Sprintf(`<a href="%[1]s"><img src="%[1]s/badge.svg" alt="%[2]s" width="320" height="120"></a>`,
		v.link(v.public()), templ.EscapeString(v.Campaign.Text.Title))
}

// StateName is what people call a coin's state.
func StateName(ctx context.Context, state lighthouse.CoinState) string {
	switch state {
	case lighthouse.Seen:
		return i18n.T(ctx, "creator.coin.seen")
	case lighthouse.Confirmed:
		return i18n.T(ctx, "creator.coin.confirmed")
	case lighthouse.Leaving:
		return i18n.T(ctx, "creator.coin.leaving")
	case lighthouse.Spent:
		return i18n.T(ctx, "creator.coin.spent")
	case lighthouse.Taken:
		return i18n.T(ctx, "creator.coin.taken")
	}
	return i18n.T(ctx, "creator.coin.gone")
}

func stateTone(state lighthouse.CoinState) string {
	switch state {
	case lighthouse.Confirmed, lighthouse.Taken:
		return "good"
	case lighthouse.Seen, lighthouse.Leaving:
		return "wait"
	}
	return ""
}

// stageName is what people call the stage.
func stageName(ctx context.Context, s campaign.Standing) string {
	switch s {
	case campaign.Hidden:
		return i18n.T(ctx, "creator.stage.draft")
	case campaign.Soon:
		return i18n.T(ctx, "creator.stage.soon")
	case campaign.Going:
		return i18n.T(ctx, "creator.stage.going")
	case campaign.Reached:
		return i18n.T(ctx, "creator.stage.reached")
	case campaign.Over:
		return i18n.T(ctx, "creator.stage.over")
	case campaign.Collecting:
		return i18n.T(ctx, "creator.stage.collecting")
	case campaign.Funded:
		return i18n.T(ctx, "creator.stage.funded")
	}
	return i18n.T(ctx, "creator.stage.missed")
}

// doneSentence tells what was done just now.
func doneSentence(ctx context.Context, d Done) string {
	switch d {
	case DoneSaved:
		return i18n.T(ctx, "creator.done.saved")
	case DoneAnnounced:
		return i18n.T(ctx, "creator.done.announced")
	case DoneOpened:
		return i18n.T(ctx, "creator.done.opened")
	case DoneClosed:
		return i18n.T(ctx, "creator.done.closed")
	case DonePosted:
		return i18n.T(ctx, "creator.done.posted")
	case DoneClaimed:
		return i18n.T(ctx, "creator.done.claimed")
	case DoneMined:
		return i18n.T(ctx, "creator.done.mined")
	case DoneKept:
		return i18n.T(ctx, "desks.done.kept")
	case DoneLetGo:
		return i18n.T(ctx, "desks.done.let-go")
	}
	return i18n.T(ctx, "creator.done.hidden")
}

// claimSteps are the way of the claim.
func (v DeskView) claimSteps(ctx context.Context) []ui.Step {
	c := v.Claim
	made := ui.Step{State: ui.StepDone, Text: ui.Text(i18n.T(ctx, "creator.claim.made")), Note: ui.Moment(c.At)}
	sent := ui.Step{State: ui.StepNow, Text: ui.Text(i18n.T(ctx, "creator.claim.sent"))}
	held := ui.Step{State: ui.StepComing, Text: ui.Text(i18n.T(ctx, "creator.claim.held"))}
	deep := ui.Step{State: ui.StepComing, Text: ui.Text(i18n.T(ctx, "creator.claim.deep", "Needed", c.Needed))}
	switch c.State {
	case lighthouse.Rebuilding:
		made.State = ui.StepNow
		made.Text = ui.Text(i18n.T(ctx, "creator.claim.rebuilding"))
		sent.State = ui.StepComing
	case lighthouse.InBlock:
		sent.State, held.State = ui.StepDone, ui.StepDone
		held.Note = ui.Text(i18n.T(ctx, "creator.claim.block", "Height", i18n.Number(int64(c.Block.Height))))
		deep.State = ui.StepNow
		if c.Confirmations >= c.Needed {
			deep.State = ui.StepDone
		}
		deep.Text = ui.Text(i18n.T(ctx, "creator.claim.depth", "Have", min(c.Confirmations, c.Needed), "Needed", c.Needed))
	case lighthouse.Failed:
		made.State = ui.StepComing
		sent.State = ui.StepComing
	}
	return []ui.Step{made, sent, held, deep}
}

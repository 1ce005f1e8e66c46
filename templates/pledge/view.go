// Package pledge is the backer's side of a campaign: the page with the three
// ways to pledge, the page of one pledge, the list of one's own, and the page
// from which pledged coins are sent home after the date.
package pledge

import (
	"context"
	"io"
	"strconv"
	"time"

	"cairn/lighthouse"
	"cairn/lighthouse/refund"
	"cairn/templates/campaign"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"

	"github.com/a-h/templ"
	"github.com/btcsuite/btcd/btcutil"
)

// CampaignPath is the page of a campaign.
func CampaignPath(id lighthouse.ID) string { return campaign.Path(id) }

// FormPath is where one pledges to a campaign.
func FormPath(id lighthouse.ID) string { return CampaignPath(id) + "/pledge" }

// RefundsPath is the page from which a campaign's coins are sent home.
func RefundsPath(id lighthouse.ID) string { return CampaignPath(id) + "/refunds" }

// DeskPath is the list of one's own pledges.
const DeskPath = "/pledges"

// Path is the page of one pledge, by the secret of its owner.
func Path(key lighthouse.Key) string { return DeskPath + "/" + key.Text() }

// Form is the page with the three ways to pledge.
type Form struct {
	Meta     layout.Meta
	Campaign lighthouse.Campaign
	// Open is set while pledges are taken, and Full when not even one that waits
	// could be kept.
	Open, Full bool
	// Missing is what is left to be pledged; 0 when a pledge made now waits its
	// turn. Least is the smallest that is taken, and Slots how many more one
	// transaction can hold.
	Missing, Least btcutil.Amount
	Slots          int
	Clock          campaign.Clock
	// Match is the stretch level in which alone the pledge shall count, as that
	// of a sponsor; 0 for an ordinary one.
	Match int
	// Contracts are the goal and the stretch levels in hexadecimal, for the
	// wallet in the page; with Match that level alone.
	Contracts []string
	Typed     Typed
	// Wrong are sentences by the name of the field they stand beside; "" is for
	// those of no field.
	Wrong map[string]string
	// Requests are what another wallet is to sign, the goal first; none before a
	// coin was named.
	Requests []Request
}

// Typed is what was typed into the form, so that no mistake costs it.
type Typed struct {
	Amount        btcutil.Amount
	Name, Message string
	// Coin names the coin of another wallet, Previous is the transaction that
	// made it, and Height a block about then.
	Coin, Previous, Height string
	// Signed is what came back from another wallet, and Pledge a pledge file,
	// as pasted.
	Signed, Pledge string
}

// Request is one PSBT to be signed.
type Request struct {
	Level int
	// Title is the level's; empty for the goal.
	Title string
	// Base64 is the PSBT as text.
	Base64 string
	// Alone: legacy coins are asked for without the other backers' input.
	Alone bool
}

// scannable is the longest text that a phone reads off a screen without
// trouble, in characters.
const scannable = 1200

func (r Request) fits() bool { return len(r.Base64) <= scannable }

// step is by how much the amount grows: a share, or a satoshi.
func (v Form) step() btcutil.Amount { return max(v.Campaign.Terms.Multiple, 1) }

// least is the smallest pledge, in whole shares.
func (v Form) least() btcutil.Amount { return up(max(v.Least, 1), v.step()) }

// most is where the slider ends: at what is missing, or, with the goal reached,
// at ten times the least.
func (v Form) most() btcutil.Amount {
	if v.Missing > v.least() {
		return up(v.Missing, v.step())
	}
	return v.least() * 10
}

// amount is what the form starts with: what was typed, or a modest sum.
func (v Form) amount() btcutil.Amount {
	if v.Typed.Amount > 0 {
		return v.Typed.Amount
	}
	return min(up(max(v.least(), round(v.Missing/10)), v.step()), v.most())
}

// matched names the level of Match.
func (v Form) matched() string {
	level := v.Campaign.Terms.Levels[v.Match]
	if level.Title != "" {
		return level.Title
	}
	return sats(level.Goal)
}

func (v Form) shares() bool { return v.Campaign.Terms.Multiple > 0 }

func (v Form) firm() bool { return len(v.Campaign.Terms.Keeper) > 0 }

func (v Form) levels() []lighthouse.Level { return v.Campaign.Terms.Levels }

func (v Form) wrong(field string) string { return v.Wrong[field] }

func up(amount, step btcutil.Amount) btcutil.Amount { return (amount + step - 1) / step * step }

// round cuts an amount to its first digit: 48,730 is 40,000.
func round(amount btcutil.Amount) btcutil.Amount {
	scale := btcutil.Amount(1)
	for amount/scale >= 10 {
		scale *= 10
	}
	return amount / scale * scale
}

// sats is an amount as plain text.
func sats(amount btcutil.Amount) string { return i18n.Number(int64(amount)) + " sat" }

// btc is the same amount in bitcoin, without trailing noise.
func btc(amount btcutil.Amount) string {
	return strconv.FormatFloat(amount.ToBTC(), 'f', -1, 64) + " BTC"
}

// Pledge is the page of one pledge, for its owner.
type Pledge struct {
	Meta     layout.Meta
	Key      lighthouse.Key
	Campaign lighthouse.Campaign
	Pledge   lighthouse.Pledge
	// Checked is the block up to which the coin was looked at.
	Checked int32
	Clock   campaign.Clock
	// Fresh is set right after it was handed in.
	Fresh bool
	// Reached: there is enough for the goal, of which this pledge is a part or
	// which it waits behind.
	Reached bool
	// Proof is the latest notarised list that the pledge is in; nil for none
	// yet.
	Proof *Proof
	// Wrong is by field, as in Form; Name and Message are what was typed then.
	Wrong         map[string]string
	Name, Message string
	Saved         bool
	// Link is the page's own address, whole.
	Link string
	// HasReceipt: this server signs receipts.
	HasReceipt bool
}

// Proof says that the pledge is in a list whose fingerprint was notarised.
type Proof struct {
	At   time.Time
	Size int
	// Stamp is the page of the notarised root.
	Stamp string
}

// Path is the page's own path.
func (v Pledge) Path() string { return Path(v.Key) }

// confirmations are those of the pledged coin.
func (v Pledge) confirmations() int32 {
	if v.Pledge.Created.Height == 0 {
		return 0
	}
	return max(v.Checked-v.Pledge.Created.Height+1, 0)
}

// live: the coin is still the owner's, pledged, and can be taken back.
func (v Pledge) live() bool {
	return v.Pledge.State == lighthouse.Seen || v.Pledge.State == lighthouse.Confirmed
}

// changeable: texts and amount can be changed.
func (v Pledge) changeable() bool { return v.live() && v.Campaign.Stage == lighthouse.Open }

// due: the refund can be sent: a lock time is a height that has to be below that
// of the block.
func (v Pledge) due() bool {
	return v.Pledge.Refund != nil && v.live() && v.Checked >= int32(v.Campaign.Terms.RefundHeight())
}

func (v Pledge) tone() ui.Tone {
	if v.changed() {
		return ui.Wait
	}
	switch v.Pledge.State {
	case lighthouse.Confirmed, lighthouse.Taken:
		return ui.Good
	case lighthouse.Spent, lighthouse.Gone:
		return ui.Bad
	}
	return ui.Wait
}

// title says how the pledge is.
func (v Pledge) title(ctx context.Context) string {
	if v.changed() {
		return i18n.T(ctx, "pledge.state.changed")
	}
	return stateTitle(ctx, v.Pledge.State)
}

// changed: its coin has gone into another pledge of the same owner.
func (v Pledge) changed() bool {
	return v.Pledge.Replaced && (v.Pledge.State == lighthouse.Leaving || v.Pledge.State == lighthouse.Spent)
}

// Title is the page's title.
func (v Pledge) Title(ctx context.Context) string { return v.title(ctx) }

func stateTitle(ctx context.Context, state lighthouse.CoinState) string {
	switch state {
	case lighthouse.Seen:
		return i18n.T(ctx, "pledge.state.seen")
	case lighthouse.Confirmed:
		return i18n.T(ctx, "pledge.state.confirmed")
	case lighthouse.Leaving:
		return i18n.T(ctx, "pledge.state.leaving")
	case lighthouse.Spent:
		return i18n.T(ctx, "pledge.state.spent")
	case lighthouse.Taken:
		return i18n.T(ctx, "pledge.state.taken")
	}
	return i18n.T(ctx, "pledge.state.gone")
}

// text says what that means.
func (v Pledge) text(ctx context.Context) string {
	if v.changed() {
		return i18n.T(ctx, "pledge.state.changed.text")
	}
	switch v.Pledge.State {
	case lighthouse.Seen:
		return i18n.T(ctx, "pledge.state.seen.text")
	case lighthouse.Confirmed:
		switch {
		case v.Campaign.Stage == lighthouse.Closed:
			return i18n.T(ctx, "pledge.state.closed.text")
		case v.Reached:
			return i18n.T(ctx, "pledge.state.reached.text")
		}
		return i18n.T(ctx, "pledge.state.confirmed.text")
	case lighthouse.Leaving:
		if v.Campaign.Stage == lighthouse.Claimed {
			return i18n.T(ctx, "pledge.state.claiming.text")
		}
		return i18n.T(ctx, "pledge.state.leaving.text")
	case lighthouse.Spent:
		return i18n.T(ctx, "pledge.state.spent.text")
	case lighthouse.Taken:
		return i18n.T(ctx, "pledge.state.taken.text")
	}
	return i18n.T(ctx, "pledge.state.gone.text")
}

// Desk is the list of one's own pledges, which only the browser knows.
type Desk struct {
	Meta layout.Meta
	// Link is what was typed, and Wrong what is wrong with it.
	Link, Wrong string
}

// Refunds is the page from which a campaign's coins are sent home.
type Refunds struct {
	Meta     layout.Meta
	Campaign lighthouse.Campaign
	Tip      int32
	Clock    campaign.Clock
	Rows     []RefundRow
	// Sent is how many were sent just now; -1 for none asked for.
	Sent  int
	Wrong string
}

// RefundRow is one pledged coin with its way home.
type RefundRow struct {
	ID     lighthouse.PledgeID
	Name   string
	Amount btcutil.Amount
	State  refund.State
}

// due: the date has come.
func (v Refunds) due() bool { return v.Tip >= int32(v.Campaign.Terms.RefundHeight()) }

// open counts those that can be sent.
func (v Refunds) open() (count int64) {
	for _, r := range v.Rows {
		if r.State == refund.Due {
			count++
		}
	}
	return count
}

func (r RefundRow) words(ctx context.Context) string {
	switch r.State {
	case refund.None:
		return i18n.T(ctx, "pledge.refund.none")
	case refund.Waiting:
		return i18n.T(ctx, "pledge.refund.waiting")
	case refund.Due:
		return i18n.T(ctx, "pledge.refund.due")
	case refund.Sent:
		return i18n.T(ctx, "pledge.refund.sent")
	case refund.Home:
		return i18n.T(ctx, "pledge.refund.home")
	}
	return i18n.T(ctx, "pledge.refund.moved")
}

// Over: nothing changes any more.
func (v Pledge) Over() bool {
	return (v.Pledge.State == lighthouse.Spent || v.Pledge.State == lighthouse.Taken) && v.Checked-v.Pledge.SpentAt.Height >= settled
}

// settled is how deep a block has to lie for nobody to expect it to be undone.
const settled = 6

// Everything is all there is of a pledge, for one file.
type Everything struct {
	Pledge
	Lang     string
	Document string
	Refund   string // hexadecimal; empty for none
	Labels   string
	Receipt  string // empty for none
	Link     string
}

// home is when the coins of a campaign may be sent home: a day, or a block where
// blocks keep no time.
func home(clock campaign.Clock, terms lighthouse.Terms) templ.Component {
	height := int32(terms.RefundHeight())
	if clock.Every > 0 {
		return ui.Day(clock.At(height))
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Text(i18n.T(ctx, "pledge.at-block", "Height", i18n.Number(int64(height)))).Render(ctx, w)
	})
}

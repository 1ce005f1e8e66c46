// Package campaign holds the public pages of crowdfunding: the list to
// discover campaigns in, a campaign's own page, and the pictures other pages
// share with it: the pile that grows to its line, the bar, the card.
package campaign

import (
	"time"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
)

// View is what a campaign's page shows.
type View struct {
	Meta     layout.Meta
	Campaign lighthouse.Campaign
	// Cover is the picture; the zero value draws one.
	Cover    Cover
	Progress lighthouse.Progress
	// Claim is nil while none was made.
	Claim *Claim
	// Backers are the first of those who pledged, and Updates and Comments the
	// newest.
	Backers  Backers
	Updates  []lighthouse.Update
	Comments Comments
	// Followers is how many wait for it to open; counted before only.
	Followers int
	// Roots are the notarised states of its pledges, the newest first.
	Roots []Root
	// Matches are the sponsors' promises that count in one level only.
	Matches []Match
	Clock   Clock
	// Origin is how the world reaches the site, such as "https://cairn.example".
	Origin string
	// Preview says that its creator alone sees this, and Desk is where he came
	// from.
	Preview bool
	Desk    string
	// CanFollow: whoever looks can be counted as waiting.
	CanFollow bool
	// CanRefund: there is a page of refunds.
	CanRefund bool
	// Files are what can be taken away.
	Files []File
	// Followed, Said: what a form did just now.
	Followed, Said bool
	// Draft is what somebody tried to say, with what is wrong with it.
	Draft CommentDraft
}

// Sort is the order of a list of backers.
type Sort string

// The orders.
const (
	Largest  Sort = "largest"
	Earliest Sort = "oldest"
	Newest   Sort = "newest"
)

// Sorts are all orders, the first of which is used when none is asked for.
var Sorts = []Sort{Newest, Largest, Earliest}

// ParseSort reads an order; anything unknown is the first.
func ParseSort(text string) Sort {
	for _, s := range Sorts {
		if text == string(s) {
			return s
		}
	}
	return Sorts[0]
}

// Backers are a part of those who pledged.
type Backers struct {
	Sort  Sort
	Count int // of all
	List  []Backer
	// Next is the number of the next part; 0 for none.
	Next int
}

// Backer is one pledge, as the public sees it: never which coin.
type Backer struct {
	// Name and Message may be empty.
	Name, Message string
	Amount        btcutil.Amount
	At            time.Time
	State         lighthouse.CoinState
	Firm          bool
}

// Comments are the newest under a campaign.
type Comments struct {
	Count int // of all
	List  []lighthouse.Comment
	// Next is the comment before which the older ones are; 0 for none.
	Next int64
}

// CommentDraft is a comment that could not be taken, or is not signed yet.
type CommentDraft struct {
	Name, Text string
	// Pledge is the secret link of a pledge, or its number; Signature is by its
	// coin over Sign, which is empty while nothing is to be signed.
	Pledge, Signature, Sign string
	Wrong                   string
}

// open: the form is to be seen at once.
func (d CommentDraft) open() bool { return d.Wrong != "" || d.Sign != "" }

// Root is the state of all pledges at a time, notarised.
type Root struct {
	// Hash is the root in hexadecimal, and Path its proof's page.
	Hash, Path string
	At         time.Time
	Pledges    int
}

// Match is what a sponsor adds if a level is reached.
type Match struct {
	Level  int
	Name   string
	Amount btcutil.Amount
}

// File is something to take away; Download says that no page shows it.
type File struct {
	Path, Label string
	Download    bool
}

// Clock tells heights as times.
type Clock struct {
	Now time.Time
	Tip chain.BlockRef
	// Every is how far apart blocks are as a rule; 0 where they come by hand, and
	// heights are not told as times.
	Every time.Duration
}

// At is when a block is expected, or about was.
func (c Clock) At(height int32) time.Time {
	return c.Now.Add(time.Duration(height-c.Tip.Height) * c.Every)
}

// Left is how many blocks are to come up to a height.
func (c Clock) Left(height int32) int32 { return max(0, height-c.Tip.Height) }

// Path is the address of a campaign's page.
func Path(id lighthouse.ID) string { return "/campaigns/" + id.String() }

func (v View) path() string       { return Path(v.Campaign.ID) }
func (v View) pledgePath() string { return v.path() + "/pledge" }
func (v View) eventsPath() string { return v.path() + "/events" }
func (v View) feedPath() string   { return v.path() + "/updates.atom" }
func (v View) refundPath() string { return v.path() + "/refunds" }

// lang is the language the campaign is written in.
func (v View) lang() string { return v.Campaign.Language }

// Standing is how a campaign stands, as its page tells it.
type Standing string

// The standings.
const (
	// Hidden: only its creator sees it.
	Hidden Standing = "hidden"
	// Soon: announced, not open yet.
	Soon Standing = "soon"
	// Going: it takes pledges and has not reached its goal.
	Going Standing = "going"
	// Reached: it takes pledges and has reached its goal.
	Reached Standing = "reached"
	// Over: it takes no more pledges, and can still be claimed.
	Over Standing = "over"
	// Collecting: the claim is on its way.
	Collecting Standing = "collecting"
	// Funded: a block holds the claim.
	Funded Standing = "funded"
	// Missed: it ended without a claim.
	Missed Standing = "missed"
)

// Standing tells how the campaign stands.
func (v View) Standing() Standing {
	return StandingOf(v.Campaign, v.Progress, v.Claim, v.Clock.Tip.Height)
}

// StandingOf tells how a campaign stands at a tip.
func StandingOf(c lighthouse.Campaign, p lighthouse.Progress, claim *Claim, tip int32) Standing {
	switch c.Stage {
	case lighthouse.Draft:
		return Hidden
	case lighthouse.Announced:
		return Soon
	case lighthouse.Claimed:
		if claim != nil && claim.State == lighthouse.InBlock {
			return Funded
		}
		return Collecting
	case lighthouse.Closed:
		if p.Level >= 0 && tip < int32(c.Terms.RefundHeight()) {
			return Over
		}
		return Missed
	}
	if p.Level >= 0 {
		return Reached
	}
	return Going
}

// Moving says that the page has something to follow.
func (v View) Moving() bool {
	switch v.Standing() {
	case Going, Reached, Over, Collecting:
		return true
	case Funded:
		return v.Claim.Confirmations < v.Claim.Needed
	}
	return false
}

// level is the one the bar is measured by: the first that is not reached, or
// the highest.
func (v View) level() int {
	return min(v.Progress.Level+1, len(v.Campaign.Terms.Levels)-1)
}

// Bar is the bar of the campaign's progress.
func (v View) Bar() Bar {
	if v.Claim != nil {
		taken := v.Claim.Taken()
		return Bar{Confirmed: taken, Goal: taken}
	}
	return Bar{
		Firm: v.Progress.Firm.Amount, Confirmed: v.Progress.Confirmed.Amount, Pending: v.Progress.Pending.Amount,
		Goal: v.Campaign.Terms.Levels[v.level()].Goal,
	}
}

package lighthouse

import (
	"time"

	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
)

// Stage is how far a campaign has come.
type Stage string

// The stages. Draft may return to nothing else; Announced may be skipped;
// Claimed and Closed are undone by a reorganisation of the chain only.
const (
	// Draft: only its creator sees it.
	Draft Stage = "draft"
	// Announced: it can be seen and followed, and not be pledged to yet.
	Announced Stage = "announced"
	// Open: it takes pledges.
	Open Stage = "open"
	// Claimed: a claim was sent; Claim says how deep it is.
	Claimed Stage = "claimed"
	// Closed: it ended without a claim: its date passed, or its creator ended it.
	Closed Stage = "closed"
)

// RefundAfter is how many blocks after the deadline refunds may be sent: a day
// for a claim to be confirmed.
const RefundAfter = 144

// Campaign is what its creator says, and what pledges sign.
type Campaign struct {
	ID       ID
	Stage    Stage
	Text     Text
	Creator  Creator
	Terms    Terms
	Language string // "en", "zh-Hans"
	Category string // one of Categories
	// Cover names the picture; empty for none.
	Cover string
	// Example marks a living example of the sandbox.
	Example                        bool
	CreatedAt, OpenedAt, ChangedAt time.Time // OpenedAt is zero before
	// Frozen: there was a pledge, so that Terms are fixed for ever.
	Frozen bool
	// Withdrawn: it is Closed because its creator ended it, not its date.
	Withdrawn bool
	// TakenDown: the operator of the site shows it no more, and it takes no more
	// pledges; those it has, and what is pledged to it, are as they were.
	TakenDown bool
	// Version counts the changes its creator made, from 1; whoever changes it
	// says which one he has read.
	Version int
	// HTML is what the Markdown in Text comes to.
	HTML HTML
}

// HTML is Markdown rendered and made safe: nothing in it runs, is loaded from
// elsewhere, or looks other than the page around it. Headings begin at h3.
type HTML struct {
	Story, Risks string
	Answers      []string // in the order of Text.FAQ
}

// Categories of campaigns, for the page that lists them.
var Categories = []string{"art", "books", "community", "education", "film", "games", "music", "open-source", "science", "other"}

// Text is what people read. Story, Risks, answers are Markdown; Title and
// Tagline are plain.
type Text struct {
	Title, Tagline string
	Story, Risks   string
	Budget         []BudgetLine
	FAQ            []Question
}

// BudgetLine is what a part of the money is for.
type BudgetLine struct {
	For    string
	Amount btcutil.Amount
}

// Question is one that is asked often, with its answer.
type Question struct{ Asks, Answer string }

// Creator is who asks for money.
type Creator struct {
	Name, Contact string
	// PublicKey is the creator's key (BIP-0340, 32 bytes), under which the
	// campaign's file is signed; nil for a campaign signed by this server alone.
	PublicKey []byte
}

// Terms are what pledges sign and are measured by. They change with every
// revision until the first pledge and never after.
type Terms struct {
	Revision int // from 1
	// Levels are the goal and then the stretch levels, each more than the one
	// before; at most 20 (a coin is signed for each of them).
	Levels []Level
	// Least is the smallest pledge the creator wants; 0 for whatever the
	// network allows.
	Least btcutil.Amount
	// Multiple is the price of one share, such as a ticket; 0 for any amount.
	Multiple btcutil.Amount
	// Deadline is the last block in which pledges are taken, and DeadlineAt when
	// it was expected as the terms were made. Deadline is 0 in a draft that was
	// never shown: it is counted from the block at that moment.
	Deadline   int32
	DeadlineAt time.Time
	// DeadlineIn is set when the creator counts in blocks instead of days, as on
	// the devnet, whose blocks keep no time: so many after it is first shown.
	DeadlineIn int32
	// AtDeadline: the contract cannot be claimed before the deadline (its lock
	// time says so).
	AtDeadline bool
	// ByItself: Cairn claims as soon as it can; else the creator does.
	ByItself bool
	// Keeper, if set, is the key (33 bytes) that signs firm pledges together
	// with their owners; they can be taken back from RefundHeight on.
	Keeper []byte
}

// RefundHeight is the block from which pledged coins can be sent home by
// anybody, and firm pledges be taken back.
func (t Terms) RefundHeight() uint32 { return uint32(t.Deadline) + RefundAfter }

// Goal is what the campaign has to reach.
func (t Terms) Goal() btcutil.Amount { return t.Levels[0].Goal }

// Level is the goal, or a stretch level: all of it or nothing.
type Level struct {
	Title         string // empty for the goal itself
	Beneficiaries []Beneficiary
	// Reserve is what of Goal is for the network fee of the claim.
	Reserve btcutil.Amount
	// Goal is what pledges have to add up to: all beneficiaries and Reserve.
	Goal btcutil.Amount
	// Contract is what pledges sign; nil in a draft that was never shown.
	Contract *contract.Contract
}

// Net is what the beneficiaries get.
func (l Level) Net() (net btcutil.Amount) {
	for _, b := range l.Beneficiaries {
		net += b.Amount
	}
	return net
}

// Beneficiary is one who is paid by the claim.
type Beneficiary struct {
	Name, Address string
	Amount        btcutil.Amount
}

// Update is news from the creator.
type Update struct {
	ID          int64
	Title, Text string // Text is Markdown
	HTML        string // Text rendered; see HTML
	At          time.Time
}

// Comment is what somebody says under a campaign.
type Comment struct {
	ID         int64
	Name, Text string // plain
	At         time.Time
	// Backer: proven by a signature of the pledged coin's key (BIP-0322).
	Backer bool
	// ByCreator: written with the creator's key.
	ByCreator bool
	// Hidden: the creator has hidden it; nobody else is shown its words.
	Hidden bool
}

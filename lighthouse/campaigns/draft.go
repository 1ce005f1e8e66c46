package campaigns

import (
	"time"

	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
)

// Limits of what a creator writes: characters of texts, and how many there may
// be of a thing.
const (
	MaxTitle    = 80
	MaxTagline  = 160
	MaxStory    = 50_000
	MaxRisks    = 10_000
	MaxName     = 60 // of a creator, a beneficiary or a commenter
	MaxContact  = 200
	MaxBudget   = 20
	MaxFor      = 120
	MaxFAQ      = 30
	MaxAsks     = 200
	MaxAnswer   = 3_000
	MaxLevels   = 20 // the goal and 19 beyond it
	MaxLevel    = 80
	MaxUpdate   = 20_000
	MaxUpdates  = 200
	MaxComment  = 2_000
	MaxComments = 10_000
)

// Languages a campaign may be written in.
var Languages = []string{"en", "zh-Hans"}

// Draft is a campaign as its creator writes it. In Create, and while it was
// never shown, anything may be missing.
type Draft struct {
	// Version is the Campaign.Version that an edit was made from; not looked at
	// by Create.
	Version int

	Text     lighthouse.Text
	Creator  lighthouse.Creator
	Language string // empty is "en"
	Category string // empty is "other"
	Cover    string

	// Levels are the goal and the stretch levels.
	Levels []Level
	// Least, Multiple, AtDeadline and ByItself are as in lighthouse.Terms.
	Least, Multiple      btcutil.Amount
	AtDeadline, ByItself bool
	// Firm allows firm pledges.
	Firm bool
	// Deadline is when pledges end, to be turned into a block; or DeadlineIn is
	// so many blocks after the campaign is first shown.
	Deadline   time.Time
	DeadlineIn int32
	// Example marks a living example of the sandbox.
	Example bool
}

// Level is the goal, or a stretch level, of a draft.
type Level struct {
	Title         string
	Beneficiaries []lighthouse.Beneficiary
	// Reserve is for the network fee of the claim; 0 for what DefaultReserve
	// says.
	Reserve btcutil.Amount
}

// DraftOf is a campaign as its creator would edit it.
func DraftOf(c lighthouse.Campaign) Draft {
	d := Draft{
		Version: c.Version, Text: c.Text, Creator: c.Creator, Language: c.Language, Category: c.Category, Cover: c.Cover,
		Least: c.Terms.Least, Multiple: c.Terms.Multiple, AtDeadline: c.Terms.AtDeadline, ByItself: c.Terms.ByItself,
		Firm: c.Terms.Keeper != nil, Deadline: c.Terms.DeadlineAt, DeadlineIn: c.Terms.DeadlineIn, Example: c.Example,
	}
	if d.DeadlineIn > 0 {
		d.Deadline = time.Time{}
	}
	for _, l := range c.Terms.Levels {
		d.Levels = append(d.Levels, Level{Title: l.Title, Beneficiaries: l.Beneficiaries, Reserve: l.Reserve})
	}
	return d
}

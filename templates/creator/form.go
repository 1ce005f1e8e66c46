package creator

import (
	"fmt"
	"strings"
	"time"

	"cairn/lighthouse"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
)

// The most rows of each kind that a form takes.
const (
	MaxPayees = 10
	MaxBudget = 20
	MaxFAQ    = 30
	MaxLevels = 19
)

// Form is what was typed, word for word, so that nothing of it is lost when
// some of it has to be mended.
type Form struct {
	Title, Tagline, Category, Language string
	Story, Risks                       string
	Name, Contact                      string
	Payees                             []Payee
	Budget                             []Budget
	FAQ                                []lighthouse.Question
	Levels                             []Level
	// Deadline is a day, "2026-12-24"; Blocks is for the sandbox, and counts
	// before it.
	Deadline, Blocks string
	Least, Multiple  string
	// When is "now" or "deadline", and Who "cairn" or "me".
	When, Who string
	Firm      bool
}

// Payee is one who is paid.
type Payee struct{ Name, Address, Amount string }

// Budget is a line of the budget.
type Budget struct{ For, Amount string }

// Level is a stretch level: Amount is what the beneficiaries get of it in all,
// and Address where the part beyond the goal goes; empty for the first payee's.
type Level struct{ Title, Amount, Address string }

// Blank is the form as it is met first.
func Blank(lang string) Form {
	return Form{
		Language: lang, Category: lighthouse.Categories[len(lighthouse.Categories)-1], When: "now", Who: "me",
		Payees: []Payee{{}}, Budget: []Budget{{}, {}}, FAQ: []lighthouse.Question{{}},
	}
}

// FormView is the page of the form.
type FormView struct {
	Meta layout.Meta
	Form Form
	// Action is where the form goes. Desk is the way back to the campaign's desk;
	// empty for a campaign that does not exist yet.
	Action, Desk string
	// Mistakes are sentences by the name of the field they are about; General
	// is one about none.
	Mistakes map[string]string
	General  string
	// Version is what the form was filled from, to see whether another window
	// has changed it meanwhile.
	Version int
	// Frozen: there are pledges, so that only the questions and the contact may
	// change.
	Frozen bool
	// Sandbox offers a deadline in blocks.
	Sandbox bool
	// Wallet offers an address of the wallet in the page.
	Wallet bool
	// Firm pledges can be kept here.
	Firm bool
	// Cover names the picture that is there, and Picture is its path; empty for
	// none.
	Cover, Picture string
	// Reserve is what the network fee of the claim is thought to be.
	Reserve btcutil.Amount
	// Earliest and Latest day of the deadline.
	Earliest, Latest time.Time
	// Changed is when what the server has was written; zero for never.
	Changed time.Time
}

// has says whether a section has anything in it, so that it opens.
func (f Form) hasFAQ() bool {
	for _, q := range f.FAQ {
		if q.Asks != "" || q.Answer != "" {
			return true
		}
	}
	return false
}

func (f Form) hasLevels() bool { return len(f.Levels) > 0 }

func (f Form) hasLimits() bool {
	return f.Least != "" || f.Multiple != "" || f.Firm || f.When == "deadline" || f.Who == "cairn"
}

// wrong reports whether any field of a section is to be mended.
func (v FormView) wrong(prefixes ...string) bool {
	for field := range v.Mistakes {
		for _, p := range prefixes {
			if field == p || strings.HasPrefix(field, p+"-") {
				return true
			}
		}
	}
	return false
}

// id is that of a row's field.
func id(name string, row int) string { return fmt.Sprintf("%s-%d", name, row) }

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// FormOf is the form of a campaign that exists.
func FormOf(c lighthouse.Campaign) Form {
	f := Form{
		Title: c.Text.Title, Tagline: c.Text.Tagline, Category: c.Category, Language: c.Language,
		Story: c.Text.Story, Risks: c.Text.Risks, Name: c.Creator.Name, Contact: c.Creator.Contact,
		FAQ: c.Text.FAQ, Least: typedSats(c.Terms.Least), Multiple: typedSats(c.Terms.Multiple),
		When: "now", Who: "me", Firm: c.Terms.Keeper != nil,
	}
	if c.Terms.AtDeadline {
		f.When = "deadline"
	}
	if c.Terms.ByItself {
		f.Who = "cairn"
	}
	switch {
	case c.Terms.DeadlineIn > 0:
		f.Blocks = fmt.Sprint(c.Terms.DeadlineIn)
	default:
		f.Deadline = day(c.Terms.DeadlineAt)
	}
	for _, b := range c.Text.Budget {
		f.Budget = append(f.Budget, Budget{For: b.For, Amount: typedSats(b.Amount)})
	}
	goal := 0
	for n, l := range c.Terms.Levels {
		if n == 0 {
			for _, b := range l.Beneficiaries {
				f.Payees = append(f.Payees, Payee{Name: b.Name, Address: b.Address, Amount: typedSats(b.Amount)})
			}
			goal = len(l.Beneficiaries)
			continue
		}
		level := Level{Title: l.Title, Amount: typedSats(l.Net())}
		if len(l.Beneficiaries) > goal {
			level.Address = l.Beneficiaries[len(l.Beneficiaries)-1].Address
		}
		f.Levels = append(f.Levels, level)
	}
	blank := Blank(f.Language)
	if len(f.Payees) == 0 {
		f.Payees = blank.Payees
	}
	if len(f.Budget) == 0 {
		f.Budget = blank.Budget
	}
	if len(f.FAQ) == 0 {
		f.FAQ = blank.FAQ
	}
	return f
}

// typedSats is an amount as people type it; nothing for 0.
func typedSats(a btcutil.Amount) string {
	if a == 0 {
		return ""
	}
	return sats(a)
}

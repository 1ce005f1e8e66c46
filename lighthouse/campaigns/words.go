package campaigns

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cairn/app/db"
	"cairn/lighthouse"
)

// maxBytes bounds a text before it is looked at character by character.
const maxBytes = 4 * MaxStory

// line cleans a text of one line: no control characters, none that turn the
// direction of writing or cannot be seen, single spaces.
func line(s string) string {
	return strings.Join(strings.Fields(visible(s, false)), " ")
}

// paragraphs cleans a text of several lines.
func paragraphs(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return strings.TrimSpace(visible(s, true))
}

// visible drops control characters and the marks that make a text look other
// than it is (Unicode's bidirectional controls); tabs and new lines stay where
// they are allowed, and are spaces elsewhere.
func visible(s string, lines bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			if lines {
				return r
			}
			return ' '
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			return -1
		}
		return r
	}, db.CleanText(s))
}

// length counts characters, as people do who are told of a limit.
func length(s string) int {
	if len(s) > maxBytes {
		return len(s)
	}
	return utf8.RuneCountInString(s)
}

// cleaned is a draft with its texts cleaned, and what was not chosen chosen. It
// shares nothing with the draft it came from. Rows that are empty stay, so that
// faults are found at the place where they are.
func cleaned(d Draft) Draft {
	t := &d.Text
	t.Title, t.Tagline, t.Story, t.Risks = line(t.Title), line(t.Tagline), paragraphs(t.Story), paragraphs(t.Risks)
	t.Budget, t.FAQ = slices.Clone(t.Budget), slices.Clone(t.FAQ)
	for i, b := range t.Budget {
		t.Budget[i].For = line(b.For)
	}
	for i, q := range t.FAQ {
		t.FAQ[i] = lighthouse.Question{Asks: line(q.Asks), Answer: paragraphs(q.Answer)}
	}
	d.Creator.Name, d.Creator.Contact = line(d.Creator.Name), line(d.Creator.Contact)
	d.Creator.PublicKey = slices.Clone(d.Creator.PublicKey)
	if d.Language == "" {
		d.Language = Languages[0]
	}
	if d.Category == "" {
		d.Category = lighthouse.Categories[len(lighthouse.Categories)-1]
	}
	d.Levels = slices.Clone(d.Levels)
	for i, l := range d.Levels {
		d.Levels[i].Title = line(l.Title)
		d.Levels[i].Beneficiaries = slices.Clone(l.Beneficiaries)
		for j, b := range l.Beneficiaries {
			d.Levels[i].Beneficiaries[j] = lighthouse.Beneficiary{Name: line(b.Name), Address: strings.TrimSpace(b.Address), Amount: b.Amount}
		}
	}
	if len(d.Levels) == 0 {
		d.Levels = []Level{{}}
	}
	return d
}

// compact drops the rows of a cleaned draft that are empty.
func compact(d Draft) Draft {
	d.Text.Budget = slices.DeleteFunc(d.Text.Budget, func(b lighthouse.BudgetLine) bool { return b == lighthouse.BudgetLine{} })
	d.Text.FAQ = slices.DeleteFunc(d.Text.FAQ, func(q lighthouse.Question) bool { return q == lighthouse.Question{} })
	for i := range d.Levels {
		d.Levels[i].Beneficiaries = slices.DeleteFunc(d.Levels[i].Beneficiaries, emptyBeneficiary)
	}
	beyond := slices.DeleteFunc(d.Levels[1:], emptyLevel)
	d.Levels = d.Levels[:1+len(beyond)]
	return d
}

func emptyBeneficiary(b lighthouse.Beneficiary) bool { return b == lighthouse.Beneficiary{} }

func emptyLevel(l Level) bool {
	return l.Title == "" && l.Reserve == 0 && !slices.ContainsFunc(l.Beneficiaries, func(b lighthouse.Beneficiary) bool { return !emptyBeneficiary(b) })
}

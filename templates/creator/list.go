package creator

import (
	"context"
	"encoding/hex"
	"time"

	"cairn/lighthouse"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/ui"

	"github.com/a-h/templ"
)

// ListPath is the page of the creator's own campaigns, and NewPath that of a
// new one.
const (
	ListPath = "/campaigns/mine"
	NewPath  = "/campaigns/new"
)

// ListView is the page of the creator's own campaigns: the browser remembers
// them by itself.
type ListView struct {
	Meta layout.Meta
	// Account is what the account keeps; nil without accounts.
	Account *AccountDesks
	// Examples are desks that everybody in the sandbox may try.
	Examples []Example
}

// Example is the desk of a living example.
type Example struct{ Title, Path string }

// PosterView is a page to be printed.
type PosterView struct {
	Meta     layout.Meta
	Campaign lighthouse.Campaign
	// Link is the campaign's address, and QR its drawing.
	Link string
	QR   templ.Component
	// Ends is when pledges end; zero where blocks keep no time.
	Ends time.Time
	Back string
}

func listWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"forget": i18n.T(ctx, "creator.list.forget", ui.Places("Title")...),
	})
}

// titleOf is what a campaign is called, also before it has a name.
func titleOf(ctx context.Context, c lighthouse.Campaign) string {
	if c.Text.Title == "" {
		return i18n.T(ctx, "creator.untitled")
	}
	return c.Text.Title
}

func payeeName(ctx context.Context, b lighthouse.Beneficiary) string {
	if b.Name == "" {
		return i18n.T(ctx, "creator.claim.payee")
	}
	return b.Name
}

func contractID(l lighthouse.Level) string {
	id := l.Contract.ID()
	return hex.EncodeToString(id[:])
}

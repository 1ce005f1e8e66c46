package creator

import (
	"context"

	"cairn/lighthouse"
	"cairn/templates/i18n"
)

// Keeping is whether the account that is signed in keeps a campaign.
type Keeping string

// The ways it can be.
const (
	// NobodyKeeps: nobody is signed in, or there are no accounts.
	NobodyKeeps Keeping = ""
	// MayKeep: it does not yet.
	MayKeep Keeping = "may"
	// Kept: it does.
	Kept Keeping = "kept"
)

// Held is a campaign that the account keeps.
type Held struct {
	ID    lighthouse.ID
	Title string
	Stage lighthouse.Stage
}

// HeldPath is where the account asks for the desk of a campaign it keeps.
const HeldPath = "/campaigns/desk/open"

// SignInPath leads to where one signs in, and back to the list.
const SignInPath = "/account?next=%2Fcampaigns%2Fmine"

// AccountDesks are the campaigns that the account keeps; nil where there are no
// accounts.
type AccountDesks struct {
	SignedIn bool
	List     []Held
}

func heldTitle(ctx context.Context, h Held) string {
	if h.Title == "" {
		return i18n.T(ctx, "creator.untitled")
	}
	return h.Title
}

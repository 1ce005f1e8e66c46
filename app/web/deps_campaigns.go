package web

import (
	"context"
	"io"
	"time"

	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/pledges"
	"cairn/notary"
)

// CampaignDeps are what the public pages of crowdfunding are made of. Claims,
// Roots, Covers and Files may be nil: what they are for is then left out.
type CampaignDeps struct {
	Campaigns Campaigns
	Backing   Backing
	Claims    Claims
	Roots     Roots
	Covers    Covers
	// Files says which files of campaigns there are to take away.
	Files CampaignFiles
}

// CampaignFiles are the files there are, beside the JSON of the API.
type CampaignFiles struct {
	// Campaign: the campaign as a signed file; Opening: all pledges, once they
	// were collected; API: the campaign for programs.
	Campaign, Opening, API bool
	// Refunds: there is a page of refunds.
	Refunds bool
	// Create: there is a page to start a campaign.
	Create bool
}

// Campaigns are what creators wrote; campaigns.Service is one.
type Campaigns interface {
	// Get is a campaign that was shown, at most a second old; nothing in it may be
	// changed. Errors: lighthouse.ErrUnknown.
	Get(ctx context.Context, id lighthouse.ID) (lighthouse.Campaign, error)
	// Search lists campaigns. Errors: campaigns.ErrSort, campaigns.ErrChoice.
	Search(ctx context.Context, q campaigns.Query) (campaigns.Page, error)
	// Follow counts a browser, by a secret of its own, as waiting for a campaign.
	// Errors: lighthouse.ErrUnknown, campaigns.ErrTooFast, campaigns.ErrFull.
	Follow(ctx context.Context, id lighthouse.ID, who lighthouse.Key, from string) error
	Followers(ctx context.Context, id lighthouse.ID) (int64, error)
	// Updates are all news of one, the newest first.
	Updates(ctx context.Context, id lighthouse.ID) ([]lighthouse.Update, error)
	// Comments are what was said before the comment of that ID, or the last of all
	// for 0, the newest first; more says that there are older ones.
	Comments(ctx context.Context, id lighthouse.ID, before int64, all bool) (list []lighthouse.Comment, more bool, err error)
	CountComments(ctx context.Context, id lighthouse.ID) (int64, error)
	// Comment says something. Errors: lighthouse.ErrUnknown, campaigns.Fields,
	// campaigns.ErrNotBacker, campaigns.ErrTooFast, campaigns.ErrFull.
	Comment(ctx context.Context, id lighthouse.ID, w campaigns.Words) (lighthouse.Comment, error)
}

// Backing is what backers pledged; pledges.Service is one.
type Backing interface {
	Progress(ctx context.Context, id lighthouse.ID) (lighthouse.Progress, error)
	// List is a part of the pledges, page counting from 0.
	List(ctx context.Context, id lighthouse.ID, sort pledges.Sort, page int) (pledges.Page, error)
	// All is every pledge that ever came.
	All(ctx context.Context, id lighthouse.ID) ([]lighthouse.Pledge, error)
	// Watch is woken after the pledges may have changed.
	Watch(id lighthouse.ID) (<-chan struct{}, func())
}

// Claims are the transactions that pay; claim.Service is one.
type Claims interface {
	// Get is the claim of a campaign. Error: claim.ErrNone.
	Get(ctx context.Context, id lighthouse.ID) (lighthouse.Claim, error)
	// Watch is woken after the claim may have changed.
	Watch(id lighthouse.ID) (<-chan struct{}, func())
}

// Covers are the pictures of campaigns; covers.Covers is one.
type Covers interface {
	// Widths are those a picture is kept in, ascending, and the height of the
	// widest, in pixels; none for an unknown one.
	Widths(name string) (widths []int, height int)
	// Open reads a picture (JPEG) in one width. Errors: covers.ErrUnknown.
	Open(ctx context.Context, name string, width int) (io.ReadCloser, error)
}

// Roots are the notarised states of all pledges of a campaign.
type Roots interface {
	// Roots are the last ones, the newest first, at most so many.
	Roots(ctx context.Context, id lighthouse.ID, most int) ([]Root, error)
}

// Root is one of them.
type Root struct {
	Hash    notary.Digest
	At      time.Time
	Pledges int
}

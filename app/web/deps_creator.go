package web

import (
	"context"
	"io"

	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/pledges"
	"cairn/templates/creator"

	"github.com/btcsuite/btcd/btcutil"
)

// CreatorDeps is what the pages of creators need. Claims, Speed, Covers, Files
// and Time may be nil: what they are for is then not offered.
type CreatorDeps struct {
	Campaigns CreatorCampaigns
	Pledges   CreatorPledges
	Claims    CreatorClaims
	Speed     Speed
	Covers    CreatorCovers
	Files     CreatorFiles
	Time      Time
	// Accounts keep campaigns for those who sign in; nil for none.
	Accounts CreatorAccounts
	// Examples are the desks that everybody in the sandbox may try; nil for none.
	Examples func(ctx context.Context) ([]creator.Example, error)
	// Reserve is what the network fee of a claim is planned to be at most, for
	// the form; the campaign's own is reckoned when it is saved.
	Reserve func() btcutil.Amount
	// Firm pledges can be kept here.
	Firm bool
	// Wallet: there is a wallet in the page.
	Wallet bool
}

// CreatorCampaigns keeps campaigns; campaigns.Service does.
type CreatorCampaigns interface {
	Create(ctx context.Context, d campaigns.Draft) (lighthouse.Campaign, lighthouse.Key, error)
	Edit(ctx context.Context, key lighthouse.Key, d campaigns.Draft) (lighthouse.Campaign, error)
	ByKey(ctx context.Context, key lighthouse.Key) (lighthouse.Campaign, error)
	Announce(ctx context.Context, key lighthouse.Key) (lighthouse.Campaign, error)
	Open(ctx context.Context, key lighthouse.Key) (lighthouse.Campaign, error)
	Close(ctx context.Context, key lighthouse.Key) (lighthouse.Campaign, error)
	Post(ctx context.Context, key lighthouse.Key, title, text string) (lighthouse.Update, error)
	Updates(ctx context.Context, id lighthouse.ID) ([]lighthouse.Update, error)
	Comments(ctx context.Context, id lighthouse.ID, before int64, all bool) (list []lighthouse.Comment, more bool, err error)
	Hide(ctx context.Context, key lighthouse.Key, comment int64, hidden bool) error
	Followers(ctx context.Context, id lighthouse.ID) (int64, error)
}

// CreatorPledges tells of a campaign's pledges; pledges.Service does.
type CreatorPledges interface {
	Progress(ctx context.Context, id lighthouse.ID) (lighthouse.Progress, error)
	// List is a page of them, from 0, and All are all, the earliest first; both
	// without signatures.
	List(ctx context.Context, id lighthouse.ID, sort pledges.Sort, page int) (pledges.Page, error)
	All(ctx context.Context, id lighthouse.ID) ([]lighthouse.Pledge, error)
	// Get is one with its signatures.
	Get(ctx context.Context, id lighthouse.PledgeID) (lighthouse.Pledge, error)
	Watch(id lighthouse.ID) (<-chan struct{}, func())
}

// CreatorClaims claims; claim.Service does.
type CreatorClaims interface {
	// Ready says whether the campaign can be claimed now.
	Ready(ctx context.Context, id lighthouse.ID) (claim.Readiness, error)
	// Claim does it. Errors: as package claim says.
	Claim(ctx context.Context, key lighthouse.Key) (lighthouse.Claim, error)
	// Details is the claim with its attempts; claim.ErrNone without one.
	Details(ctx context.Context, id lighthouse.ID) (claim.Details, error)
	Watch(id lighthouse.ID) (<-chan struct{}, func())
}

// Speed sells a faster claim.
type Speed interface {
	// Price is what it costs now. Errors: claim.ErrFast, claim.ErrInBlock, and
	// whatever else keeps it from being sold.
	Price(ctx context.Context, id lighthouse.ID) (amount.MilliSatoshi, error)
	// Sell makes a quote for it.
	Sell(ctx context.Context, sale SpeedSale) (fees.Quote, error)
}

// SpeedSale says which claim is to be made faster.
type SpeedSale struct {
	Key lighthouse.Key
	// Client and Memo are as in fees.Request.
	Client, Memo string
}

// CreatorCovers takes pictures.
type CreatorCovers interface {
	// Put keeps a picture, and gives its name. Errors: as package covers says.
	Put(ctx context.Context, picture io.Reader) (name string, err error)
}

// CreatorFiles writes what can be taken away.
type CreatorFiles interface {
	Campaign(ctx context.Context, c lighthouse.Campaign) ([]byte, error)
	Pledge(ctx context.Context, c lighthouse.Campaign, p lighthouse.Pledge) ([]byte, error)
}

// Time lets it pass on the devnet.
type Time interface {
	// Pass mines so many blocks, at most MaxPass.
	Pass(ctx context.Context, blocks int) (chain.BlockRef, error)
}

// MaxPass is the most blocks that one press mines.
const MaxPass = 300

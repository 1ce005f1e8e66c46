package web

import (
	"context"

	"cairn/lighthouse"
	"cairn/lighthouse/pledges"
	"cairn/lighthouse/refund"
	"cairn/templates/pledge"

	"github.com/btcsuite/btcd/wire"
)

// PledgeDeps are what the backer's pages are made of. Refunds and Receipts may
// be nil: their pages and files then do not exist.
type PledgeDeps struct {
	Campaigns PledgedCampaigns
	Pledges   Pledges
	Refunds   Refunds
	Receipts  Receipts
}

// PledgedCampaigns knows campaigns; campaigns.Service is one.
type PledgedCampaigns interface {
	// Get is a campaign that everybody may see. Error: lighthouse.ErrUnknown.
	Get(ctx context.Context, id lighthouse.ID) (lighthouse.Campaign, error)
}

// Pledges takes pledges and says how they are; pledges.Service is one.
type Pledges interface {
	// Terms are what can be pledged to a campaign now. Error:
	// lighthouse.ErrUnknown.
	Terms(ctx context.Context, id lighthouse.ID) (pledges.Terms, error)
	// Request asks the owner of a coin to sign with another wallet.
	Request(ctx context.Context, ask pledges.Ask) (pledges.Request, error)
	// Submit takes a pledge, the same one as often as it comes.
	Submit(ctx context.Context, s pledges.Submission) (lighthouse.Pledge, lighthouse.Key, error)
	// ByKey is a pledge, for its owner. Error: lighthouse.ErrNotYours.
	ByKey(ctx context.Context, key lighthouse.Key) (lighthouse.Pledge, error)
	// ByOutpoints are the pledges of coins, of all campaigns.
	ByOutpoints(ctx context.Context, at []wire.OutPoint) ([]lighthouse.Pledge, error)
	// Change changes what is said with a pledge. Errors: lighthouse.ErrNotYours,
	// pledges.ErrWords.
	Change(ctx context.Context, key lighthouse.Key, ch pledges.Change) (lighthouse.Pledge, error)
	// Progress is how far a campaign is. Error: lighthouse.ErrUnknown.
	Progress(ctx context.Context, id lighthouse.ID) (lighthouse.Progress, error)
	// Watch is woken after the pledges of a campaign may have changed.
	Watch(id lighthouse.ID) (<-chan struct{}, func())
}

// Receipts proves what was handed in.
type Receipts interface {
	// Receipt is the server's signed statement about a pledge, as a file.
	Receipt(ctx context.Context, p lighthouse.Pledge) ([]byte, error)
	// Proof is the latest notarised list that a pledge is in; nil for none yet.
	Proof(ctx context.Context, p lighthouse.Pledge) (*pledge.Proof, error)
}

// Refunds sends pledged coins home after the date; refund.Service is one.
type Refunds interface {
	// List is every pledge of a campaign that has a coin or has sent it home.
	List(ctx context.Context, id lighthouse.ID) ([]refund.Row, error)
	// Send sends one, SendAll all that are due, and says how many. Errors:
	// lighthouse.ErrTooEarly, ErrNoRefund, ErrSpent, ErrClaimed, ErrNoCoin,
	// ErrUnknownPledge.
	Send(ctx context.Context, id lighthouse.PledgeID) error
	SendAll(ctx context.Context, id lighthouse.ID) (int, error)
}

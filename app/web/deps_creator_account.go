package web

import (
	"context"

	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
)

// CreatorAccounts keeps campaigns for accounts; campaigns.Service does.
type CreatorAccounts interface {
	// KeepFor lets an account go to a campaign's desk without its link. Errors:
	// lighthouse.ErrNotYours, campaigns.ErrFull.
	KeepFor(ctx context.Context, key lighthouse.Key, account campaigns.Account) error
	// LetGo takes that back, with the keys that were made for it.
	LetGo(ctx context.Context, account campaigns.Account, id lighthouse.ID) error
	Keeps(ctx context.Context, account campaigns.Account, id lighthouse.ID) (bool, error)
	// OfAccount are those that it keeps, the latest kept first.
	OfAccount(ctx context.Context, account campaigns.Account) ([]campaigns.Card, error)
	// KeyFor makes a key of one that it keeps. Error: lighthouse.ErrNotYours.
	KeyFor(ctx context.Context, account campaigns.Account, id lighthouse.ID) (lighthouse.Key, error)
}

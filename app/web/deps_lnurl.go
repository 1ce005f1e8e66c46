package web

import (
	"context"

	"cairn/app/account"
	"cairn/channels/amount"
	"cairn/channels/invoice"
)

// Donation is the What of quotes for donations.
const Donation = "donation"

// Donations are gifts to the operator.
type Donations struct {
	// Name before the @ of the Lightning address.
	Name        string
	Least, Most amount.MilliSatoshi
	// Note keeps what a donor wrote along.
	Note func(ctx context.Context, hash invoice.Hash, note string) error
}

// WalletLogin is signing in with a Lightning wallet (LUD-04); account.Accounts
// keeps what belongs to it.
type WalletLogin struct {
	Accounts WalletAccounts
}

// WalletAccounts lets wallets in; account.Accounts does.
type WalletAccounts interface {
	AskWallet(ctx context.Context, who *account.Session) (account.WalletAsk, error)
	Asked(ctx context.Context, token string) (account.WalletAsk, error)
	WalletSigned(ctx context.Context, k1 [32]byte, key account.WalletKey, links bool) error
	EnterByWallet(ctx context.Context, asked, agent, token string) (*account.Opened, error)
	Wallets(ctx context.Context, id account.ID) ([]account.Wallet, error)
	RemoveWallet(ctx context.Context, s account.Session, key account.WalletKey) error
}

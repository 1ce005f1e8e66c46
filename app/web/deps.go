package web

import (
	"context"
	"net/http"

	"cairn/chain"
	"cairn/notary"
	"cairn/templates/operator"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Deps is what the pages need of the rest of Cairn. Demo, Operators and
// Overview may be nil: their pages then do not exist.
type Deps struct {
	Notary   Notary
	Calendar http.Handler
	// Log is the public log; nil for none.
	Log     Log
	Engine  Engine
	Headers Headers
	// HeadersFrom is where Headers has them from, on mainnet.
	HeadersFrom HeaderSource
	Demo        Demo
	Operators   Operators
	// Audit is the audit log; it comes with Operators.
	Audit Audit
	// Payments send from the node's wallet, and Coffer looks into it; nil for no
	// page of the wallet.
	Payments Payments
	Coffer   func(ctx context.Context) (operator.Coffer, error)
	// Seed is the wallet's words; nil for no page of them.
	Seed Seed
	// Figures are those of so many days, of which today is the last; nil for no
	// page of them.
	Figures func(ctx context.Context, days int) (operator.Figures, error)
	// Overview gathers the operator's page; it must answer within its
	// context's time even while the node is down.
	Overview func(ctx context.Context) (operator.Overview, error)
	// Finder looks things up; nil for none.
	Finder Finder
	// TSA makes time-stamp tokens (RFC 3161); nil for none.
	TSA TimeStamps
	// API is what the JSON API does; nil for no API.
	API *APIDeps
	// Accounts, Vault and Webhooks belong together; nil for none of them.
	Accounts Accounts
	Vault    Vault
	Webhooks Webhooks
	// Till sells; nil where nothing is sold.
	Till Till
	// Payouts pays credit out, and Tickets sells prepaid stamps; they come with
	// Till, nil for none.
	Payouts Payouts
	Tickets Tickets
	// Express sells transactions of their own; it comes with Till.
	Express Express
	// Lightning is for the operator's pages about it; nil for none.
	Lightning *LightningDeps
	// Donations are taken; nil for none.
	Donations *Donations
	// WalletLogin lets Lightning wallets in; nil for none. It needs Accounts.
	WalletLogin *WalletLogin
	// SandboxPayer pays from the devnet's second node; nil for none.
	SandboxPayer SandboxPayer
	// Five is the line of five nodes; nil off the devnet.
	Five Five
	// Wallets is for the wallets in visitors' browsers; nil for none.
	Wallets *Wallets
	// Vouchers are for shops and their vouchers; nil for none.
	Vouchers *VoucherDeps
	// Receipts prove what coins hold; nil for no pages of them.
	Receipts *ReceiptDeps
	// AssetDesk is for those who issue and hold assets; nil for none. It comes with
	// Wallets.
	AssetDesk *AssetDesk
	// Guard looks at transactions before they are signed; nil for none.
	Guard *GuardDeps
	// Creators is for those who ask for money; nil for no pages of theirs. It
	// comes with Campaigns.
	Creators *CreatorDeps
	// Pledges are for backers; nil for none.
	Pledges *PledgeDeps
	// Campaigns are the public pages of crowdfunding; nil for none.
	Campaigns *CampaignDeps
	// Moderation takes campaigns off the pages; nil for none.
	Moderation Moderation
	// Explorer are the public pages of assets; nil for none.
	Explorer *Explorer
	// Ready are the checks of /readyz.
	Ready []Check
}

// Notary stamps and proves digests; notary.Service is one.
type Notary interface {
	Stamp(ctx context.Context, d notary.Digest) (notary.Proof, error)
	StampMany(ctx context.Context, digests []notary.Digest) (notary.Batch, error)
	Proof(ctx context.Context, d notary.Digest) (notary.Proof, error)
	File(ctx context.Context, d notary.Digest) ([]byte, error)
	Watch() (<-chan struct{}, func())
	Status(ctx context.Context) (notary.Status, error)
}

// Engine tells how the node is.
type Engine interface {
	Status() chain.EngineStatus
}

// Headers are the headers of the chain that is followed. Its methods return
// chain.ErrNoBlock for a height above the tip, or a hash that is not of the
// best chain.
type Headers interface {
	Tip() chain.BlockRef
	HeaderAt(ctx context.Context, height int32) (*wire.BlockHeader, error)
	HeaderByHash(ctx context.Context, hash chainhash.Hash) (*wire.BlockHeader, int32, error)
}

// Demo mines a block of the sandbox chain.
type Demo interface {
	Mine(ctx context.Context) (chain.BlockRef, error)
}

// Check is one thing that must be well for the site to be ready.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

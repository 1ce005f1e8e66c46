package web

import (
	"context"
	"io"
	"time"

	"cairn/assets"
	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"
	"cairn/channels/fees"
	vouchers "cairn/templates/voucher"
)

// VoucherDeps are what the pages of shops and vouchers are made of. New vouchers also
// need Deps.AssetDesk, which builds the transactions of assets.
type VoucherDeps struct {
	Shops Shops
	// Costs sells what shops pay ahead for the network; nil where nothing is sold.
	Costs VoucherCosts
}

// Shops keeps the books of shops; voucher.Service is one. Its methods are explained
// there.
type Shops interface {
	CreateShop(ctx context.Context, d voucher.ShopDraft) (voucher.Shop, voucher.Key, error)
	EditShop(ctx context.Context, key voucher.Key, d voucher.ShopDraft) (voucher.Shop, error)
	Shop(ctx context.Context, slug string) (voucher.Shop, error)
	Enter(ctx context.Context, key voucher.Key) (voucher.Desk, error)

	AddTill(ctx context.Context, owner voucher.Key, name string) (voucher.Till, error)
	Tills(ctx context.Context, key voucher.Key) ([]voucher.Till, error)
	AddStaff(ctx context.Context, owner voucher.Key, d voucher.StaffDraft) (voucher.Staff, voucher.Key, error)
	RevokeStaff(ctx context.Context, owner voucher.Key, number int) error
	Staff(ctx context.Context, key voucher.Key) ([]voucher.Staff, error)

	CreateSeries(ctx context.Context, owner voucher.Key, d voucher.SeriesDraft, asset assets.ID) (voucher.Series, error)
	SetAsset(ctx context.Context, owner voucher.Key, id voucher.SeriesID, asset assets.ID) (voucher.Series, error)
	Series(ctx context.Context, id voucher.SeriesID) (voucher.Series, error)
	SeriesOf(ctx context.Context, shop voucher.ShopID) ([]voucher.Series, error)
	RegisterFor(ctx context.Context, owner voucher.Key, id voucher.SeriesID, items []voucher.Item, draft string) ([]voucher.Voucher, error)
	Waiting(ctx context.Context, key voucher.Key, id voucher.SeriesID) ([]string, error)

	Look(ctx context.Context, name bearer.Name) (voucher.Info, error)
	Money(ctx context.Context, name bearer.Name) ([]voucher.Money, error)
	NamesAt(ctx context.Context, scripts [][]byte) (map[string]bearer.Name, error)
	Plan(ctx context.Context, till voucher.Key, name bearer.Name, units int64) (voucher.Plan, error)
	Redeem(ctx context.Context, till voucher.Key, r voucher.Redemption) (voucher.Booking, error)
	Undo(ctx context.Context, key voucher.Key, number int64) (voucher.Booking, error)
	Bookings(ctx context.Context, key voucher.Key, before int64, limit int) ([]voucher.Booking, error)
	PlanClaim(ctx context.Context, name bearer.Name, script []byte) (voucher.Plan, error)
	Claim(ctx context.Context, name bearer.Name, script, signed []byte) (voucher.Booking, error)
	Reclaims(ctx context.Context, owner voucher.Key, id voucher.SeriesID) ([]voucher.Plan, error)
	Reclaim(ctx context.Context, owner voucher.Key, name bearer.Name, signed []byte) (voucher.Booking, error)

	Vouchers(ctx context.Context, key voucher.Key, id voucher.SeriesID, after, limit int) ([]voucher.Voucher, error)
	Sums(ctx context.Context, shop voucher.ShopID) (map[voucher.SeriesID]voucher.Sums, error)
	Log(ctx context.Context, key voucher.Key, before int64, limit int) ([]voucher.Entry, error)
	Report(ctx context.Context, key voucher.Key, from, to time.Time) (voucher.Report, error)
	CSV(ctx context.Context, key voucher.Key, from, to time.Time, w io.Writer) error
	Liability(ctx context.Context, slug string) (voucher.Liability, error)
	Statements(ctx context.Context, slug string, limit int) ([]voucher.Statement, error)
	StatementOf(ctx context.Context, slug string, at time.Time) (voucher.Statement, error)
	Allowance(ctx context.Context, key voucher.Key) (voucher.Allowance, error)
}

// VoucherCosts sells network costs ahead.
type VoucherCosts interface {
	// Pack is what is sold at a time.
	Pack(ctx context.Context) (vouchers.Costs, error)
	// Sell makes a quote for a shop.
	Sell(ctx context.Context, s VoucherSale) (fees.Quote, error)
}

// VoucherSale is who pays ahead for which shop.
type VoucherSale struct {
	Shop   voucher.ShopID
	Client string
	Memo   string
}

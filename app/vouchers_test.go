package app

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/ledger"
	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"
	"cairn/channels/amount"
	"cairn/channels/fees"
)

// Vouchers are issued, one redeemed in part and the rest at once, one whole: the
// node makes coins for the fees and signs with them, and the ledger, the shop's
// books and its statement say the same.
func TestVouchersOfAWholeCairn(t *testing.T) {
	a := runWhole(t)
	ctx := t.Context()
	waitFor(t, "the node's wallet to be supplied", func() bool {
		balance, err := a.wallet.Balance(ctx)
		return err == nil && balance.Fee >= supplyCoins*supplyAmount
	})
	issuer := a.backed(t, "bookshop", 100_000)
	_, err := a.devnet.Mine(1)
	noError(t, err)
	waitFor(t, "the block", func() bool { return a.follower.Tip().Height == a.tipOf(t) })

	shop, owner, err := a.vouchers.CreateShop(ctx, voucher.ShopDraft{Slug: "books", Name: "Book Shop", Language: "en"})
	noError(t, err)
	series, err := a.vouchers.CreateSeries(ctx, owner, voucher.SeriesDraft{Kind: voucher.Value, Name: "MasterBTC", Units: 10, Expiry: voucher.Never}, assets.ID{})
	noError(t, err)
	secrets, items := make([]bearer.Secret, 3), make([]voucher.Item, 3)
	order := compose.Order{Operation: compose.Issue, Protocol: assets.OpenAssets, Coins: []compose.Coin{issuer.coin()}, Change: issuer.out.PkScript}
	for i := range secrets {
		_, err := rand.Read(secrets[i][:])
		noError(t, err)
		items[i].Output, err = secrets[i].Output(bearer.Terms{})
		noError(t, err)
		script, err := items[i].Output.Script()
		noError(t, err)
		order.Payments = append(order.Payments, assets.Payment{Script: script, Units: 10})
	}
	id, err := a.compose.Identify(order)
	noError(t, err)
	_, err = a.vouchers.SetAsset(ctx, owner, series.ID, id)
	noError(t, err)
	list, err := a.vouchers.Register(ctx, owner, series.ID, items)
	noError(t, err)
	a.inBlocks(t, a.composed(t, issuer, order))

	redeem := func(i int, units int64) voucher.Booking {
		t.Helper()
		p, err := a.vouchers.Plan(ctx, owner, list[i].Name, units)
		noError(t, err)
		tx := p.Unsigned.Copy()
		noError(t, bearer.SignKey(tx, p.Coin, secrets[i]))
		var raw bytes.Buffer
		noError(t, tx.Serialize(&raw))
		r := voucher.Redemption{Name: list[i].Name, Units: units, Signed: raw.Bytes()}
		_, err = rand.Read(r.Request[:])
		noError(t, err)
		b, err := a.vouchers.Redeem(ctx, owner, r)
		noError(t, err)
		return b
	}
	first, whole := redeem(0, 3), redeem(1, 10)
	a.untilStage(t, owner, first, voucher.Sent)
	rest := redeem(0, 7) // of what no block has yet
	for _, b := range []voucher.Booking{first, whole, rest} {
		a.untilStage(t, owner, b, voucher.Confirmed)
	}
	about, err := a.colors.Asset(ctx, id, ledger.Newest)
	noError(t, err)
	sums, err := a.vouchers.Sums(ctx, shop.ID)
	noError(t, err)
	if s := sums[series.ID]; about.Supply != 10 || s.Redeemed != 20 || s.Outstanding != 10 || s.Issued != 30 {
		t.Errorf("there are %d units; %+v", about.Supply, s)
	}
	waitFor(t, "the day's statement to be notarised", func() bool {
		made, err := a.vouchers.Statements(ctx, "books", 1)
		return err == nil && len(made) == 1 && !made[0].StampedAt.IsZero() && strings.HasPrefix(string(made[0].File), `{"cairn":"liability"`)
	})

	// What is paid for network fees counts once, however often it is delivered.
	var q fees.Quote
	waitFor(t, "the node to give an address", func() bool {
		q, err = a.till.Quote(ctx, fees.Request{What: "early", Price: 10_000 * amount.PerSatoshi, Expiry: time.Hour})
		return err == nil && q.Address != ""
	})
	a.payFor(t, q.ID.String())
	waitFor(t, "the payment", func() bool {
		q, err = a.till.Get(ctx, q.ID)
		return err == nil && q.State == fees.Settled
	})
	q.Subject = shop.ID.String() + " 9000"
	noError(t, a.deliverVoucherFees(ctx, q))
	noError(t, a.deliverVoucherFees(ctx, q))
	if has, err := a.vouchers.Allowance(ctx, owner); err != nil || has.Paid != 9_000 || !has.Free {
		t.Errorf("%+v, %v", has, err)
	}
}

// untilStage mines until a booking is as far.
func (a *App) untilStage(t *testing.T, owner voucher.Key, b voucher.Booking, want voucher.Stage) {
	t.Helper()
	at := time.Now()
	waitFor(t, "a redemption to be "+string(want), func() bool {
		list, err := a.vouchers.Bookings(t.Context(), owner, 0, 100)
		noError(t, err)
		for _, now := range list {
			if now.Number == b.Number && (now.Stage == want || now.Stage == voucher.Confirmed) {
				return true
			}
		}
		if time.Since(at) > 2*time.Second { // blocks bring coins for fees, and confirm
			at = time.Now()
			_, err := a.devnet.Mine(1)
			noError(t, err)
		}
		return false
	})
}

package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"cairn/app/web"
	"cairn/assets/compose"
	"cairn/assets/voucher"
	"cairn/chain"
	"cairn/chain/wallet"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/notary"
	vouchers "cairn/templates/voucher"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// openVouchers sets up the books of shops.
func (a *App) openVouchers(context.Context) (err error) {
	rates := &claimRates{estimate: a.feeWallet().EstimateRate, now: a.now}
	cfg := voucher.Config{
		DB:      a.db,
		Network: a.cfg.Network,
		Ledger:  a.colors,
		Rate:    rates.get,
		Wallet:  voucherWallet{a.wallet},
		Free:    a.devnet != nil,
		Signer:  a.signer,
		Stamp: func(ctx context.Context, digest [32]byte) error {
			_, err := a.notary.Stamp(ctx, notary.Digest(digest))
			return err
		},
		Drafts: voucherDrafts{a},
		Server: a.cfg.Web.PublicURL,
		Epoch:  a.term.epoch,
		Fence:  a.term.fence,
		Sent:   a.sender.Wake,
		Rand:   rand.Reader,
		Now:    a.now,
		Log:    a.log.With("part", "vouchers"),
	}
	if a.devnet != nil {
		cfg.Mempool = a.devnet
	}
	if a.vouchers, err = voucher.New(cfg); err != nil {
		return err
	}
	a.sells(sale{what: voucherFees, late: true, deliver: a.deliverVoucherFees})
	return nil
}

// voucherDrafts says what became of transactions that issue vouchers. What composes
// them is opened later than the books.
type voucherDrafts struct{ app *App }

// Fate implements voucher.Drafts. What is not known any more was over long ago.
func (d voucherDrafts) Fate(ctx context.Context, draft string) (voucher.Fate, error) {
	id, err := compose.ParseID(draft)
	if err != nil {
		return voucher.Over, nil
	}
	state, err := d.app.compose.Fate(ctx, id)
	switch {
	case errors.Is(err, compose.ErrUnknownDraft):
		return voucher.Over, nil
	case err != nil:
		return "", err
	}
	switch state {
	case compose.Ended, compose.Conflicted:
		return voucher.Over, nil
	case compose.Sent, compose.Confirmed:
		return voucher.Under, nil
	}
	return voucher.Waits, nil
}

// shops are what the pages of shops and vouchers are made of.
func (a *App) shops() *web.VoucherDeps {
	return &web.VoucherDeps{Shops: a.vouchers, Costs: voucherCosts{a}}
}

// voucherWallet is the node's wallet as vouchers see it.
type voucherWallet struct{ *wallet.Wallet }

// Script implements voucher.Wallet.
func (w voucherWallet) Script(ctx context.Context) ([]byte, error) {
	address, err := w.NewAddress(ctx, wallet.P2TR)
	if err != nil {
		return nil, err
	}
	return txscript.PayToAddrScript(address)
}

// Pay implements voucher.Wallet.
func (w voucherWallet) Pay(ctx context.Context, purpose string, outs []*wire.TxOut, rate chain.FeeRate) ([]byte, btcutil.Amount, error) {
	signed, err := w.Prepare(ctx, wallet.Request{Purpose: purpose, Outputs: outs, Rate: rate, Change: wallet.P2TR})
	if err != nil {
		return nil, 0, err
	}
	return signed.Raw, signed.Fee, nil
}

const (
	// voucherFees is the What of a quote for a shop's network fees; its Subject is
	// the shop, and the satoshi that it is credited with.
	voucherFees = "voucher-fees"
	// feePack is how many redemptions are sold at a time.
	feePack = 100
)

// deliverVoucherFees adds what was paid to a shop's allowance, once.
func (a *App) deliverVoucherFees(ctx context.Context, q fees.Quote) error {
	var id string
	var sat int64
	if _, err := fmt.Sscanf(q.Subject, "%s %d", &id, &sat); err != nil || sat <= 0 {
		return fmt.Errorf("this is no order of a shop's network fees: %q", q.Subject)
	}
	shop, err := voucher.ParseShopID(id)
	if err != nil {
		return err
	}
	err = a.db.Transact(ctx, func(tx *gorm.DB) error {
		if _, err := a.till.UseIn(tx, fees.Use{ID: q.ID, For: voucherFees + "/" + q.ID.String(), AcceptLate: true}); err != nil {
			return err
		}
		return a.vouchers.PayIn(tx, shop, voucher.PaymentID(q.ID), btcutil.Amount(sat))
	})
	if err != nil {
		return err
	}
	a.till.Changed(q.ID)
	a.vouchers.Kick()
	return nil
}

// voucherCosts sells network fees ahead; it implements web.VoucherCosts.
type voucherCosts struct{ *App }

// Pack implements web.VoucherCosts.
func (c voucherCosts) Pack(ctx context.Context) (vouchers.Costs, error) {
	if c.devnet != nil {
		return vouchers.Costs{Free: true}, nil
	}
	each, err := c.vouchers.Each(ctx)
	if err != nil {
		return vouchers.Costs{}, err
	}
	return vouchers.Costs{Each: each, Pack: each * feePack, Pays: feePack}, nil
}

// Sell implements web.VoucherCosts. The price has the margin of sponsoring on top.
func (c voucherCosts) Sell(ctx context.Context, sale web.VoucherSale) (fees.Quote, error) {
	each, err := c.vouchers.Each(ctx)
	if err != nil {
		return fees.Quote{}, err
	}
	pack := each * feePack
	cost, err := amount.FromSatoshi(pack)
	if err != nil {
		return fees.Quote{}, err
	}
	return c.till.Quote(ctx, fees.Request{
		What: voucherFees, Subject: fmt.Sprintf("%s %d", sale.Shop, int64(pack)), Client: sale.Client, Memo: sale.Memo,
		Price: cost + cost*amount.MilliSatoshi(c.cfg.Prices.SponsorMargin)/100, Expiry: c.cfg.Till.Expiry,
	})
}

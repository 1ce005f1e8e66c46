package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"cairn/app/web"
	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/notary"
	"cairn/notary/express"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

// expressWhat is the What of a quote for a transaction of its own; its Subject
// is the digest in hexadecimal, a space, and the form.
const expressWhat = "express-anchor"

// openExpress sets up what makes transactions of their own for single digests,
// and sells them.
func (a *App) openExpress(context.Context) error {
	a.express = express.NewDesk(express.Config{
		DB:      a.db,
		Wallet:  a.feeWallet(),
		Till:    expressTill{a},
		MaxRate: chain.SatPerVByte(a.cfg.Anchor.MaxFeeRate),
		Sent:    a.sender.Wake,
		Rand:    rand.Reader,
		Now:     a.now,
		Log:     a.log.With("part", "express"),
	})
	a.rates = express.NewRates(a.feeWallet().EstimateRate, chain.SatPerVByte(a.cfg.Anchor.MaxFeeRate), a.now, a.log.With("part", "express"))
	a.sells(sale{what: expressWhat, deliver: a.deliverExpress})
	return nil
}

// expressTill spends the quotes that pay for orders.
type expressTill struct{ *App }

// Spend implements express.Till.
func (t expressTill) Spend(tx *gorm.DB, o express.Order) error {
	_, err := t.till.UseIn(tx, fees.Use{ID: fees.ID(o.PaidBy), For: fmt.Sprintf("express/%d", o.ID)})
	if errors.Is(err, fees.ErrReturned) {
		return fmt.Errorf("%w: %w", express.ErrTakenBack, err)
	}
	return err
}

// Spent implements express.Till.
func (t expressTill) Spent(o express.Order) { t.till.Changed(fees.ID(o.PaidBy)) }

// GiveBack implements express.Till.
func (t expressTill) GiveBack(ctx context.Context, o express.Order) error {
	_, err := t.till.Return(ctx, fees.ID(o.PaidBy))
	if errors.Is(err, fees.ErrUnpaid) {
		return nil // a reorg took it away again: there is nothing to give
	}
	return err
}

// deliverExpress places the order that a quote has paid for. The desk makes it
// and spends the quote; until then the quote is seen here again and again. Who
// paid for what somebody else has paid for meanwhile gets his money back.
func (a *App) deliverExpress(ctx context.Context, q fees.Quote) error {
	digest, form, err := parseExpress(q.Subject)
	if err != nil {
		return err
	}
	if _, err := a.notary.Stamp(ctx, digest); err != nil {
		return err
	}
	_, err = a.express.Place(ctx, express.Payment(q.ID), digest, form)
	if errors.Is(err, express.ErrOrdered) {
		_, err = a.till.Return(ctx, q.ID)
	}
	return err
}

func expressSubject(d notary.Digest, form notary.Form) string { return d.String() + " " + string(form) }

func parseExpress(subject string) (notary.Digest, notary.Form, error) {
	hex, name, _ := strings.Cut(subject, " ")
	digest, err := notary.ParseDigest(hex)
	if err != nil {
		return digest, "", err
	}
	form, err := notary.ParseForm(name)
	return digest, form, err
}

// expressShop sells transactions of their own; it implements web.Express.
type expressShop struct{ *App }

// Price implements web.Express.
func (s expressShop) Price(form notary.Form) (web.ExpressPrice, error) {
	rate, err := s.rates.NextBlock()
	if err != nil {
		return web.ExpressPrice{}, err
	}
	least, err := amount.FromSatoshi(btcutil.Amount(s.cfg.Prices.ExpressLeast))
	if err != nil {
		return web.ExpressPrice{}, err
	}
	tariff := fees.Tariff{Margin: 10 * s.cfg.Prices.ExpressMargin, Least: least}
	price, err := tariff.Price(express.Weight(form), rate)
	return web.ExpressPrice{Price: price, Within: s.blockInterval()}, err
}

// Sell implements web.Express.
func (s expressShop) Sell(ctx context.Context, sale web.ExpressSale) (fees.Quote, error) {
	if err := s.sellable(ctx, sale); err != nil {
		return fees.Quote{}, err
	}
	price, err := s.Price(sale.Form)
	if err != nil {
		return fees.Quote{}, err
	}
	return s.till.Quote(ctx, fees.Request{
		What: expressWhat, Subject: expressSubject(sale.Digest, sale.Form), Client: sale.Client, Memo: sale.Memo,
		Price: price.Price, Expiry: s.cfg.Till.Expiry,
	})
}

// askTime is how long the node may take to say whether it could make one.
const askTime = 5 * time.Second

// sellable says why nobody should pay for this now: it is there already, or the
// node could not make it.
func (s expressShop) sellable(ctx context.Context, sale web.ExpressSale) error {
	proof, err := s.notary.Stamp(ctx, sale.Digest)
	if err != nil {
		return err
	}
	if proof.Stage >= notary.StageComplete && sale.Form == notary.FormPlain {
		return express.ErrComplete
	}
	if err := s.express.Free(ctx, sale.Digest, sale.Form); err != nil {
		return err
	}
	rate, err := s.rates.NextBlock()
	if err != nil {
		return err
	}
	cost := rate.Fee(express.Weight(sale.Form))
	spent, limit, err := s.wallet.SpentToday(ctx)
	if err != nil {
		return err
	}
	if limit > 0 && spent+cost > limit {
		return fmt.Errorf("%w: %d of %d satoshi", chain.ErrFeeCap, spent, limit)
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	balance, err := s.wallet.Balance(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", chain.ErrEngineDown, err)
	}
	if err != nil {
		return err
	}
	if balance.Fee < cost {
		return fmt.Errorf("%w: %s for %s", chain.ErrNoFunds, balance.Fee, cost)
	}
	return nil
}

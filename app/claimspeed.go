package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cairn/app/web"
	"cairn/chain"
	"cairn/chain/wallet"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/lighthouse"
	"cairn/lighthouse/claim"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// claimBump is the What of a quote for a faster claim; its Subject is the
// campaign, the rate (sat/kw) and the coin (sat) that were offered.
const claimBump = "claim-bump"

// claimBumps is what raising the fees of claims needs.
func (a *App) claimBumps() claim.Bumps {
	a.sells(sale{what: claimBump, deliver: a.deliverClaimBump})
	return claim.Bumps{
		Wallet:  claimWallet{a.wallet},
		Till:    claimTill{a},
		MaxRate: chain.SatPerVByte(a.cfg.Anchor.MaxFeeRate),
	}
}

// claimWallet is the node's wallet as claims see it.
type claimWallet struct{ *wallet.Wallet }

// Script implements claim.Wallet.
func (w claimWallet) Script(ctx context.Context) ([]byte, error) {
	address, err := w.NewAddress(ctx, wallet.P2TR)
	if err != nil {
		return nil, err
	}
	return txscript.PayToAddrScript(address)
}

// Pay implements claim.Wallet.
func (w claimWallet) Pay(ctx context.Context, purpose string, out *wire.TxOut, rate chain.FeeRate) ([]byte, btcutil.Amount, error) {
	signed, err := w.Prepare(ctx, wallet.Request{Purpose: purpose, Outputs: []*wire.TxOut{out}, Rate: rate, Change: wallet.P2TR})
	if err != nil {
		return nil, 0, err
	}
	return signed.Raw, signed.Fee, nil
}

// claimTill spends the quotes that pay for faster claims.
type claimTill struct{ *App }

// Spend implements claim.Till.
func (t claimTill) Spend(tx *gorm.DB, p claim.Payment) error {
	_, err := t.till.UseIn(tx, fees.Use{ID: fees.ID(p), For: claimBump + "/" + fees.ID(p).String()})
	if errors.Is(err, fees.ErrReturned) {
		return fmt.Errorf("%w: %w", claim.ErrTakenBack, err)
	}
	return err
}

// Spent implements claim.Till.
func (t claimTill) Spent(p claim.Payment) { t.till.Changed(fees.ID(p)) }

// GiveBack implements claim.Till.
func (t claimTill) GiveBack(ctx context.Context, p claim.Payment) error {
	_, err := t.till.Return(ctx, fees.ID(p))
	if errors.Is(err, fees.ErrUnpaid) {
		return nil // a reorg took it away again: there is nothing to give
	}
	return err
}

// deliverClaimBump orders what a quote has paid for. Claims spend the quote, or
// give it back.
func (a *App) deliverClaimBump(ctx context.Context, q fees.Quote) error {
	id, offer, err := parseClaimBump(q.Subject)
	if err != nil {
		return err
	}
	return a.claims.Order(ctx, claim.Payment(q.ID), id, offer)
}

func claimBumpSubject(id lighthouse.ID, o claim.Offer) string {
	return fmt.Sprintf("%s %d %d", id, int64(o.Rate), int64(o.Coin))
}

func parseClaimBump(subject string) (id lighthouse.ID, o claim.Offer, err error) {
	name, rest, _ := strings.Cut(subject, " ")
	if id, err = lighthouse.ParseID(name); err != nil {
		return id, o, err
	}
	if _, err := fmt.Sscanf(rest, "%d %d", &o.Rate, &o.Coin); err != nil || o.Rate <= 0 || o.Coin <= 0 {
		return id, o, fmt.Errorf("this is no offer of a faster claim: %q", rest)
	}
	return id, o, nil
}

// claimSpeed sells faster claims; it implements web.Speed.
type claimSpeed struct{ *App }

// Price implements web.Speed.
func (s claimSpeed) Price(ctx context.Context, id lighthouse.ID) (amount.MilliSatoshi, error) {
	offer, err := s.claims.Offer(ctx, id)
	if err != nil {
		return 0, err
	}
	return s.claimPrice(offer)
}

// claimPrice is what the node loses, with the margin of sponsoring.
func (a *App) claimPrice(o claim.Offer) (amount.MilliSatoshi, error) {
	cost, err := amount.FromSatoshi(o.Cost)
	if err != nil {
		return 0, err
	}
	least, err := amount.FromSatoshi(btcutil.Amount(a.cfg.Prices.SponsorLeast))
	if err != nil {
		return 0, err
	}
	return max(cost+cost*amount.MilliSatoshi(a.cfg.Prices.SponsorMargin)/100, least), nil
}

// Sell implements web.Speed.
func (s claimSpeed) Sell(ctx context.Context, sale web.SpeedSale) (fees.Quote, error) {
	c, err := s.campaigns.ByKey(ctx, sale.Key)
	if err != nil {
		return fees.Quote{}, err
	}
	offer, err := s.claims.Offer(ctx, c.ID)
	if err != nil {
		return fees.Quote{}, err
	}
	price, err := s.claimPrice(offer)
	if err != nil {
		return fees.Quote{}, err
	}
	balance, err := s.wallet.Balance(ctx)
	if err != nil {
		return fees.Quote{}, err
	}
	if balance.Fee < offer.Cost {
		return fees.Quote{}, fmt.Errorf("%w: %s for %s", chain.ErrNoFunds, balance.Fee, offer.Cost)
	}
	return s.till.Quote(ctx, fees.Request{
		What: claimBump, Subject: claimBumpSubject(c.ID, offer), Client: sale.Client, Memo: sale.Memo,
		Price: price, Expiry: s.cfg.Till.Expiry,
	})
}

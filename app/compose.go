package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/ledger"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/visitor"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/sponsoring"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// mostGift is how much the node puts into the outputs of one transaction of a
// visitor's: the dust of as many colored coins as a marker holds, and what the
// transactions that follow it need. The price covers it.
const mostGift = btcutil.Amount(40_000)

// mostSeed is what the node pays a visitor who issues without any coin of his own, to
// begin with: the dust of some 500 vouchers, and fees when blocks are not dear. The
// price covers it; an open proposal sets as much aside.
const mostSeed = btcutil.Amount(400_000)

// openCompose sets up what builds asset transactions.
func (a *App) openCompose(context.Context) (err error) {
	rates := newWalletRates(a)
	a.compose, err = compose.New(compose.Config{
		DB:      a.db,
		Ledger:  colorLedger{a.colors},
		Sender:  visitorSender{a.visitors},
		Coins:   composeCoins{a.sponsorCoins()},
		Sponsor: assetSponsor{a.sponsor, a.db},
		Rate: func(ctx context.Context) (chain.FeeRate, error) {
			now, err := rates.now(ctx)
			if err != nil {
				return 0, err
			}
			return now[1].Rate, nil
		},
		Network: a.cfg.Network,
		Gift:    mostGift,
		Seed:    mostSeed,
		Fence:   a.term.fence,
		Rand:    rand.Reader,
		Now:     a.now,
		Log:     a.log.With("part", "compose"),
	})
	return err
}

// colorLedger is the ledger as it is asked by what builds on it.
type colorLedger struct{ *ledger.Ledger }

// Colored implements compose.Ledger.
func (l colorLedger) Colored(ctx context.Context, at []wire.OutPoint) ([]compose.Colored, error) {
	coins, err := l.Holdings(ctx, at...)
	if err != nil {
		return nil, err
	}
	out := make([]compose.Colored, len(coins))
	for i, c := range coins {
		out[i] = compose.Colored{Coin: c.Coin, Protocol: c.Protocol, Spent: c.IsSpent()}
	}
	return out, nil
}

// Holders implements compose.Ledger.
func (l colorLedger) Holders(ctx context.Context, id assets.ID, height int32) ([]compose.Holder, int32, error) {
	if height == 0 {
		tip, err := l.Tip(ctx)
		if err != nil {
			return nil, 0, err
		}
		height = tip.Height
	}
	var out []compose.Holder
	for page := (ledger.Page{Limit: 1000}); ; {
		list, after, err := l.Ledger.Holders(ctx, id, height, page)
		if err != nil {
			return nil, 0, err
		}
		for _, h := range list {
			out = append(out, compose.Holder{Script: h.Script, Units: h.Units})
		}
		if after == "" || len(out) > compose.MostHolders {
			return out, height, nil
		}
		page.After = after
	}
}

// visitorSender hands transactions to the network as those of visitors' wallets.
type visitorSender struct{ *visitor.Service }

// Send implements compose.Sender.
func (s visitorSender) Send(ctx context.Context, raw []byte) (chainhash.Hash, error) {
	sent, err := s.Service.Send(ctx, raw)
	if errors.As(err, new(visitor.ErrorKind)) && !errors.Is(err, chain.ErrRejected) {
		err = fmt.Errorf("%w: %w", err, chain.ErrRejected) // before anybody was asked
	}
	return sent.Txid, err
}

// assetSponsor pays network fees of asset transactions.
type assetSponsor struct {
	*sponsoring.Service
	db *db.DB
}

// Propose implements compose.Sponsor.
func (s assetSponsor) Propose(ctx context.Context, req compose.SponsorRequest) (compose.Sponsored, error) {
	p, err := s.Service.Propose(ctx, sponsoring.Request{PSBT: req.PSBT, Weights: req.Weights, Gift: req.Gift, Bare: req.Bare, Source: req.Source})
	if err != nil {
		return compose.Sponsored{}, err
	}
	return s.sponsored(ctx, p)
}

// Sponsored implements compose.Sponsor.
func (s assetSponsor) Sponsored(ctx context.Context, text string) (compose.Sponsored, error) {
	id, err := sponsoring.ParseID(text)
	if err != nil {
		return compose.Sponsored{}, err
	}
	p, err := s.Get(ctx, id)
	if err != nil {
		return compose.Sponsored{}, err
	}
	return s.sponsored(ctx, p)
}

// Accept implements compose.Sponsor.
func (s assetSponsor) Accept(ctx context.Context, text string, signed []byte) (compose.Sponsored, error) {
	id, err := sponsoring.ParseID(text)
	if err != nil {
		return compose.Sponsored{}, err
	}
	p, err := s.Service.Accept(ctx, id, signed)
	if errors.Is(err, sponsoring.ErrUnpaid) {
		return s.Sponsored(ctx, text)
	}
	if errors.Is(err, sponsoring.ErrExpired) {
		return compose.Sponsored{ID: text, State: compose.SponsorEnded}, nil
	}
	if err != nil {
		return compose.Sponsored{}, err
	}
	return s.sponsored(ctx, p)
}

func (s assetSponsor) sponsored(ctx context.Context, p sponsoring.Proposal) (compose.Sponsored, error) {
	out := compose.Sponsored{
		ID: p.ID.String(), State: compose.SponsorState(p.State), PSBT: p.PSBT, Fee: p.Fee,
		Price: btcutil.Amount(p.Price / amount.PerSatoshi), ExpiresAt: p.ExpiresAt,
	}
	if q := p.Quote; q.ID != (fees.ID{}) {
		out.Quote = compose.Quote{ID: q.ID.String(), State: string(q.State), Invoice: q.Invoice, Address: q.Address, ExpiresAt: q.ExpiresAt}
	}
	if p.Txid == (chainhash.Hash{}) {
		return out, nil
	}
	sent, err := outbox.ByTxid(s.db.Read(ctx), p.Txid)
	if err != nil {
		return compose.Sponsored{}, err
	}
	out.Tx, err = sent.Tx()
	return out, err
}

// composeDesk is composing for visitors.
type composeDesk struct {
	*compose.Service
	secret [sha256.Size]byte
}

func (a *App) composeDesk() composeDesk { return composeDesk{a.compose, a.secret.of("sources")} }

// PrepareFor drafts for somebody at an address. Of the address nothing is kept but a
// keyed sum of its network, by which one visitor's drafts are counted.
func (d composeDesk) PrepareFor(ctx context.Context, address string, o compose.Order) (compose.Draft, error) {
	mac := hmac.New(sha256.New, d.secret[:])
	mac.Write([]byte(networkOf(address)))
	o.Source = "assets/" + hex.EncodeToString(mac.Sum(nil)[:16])
	return d.Prepare(ctx, o)
}

// composeCoins are coins of visitors, those that no block has included: who pays his
// own fee risks nothing of anybody else's.
type composeCoins struct{ sponsorCoins }

// Unspent implements compose.Coins.
func (c composeCoins) Unspent(ctx context.Context, op wire.OutPoint, said *wire.TxOut) (*wire.TxOut, error) {
	out, err := c.sponsorCoins.Unspent(ctx, op, said)
	if err != nil || out != nil || !c.all {
		return out, err
	}
	found, err := c.finder.Look(ctx, op, coins.Hint{Script: said.PkScript})
	switch {
	case errors.Is(err, coins.ErrNone):
		return nil, nil
	case err != nil || found.Spent:
		return nil, err
	}
	return found.Out, nil
}

// sentByUs is a transaction that the node has paid for, or that a draft made, and that
// no block has; nil for any other. The node pays for what spends one, before a block
// has it: should it be lost, abandonOrphans gives the node's coins back.
func (a *App) sentByUs(ctx context.Context, txid chainhash.Hash) (*wire.MsgTx, error) {
	entry, err := outbox.ByTxid(a.db.Read(ctx), txid)
	switch {
	case err == nil && (entry.State == outbox.Stored || entry.State == outbox.Broadcast):
		return entry.Tx()
	case err == nil:
		return nil, nil
	case !errors.Is(err, outbox.ErrUnknownKey):
		return nil, err
	}
	return a.compose.Waiting(ctx, txid)
}

// orphansEvery is how often abandonOrphans looks.
const orphansEvery = 30 * time.Second

// abandonOrphans gives up transactions that the node has paid for and that can never
// be confirmed, as one before them was lost to another: no block will ever say so,
// since the coins they spend will never be. It runs under the lease until ctx ends.
func (a *App) abandonOrphans(ctx context.Context) error {
	return a.keepHouse(ctx, "sponsored transactions", orphansEvery, func(ctx context.Context) error {
		var rows []struct {
			OutboxKey string
			Outpoint  []byte
		}
		err := a.db.Read(ctx).Raw(`SELECT i.outbox_key, i.outpoint FROM outbox_inputs i JOIN outbox o ON o."key" = i.outbox_key
			WHERE o.state IN ('stored', 'broadcast') AND o."key" LIKE 'sponsor/%' ORDER BY o.id LIMIT 5000`).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("look for orphans: %w", db.Classify(err))
		}
		for _, r := range rows {
			parent, _, ok := db.ParseOutpointKey(r.Outpoint)
			if !ok {
				return fmt.Errorf("%w: an input of %s", db.ErrCorrupt, r.OutboxKey)
			}
			lost, err := a.lost(ctx, parent)
			if err != nil {
				return err
			}
			if !lost {
				continue
			}
			err = a.db.Transact(ctx, func(tx *gorm.DB) error {
				if err := a.term.fence(tx); err != nil {
					return err
				}
				return outbox.Abandon(tx, r.OutboxKey, "a transaction before it was lost")
			})
			if err != nil && !errors.Is(err, outbox.ErrState) {
				return err
			}
			a.log.Info("a sponsored transaction is given up: one before it was lost", "key", r.OutboxKey)
		}
		return nil
	})
}

// lost says that a transaction of ours can never be confirmed.
func (a *App) lost(ctx context.Context, txid chainhash.Hash) (bool, error) {
	entry, err := outbox.ByTxid(a.db.Read(ctx), txid)
	if err == nil {
		return entry.State == outbox.Conflicted || entry.State == outbox.Abandoned, nil
	}
	if !errors.Is(err, outbox.ErrUnknownKey) {
		return false, err
	}
	return a.compose.Lost(ctx, txid)
}

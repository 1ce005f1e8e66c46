package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"cairn/chain"
	"cairn/chain/follow"
	"cairn/chain/visitor"
	"cairn/chain/wallet"
	"cairn/lighthouse/campaigns"
	"cairn/notary"
	"cairn/notary/anchor"
	"cairn/notary/calendar"
	"cairn/notary/express"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// openWallet sets up what spends the node's coins.
func (a *App) openWallet(context.Context) (err error) {
	a.wallet, err = wallet.New(wallet.Config{
		Conn:     a.node.Conn(),
		DB:       a.db,
		Network:  a.cfg.Network,
		DailyCap: btcutil.Amount(a.cfg.Anchor.DailyFee),
		MaxRate:  chain.SatPerVByte(a.cfg.Anchor.MaxFeeRate),
		Now:      a.now,
		Log:      a.log.With("part", "wallet"),
	})
	if err != nil {
		return err
	}
	broadcaster := wallet.BroadcasterConfig{
		Wallet: a.wallet,
		DB:     a.db,
		Fence:  a.term.fence,
		Now:    a.now,
		Log:    a.log.With("part", "outbox"),
	}
	if a.devnet != nil {
		broadcaster.Mempool = a.devnet
	}
	a.sender = wallet.NewBroadcaster(broadcaster)
	return nil
}

// openNotary sets up the calendar, what anchors it, and the follower, whose
// blocks the anchors wait for.
func (a *App) openNotary(ctx context.Context) error {
	start := int32(-1) // public chains are followed from where they are now
	if a.devnet != nil {
		start = 0
	}
	a.follower = follow.New(a.db, a.source, follow.Config{
		StartHeight: start,
		Fence:       a.term.fence,
		Log:         a.log.With("part", "follower"),
		Now:         a.now,
	}, follow.Outbox{}, wallet.Books{}, follow.Watched{}, a.till.Coins(), anchor.Projection{}, express.Projection{}, visitor.Projection{}, a.pledges.Projection(), campaigns.Projection{})

	key, err := calendar.OpenKey(a.folder.file("calendar.key"), rand.Reader)
	if err != nil {
		return err
	}
	journal, err := calendar.OpenJournal(ctx, a.db)
	if err != nil {
		return err
	}
	a.journal = journal
	a.closing(func() error { journal.Close(); return nil })
	a.anchors = anchor.NewLoop(anchor.Config{
		DB:        a.db,
		Wallet:    a.anchorWallet(),
		Interval:  a.cfg.Anchor.Interval,
		BumpAfter: a.cfg.Anchor.BumpAfter,
		MaxRate:   chain.SatPerVByte(a.cfg.Anchor.MaxFeeRate),
		Sent:      a.sender.Wake,
		Now:       a.now,
		Log:       a.log.With("part", "anchor"),
	})
	a.calendar, err = calendar.New(calendar.Config{
		URI:       a.cfg.Web.PublicURL,
		Key:       key,
		Now:       a.now,
		Log:       a.log.With("part", "calendar"),
		Committed: a.committed,
	}, journal)
	if err != nil {
		return err
	}
	a.closing(func() error { a.calendar.Close(); return nil })
	a.ledger = anchor.NewLedger(anchor.LedgerConfig{
		DB:            a.db,
		Confirmations: a.cfg.Anchor.Confirmations,
		Interval:      a.cfg.Anchor.Interval,
		BlockInterval: a.blockInterval(),
		Headers:       a.follower,
		Now:           a.now,
	})
	a.upstreams, err = anchor.NewUpstreams(anchor.UpstreamsConfig{
		DB:   a.db,
		URLs: a.cfg.Upstream,
		Now:  a.now,
		Log:  a.log.With("part", "upstream"),
	})
	if err != nil {
		return fmt.Errorf("--upstream: %w", err)
	}
	a.calendarAPI = calendar.NewHandler(a.calendar, journal, a.ledger)
	if err := a.openTSA(ctx); err != nil {
		return err
	}
	a.notary = notary.New(notary.Config{
		Calendar: a.calendar,
		Anchors:  a.ledger,
		Headers:  a.follower,
		Owns:     express.Ledger{DB: a.db, Confirmations: a.cfg.Anchor.Confirmations},
		Witness:  a.tsa,
		Log:      a.log.With("part", "notary"),
	})
	return nil
}

// anchorWallet is the node's wallet as anchoring sees it. rate, if set, takes
// the place of the node's estimate.
type anchorWallet struct {
	*wallet.Wallet
	rate chain.FeeRate
}

// devnetRate is just above what the devnet's mempool asks for (1 sat/vB; lnd
// rounds its floor up to 253 sat/kw). Nobody competes for its blocks, and lnd's
// fixed estimate for regtest is fifty times as much.
const devnetRate = chain.FeeRate(253)

func (a *App) anchorWallet() anchorWallet {
	if a.devnet != nil {
		return anchorWallet{a.wallet, devnetRate}
	}
	return anchorWallet{Wallet: a.wallet}
}

// EstimateRate implements anchor.Wallet.
func (w anchorWallet) EstimateRate(ctx context.Context, targetBlocks int32) (chain.FeeRate, error) {
	if w.rate > 0 {
		return w.rate, nil
	}
	return w.Wallet.EstimateRate(ctx, targetBlocks)
}

// Prepare implements anchor.Wallet.
func (w anchorWallet) Prepare(ctx context.Context, p anchor.Payment) (anchor.Signed, error) {
	signed, err := w.Wallet.Prepare(ctx, wallet.Request{Outputs: []*wire.TxOut{p.Output}, Rate: p.Rate, Purpose: p.Purpose})
	return anchorSigned(signed, err)
}

// Replace implements anchor.Wallet.
func (w anchorWallet) Replace(ctx context.Context, p anchor.Payment, replaced []byte) (anchor.Signed, error) {
	var tx wire.MsgTx
	if err := tx.Deserialize(bytes.NewReader(replaced)); err != nil {
		return anchor.Signed{}, fmt.Errorf("the transaction to replace: %w", err)
	}
	signed, err := w.Wallet.Replace(ctx, tx.TxHash(), p.Rate)
	return anchorSigned(signed, err)
}

func anchorSigned(s *wallet.Signed, err error) (anchor.Signed, error) {
	if err != nil {
		return anchor.Signed{}, fmt.Errorf("anchor transaction: %w", err)
	}
	return anchor.Signed{Tx: s.Tx, Raw: s.Raw, Fee: s.Fee}, nil
}

// blockInterval is what the network aims at between blocks, for estimates.
func (a *App) blockInterval() time.Duration {
	if a.devnet != nil {
		return a.cfg.Devnet.BlockInterval
	}
	return publicBlockInterval
}

// publicBlockInterval is what every public Bitcoin network aims at.
const publicBlockInterval = 10 * time.Minute

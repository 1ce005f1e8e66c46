package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"cairn/assets/compose"
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
)

// openWallet sets up what spends the node's coins.
func (a *App) openWallet(context.Context) (err error) {
	a.wallet, err = wallet.New(wallet.Config{
		Conn:     a.node.Conn(),
		DB:       a.db,
		Network:  a.cfg.Network,
		DailyCap: btcutil.Amount(a.cfg.Anchor.DailyFee),
		MaxRate:  chain.SatPerVByte(a.cfg.Anchor.MaxFeeRate),
		Plain:    a.plainCoins,
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
	}, follow.Outbox{}, wallet.Books{}, follow.Watched{}, a.till.Coins(), anchor.Projection{}, express.Projection{}, visitor.Projection{}, a.pledges.Projection(), a.claims.Projection(), campaigns.Projection{}, a.colors.Projection(), compose.Projection{}, a.vouchers.Projection())

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
		Wallet:    a.feeWallet(),
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

// blockInterval is what the network aims at between blocks, for estimates.
func (a *App) blockInterval() time.Duration {
	if a.devnet != nil {
		return a.cfg.Devnet.BlockInterval
	}
	return publicBlockInterval
}

// publicBlockInterval is what every public Bitcoin network aims at.
const publicBlockInterval = 10 * time.Minute

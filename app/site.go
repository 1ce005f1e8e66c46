package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"

	"cairn/app/web"
	"cairn/chain"
)

func (a *App) openWeb(context.Context) error {
	proxies := make([]netip.Prefix, 0, len(a.cfg.Web.TrustedProxies))
	for _, cidr := range a.cfg.Web.TrustedProxies {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			return err
		}
		proxies = append(proxies, prefix)
	}
	donations, err := a.donations()
	if err != nil {
		return err
	}
	deps := web.Deps{
		Notary:      a.notary,
		Calendar:    a.calendarAPI,
		Log:         a.publicLog,
		Engine:      a.node,
		Headers:     headers{a.follower, a.db, newHeights()},
		HeadersFrom: headerSource(a.cfg),
		Operators:   a.operators,
		Finder:      a.notary,
		TSA:         a.tsa,
		API:         a.apiDeps(),
		Till:        a.till,
		Payouts:     a.payouts,
		Express:     expressShop{a},
		Wallets:     a.visitorWallets(),
		AssetDesk:   a.assetDesk(),
		Explorer:    a.explorer(),
		Guard:       a.guardPages(),
		Receipts:    &web.ReceiptDeps{Receipts: a.receipts(), Name: a.assetName},
		Vouchers:    a.shops(),
		Pledges:     a.backers(),
		Campaigns:   a.campaignPages(),
		Moderation:  a.campaigns,
		Creators:    a.creators(),
		Accounts:    a.accounts,
		Vault:       a.vault,
		Audit:       a.audit,
		Payments:    a.payments,
		Coffer:      a.coffer,
		Seed:        seed{a},
		Figures:     a.figures,
		Lightning:   a.lightningDeps(),
		Donations:   donations,
		WalletLogin: a.walletLogin(),
		Webhooks:    a.webhooks,
		Overview:    a.overview,
		Ready:       a.readiness(),
	}
	if a.tickets != nil {
		deps.Tickets = a.tickets
	}
	if a.devnet != nil {
		deps.Demo = demo{a}
	}
	if five := a.openFive(); five != nil {
		deps.Five = five
	}
	if a.payer != nil {
		deps.SandboxPayer = sandboxPayer{a.payer}
	}
	a.web = web.New(web.Config{
		PublicURL:      a.cfg.Web.PublicURL,
		Network:        a.cfg.Network,
		TrustedProxies: proxies,
		BlockInterval:  a.cfg.Devnet.BlockInterval,
		Gallery:        a.cfg.Web.Gallery,
		APIRate:        a.cfg.Web.APIRate,
		Version:        a.opts.Version,
		Now:            a.now,
		Rand:           rand.Reader,
		Log:            a.log.With("part", "web"),
	}, deps)
	a.closing(func() error { a.web.Close(); return nil })
	a.metrics = newMetrics()
	a.metrics.watchEngine(a.node.Status)
	a.metrics.watchTip(a.follower.Tip)
	a.metrics.watchNotary(a.notary.Status)
	a.metrics.watchBooks(a.till.Books)
	return nil
}

// demo lets visitors of the sandbox mine.
type demo struct{ *App }

// Mine implements web.Demo.
func (d demo) Mine(context.Context) (chain.BlockRef, error) {
	refs, err := d.devnet.Mine(1)
	if err != nil {
		return chain.BlockRef{}, err
	}
	return refs[0], nil
}

// readiness is what must be well for the site to take digests and show
// proofs. The node is not among it: without one, digests are still taken and
// kept, and the pages say so.
func (a *App) readiness() []web.Check {
	return []web.Check{
		{Name: "database", Run: a.db.Ping},
		{Name: "schema", Run: func(ctx context.Context) error {
			// Not db.Version, which waits for the migration lock: anybody may ask.
			var have uint
			if err := a.db.Read(ctx).Raw("SELECT version FROM schema_migrations").Scan(&have).Error; err != nil {
				return err
			}
			if have != a.schema {
				return fmt.Errorf("the schema is %d and was %d at the start", have, a.schema)
			}
			return nil
		}},
		{Name: "follower", Run: func(context.Context) error {
			if _, leads := a.term.leading(); !leads {
				return nil // a stand-by follows nothing
			}
			if tip := a.follower.Tip(); tip == (chain.BlockRef{}) {
				return errors.New("no block was taken in yet")
			}
			return nil
		}},
	}
}

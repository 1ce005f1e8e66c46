package app

import (
	"context"
	"errors"
	"fmt"

	"cairn/app/outbound"
	"cairn/app/web"
	"cairn/assets"
	"cairn/assets/definition"
	"cairn/assets/ledger"
	"cairn/assets/voucher"
	"cairn/notary"
	vouchers "cairn/templates/voucher"

	"github.com/btcsuite/btcd/wire"
)

// openDefinitions sets up what knows what assets say of themselves.
func (a *App) openDefinitions(context.Context) (err error) {
	a.definitions, err = definition.New(definition.Config{
		DB:      a.db,
		Network: a.cfg.Network,
		URL:     a.cfg.Web.PublicURL,
		Fetch:   definitionFetcher{},
		Issues:  issuesOf{a.colors},
		Picture: func(ctx context.Context, raw []byte) ([]byte, error) {
			return a.covers.Shrink(ctx, raw, definition.PictureWidth)
		},
		Stamp: func(ctx context.Context, digest [32]byte) error {
			_, err := a.notary.Stamp(ctx, notary.Digest(digest))
			return err
		},
		Fence: a.term.fence,
		Now:   a.now,
		Log:   a.log.With("part", "definitions"),
	})
	return err
}

// issuesOf are the issues of a ledger.
type issuesOf struct{ ledger *ledger.Ledger }

// Issued implements definition.Issues.
func (i issuesOf) Issued(ctx context.Context, from int32) ([]definition.Issue, int32, error) {
	said, next, err := i.ledger.SaidFrom(ctx, from)
	if err != nil {
		return nil, 0, err
	}
	issues := make([]definition.Issue, len(said))
	for n, s := range said {
		issues[n] = definition.Issue{Asset: s.Asset, Metadata: s.Metadata}
	}
	scripts, err := i.ledger.ScriptIssuesFrom(ctx, from)
	if err != nil {
		return nil, 0, err
	}
	for _, s := range scripts {
		issues = append(issues, definition.Issue{Asset: s.Asset, Input: s.Input, Prevout: wire.NewTxOut(0, s.Script)})
	}
	return issues, next, nil
}

// definitionFetcher asks the servers that issuers name.
type definitionFetcher struct{ guard outbound.Guard }

// Fetch implements definition.Fetcher.
func (f definitionFetcher) Fetch(ctx context.Context, address string, most int64) (definition.Answer, error) {
	page, err := f.guard.Fetch(ctx, address, most)
	if err != nil {
		return definition.Answer{}, fmt.Errorf("%w: %w", definitionKind(err), err)
	}
	return definition.Answer{Body: page.Body, Media: page.Media, Subject: page.Organisation}, nil
}

// definitionKind is what went wrong, in the words of definitions.
func definitionKind(err error) error {
	switch {
	case errors.Is(err, outbound.ErrRedirect):
		return definition.ErrRedirect
	case errors.Is(err, outbound.ErrPrivate):
		return definition.ErrPrivate
	case errors.Is(err, outbound.ErrURL), errors.Is(err, outbound.ErrPort):
		return definition.ErrAddress
	case errors.Is(err, outbound.ErrLarge):
		return definition.ErrLarge
	}
	return definition.ErrSilent
}

// explorer is what the public pages of assets are made of.
func (a *App) explorer() *web.Explorer {
	return &web.Explorer{Ledger: a.colors, Definitions: a.definitions, Redeemer: a.redeemer}
}

// redeemer is the shop that takes units of an asset, and where it says what it owes.
func (a *App) redeemer(ctx context.Context, asset assets.ID) (name, path string, err error) {
	shop, err := a.vouchers.RedeemerOf(ctx, asset)
	if errors.Is(err, voucher.ErrShop) {
		return "", "", nil
	}
	return shop.Name, vouchers.LiabilityPath(shop.Slug), err
}

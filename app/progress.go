package app

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"cairn/app/db"
	"cairn/app/web"
	"cairn/app/web/api"
	"cairn/lighthouse"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/document"
	"cairn/lighthouse/pledges"
	"cairn/lighthouse/progress"
	"cairn/lighthouse/progress/tree"
	"cairn/notary"
	"cairn/templates/pledge"

	"gorm.io/gorm"
)

// documentSecret is the purpose of the key that signs campaigns' files and
// receipts. It must never change: people keep what was signed with it.
const documentSecret = "documents"

// openProgress sets up what makes the progress of campaigns provable, and what
// signs their files.
func (a *App) openProgress(context.Context) (err error) {
	a.signer = document.NewSigner(a.secret.of(documentSecret))
	cfg := progress.Config{
		DB:      a.db,
		Pledges: countedPledges{a.pledges},
		Stamp: func(ctx context.Context, digest tree.Hash) error {
			_, err := a.notary.Stamp(ctx, notary.Digest(digest))
			return err
		},
		Fence: a.term.fence,
		Rand:  rand.Reader,
		Now:   a.now,
		Log:   a.log.With("part", "progress"),
	}
	if a.devnet != nil {
		cfg.Every, cfg.Poll = devnetProgress, devnetProgress/5
	}
	a.progress, err = progress.New(cfg)
	return err
}

// devnetProgress is how often pledges are counted on the devnet, where nobody
// waits an hour to see it.
const devnetProgress = 10 * time.Second

// countedPledges are pledges as progress counts them.
type countedPledges struct{ *pledges.Service }

// AllIn implements progress.Pledges.
func (countedPledges) AllIn(tx *gorm.DB, id lighthouse.ID) ([]lighthouse.Pledge, error) {
	return pledges.AllIn(tx, id)
}

// files writes the files of campaigns and says what of them is notarised.
type files struct{ *App }

// Campaign is a campaign as a signed file. Errors: document.ErrContents for a
// draft that was never shown.
func (f files) Campaign(_ context.Context, c lighthouse.Campaign) ([]byte, error) {
	return f.signer.Campaign(document.Campaign{Network: f.cfg.Network, Server: f.cfg.Web.PublicURL, MadeAt: f.now(), Campaign: c})
}

// Pledge is a pledge as a file.
func (f files) Pledge(_ context.Context, c lighthouse.Campaign, p lighthouse.Pledge) ([]byte, error) {
	return document.WritePledge(f.cfg.Network, c, p)
}

// Receipt is this server's signed word that it holds a pledge.
func (f files) Receipt(ctx context.Context, p lighthouse.Pledge) ([]byte, error) {
	leaf, err := f.progress.Leaf(ctx, p)
	if err != nil {
		return nil, err
	}
	included, err := f.progress.Included(ctx, p)
	if err != nil {
		return nil, err
	}
	return f.signer.Receipt(document.Receipt{
		Network: f.cfg.Network, Server: f.cfg.Web.PublicURL, MadeAt: f.now(), Leaf: leaf, Since: p.At, Included: included,
	})
}

// Proof is the latest notarised total that counts a pledge; nil for none yet.
func (f files) Proof(ctx context.Context, p lighthouse.Pledge) (*pledge.Proof, error) {
	in, err := f.progress.Included(ctx, p)
	if err != nil || in == nil {
		return nil, err
	}
	digest := notary.Digest(in.Head.Digest())
	return &pledge.Proof{At: in.Head.At, Size: int(in.Head.Size), Stamp: "/proof/" + digest.String()}, nil
}

// Roots are the last notarised totals of a campaign, the newest first.
func (f files) Roots(ctx context.Context, id lighthouse.ID, most int) ([]web.Root, error) {
	heads, err := f.progress.Heads(ctx, id, 0, most)
	if err != nil {
		return nil, err
	}
	var roots []web.Root
	for _, h := range heads {
		if h.StampedAt.IsZero() {
			continue // it has no page yet
		}
		roots = append(roots, web.Root{Hash: notary.Digest(h.Digest()), At: h.At, Pledges: int(h.Size)})
	}
	return roots, nil
}

// Opening is all that was ever counted for a campaign, as a signed file, once a
// block holds its claim. Errors: lighthouse.ErrTooEarly before.
func (f files) Opening(ctx context.Context, id lighthouse.ID) ([]byte, error) {
	c, err := f.claims.Get(ctx, id)
	if errors.Is(err, claim.ErrNone) || err == nil && c.State != lighthouse.InBlock {
		return nil, lighthouse.ErrTooEarly
	}
	if err != nil {
		return nil, err
	}
	o, err := f.progress.Opening(ctx, id)
	if err != nil {
		return nil, err
	}
	o.Network, o.Server, o.MadeAt = f.cfg.Network, f.cfg.Web.PublicURL, f.now()
	return f.signer.Opening(o)
}

// Heads are the totals of a campaign that were notarised.
func (f files) Heads(ctx context.Context, id lighthouse.ID, below uint32, limit int) ([]progress.Head, error) {
	return f.progress.Heads(ctx, id, below, limit)
}

// crowdfundingAPI is what programs are told of campaigns.
func (a *App) crowdfundingAPI() *api.Crowdfunding {
	return &api.Crowdfunding{Campaigns: a.campaigns, Pledges: a.pledges, Claims: a.claims, Files: files{a}}
}

// notedClaims has what a claim takes notarised before its creator makes it.
type notedClaims struct {
	*claim.Service
	app *App
}

// Claim implements web.CreatorClaims. The claim does not wait for a notary that is
// out of order, nor for the process that leads.
func (n notedClaims) Claim(ctx context.Context, key lighthouse.Key) (lighthouse.Claim, error) {
	if c, err := n.app.campaigns.ByKey(ctx, key); err == nil {
		if _, err := n.app.progress.Note(ctx, c.ID); err != nil && !errors.Is(err, db.ErrFenced) {
			n.app.log.Warn("pledges were not notarised before their claim", "campaign", c.ID.String(), "error", err)
		}
	}
	return n.Service.Claim(ctx, key)
}

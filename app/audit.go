package app

import (
	"context"
	"errors"

	"cairn/app/audit"
	"cairn/app/control"
	"cairn/notary"
)

// stampAudit writes down that this process leads, and hands the head of the audit
// log to the notary every day.
func (a *App) stampAudit(ctx context.Context) error {
	if err := a.recordStart(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn("the start is not in the audit log", "error", err)
	}
	return a.audit.Run(ctx, func(ctx context.Context, digest [32]byte) error {
		_, err := a.notary.Stamp(ctx, notary.Digest(digest))
		return err
	}, func(err error) { a.log.Warn("the audit log was not stamped", "error", err) })
}

// recordStart writes down that the program started, and as what. No setting
// that may hold a secret is told.
func (a *App) recordStart(ctx context.Context) error {
	return a.audit.Record(ctx, audit.Event{Who: audit.Cairn, What: "app.started", Detail: map[string]string{
		"version": audit.Clean(a.opts.Version, 100), "network": string(a.cfg.Network), "database": string(a.db.Dialect()),
		"site": audit.Clean(a.cfg.Web.PublicURL, 300),
	}})
}

// witnessStamps is how many stamps are looked at for one that is in a block.
const witnessStamps = 30

// AuditWitness implements control.Running.
func (r running) AuditWitness(ctx context.Context) (control.Witness, error) {
	stamps, err := r.audit.Stamps(ctx, witnessStamps)
	if err != nil {
		return control.Witness{}, err
	}
	for _, s := range stamps {
		proof, err := r.notary.Proof(ctx, notary.Digest(s.Digest))
		if errors.Is(err, notary.ErrUnknownDigest) {
			continue
		}
		if err != nil {
			return control.Witness{}, err
		}
		if proof.Anchor != nil && proof.Anchor.Block.Height > 0 {
			return control.Witness{Seq: s.Seq, Digest: s.Digest.String(), Height: proof.Anchor.Block.Height, Time: proof.Anchor.BlockTime}, nil
		}
	}
	return control.Witness{}, nil
}

package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"cairn/app/audit"
	"cairn/notary"
	"cairn/templates/operator"
)

const (
	// auditPage is how many entries a page of the audit log has, and auditStamps
	// how many of its stamps are looked at for one that is in a block.
	auditPage   = 50
	auditStamps = 10
	// exportTime is how long an export may take.
	exportTime = 5 * time.Minute
)

// auditRoutes show the audit log.
func (s *Server) auditRoutes() {
	s.operatorGet("/operator/audit", s.auditLog)
	s.get("operator-audit-export", "/operator/audit.ndjson", s.auditExport, s.limit(0.1, 10), s.onlyOperator)
	s.operatorPost("/operator/audit/stamp", s.auditStamp, s.changes)
}

// auditLog checks the whole log and shows a page of it.
func (s *Server) auditLog(c Ctx) error {
	ctx := c.Request().Context()
	view := operator.AuditView{Frame: s.frame(c, "operator.audit.title", "/operator/audit")}
	standing, err := s.deps.Audit.Verify(ctx)
	switch {
	case errors.Is(err, audit.ErrBroken):
		view.Broken = err.Error()
	case err != nil:
		return err
	}
	view.Entries, view.Head = standing.Entries, standing.Head.String()
	if err := s.auditWitness(ctx, &view); err != nil {
		return err
	}
	before, err := strconv.ParseInt(c.QueryParam("before"), 10, 64)
	if err != nil || before < 1 {
		before = 0
	}
	list, err := s.deps.Audit.Entries(ctx, before, auditPage)
	if err != nil && !errors.Is(err, audit.ErrBroken) {
		return err
	}
	for _, e := range list {
		view.List = append(view.List, operator.AuditEntry{Seq: e.Seq, At: e.At, Who: e.Who, What: e.What, Detail: e.Detail, Hash: e.Hash.String()})
	}
	if len(list) == auditPage && list[len(list)-1].Seq > 1 {
		view.Older = list[len(list)-1].Seq
	}
	return render(c, http.StatusOK, operator.AuditPage(view))
}

// auditWitness finds the newest stamp, and the newest that is in a block: what
// it covers cannot have been changed since.
func (s *Server) auditWitness(ctx context.Context, view *operator.AuditView) error {
	stamps, err := s.deps.Audit.Stamps(ctx, auditStamps)
	if err != nil {
		return err
	}
	for i, stamp := range stamps {
		proof, err := s.deps.Notary.Proof(ctx, notary.Digest(stamp.Digest))
		if errors.Is(err, notary.ErrUnknownDigest) {
			continue
		}
		if err != nil {
			return err
		}
		shown := &operator.AuditStamp{Seq: stamp.Seq, Digest: stamp.Digest.String(), At: stamp.StampedAt}
		if i == 0 {
			view.Stamped = shown
		}
		if proof.Anchor != nil && proof.Anchor.Block.Height > 0 {
			shown.Height, shown.BlockTime = proof.Anchor.Block.Height, proof.Anchor.BlockTime
			view.Witness = shown
			return nil
		}
	}
	return nil
}

// auditExport sends the whole log, one line of JSON for each entry.
func (s *Server) auditExport(c Ctx) error {
	h := c.Response().Header()
	h.Set("Content-Type", "application/x-ndjson")
	h.Set("Content-Disposition", `attachment; filename="cairn-audit.ndjson"`)
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	// A long log may take longer than a page.
	http.NewResponseController(c.Response()).SetWriteDeadline(s.cfg.Now().Add(exportTime)) //nolint:errcheck // not every writer has one
	return s.deps.Audit.Export(c.Request().Context(), c.Response())
}

// auditStamp hands the newest entry to the notary now.
func (s *Server) auditStamp(c Ctx) error {
	_, err := s.deps.Audit.Stamp(c.Request().Context(), 0, func(ctx context.Context, digest [32]byte) error {
		_, err := s.deps.Notary.Stamp(ctx, notary.Digest(digest))
		return err
	})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/operator/audit")
}

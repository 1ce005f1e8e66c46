package web

import (
	"errors"
	"net/http"

	"cairn/notary"
	"cairn/templates/anchor"
	"cairn/templates/find"
	"cairn/templates/layout"
	"cairn/templates/proof"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// maxQuery bounds what is looked for; the longest thing there is has 88 digits.
const maxQuery = 200

func (s *Server) findRoutes() {
	if s.deps.Finder == nil {
		return
	}
	s.get("find", "/find", s.find, s.limit(20, 200))
	s.get("anchor", "/anchor/:txid", s.anchor)
}

// find leads from a digest, txid, block or commitment to its page, or says
// that there is none.
func (s *Server) find(c Ctx) error {
	query := c.QueryParam("q")
	if query == "" {
		return s.renderFind(c, http.StatusOK, find.View{})
	}
	if len(query) > maxQuery {
		return s.renderFind(c, http.StatusUnprocessableEntity, find.View{Query: query[:maxQuery], Problem: sentence(c, notary.ErrQuery)})
	}
	found, err := s.deps.Finder.Find(c.Request().Context(), query)
	switch {
	case errors.Is(err, notary.ErrQuery), errors.Is(err, notary.ErrNothingFound):
		r := ruleFor(err)
		return s.renderFind(c, r.status, find.View{Query: query, Problem: t(c, r.sentence), Missing: errors.Is(err, notary.ErrNothingFound)})
	case err != nil:
		return err
	case found.Digest != nil:
		return c.Redirect(http.StatusSeeOther, proof.Path(*found.Digest))
	case len(found.Anchors) == 1:
		return c.Redirect(http.StatusSeeOther, anchor.Path(found.Anchors[0].Txid))
	}
	return s.renderFind(c, http.StatusOK, find.View{Query: query, Waiting: found.Waiting, Anchors: found.Anchors})
}

func (s *Server) renderFind(c Ctx, status int, view find.View) error {
	view.Meta = s.meta(c, t(c, "find.title"), layout.SectionNone)
	view.Meta.Private = view.Query != ""
	return render(c, status, find.Page(view))
}

// anchor is the page of a transaction that carries stamps.
func (s *Server) anchor(c Ctx) error {
	txid, err := chainhash.NewHashFromStr(c.Param("txid"))
	if err != nil || len(c.Param("txid")) != chainhash.MaxHashStringSize {
		return ErrTxid
	}
	state, err := s.deps.Finder.Anchor(c.Request().Context(), *txid)
	if err != nil {
		return err
	}
	view := anchor.View{
		Meta:   s.meta(c, t(c, "anchor.title", "Txid", txid.String()[:8]), layout.SectionNone),
		Anchor: state, Asked: *txid, Logged: s.deps.Log != nil,
	}
	return render(c, http.StatusOK, anchor.Page(view))
}

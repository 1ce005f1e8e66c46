package web

import (
	"net/http"
	"strconv"
	"time"

	"cairn/notary/vault"
	"cairn/templates/layout"
	vaultpage "cairn/templates/vault"
)

// vaultShare makes a link and shows it, this once.
func (s *Server) vaultShare(c Ctx) error {
	days, err := strconv.Atoi(c.FormValue("days"))
	if err != nil || days < 0 || days > 366 {
		return ErrForm
	}
	var item vault.ID
	if text := c.FormValue("item"); text != "" {
		var ok bool
		if item, ok = vault.ParseID(text); !ok {
			return vault.ErrUnknownItem
		}
	}
	token, err := s.deps.Vault.Share(c.Request().Context(), who(c).Account, item, groupParam(c.FormValue("group")), time.Duration(days)*24*time.Hour)
	if err != nil {
		return err
	}
	return s.renderLinks(c, s.linkBase(c)+"/s/"+token)
}

// linkBase is the scheme and host that links begin with: where the visitor is,
// if that is one of ours, so that a link made on localhost opens there.
func (s *Server) linkBase(c Ctx) string {
	if here, _ := s.deps.Accounts.Site().Here(c.Request().Host); here {
		return s.scheme() + c.Request().Host
	}
	return s.origin()
}

func (s *Server) scheme() string {
	if s.secure {
		return "https://"
	}
	return "http://"
}

// vaultLinks lists the links that work.
func (s *Server) vaultLinks(c Ctx) error { return s.renderLinks(c, "") }

func (s *Server) renderLinks(c Ctx, fresh string) error {
	shares, err := s.deps.Vault.Shares(c.Request().Context(), who(c).Account)
	if err != nil {
		return err
	}
	view := vaultpage.LinksView{Meta: s.ownMeta(c, t(c, "vault.links.title")), Shares: shares, New: fresh}
	view.Meta.Path = "/vault/links"
	return render(c, http.StatusOK, vaultpage.LinksPage(view))
}

func (s *Server) vaultUnshare(c Ctx) error {
	id, ok := vault.ParseID(c.FormValue("id"))
	if !ok {
		return ErrForm
	}
	if err := s.deps.Vault.Unshare(c.Request().Context(), who(c).Account, id); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/vault/links")
}

// shared is what a link shows to whoever has it.
func (s *Server) shared(c Ctx) error {
	s.unlisted(c)
	page, _ := strconv.Atoi(c.QueryParam("page")) // what is no number is the first
	shared, err := s.deps.Vault.Open(c.Request().Context(), c.Param("token"), page)
	if err != nil {
		return err
	}
	meta := s.meta(c, t(c, "shared.title"), layout.SectionNone)
	meta.Private = true
	return render(c, http.StatusOK, vaultpage.SharedPage(vaultpage.SharedView{Meta: meta, Shared: shared, Now: s.cfg.Now()}))
}

// sharedArchive is all proofs a link leads to.
func (s *Server) sharedArchive(c Ctx) error {
	s.unlisted(c)
	return s.archive(c, "proofs.zip", func(a *vault.Archive) error {
		return s.deps.Vault.OpenWalk(c.Request().Context(), c.Param("token"), func(item vault.Item, file []byte) error {
			return s.addProof(c, a, item, file)
		})
	})
}

// unlisted keeps an address that opens something to those who have it.
func (s *Server) unlisted(c Ctx) {
	h := c.Response().Header()
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "private, no-store")
}

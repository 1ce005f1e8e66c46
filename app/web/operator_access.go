package web

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"

	"cairn/app/account"
	opstore "cairn/app/operator"
	"cairn/templates/operator"
)

// accessRoutes are about who may come in.
func (s *Server) accessRoutes() {
	if s.deps.Accounts == nil {
		return
	}
	s.operatorGet("/operator/access", s.access)
	s.operatorPost("/operator/access/link", s.accessLink, s.changes, s.authorised)
	s.operatorPost("/operator/access/remove", s.accessRemove, s.changes, s.authorised)
}

// access lists the operator's own passkeys, and the other operators.
func (s *Server) access(c Ctx) error {
	ctx, who := c.Request().Context(), whoOperates(c)
	view := operator.AccessView{Frame: s.frame(c, "operator.access.title", "/operator/access")}
	people, err := s.deps.Operators.People(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		shown := operator.Person{ID: hex.EncodeToString(p.Account[:]), Short: opstore.Name(p.Account), AddedAt: p.AddedAt}
		own, err := s.deps.Accounts.Get(ctx, p.Account)
		if err != nil && !errors.Is(err, account.ErrSignedOut) {
			return err
		}
		shown.Name = own.Name
		shown.Self = who.Session != nil && who.Session.Account == p.Account
		view.People = append(view.People, shown)
	}
	if who.Session == nil {
		return render(c, http.StatusOK, operator.AccessPage(view))
	}
	own, err := s.deps.Accounts.Get(ctx, who.Session.Account)
	if err != nil {
		return err
	}
	view.RecoveryAt, view.Fresh = own.RecoveryAt, who.Session.Fresh(s.cfg.Now())
	keys, err := s.deps.Accounts.Passkeys(ctx, who.Session.Account)
	if err != nil {
		return err
	}
	for _, k := range keys {
		view.Passkeys = append(view.Passkeys, operator.Passkey{
			ID: base64.RawURLEncoding.EncodeToString(k.ID), Name: k.Name, CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt, Synced: k.Synced,
		})
	}
	return render(c, http.StatusOK, operator.AccessPage(view))
}

// accessLink makes a one-time link for another operator and shows it, this once.
func (s *Server) accessLink(c Ctx) error {
	token, expires, err := s.deps.Operators.Link(c.Request().Context(), whoOperates(c).Name())
	if err != nil {
		return err
	}
	view := operator.LinkView{
		Frame: s.frame(c, "operator.link.title", "/operator/access"), URL: s.cfg.PublicURL + "/setup/" + token, Expires: expires,
	}
	view.Meta.Path = "/operator/access"
	return render(c, http.StatusOK, operator.LinkPage(view))
}

// accessRemove takes an operator off the list.
func (s *Server) accessRemove(c Ctx) error {
	raw, err := hex.DecodeString(c.FormValue("id"))
	if err != nil || len(raw) != len(account.ID{}) {
		return ErrForm
	}
	if err := s.deps.Operators.Remove(c.Request().Context(), [16]byte(raw), whoOperates(c).Name()); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/operator/access")
}

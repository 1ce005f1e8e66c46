package web

import (
	"net/http"

	"cairn/app/account"
	"cairn/lighthouse"
	"cairn/templates/creator"
)

// creatorAccountRoutes let accounts keep campaigns, so that who lost a link
// signs in instead. desk is the address of a desk.
func (s *Server) creatorAccountRoutes(desk string) {
	if s.deps.Accounts == nil || s.deps.Creators.Accounts == nil {
		return
	}
	small := bodyLimit(16 << 10)
	limit := s.limit(1, 30)
	s.post("desk-account", desk+"/account", s.keepInAccount, small, limit)
	s.post("desk-of-account", creator.HeldPath, s.openHeld, small, limit, s.signedIn)
}

// keepInAccount has the account that is signed in keep a campaign, or let go of
// it.
func (s *Server) keepInAccount(c Ctx) error {
	key, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	session, err := s.visitor(c)
	if err != nil {
		return err
	}
	if session == nil {
		return account.ErrSignedOut
	}
	ctx, done := c.Request().Context(), creator.DoneKept
	if c.FormValue("keep") == "no" {
		done = creator.DoneLetGo
		err = s.deps.Creators.Accounts.LetGo(ctx, session.Account, had.ID)
	} else {
		err = s.deps.Creators.Accounts.KeepFor(ctx, key, session.Account)
	}
	if err != nil {
		return err
	}
	if _, err := s.deps.Creators.Campaigns.ByKey(ctx, key); err != nil {
		// The link that was used was made for the account, and went with it.
		return c.Redirect(http.StatusSeeOther, creator.ListPath)
	}
	return s.done(c, key, done, "")
}

// openHeld makes a link to the desk of a campaign that the account keeps, and
// follows it.
func (s *Server) openHeld(c Ctx) error {
	id, err := lighthouse.ParseID(c.FormValue("id"))
	if err != nil {
		return err
	}
	key, err := s.deps.Creators.Accounts.KeyFor(c.Request().Context(), who(c).Account, id)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, creator.DeskPath(key))
}

// keeping says whether the account that is signed in keeps a campaign.
func (s *Server) keeping(c Ctx, id lighthouse.ID) (creator.Keeping, error) {
	if s.deps.Accounts == nil || s.deps.Creators.Accounts == nil {
		return creator.NobodyKeeps, nil
	}
	session, err := s.visitor(c)
	if err != nil || session == nil {
		return creator.NobodyKeeps, err
	}
	kept, err := s.deps.Creators.Accounts.Keeps(c.Request().Context(), session.Account, id)
	if err != nil {
		return creator.NobodyKeeps, err
	}
	if kept {
		return creator.Kept, nil
	}
	return creator.MayKeep, nil
}

// accountDesks are the campaigns that the account keeps.
func (s *Server) accountDesks(c Ctx) (*creator.AccountDesks, error) {
	if s.deps.Accounts == nil || s.deps.Creators.Accounts == nil {
		return nil, nil
	}
	session, err := s.visitor(c)
	if err != nil {
		return nil, err
	}
	desks := &creator.AccountDesks{SignedIn: session != nil}
	if session == nil {
		return desks, nil
	}
	list, err := s.deps.Creators.Accounts.OfAccount(c.Request().Context(), session.Account)
	if err != nil {
		return nil, err
	}
	for _, card := range list {
		desks.List = append(desks.List, creator.Held{ID: card.ID, Title: card.Title, Stage: card.Stage})
	}
	return desks, nil
}

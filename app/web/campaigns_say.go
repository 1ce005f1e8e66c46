package web

import (
	"errors"
	"net/http"
	"strings"

	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/templates/campaign"
)

// campaignComment says something under a campaign, as a backer if that is
// proven.
func (s *Server) campaignComment(c Ctx) error {
	id, err := campaignID(c)
	if err != nil {
		return err
	}
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	form := c.Request().PostForm
	draft := campaign.CommentDraft{
		Name: form.Get("name"), Text: form.Get("text"), Pledge: strings.TrimSpace(form.Get("pledge")), Signature: strings.TrimSpace(form.Get("signature")),
	}
	ctx := c.Request().Context()
	if _, err := s.publicCampaign(ctx, id); err != nil {
		return err
	}
	source, err := s.source(c)
	if err != nil {
		return err
	}
	words := campaigns.Words{Name: draft.Name, Text: draft.Text, Source: source}
	if draft.Pledge != "" {
		if words.Backer, err = backerProof(draft); err != nil {
			return s.sayAgain(c, id, draft, err)
		}
		if words.Backer == nil { // what to sign is known only now
			draft.Sign = campaigns.ProofMessage(id, draft.Name, draft.Text)
			return s.sayAgain(c, id, draft, nil)
		}
	}
	if _, err := s.deps.Campaigns.Campaigns.Comment(ctx, id, words); err != nil {
		if words.Backer != nil && words.Backer.Key == nil {
			draft.Sign = campaigns.ProofMessage(id, draft.Name, draft.Text)
		}
		return s.sayAgain(c, id, draft, err)
	}
	s.stencils.forget(id.String())
	return c.Redirect(http.StatusSeeOther, campaign.Path(id)+"?said=1#comments")
}

// backerProof reads what proves that somebody pledged: the secret link of his
// pledge, or its public number with a signature. It is nil for a number without
// one. Error: lighthouse.ErrUnknownPledge.
func backerProof(draft campaign.CommentDraft) (*campaigns.Proof, error) {
	text := strings.TrimRight(draft.Pledge, "/")
	if link := strings.LastIndex(text, "/pledges/"); link >= 0 {
		key, err := lighthouse.ParseKey(text[link+len("/pledges/"):])
		if err != nil {
			return nil, lighthouse.ErrUnknownPledge
		}
		return &campaigns.Proof{Key: &key}, nil
	}
	pledge, err := lighthouse.ParsePledgeID(text)
	if err != nil {
		return nil, err
	}
	if draft.Signature == "" {
		return nil, nil
	}
	return &campaigns.Proof{Pledge: pledge, Signature: draft.Signature}, nil
}

// sayAgain shows the campaign with what could not be said, or is not signed yet.
func (s *Server) sayAgain(c Ctx, id lighthouse.ID, draft campaign.CommentDraft, problem error) error {
	status := http.StatusOK
	if problem != nil {
		r := ruleFor(problem)
		var fields campaigns.Fields
		switch {
		case errors.As(problem, &fields):
			draft.Wrong = t(c, r.sentence)
		case r.status >= http.StatusInternalServerError:
			return problem
		default:
			draft.Wrong = t(c, r.sentence)
		}
		status = r.status
	}
	view, err := s.campaignView(c.Request().Context(), id)
	if err != nil {
		return err
	}
	view.Draft = draft
	s.campaignMeta(c, &view)
	view.Meta.Private = true
	return render(c, status, campaign.Page(view))
}

// source names where a visitor comes from without telling who that is: a keyed
// sum, the key of which ends with this process.
func (s *Server) source(c Ctx) (string, error) {
	key, err := s.secret()
	return keyed(key, "source "+neighbourhood(c.RealIP()).String()), err
}

// followCookie holds a secret of the browser's by which campaigns count it once.
const followCookie = "cairn-follows"

// campaignFollow counts the visitor as waiting for a campaign.
func (s *Server) campaignFollow(c Ctx) error {
	id, err := campaignID(c)
	if err != nil {
		return err
	}
	who, err := lighthouse.ParseKey(s.cookie(c, followCookie))
	if err != nil {
		if who, err = lighthouse.NewKey(s.cfg.Rand); err != nil {
			return err
		}
	}
	source, err := s.source(c)
	if err != nil {
		return err
	}
	if err := s.deps.Campaigns.Campaigns.Follow(c.Request().Context(), id, who, source); err != nil {
		return err
	}
	s.remember(c, followCookie, who.Text())
	s.stencils.forget(id.String())
	return c.Redirect(http.StatusSeeOther, campaign.Path(id)+"?followed=1")
}

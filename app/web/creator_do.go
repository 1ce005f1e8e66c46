package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"cairn/channels/fees"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/story"
	"cairn/templates/creator"

	"github.com/a-h/templ"
)

// maxMarkdown bounds a form of one text: 20,000 characters, escaped.
const maxMarkdown = 512 << 10

// done leads back to the desk.
func (s *Server) done(c Ctx, key lighthouse.Key, what creator.Done, part string) error {
	to := creator.DeskPath(key) + "?done=" + string(what)
	if part != "" {
		to += "#" + part
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// announceCampaign shows a draft.
func (s *Server) announceCampaign(c Ctx) error {
	key, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	if _, err := s.deps.Creators.Campaigns.Announce(c.Request().Context(), key); err != nil {
		return s.notYet(c, key, had, err)
	}
	return s.done(c, key, creator.DoneAnnounced, "")
}

// openCampaign lets pledges in.
func (s *Server) openCampaign(c Ctx) error {
	key, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	if _, err := s.deps.Creators.Campaigns.Open(c.Request().Context(), key); err != nil {
		return s.notYet(c, key, had, err)
	}
	return s.done(c, key, creator.DoneOpened, "")
}

// notYet shows the form with what keeps a draft from being shown.
func (s *Server) notYet(c Ctx, key lighthouse.Key, had lighthouse.Campaign, err error) error {
	var fields campaigns.Fields
	if !errors.As(err, &fields) {
		return err
	}
	v := &typedForm{at: map[string]string{}}
	v.FormView = s.formOf(key, had, creator.FormView{
		Form: creator.FormOf(had), Cover: had.Cover, Version: had.Version, Changed: had.ChangedAt, Mistakes: map[string]string{},
	})
	v.draft(c) // notes which row is which
	v.blame(c, fields)
	return s.campaignForm(c, http.StatusUnprocessableEntity, v.FormView)
}

// closeCampaign ends it early.
func (s *Server) closeCampaign(c Ctx) error {
	key, _, err := s.deskOf(c)
	if err != nil {
		return err
	}
	if c.FormValue("sure") == "" {
		return ErrNotSure
	}
	if _, err := s.deps.Creators.Campaigns.Close(c.Request().Context(), key); err != nil {
		return err
	}
	return s.done(c, key, creator.DoneClosed, "")
}

// claimCampaign makes the transaction that pays the beneficiaries.
func (s *Server) claimCampaign(c Ctx) error {
	key, _, err := s.deskOf(c)
	if err != nil {
		return err
	}
	if c.FormValue("sure") == "" {
		return ErrNotSure
	}
	if _, err := s.deps.Creators.Claims.Claim(c.Request().Context(), key); err != nil {
		return err
	}
	return s.done(c, key, creator.DoneClaimed, "")
}

// buySpeed makes a quote for a faster claim and leads to where it is paid.
func (s *Server) buySpeed(c Ctx) error {
	key, _, err := s.deskOf(c)
	if err != nil {
		return err
	}
	client, err := s.newBuyer(c)
	if err != nil {
		return err
	}
	var q fees.Quote
	if q, err = s.deps.Creators.Speed.Sell(c.Request().Context(), SpeedSale{Key: key, Client: client, Memo: t(c, "creator.memo.speed")}); err != nil {
		return err
	}
	return s.checkout(c, q)
}

// postUpdate posts news.
func (s *Server) postUpdate(c Ctx) error {
	key, _, err := s.deskOf(c)
	if err != nil {
		return err
	}
	if err := parseAny(c.Request()); err != nil {
		return badForm(err)
	}
	draft := creator.UpdateDraft{Title: c.FormValue("title"), Text: c.FormValue("text")}
	_, err = s.deps.Creators.Campaigns.Post(c.Request().Context(), key, draft.Title, draft.Text)
	var fields campaigns.Fields
	var field *campaigns.FieldError
	switch {
	case err == nil:
		return s.done(c, key, creator.DonePosted, "news")
	case errors.As(err, &fields) && len(fields) > 0:
		draft.Wrong = sentence(c, fields[0])
	case errors.As(err, &field):
		draft.Wrong = sentence(c, field)
	case ruleFor(err).status == http.StatusUnprocessableEntity:
		draft.Wrong = sentence(c, err)
	default:
		return err
	}
	return s.deskPage(c, http.StatusUnprocessableEntity, draft)
}

// hideComment hides a comment, or shows it again.
func (s *Server) hideComment(c Ctx) error {
	key, _, err := s.deskOf(c)
	if err != nil {
		return err
	}
	comment, err := strconv.ParseInt(c.FormValue("comment"), 10, 64)
	if err != nil {
		return ErrForm
	}
	if err := s.deps.Creators.Campaigns.Hide(c.Request().Context(), key, comment, c.FormValue("do") != "show"); err != nil {
		return err
	}
	return s.done(c, key, creator.DoneHidden, "comments")
}

// markdown shows what a text will look like: a piece of a page, for a script.
func (s *Server) markdown(c Ctx) error {
	if err := parseAny(c.Request()); err != nil {
		return badForm(err)
	}
	text := c.Request().PostForm.Get("text")
	if strings.TrimSpace(text) == "" {
		return c.NoContent(http.StatusNoContent)
	}
	html, err := story.HTML(text)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, templ.Raw(html))
}

// letTimePass mines blocks of the sandbox: one, or up to a height of the
// campaign's, as far as one press goes.
func (s *Server) letTimePass(c Ctx) error {
	key, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	tip := s.deps.Headers.Tip().Height
	blocks := 1
	switch c.FormValue("to") {
	case "deadline":
		blocks = int(had.Terms.Deadline - tip)
	case "refunds":
		blocks = int(int32(had.Terms.RefundHeight()) - tip)
	}
	if had.Terms.Deadline == 0 || blocks < 1 {
		blocks = 1
	}
	if _, err := s.deps.Creators.Time.Pass(c.Request().Context(), min(blocks, MaxPass)); err != nil {
		return fmt.Errorf("let time pass: %w", err)
	}
	return s.done(c, key, creator.DoneMined, "")
}

// keyFile is the secret link as a file to keep.
func (s *Server) keyFile(c Ctx) error {
	key, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(had.Text.Title)
	if name == "" {
		name = t(c, "creator.untitled")
	}
	text := t(c, "creator.key.file", "Title", name) + "\n\n" + s.origin() + creator.DeskPath(key) + "\n"
	return saveAs(c, "cairn-campaign-"+had.ID.String()[:8]+"-key.txt", "text/plain; charset=utf-8", []byte(text))
}

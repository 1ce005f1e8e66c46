package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"sync"

	"cairn/app/web/sharecard"
	"cairn/lighthouse"
	"cairn/templates/campaign"
	"cairn/templates/i18n"

	"golang.org/x/text/language"
)

// badgePolicy lets a badge that is opened by itself have its one style sheet.
var badgePolicy = func() string {
	sum := sha256.Sum256([]byte(campaign.BadgeStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// campaignBadge is a campaign as a picture for other sites. It speaks the
// campaign's language, or that of ?lang.
func (s *Server) campaignBadge(c Ctx) error {
	card, ctx, err := s.cardToShare(c)
	if err != nil {
		return err
	}
	s.shareable(c)
	c.Response().Header().Set("Content-Security-Policy", badgePolicy)
	return c.Blob(http.StatusOK, "image/svg+xml", campaign.Badge(ctx, card, s.clock()))
}

// cardToShare is a campaign's card and the context of the language it is to be
// written in.
func (s *Server) cardToShare(c Ctx) (campaign.Card, context.Context, error) {
	id, err := campaignID(c)
	if err != nil {
		return campaign.Card{}, nil, err
	}
	ctx := c.Request().Context()
	view, err := s.campaignCore(ctx, id)
	if err != nil {
		return campaign.Card{}, nil, err
	}
	return campaign.CardFor(view), i18n.With(ctx, languageOf(c, view.Campaign)), nil
}

func languageOf(c Ctx, got lighthouse.Campaign) language.Tag {
	return i18n.Match(c.QueryParam("lang"), got.Language)
}

// shareable lets other sites show the answer, for a minute as it is. It is the
// same for everybody.
func (s *Server) shareable(c Ctx) {
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Del("Set-Cookie") // ?lang is this picture's, not the visitor's
}

// campaignCard is the picture that other sites show with a campaign's address.
func (s *Server) campaignCard(c Ctx) error {
	card, ctx, err := s.cardToShare(c)
	if err != nil {
		return err
	}
	clock := s.clock()
	key := fmt.Sprint(card.ID, "\x00picture\x00", i18n.Lang(ctx), card.State(ctx, clock), card.Bar().Percent(), card.Title)
	raw, err := s.pictures.get(key, func() ([]byte, error) {
		bar := card.Bar()
		return sharecard.Draw(sharecard.Card{
			Title: card.Title, Creator: card.Creator, Words: campaign.BadgeWords(ctx, card), State: card.State(ctx, clock),
			Confirmed: bar.Thousandths(bar.Confirmed), Pending: bar.Thousandths(bar.Pending), Stones: campaign.Outlines(),
		})
	})
	if err != nil {
		return err
	}
	s.shareable(c)
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return c.Blob(http.StatusOK, "image/png", raw)
}

// maxPictures is how many drawn pictures are kept; one takes some hundredths of
// a second, and one is drawn at a time.
const maxPictures = 200

// pictures keeps what was drawn, by all that it shows.
type pictures struct {
	mu    sync.Mutex
	byKey map[string][]byte // guarded by mu
}

func (p *pictures) get(key string, draw func() ([]byte, error)) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if raw := p.byKey[key]; raw != nil {
		return raw, nil
	}
	raw, err := draw()
	if err != nil {
		return nil, err
	}
	if p.byKey == nil || len(p.byKey) >= maxPictures {
		p.byKey = make(map[string][]byte)
	}
	p.byKey[key] = raw
	return raw, nil
}

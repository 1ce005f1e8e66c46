package web

import (
	"context"
	"errors"
	"strings"
	"time"

	"cairn/assets/compose"
	"cairn/assets/voucher"
	"cairn/channels/fees"
	vouchers "cairn/templates/voucher"
)

// deskCookie names the page of a shop's desk that a quote was asked for on:
// "quote.path". The till knows nothing of shops' keys, and its page leads back to the
// desk by this alone.
const deskCookie = "cairn-shop-desk"

// afterPaying is how much longer than its quote a way back is remembered.
const afterPaying = time.Hour

// rememberDesk keeps where a quote leads back to.
func (s *Server) rememberDesk(c Ctx, quote, path string, expires time.Time) {
	if quote != "" {
		s.setCookie(c, deskCookie, quote+"."+path, expires.Add(afterPaying))
	}
}

// deskPaid is the page of a desk that a quote leads back to, as far as this browser
// knows; empty otherwise.
func (s *Server) deskPaid(c Ctx, q fees.Quote) string {
	quote, path, _ := strings.Cut(s.cookie(c, deskCookie), ".")
	if quote != q.ID.String() || !strings.HasPrefix(path, vouchers.StartPath+"/") {
		return ""
	}
	return path
}

// payFor is where the vouchers of a series that wait for it are paid for; empty for
// nowhere.
func (s *Server) payFor(ctx context.Context, key voucher.Key, id voucher.SeriesID) (string, error) {
	if s.deps.AssetDesk == nil {
		return "", nil
	}
	drafts, err := s.deps.Vouchers.Shops.Waiting(ctx, key, id)
	if err != nil {
		return "", err
	}
	for _, text := range drafts {
		name, err := compose.ParseID(text)
		if err != nil {
			continue
		}
		draft, err := s.deps.AssetDesk.Composer.Get(ctx, name)
		if errors.Is(err, compose.ErrUnknownDraft) {
			continue // over; the books will say so
		}
		if err != nil {
			return "", err
		}
		if draft.State == compose.Signed && draft.Sponsored != nil && draft.Sponsored.State == compose.SponsorOpen && draft.Sponsored.Quote.ID != "" {
			return "/pay/" + draft.Sponsored.Quote.ID, nil
		}
	}
	return "", nil
}

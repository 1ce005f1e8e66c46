package web

import (
	"archive/zip"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cairn/lighthouse"
	"cairn/templates/campaign"
	"cairn/templates/creator"
	"cairn/templates/ui"

	"github.com/labstack/echo/v4"
)

// poster is a page to be printed and hung up.
func (s *Server) poster(c Ctx) error {
	key, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	if had.Stage == lighthouse.Draft {
		return lighthouse.ErrUnknown // nobody could open its address yet
	}
	link := s.origin() + campaign.Path(had.ID)
	v := creator.PosterView{
		Meta: s.creatorMeta(c, t(c, "creator.poster.title")), Campaign: had, Link: link,
		QR: ui.QR(link, t(c, "creator.poster.code")), Back: creator.DeskPath(key),
	}
	if clock := s.clock(); clock.Every > 0 {
		v.Ends = clock.At(had.Terms.Deadline)
	}
	return render(c, http.StatusOK, creator.PosterPage(v))
}

// previewCampaign is the campaign's page as others will see it.
func (s *Server) previewCampaign(c Ctx) error {
	key, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	clock := s.clock()
	if had.Terms.Deadline == 0 {
		// It will be counted from the block in which the campaign is shown.
		had.Terms.Deadline = clock.Tip.Height + max(1, had.Terms.DeadlineIn)
		if had.Terms.DeadlineIn == 0 && !had.Terms.DeadlineAt.IsZero() {
			had.Terms.Deadline = clock.Tip.Height + max(1, int32(had.Terms.DeadlineAt.Sub(clock.Now)/blockInterval))
		}
	}
	v := campaign.View{
		Campaign: had, Clock: clock, Origin: s.origin(), Cover: s.cover(had.Cover), Preview: true, Desk: creator.DeskPath(key),
		Progress: lighthouse.Progress{Level: -1, Missing: had.Terms.Goal(), Checked: clock.Tip},
	}
	v.Meta = s.creatorMeta(c, t(c, "creator.preview.title"))
	return render(c, http.StatusOK, campaign.Page(v))
}

// pledgesCSV is the table of all pledges, for spreadsheets: with a byte order
// mark, without which some read UTF-8 as something else, and with nothing in it
// that they take for a formula.
func (s *Server) pledgesCSV(c Ctx) error {
	_, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var b strings.Builder
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	header := []string{
		t(c, "creator.pledges.name"), t(c, "creator.pledges.message"), t(c, "creator.pledges.amount") + " (sat)",
		t(c, "creator.pledges.state"), t(c, "creator.pledges.at"),
	}
	if err := w.Write(header); err != nil {
		return err
	}
	all, err := s.deps.Creators.Pledges.All(ctx, had.ID)
	if err != nil {
		return err
	}
	for _, p := range all {
		err := w.Write([]string{
			noFormula(p.Name), noFormula(p.Message), strconv.FormatInt(int64(p.Coin.Value), 10),
			creator.StateName(ctx, p.State), p.At.UTC().Format(time.RFC3339),
		})
		if err != nil {
			return err
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return saveAs(c, "pledges-"+had.ID.String()[:8]+".csv", "text/csv; charset=utf-8", []byte(b.String()))
}

// noFormula puts an apostrophe before what a spreadsheet would reckon with.
func noFormula(text string) string {
	trimmed := strings.TrimLeft(text, " \t\r\n\u00a0\u3000")
	if trimmed == "" {
		return text
	}
	switch []rune(trimmed)[0] {
	case '=', '+', '-', '@', '＝', '＋', '－', '＠':
		return "'" + text
	}
	if text[0] == '\t' || text[0] == '\r' || text[0] == '\n' {
		return "'" + text
	}
	return text
}

// campaignFile is the campaign as a signed file.
func (s *Server) campaignFile(c Ctx) error {
	_, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	if had.Stage == lighthouse.Draft {
		return lighthouse.ErrUnknown
	}
	raw, err := s.deps.Creators.Files.Campaign(c.Request().Context(), had)
	if err != nil {
		return err
	}
	return saveAs(c, "campaign-"+had.ID.String()[:8]+".jsonl", "application/x-ndjson", raw)
}

// pledgesZIP is everything that is needed to collect without this site: the
// campaign's file and those of all its pledges. It is the creator's right.
func (s *Server) pledgesZIP(c Ctx) error {
	_, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	if had.Stage == lighthouse.Draft {
		return lighthouse.ErrUnknown
	}
	ctx := c.Request().Context()
	file, err := s.deps.Creators.Files.Campaign(ctx, had)
	if err != nil {
		return err
	}
	all, err := s.deps.Creators.Pledges.All(ctx, had.ID)
	if err != nil {
		return err
	}
	fileHeaders(c, "pledges-"+had.ID.String()[:8]+".zip")
	c.Response().Header().Set(echo.HeaderContentType, "application/zip")
	c.Response().WriteHeader(http.StatusOK)
	z := zip.NewWriter(c.Response())
	put := func(name string, raw []byte) error {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: s.cfg.Now().UTC().Truncate(2 * time.Second)})
		if err != nil {
			return err
		}
		_, err = f.Write(raw)
		return err
	}
	if err := put("campaign.jsonl", file); err != nil {
		return err
	}
	// Should this fail half way, the ZIP stays without its end, so that nobody
	// takes it for whole.
	for n, p := range all {
		signed, err := s.deps.Creators.Pledges.Get(ctx, p.ID)
		if err != nil {
			return err
		}
		raw, err := s.deps.Creators.Files.Pledge(ctx, had, signed)
		if err != nil {
			return err
		}
		if err := put(fmt.Sprintf("pledges/%04d-%s.jsonl", n+1, p.ID.String()[:12]), raw); err != nil {
			return err
		}
	}
	return z.Close()
}

// saveAs answers with a file to be saved.
func saveAs(c Ctx, name, kind string, content []byte) error {
	fileHeaders(c, name)
	return c.Blob(http.StatusOK, kind, content)
}

// fileHeaders make the answer a file to be saved, and nobody's to keep on the
// way; the name is ASCII.
func fileHeaders(c Ctx, name string) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf("attachment; filename=%q", name))
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Referrer-Policy", "same-origin")
}

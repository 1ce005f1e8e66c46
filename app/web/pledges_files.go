package web

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"cairn/lighthouse"
	"cairn/lighthouse/document"
	"cairn/templates/i18n"
	"cairn/templates/pledge"

	"github.com/labstack/echo/v4"
)

// pledgeFileRoutes are the files with which a pledge works without this site.
func (s *Server) pledgeFileRoutes() {
	limit := s.limit(1, 60)
	page := pledge.DeskPath + "/:key"
	s.get("pledge-document", page+"/pledge.json", s.pledgeDocument, limit)
	s.get("pledge-refund", page+"/refund.txt", s.pledgeRefund, limit)
	s.get("pledge-labels", page+"/labels.jsonl", s.pledgeLabels, limit)
	s.get("pledge-everything", page+"/everything.html", s.pledgeEverything, limit)
	if s.deps.Pledges.Receipts != nil {
		s.get("pledge-receipt", page+"/receipt.jsonl", s.pledgeReceipt, limit)
	}
}

// pledgeFile answers with a file to be kept.
func pledgeFile(c Ctx, name, kind string, content []byte) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	return c.Blob(http.StatusOK, kind, content)
}

// pledgeDocument is the pledge as anybody can hand it in, anywhere.
func (s *Server) pledgeDocument(c Ctx) error {
	p, _, err := s.ownPledge(c)
	if err != nil {
		return err
	}
	raw, err := s.documentOf(c, p)
	if err != nil {
		return err
	}
	return pledgeFile(c, "pledge.json", echo.MIMEApplicationJSON, raw)
}

func (s *Server) documentOf(c Ctx, p lighthouse.Pledge) ([]byte, error) {
	campaign, err := s.deps.Pledges.Campaigns.Get(c.Request().Context(), p.Campaign)
	if err != nil {
		return nil, err
	}
	return document.WritePledge(s.cfg.Network, campaign, p)
}

// pledgeRefund is the signed way home. Error: lighthouse.ErrNoRefund.
func (s *Server) pledgeRefund(c Ctx) error {
	p, _, err := s.ownPledge(c)
	if err != nil {
		return err
	}
	if p.Refund == nil {
		return lighthouse.ErrNoRefund
	}
	return pledgeFile(c, "refund.txt", echo.MIMETextPlain, append(refundHex(p), '\n'))
}

func refundHex(p lighthouse.Pledge) []byte {
	if p.Refund == nil {
		return nil
	}
	var b bytes.Buffer
	_ = p.Refund.Serialize(&b) // into memory
	return hex.AppendEncode(nil, b.Bytes())
}

// pledgeLabels keeps other wallets from spending the coin by mistake.
func (s *Server) pledgeLabels(c Ctx) error {
	p, _, err := s.ownPledge(c)
	if err != nil {
		return err
	}
	line, err := s.labelOf(c, p)
	if err != nil {
		return err
	}
	return pledgeFile(c, "labels.jsonl", "application/jsonl", line)
}

// labelOf is the coin's label (BIP-0329): "spendable": false freezes it.
func (s *Server) labelOf(c Ctx, p lighthouse.Pledge) ([]byte, error) {
	campaign, err := s.deps.Pledges.Campaigns.Get(c.Request().Context(), p.Campaign)
	if err != nil {
		return nil, err
	}
	line, err := json.Marshal(struct {
		Type      string `json:"type"`
		Ref       string `json:"ref"`
		Label     string `json:"label"`
		Spendable bool   `json:"spendable"`
	}{"output", p.Outpoint.String(), short(t(c, "pledge.everything.title", "Title", campaign.Text.Title)), false})
	return append(line, '\n'), err
}

// short cuts a label to what importers keep.
func short(label string) string {
	const most = 255
	if runes := []rune(label); len(runes) > most {
		return string(runes[:most])
	}
	return label
}

// pledgeReceipt is what this server signs about the pledge.
func (s *Server) pledgeReceipt(c Ctx) error {
	p, _, err := s.ownPledge(c)
	if err != nil {
		return err
	}
	raw, err := s.deps.Pledges.Receipts.Receipt(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return pledgeFile(c, "receipt.jsonl", "application/x-ndjson", raw)
}

// pledgeEverything is one file that has it all, and opens in any browser.
func (s *Server) pledgeEverything(c Ctx) error {
	p, key, err := s.ownPledge(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	view, err := s.pledgeView(ctx, p, key)
	if err != nil {
		return err
	}
	e := pledge.Everything{Pledge: view, Link: s.origin() + view.Path(), Refund: string(refundHex(p))}
	raw, err := s.documentOf(c, p)
	if err != nil {
		return err
	}
	e.Document = string(raw)
	if raw, err = s.labelOf(c, p); err != nil {
		return err
	}
	e.Labels = string(raw)
	if s.deps.Pledges.Receipts != nil {
		if raw, err = s.deps.Pledges.Receipts.Receipt(ctx, p); err != nil {
			return err
		}
		e.Receipt = string(raw)
	}
	e.Lang = i18n.Lang(ctx)
	b := takeBuffer()
	defer giveBuffer(b)
	if err := pledge.EverythingFile(e).Render(ctx, b); err != nil {
		return err
	}
	return pledgeFile(c, "pledge.html", echo.MIMETextHTMLCharsetUTF8, bytes.Clone(b.Bytes()))
}

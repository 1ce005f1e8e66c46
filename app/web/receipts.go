package web

import (
	"archive/zip"
	"net/http"
	"strings"
	"time"

	"cairn/assets"
	"cairn/assets/receipt"
	"cairn/public"
	"cairn/templates/guard"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	view "cairn/templates/receipt"

	"github.com/labstack/echo/v4"
)

// receiptRoutes are the proofs of what coins hold. A receipt is made for each
// request: it may have hundreds of blocks read, so that few are made at once.
func (s *Server) receiptRoutes() {
	if s.deps.Receipts == nil {
		return
	}
	limit, turn := s.limit(0.5, 20), takeTurns(maxPrinting, printingPatience)
	s.get("coin-receipt-check", view.Check, s.receiptCheck)
	s.get("coin-receipt", view.Path+"/:coin", s.receiptPage, limit, turn)
	s.get("coin-receipt-file", view.Path+"/:coin/receipt.json", s.receiptFile, limit, turn)
	s.get("coin-receipt-html", view.Path+"/:coin/verify.html", s.receiptHTML, limit, turn)
	s.get("coin-receipt-zip", view.Path+"/:coin/evidence.zip", s.receiptZip, limit, turn)
}

// madeReceipt is a receipt, and what it proves.
type madeReceipt struct {
	raw    []byte
	proven *receipt.Verdict
}

// receiptOf makes the receipt of the coin that the address names.
func (s *Server) receiptOf(c Ctx) (m madeReceipt, err error) {
	at, err := receipt.ParseCoin(c.Param("coin"))
	if err != nil {
		return m, err
	}
	var protocol assets.Protocol
	if name := c.QueryParam("protocol"); name != "" {
		if protocol, err = assets.ParseProtocol(name); err != nil {
			return m, err
		}
	}
	file, err := s.deps.Receipts.Receipts.Make(c.Request().Context(), at, protocol)
	if err != nil {
		return m, err
	}
	if m.raw, err = file.Encode(); err != nil {
		return m, err
	}
	m.proven, err = receipt.Verify(file, receipt.Options{})
	return m, err
}

func (s *Server) coinView(c Ctx, m madeReceipt) view.View {
	v := view.View{Proven: m.proven, Names: map[assets.ID]guard.Name{}}
	v.Meta = s.meta(c, t(c, "coinreceipt.title"), layout.SectionAssets)
	for _, h := range m.proven.Holdings {
		short, decimals := s.deps.Receipts.Name(c.Request().Context(), h.Asset)
		v.Names[h.Asset] = guard.Name{Short: short, Decimals: decimals}
	}
	return v
}

func (s *Server) receiptPage(c Ctx) error {
	m, err := s.receiptOf(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, view.Page(s.coinView(c, m)))
}

// receiptSaved gives a file to be kept, not visited: it has a policy of its own,
// which a page of ours would not be given.
func receiptSaved(c Ctx, name, contentType string, content []byte) error {
	keepReceipt(c, name)
	return pack(c, http.StatusOK, contentType, content)
}

func keepReceipt(c Ctx, name string) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
}

// receiptName is the start of a file's name.
func receiptName(p *receipt.Verdict) string {
	return strings.ReplaceAll(p.Coin.String()[:16]+p.Coin.String()[64:], ":", "-")
}

func (s *Server) receiptFile(c Ctx) error {
	m, err := s.receiptOf(c)
	if err != nil {
		return err
	}
	return receiptSaved(c, receiptName(m.proven)+".receipt.json", echo.MIMEApplicationJSON, m.raw)
}

func (s *Server) receiptHTML(c Ctx) error {
	m, err := s.receiptOf(c)
	if err != nil {
		return err
	}
	return receiptSaved(c, receiptName(m.proven)+".verify.html", echo.MIMEOctetStream, public.ReceiptPage(m.raw))
}

// receiptCheck is the page that checks receipts, without one in it.
func (s *Server) receiptCheck(c Ctx) error {
	return receiptSaved(c, "check.html", echo.MIMEOctetStream, public.ReceiptPage(nil))
}

// receiptZip has all of it in one file.
func (s *Server) receiptZip(c Ctx) error {
	m, err := s.receiptOf(c)
	if err != nil {
		return err
	}
	v, ctx := s.coinView(c, m), c.Request().Context()
	readme := i18n.T(ctx, "coinreceipt.readme", "Units", v.Say(ctx), "Coin", m.proven.Coin.String(), "Network", string(m.proven.Network),
		"Height", i18n.Number(int64(m.proven.Block.Height)), "State", i18n.Number(int64(m.proven.State.Height)))
	keepReceipt(c, receiptName(m.proven)+".zip")
	c.Response().Header().Set(echo.HeaderContentType, "application/zip")
	c.Response().WriteHeader(http.StatusOK)
	archive := zip.NewWriter(c.Response())
	for _, f := range []struct {
		name    string
		content []byte
	}{{"README.txt", []byte(readme)}, {"verify.html", public.ReceiptPage(m.raw)}, {"coin.receipt.json", m.raw}} {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: m.proven.Time.Truncate(2 * time.Second)})
		if err != nil {
			return err
		}
		if _, err := entry.Write(f.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

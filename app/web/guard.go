package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"cairn/app/web/api"
	"cairn/assets"
	"cairn/assets/guard"
	view "cairn/templates/guard"
	"cairn/templates/layout"

	"github.com/labstack/echo/v4"
)

const (
	maxGuardBody  = 3*guard.MaxBytes + 64<<10 // as text, or as a file
	maxFreezeBody = 128 << 10
	// maxNamed is for how many assets of one transaction a name is looked up.
	maxNamed = 50
)

// guardRoutes are the page that looks at a transaction before it is signed, and
// the lists that freeze coins elsewhere.
func (s *Server) guardRoutes() {
	if s.deps.Guard == nil {
		return
	}
	s.get("guard", view.Path, s.guardPage)
	s.post("guard-look", view.Path, s.guardLook, bodyLimit(maxGuardBody), s.limit(0.5, 20))
	s.post("guard-freeze", view.FreezePath, s.guardFreeze, bodyLimit(maxFreezeBody), s.limit(0.5, 20))
}

// apiGuard is the same for programs.
func (s *Server) apiGuard() api.Guard {
	if s.deps.Guard == nil {
		return nil
	}
	return s.deps.Guard.Guard
}

func (s *Server) guardPage(c Ctx) error { return s.renderGuard(c, http.StatusOK, view.View{}) }

func (s *Server) renderGuard(c Ctx, status int, v view.View) error {
	v.Meta = s.meta(c, t(c, "guard.title"), layout.SectionAssets)
	v.Meta.Path = view.Path // the lists have no page of their own
	v.Meta.Modules = []string{"js/assetdesk.js"}
	return render(c, status, view.Page(v))
}

// guardLook judges what was pasted or uploaded.
func (s *Server) guardLook(c Ctx) error {
	typed, data, err := guarded(c)
	if err != nil {
		return badForm(err)
	}
	v := view.View{Typed: typed}
	if len(data) == 0 {
		v.Wrong = t(c, "guard.missing")
		return s.renderGuard(c, http.StatusUnprocessableEntity, v)
	}
	subject, err := guard.Parse(data)
	if err != nil {
		r := ruleFor(err)
		v.Wrong = t(c, r.sentence)
		return s.renderGuard(c, r.status, v)
	}
	report, err := s.deps.Guard.Guard.Judge(c.Request().Context(), subject)
	if err != nil {
		return err
	}
	v.Report, v.Names = &report, s.guardNames(c.Request().Context(), heldIn(report))
	v.Typed = ""
	return s.renderGuard(c, http.StatusOK, v)
}

// guarded is what was handed in: a file before text, which is what was typed.
func guarded(c Ctx) (typed string, data []byte, err error) {
	if err := c.Request().ParseMultipartForm(maxGuardBody); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return "", nil, err
	}
	typed = c.FormValue("transaction")
	header, err := c.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) || err == nil && header.Size == 0 {
		return typed, []byte(strings.TrimSpace(typed)), nil
	}
	if err != nil {
		return "", nil, err
	}
	file, err := header.Open()
	if err != nil {
		return "", nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	data, err = io.ReadAll(file)
	return typed, data, err
}

// heldIn are the assets of a report.
func heldIn(r guard.Report) (ids []assets.ID) {
	for _, in := range r.Inputs {
		for _, h := range in.Holdings {
			ids = append(ids, h.Asset)
		}
	}
	for _, h := range r.Issues {
		ids = append(ids, h.Asset)
	}
	return ids
}

func (s *Server) guardNames(ctx context.Context, ids []assets.ID) map[assets.ID]view.Name {
	names := map[assets.ID]view.Name{}
	for _, id := range ids {
		if _, known := names[id]; known || len(names) >= maxNamed {
			continue
		}
		short, decimals := s.deps.Guard.Name(ctx, id)
		names[id] = view.Name{Short: short, Decimals: decimals}
	}
	return names
}

// guardFreeze answers with a list that freezes the coins of addresses.
func (s *Server) guardFreeze(c Ctx) error {
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	ctx := c.Request().Context()
	v := view.View{Addresses: c.FormValue("addresses")}
	scripts, wrong, err := guard.ParseAddresses(v.Addresses, s.cfg.Network)
	if err != nil {
		v.AddressesWrong = t(c, ruleFor(err).sentence)
		if wrong != "" {
			v.AddressesWrong = t(c, "guard.address.wrong", "Address", cutText(wrong, 80))
		}
		return s.renderGuard(c, http.StatusUnprocessableEntity, v)
	}
	coins, err := s.deps.Guard.Guard.Colored(ctx, scripts)
	if err != nil {
		return err
	}
	if len(coins) == 0 {
		v.None = true
		return s.renderGuard(c, http.StatusOK, v)
	}
	return s.guardList(c, c.FormValue("as"), coins)
}

// guardList writes the list in one of its forms.
func (s *Server) guardList(c Ctx, as string, coins []guard.Frozen) error {
	switch as {
	case view.AsCore:
		text, err := guard.LockUnspent(coins)
		if err != nil {
			return err
		}
		return pledgeFile(c, "lockunspent.txt", echo.MIMETextPlain, []byte(text))
	case view.AsElectrum:
		text, err := guard.Freeze(coins)
		if err != nil {
			return err
		}
		return pledgeFile(c, "freeze.txt", echo.MIMETextPlain, []byte(text))
	}
	var ids []assets.ID
	for _, coin := range coins {
		for _, h := range coin.Holdings {
			ids = append(ids, h.Asset)
		}
	}
	names := s.guardNames(c.Request().Context(), ids)
	lines, err := guard.Labels(coins, func(h assets.Holding) string { return view.Say(names, s.cfg.Network, h) })
	if err != nil {
		return err
	}
	return pledgeFile(c, "labels.jsonl", "application/jsonl", lines)
}

// cutText is a text of strangers, no longer than a sentence can bear.
func cutText(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

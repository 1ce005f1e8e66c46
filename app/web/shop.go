package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cairn/assets/voucher"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	vouchers "cairn/templates/voucher"
)

const (
	// maxSeriesBody is the largest list of vouchers that is registered at once, in
	// bytes: each has a key, a label and a note.
	maxSeriesBody = 2 << 20
	// slugTries is how many addresses are tried for a shop of a common name.
	slugTries = 20
)

// shopRoutes are those of shops and their vouchers. The address of a desk or a till
// holds a key: it is never logged (see logged), cached, or told to other sites.
func (s *Server) shopRoutes() {
	if s.deps.Vouchers == nil {
		return
	}
	const desk = "/shop/:key"
	small := bodyLimit(16 << 10)
	looks, acts := s.limit(5, 100), s.limit(1, 30)

	s.get("shop-start", vouchers.StartPath, s.shopStart)
	s.post("shop-create", vouchers.StartPath, s.shopCreate, small, s.limit(0.1, 10))
	s.get("shop-desk", desk, s.shopDesk, looks)
	s.post("shop-settings", desk+"/settings", s.shopSettings, small, acts)
	if s.deps.Vouchers.Costs != nil && s.deps.Till != nil {
		s.post("shop-costs", desk+"/costs", s.shopCosts, small, acts)
	}
	s.get("shop-staff", desk+"/staff", s.shopStaff, looks)
	s.post("shop-staff-add", desk+"/staff", s.shopStaffAdd, small, acts)
	s.post("shop-staff-revoke", desk+"/staff/:number/revoke", s.shopStaffRevoke, small, acts)
	s.get("shop-log", desk+"/log", s.shopLog, looks)
	s.get("shop-log-csv", desk+"/log.csv", s.shopLogCSV, looks)
	s.shopSeriesRoutes(desk)
	s.shopReportRoutes(desk)
	s.tillRoutes()
	s.voucherRoutes()
}

// shopKey is who stands behind the key of the address, for an action. Errors:
// voucher.ErrNotYours, voucher.ErrRevoked, voucher.ErrRole.
func (s *Server) shopKey(c Ctx, action voucher.Action) (voucher.Key, voucher.Desk, error) {
	key, err := voucher.ParseKey(c.Param("key"))
	if err != nil {
		return key, voucher.Desk{}, err
	}
	who, err := s.deps.Vouchers.Shops.Enter(c.Request().Context(), key)
	if err == nil && !who.Staff.Role.May(action) {
		err = voucher.ErrRole
	}
	return key, who, err
}

// shopMeta is the frame of a page whose address holds a key.
func (s *Server) shopMeta(c Ctx, title string) layout.Meta {
	m := s.meta(c, title, layout.SectionNone)
	m.Private = true
	m.Modules = []string{"js/shop.js"}
	h := c.Response().Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Referrer-Policy", "same-origin")
	return m
}

// shopStart says what vouchers are for a shop.
func (s *Server) shopStart(c Ctx) error { return s.renderStart(c, http.StatusOK, vouchers.StartView{}) }

func (s *Server) renderStart(c Ctx, status int, v vouchers.StartView) error {
	v.Meta = s.meta(c, t(c, "voucher.start.title"), layout.SectionNone)
	v.Meta.Path, v.Meta.Modules = vouchers.StartPath, []string{"js/shop.js"}
	return render(c, status, vouchers.StartPage(v))
}

// typedShop is what a form says of a shop.
func typedShop(c Ctx) vouchers.Shop {
	return vouchers.Shop{
		Name: strings.TrimSpace(c.FormValue("name")), Place: strings.TrimSpace(c.FormValue("place")), About: strings.TrimSpace(c.FormValue("about")),
	}
}

// shopCreate opens a shop, and leads to its desk.
func (s *Server) shopCreate(c Ctx) error {
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	typed := typedShop(c)
	draft := voucher.ShopDraft{
		Name: typed.Name, Contact: typed.Place, About: typed.About, Language: i18n.Lang(c.Request().Context()), Undo: voucher.DefaultUndo,
	}
	key, err := s.openShop(c.Request().Context(), draft)
	if err != nil {
		wrong, err := s.shopWrong(c, err)
		if err != nil {
			return err
		}
		return s.renderStart(c, http.StatusUnprocessableEntity, vouchers.StartView{Typed: typed, Wrong: wrong})
	}
	return c.Redirect(http.StatusSeeOther, vouchers.DeskPath(key.Text())+"?fresh=1")
}

// openShop opens a shop at the first address that is free.
func (s *Server) openShop(ctx context.Context, d voucher.ShopDraft) (voucher.Key, error) {
	for n := range slugTries {
		slug, err := s.slug(d.Name, n)
		if err != nil {
			return voucher.Key{}, err
		}
		d.Slug = slug
		_, key, err := s.deps.Vouchers.Shops.CreateShop(ctx, d)
		if !errors.Is(err, voucher.ErrTaken) {
			return key, err
		}
	}
	return voucher.Key{}, voucher.ErrTaken
}

// slug is the n-th address for a shop of this name: its Latin letters and digits, and
// from the second one on, or where there are too few, something random.
func (s *Server) slug(name string, n int) (string, error) {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case b.Len() >= 28:
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	slug := strings.Trim(b.String(), "-")
	if n == 0 && len(slug) >= 3 {
		return slug, nil
	}
	raw, err := s.random(4)
	if err != nil {
		return "", err
	}
	if slug == "" {
		slug = "shop"
	}
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	for i, b := range raw {
		raw[i] = letters[int(b)%len(letters)]
	}
	return slug + "-" + string(raw), nil
}

// shopWrong is what is wrong with a form, by field; an error that is not the
// visitor's doing comes back as it is.
func (s *Server) shopWrong(c Ctx, err error) (map[string]string, error) {
	if r := ruleFor(err); r.status >= http.StatusInternalServerError || r.status == http.StatusForbidden {
		return nil, err
	}
	field := ""
	if errors.Is(err, voucher.ErrWords) {
		field = "name"
	}
	return map[string]string{field: sentence(c, err)}, nil
}

// shopDesk is a shop's desk; whoever may only take vouchers is led to the counter.
func (s *Server) shopDesk(c Ctx) error {
	key, who, err := s.shopKey(c, voucher.Take)
	if errors.Is(err, voucher.ErrRole) {
		key, who, err = s.shopKey(c, voucher.Review)
	}
	if err != nil {
		return err
	}
	if !who.Staff.Role.May(voucher.Review) {
		return c.Redirect(http.StatusSeeOther, vouchers.TillPath(key.Text()))
	}
	return s.renderDeskOf(c, http.StatusOK, key, who, vouchers.DeskView{Typed: shopView(who.Shop)})
}

func (s *Server) renderDeskOf(c Ctx, status int, key voucher.Key, who voucher.Desk, v vouchers.DeskView) error {
	ctx := c.Request().Context()
	v.Key, v.Role, v.Shop, v.Undo = key.Text(), vouchers.Role(who.Staff.Role), shopView(who.Shop), who.Shop.Undo
	v.Fresh, v.Saved = c.QueryParam("fresh") != "", c.QueryParam("saved") != ""
	v.Link = s.origin() + vouchers.DeskPath(v.Key)
	var err error
	if v.Series, err = s.seriesOf(ctx, who.Shop.ID); err != nil {
		return err
	}
	if v.Costs, err = s.costsOf(ctx, key); err != nil {
		return err
	}
	recent, err := s.deps.Vouchers.Shops.Log(ctx, key, 0, 200)
	if err != nil {
		return err
	}
	week := s.cfg.Now().Add(-7 * 24 * time.Hour)
	names, err := s.namesOf(ctx, key)
	if err != nil {
		return err
	}
	for _, e := range recent {
		switch {
		case e.At.Before(week):
		case e.What == voucher.EventConflict:
			v.Alarms = append(v.Alarms, names.entry(e))
		case e.What == voucher.EventUncovered:
			v.Uncovered++
		}
	}
	v.Meta = s.shopMeta(c, v.Title(ctx))
	v.Meta.Path = vouchers.DeskPath(v.Key)
	return render(c, status, vouchers.DeskPage(v))
}

// costsOf is what a shop has for the network.
func (s *Server) costsOf(ctx context.Context, key voucher.Key) (vouchers.Costs, error) {
	a, err := s.deps.Vouchers.Shops.Allowance(ctx, key)
	if err != nil {
		return vouchers.Costs{}, err
	}
	costs := vouchers.Costs{}
	if s.deps.Vouchers.Costs != nil && !a.Free {
		if costs, err = s.deps.Vouchers.Costs.Pack(ctx); err != nil {
			// The desk is of use also while the price is not known.
			s.cfg.Log.Warn("the price of network costs ahead is not known", "error", err)
		}
	}
	costs.Free, costs.Left, costs.Each = a.Free, satOf(a.Left), satOf(a.Each)
	return costs, nil
}

// shopSettings changes what a shop says of itself.
func (s *Server) shopSettings(c Ctx) error {
	key, who, err := s.shopKey(c, voucher.Manage)
	if err != nil {
		return err
	}
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	typed := typedShop(c)
	seconds, err := strconv.Atoi(c.FormValue("undo"))
	if err != nil {
		return ErrForm
	}
	draft := who.Shop.ShopDraft
	draft.Name, draft.Contact, draft.About, draft.Undo = typed.Name, typed.Place, typed.About, time.Duration(seconds)*time.Second
	if _, err := s.deps.Vouchers.Shops.EditShop(c.Request().Context(), key, draft); err != nil {
		wrong, err := s.shopWrong(c, err)
		if err != nil {
			return err
		}
		return s.renderDeskOf(c, http.StatusUnprocessableEntity, key, who, vouchers.DeskView{Typed: typed, Wrong: wrong})
	}
	return c.Redirect(http.StatusSeeOther, vouchers.DeskPath(key.Text())+"?saved=1")
}

// shopCosts makes a quote for network costs ahead, and leads to where it is paid.
func (s *Server) shopCosts(c Ctx) error {
	key, who, err := s.shopKey(c, voucher.Manage)
	if err != nil {
		return err
	}
	client, err := s.newBuyer(c)
	if err != nil {
		return err
	}
	q, err := s.deps.Vouchers.Costs.Sell(c.Request().Context(), VoucherSale{Shop: who.Shop.ID, Client: client, Memo: t(c, "voucher.memo.costs", "Shop", who.Shop.Name)})
	if err != nil {
		return err
	}
	s.rememberDesk(c, q.ID.String(), vouchers.DeskPath(key.Text()), q.ExpiresAt)
	return s.checkout(c, q)
}

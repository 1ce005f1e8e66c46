package web

import (
	"encoding/hex"
	"net/http"

	"cairn/assets/voucher/bearer"
	"cairn/templates/layout"
	vouchers "cairn/templates/voucher"
)

// voucherRoutes are those of whoever holds a voucher, and of everybody who looks at a
// shop.
func (s *Server) voucherRoutes() {
	small := bodyLimit(16 << 10)
	s.get("voucher", vouchers.BearerPath, s.voucherPage)
	s.post("voucher-look", vouchers.BearerPath+"/look", s.voucherLook, small, s.limit(2, 60))
	s.post("voucher-plan", vouchers.BearerPath+"/plan", s.voucherPlan, small, s.limit(0.5, 20))
	s.post("voucher-claim", vouchers.BearerPath+"/claim", s.voucherClaim, small, s.limit(0.5, 20))
	s.get("shop", "/shops/:slug", s.shopPage)
	s.shopLiabilityRoutes()
}

// voucherPage is a frame: which voucher it is stands behind # in the address, which no
// browser sends.
func (s *Server) voucherPage(c Ctx) error {
	m := s.meta(c, t(c, "voucher.bearer"), layout.SectionNone)
	m.Path, m.Private, m.Modules = vouchers.BearerPath, true, []string{"js/voucher.js"}
	c.Response().Header().Set("Referrer-Policy", "no-referrer")
	camera(c)
	return render(c, http.StatusOK, vouchers.BearerPage(vouchers.BearerView{Meta: m, Origin: s.origin()}))
}

// voucherAsked is a request that names a voucher.
type voucherAsked struct {
	Name   string `json:"name"`
	Script string `json:"script"`
	Signed string `json:"signed"`
}

// read gives what it names. Errors: bearer.ErrName, bearer.ErrTransaction, ErrAddress.
func (a voucherAsked) read() (name bearer.Name, script, signed []byte, err error) {
	if name, err = bearer.ParseName(a.Name); err != nil {
		return name, nil, nil, err
	}
	if script, err = hex.DecodeString(a.Script); err != nil {
		return name, nil, nil, ErrAddress
	}
	if signed, err = hex.DecodeString(a.Signed); err != nil {
		return name, nil, nil, bearer.ErrTransaction
	}
	return name, script, signed, nil
}

// voucherLook tells anybody who has a voucher's name how it is.
func (s *Server) voucherLook(c Ctx) error {
	var asked voucherAsked
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	name, _, _, err := asked.read()
	if err != nil {
		return err
	}
	info, err := s.deps.Vouchers.Shops.Look(c.Request().Context(), name)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.infoView(info))
}

// voucherPlan is the transaction that moves a voucher into a wallet.
func (s *Server) voucherPlan(c Ctx) error {
	var asked voucherAsked
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	name, script, _, err := asked.read()
	if err != nil {
		return err
	}
	p, err := s.deps.Vouchers.Shops.PlanClaim(c.Request().Context(), name, script)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, planView(p))
}

// voucherClaim takes it in, signed.
func (s *Server) voucherClaim(c Ctx) error {
	var asked voucherAsked
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	name, script, signed, err := asked.read()
	if err != nil {
		return err
	}
	b, err := s.deps.Vouchers.Shops.Claim(c.Request().Context(), name, script, signed)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"units": b.Units})
}

// shopPage is a shop for everybody.
func (s *Server) shopPage(c Ctx) error {
	ctx := c.Request().Context()
	shop, err := s.deps.Vouchers.Shops.Shop(ctx, c.Param("slug"))
	if err != nil {
		return err
	}
	v := vouchers.ShopView{Shop: shopView(shop), Since: shop.CreatedAt}
	if v.Series, err = s.seriesOf(ctx, shop.ID); err != nil {
		return err
	}
	v.Meta = s.meta(c, shop.Name, layout.SectionNone)
	return render(c, http.StatusOK, vouchers.ShopPage(v))
}

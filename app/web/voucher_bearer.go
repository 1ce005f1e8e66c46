package web

import (
	"encoding/hex"
	"net/http"

	"cairn/assets/voucher/bearer"
	"cairn/templates/layout"
	vouchers "cairn/templates/voucher"

	"github.com/a-h/templ"
)

// voucherRoutes are those of whoever holds a voucher, and of everybody who looks at a
// shop.
func (s *Server) voucherRoutes() {
	small := bodyLimit(16 << 10)
	standIn := s.bearerStandIn()
	s.get("voucher-standin", standIn.folder+"standin.js", s.worker(standIn))
	s.get("voucher", vouchers.BearerPath, s.voucherPage)
	s.get("voucher-folder", vouchers.BearerFolder, s.voucherPage)
	s.post("voucher-look", vouchers.BearerPath+"/look", s.voucherLook, small, s.limit(2, 60))
	s.post("voucher-plan", vouchers.BearerPath+"/plan", s.voucherPlan, small, s.limit(0.5, 20))
	s.post("voucher-claim", vouchers.BearerPath+"/claim", s.voucherClaim, small, s.limit(0.5, 20))
	s.get("shop", "/shops/:slug", s.shopPage)
	s.shopLiabilityRoutes()
}

// voucherPage is a frame: which voucher it is stands behind # in the address, which no
// browser sends.
func (s *Server) voucherPage(c Ctx) error {
	c.Response().Header().Set("Referrer-Policy", "no-referrer")
	camera(c)
	return render(c, http.StatusOK, vouchers.BearerPage(s.bearerView(c)))
}

func (s *Server) bearerView(c Ctx) vouchers.BearerView {
	m := s.meta(c, t(c, "voucher.bearer"), layout.SectionNone)
	m.Path, m.Private, m.Modules = vouchers.BearerPath, true, []string{"js/voucher.js"}
	return vouchers.BearerView{Meta: m, Origin: s.origin()}
}

// bearerFrame is the page by which versions of it are told apart.
func (s *Server) bearerFrame(c Ctx) templ.Component {
	v := s.bearerView(c)
	v.Meta.EngineDown = false // how the node is changes, and this stays
	return vouchers.BearerPage(v)
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
	money, err := s.deps.Vouchers.Shops.Money(c.Request().Context(), name)
	if err != nil {
		return err
	}
	out := struct {
		infoJSON
		Money []moneyJSON `json:"money"`
	}{s.infoView(info), make([]moneyJSON, len(money))}
	for i, m := range money {
		out.Money[i] = moneyJSON{m.Hash.String(), m.Index, int64(m.Value)}
	}
	return c.JSON(http.StatusOK, out)
}

// moneyJSON is a coin of satoshi that lies at a voucher.
type moneyJSON struct {
	Txid  string `json:"txid"`
	Vout  uint32 `json:"vout"`
	Value int64  `json:"value"`
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

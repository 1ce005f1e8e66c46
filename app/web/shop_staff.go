package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"cairn/assets/voucher"
	vouchers "cairn/templates/voucher"
)

// shopStaff is who has a link of a shop.
func (s *Server) shopStaff(c Ctx) error {
	return s.renderStaff(c, http.StatusOK, vouchers.StaffView{Gone: c.QueryParam("gone") != ""})
}

func (s *Server) renderStaff(c Ctx, status int, v vouchers.StaffView) error {
	key, who, err := s.shopKey(c, voucher.Manage)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	staff, err := s.deps.Vouchers.Shops.Staff(ctx, key)
	if err != nil {
		return err
	}
	names, err := s.namesOf(ctx, key)
	if err != nil {
		return err
	}
	v.Key = key.Text()
	for _, one := range staff {
		v.Staff = append(v.Staff, vouchers.Staff{
			Number: one.Number, Name: one.Name, Role: vouchers.Role(one.Role), Till: names.tills[one.Till], Since: one.CreatedAt,
			Gone: !one.RevokedAt.IsZero(), Self: one.Number == who.Staff.Number,
		})
	}
	v.Meta = s.shopMeta(c, t(c, "voucher.staff"))
	v.Meta.Path = vouchers.DeskPath(v.Key) + "/staff"
	return render(c, status, vouchers.StaffPage(v))
}

// shopStaffAdd makes a link for somebody, and shows it once.
func (s *Server) shopStaffAdd(c Ctx) error {
	key, _, err := s.shopKey(c, voucher.Manage)
	if err != nil {
		return err
	}
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	typed := vouchers.Staff{
		Name: strings.TrimSpace(c.FormValue("name")), Role: vouchers.Role(c.FormValue("role")), Till: strings.TrimSpace(c.FormValue("till")),
	}
	draft := voucher.StaffDraft{Role: voucher.Role(typed.Role), Name: typed.Name}
	if draft.Role == voucher.Cashier {
		if draft.Till, err = s.tillNamed(c, key, typed.Till); err != nil {
			return s.failStaff(c, typed, "till", err)
		}
	}
	_, link, err := s.deps.Vouchers.Shops.AddStaff(c.Request().Context(), key, draft)
	if err != nil {
		return s.failStaff(c, typed, "name", err)
	}
	v := vouchers.LinkView{Key: key.Text(), Staff: typed, Link: s.origin() + vouchers.DeskPath(link.Text())}
	if draft.Role == voucher.Cashier {
		v.Link = s.origin() + vouchers.TillPath(link.Text())
	}
	v.Meta = s.shopMeta(c, t(c, "voucher.link", "Name", typed.Name))
	v.Meta.Path = vouchers.DeskPath(v.Key) + "/staff"
	return render(c, http.StatusOK, vouchers.LinkPage(v))
}

func (s *Server) failStaff(c Ctx, typed vouchers.Staff, field string, err error) error {
	if !errors.Is(err, voucher.ErrWords) && !errors.Is(err, voucher.ErrTerms) && !errors.Is(err, voucher.ErrTooMany) {
		return err
	}
	return s.renderStaff(c, http.StatusUnprocessableEntity, vouchers.StaffView{Typed: typed, Wrong: map[string]string{field: sentence(c, err)}})
}

// tillNamed is the open till of that name, made if there is none.
func (s *Server) tillNamed(c Ctx, key voucher.Key, name string) (int, error) {
	ctx := c.Request().Context()
	if name == "" {
		name = t(c, "voucher.till")
	}
	tills, err := s.deps.Vouchers.Shops.Tills(ctx, key)
	if err != nil {
		return 0, err
	}
	for _, one := range tills {
		if one.Name == name && one.RevokedAt.IsZero() {
			return one.Number, nil
		}
	}
	made, err := s.deps.Vouchers.Shops.AddTill(ctx, key, name)
	return made.Number, err
}

// shopStaffRevoke takes a link back.
func (s *Server) shopStaffRevoke(c Ctx) error {
	key, _, err := s.shopKey(c, voucher.Manage)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(c.Param("number"))
	if err != nil {
		return voucher.ErrShop
	}
	if err := s.deps.Vouchers.Shops.RevokeStaff(c.Request().Context(), key, number); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, vouchers.DeskPath(key.Text())+"/staff?gone=1")
}

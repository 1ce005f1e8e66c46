package api

import (
	"bytes"
	"context"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"
)

// Shops keeps the books of shops; voucher.Service is one. Its methods are explained
// there.
type Shops interface {
	Shop(ctx context.Context, slug string) (voucher.Shop, error)
	SeriesOf(ctx context.Context, shop voucher.ShopID) ([]voucher.Series, error)
	Sums(ctx context.Context, shop voucher.ShopID) (map[voucher.SeriesID]voucher.Sums, error)
	Liability(ctx context.Context, slug string) (voucher.Liability, error)
	Statements(ctx context.Context, slug string, limit int) ([]voucher.Statement, error)
	StatementKey() (key [32]byte, signs bool)

	Look(ctx context.Context, name bearer.Name) (voucher.Info, error)
	Plan(ctx context.Context, till voucher.Key, name bearer.Name, units int64) (voucher.Plan, error)
	Redeem(ctx context.Context, till voucher.Key, r voucher.Redemption) (voucher.Booking, error)
	Undo(ctx context.Context, key voucher.Key, number int64) (voucher.Booking, error)
	Bookings(ctx context.Context, key voucher.Key, before int64, limit int) ([]voucher.Booking, error)
	Report(ctx context.Context, key voucher.Key, from, to time.Time) (voucher.Report, error)
}

const (
	// shopWeight and reportWeight are what an answer counts as, in digests, for the
	// limits of an address: a till asks twice for each voucher, a report adds up all.
	shopWeight, reportWeight = 5, 100
	// maxRedemptionJSON bounds what a till hands in.
	maxRedemptionJSON = 16 << 10
	// usualPage is how many redemptions are listed unless it is said.
	usualPage = 100
	// statementsListed is how many signed statements are listed.
	statementsListed = 31
)

// shops are the books, for a question of a weight. Errors: ErrRate, ErrNotFound.
func (h *Handler) shops(r *http.Request, weight int) (Shops, error) {
	if !h.cfg.AllowRead(h.cfg.Address(r), weight) {
		return nil, ErrRate
	}
	if h.cfg.Shops == nil {
		return nil, ErrNotFound
	}
	return h.cfg.Shops, nil
}

// shopKey is the key that a shop's software asks with. It stands in a header, where
// no log and no history of a browser keeps it. Errors: voucher.ErrNotYours.
func shopKey(r *http.Request) (voucher.Key, error) {
	text, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return voucher.ParseKey(text)
}

// shop is what a shop says of itself, and what of its vouchers is out.
func (h *Handler) shop(w http.ResponseWriter, r *http.Request) error {
	shops, err := h.shops(r, shopWeight)
	if err != nil {
		return err
	}
	shop, err := shops.Shop(r.Context(), r.PathValue("shop"))
	if err != nil {
		return err
	}
	series, err := shops.SeriesOf(r.Context(), shop.ID)
	if err != nil {
		return err
	}
	sums, err := shops.Sums(r.Context(), shop.ID)
	if err != nil {
		return err
	}
	v := shopView{Shop: shop.Slug, Name: shop.Name, About: shop.About, Contact: shop.Contact, Language: shop.Language, Series: []seriesView{}}
	if key, signs := shops.StatementKey(); signs {
		text := hex.EncodeToString(key[:])
		v.StatementKey = &text
	}
	for _, one := range series {
		v.Series = append(v.Series, h.seriesView(one, sums[one.ID]))
	}
	return answer(w, http.StatusOK, v)
}

// shopLiability is what a shop owes now, and the days it has signed for.
func (h *Handler) shopLiability(w http.ResponseWriter, r *http.Request) error {
	shops, err := h.shops(r, shopWeight)
	if err != nil {
		return err
	}
	owes, err := shops.Liability(r.Context(), r.PathValue("shop"))
	if err != nil {
		return err
	}
	signed, err := shops.Statements(r.Context(), owes.Shop.Slug, statementsListed)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, h.liabilityView(owes, signed))
}

// named is the voucher of an address. Errors: bearer.ErrName.
func named(r *http.Request) (bearer.Name, error) { return bearer.ParseName(r.PathValue("name")) }

// voucher tells anybody who has a voucher's name how it is.
func (h *Handler) voucher(w http.ResponseWriter, r *http.Request) error {
	shops, err := h.shops(r, shopWeight)
	if err != nil {
		return err
	}
	name, err := named(r)
	if err != nil {
		return err
	}
	info, err := shops.Look(r.Context(), name)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, h.voucherView(info))
}

type redemptionRequest struct {
	Units     int64     `json:"units"`
	Signed    string    `json:"signed"`
	Request   string    `json:"request"`
	Note      string    `json:"note"`
	OfflineAt time.Time `json:"offline_at"`
}

// taking reads what a till asks about a voucher. Errors: ErrJSON, ErrMediaType,
// ErrBodySize, bearer.ErrName, voucher.ErrNotYours, ErrRate, ErrNotFound.
func (h *Handler) taking(w http.ResponseWriter, r *http.Request) (shops Shops, key voucher.Key, name bearer.Name, asked redemptionRequest, err error) {
	if shops, err = h.shops(r, shopWeight); err != nil {
		return
	}
	if key, err = shopKey(r); err != nil {
		return
	}
	if name, err = named(r); err != nil {
		return
	}
	err = h.readAssets(w, r, maxRedemptionJSON, &asked)
	return
}

// voucherPlan is the transaction that a voucher's key is to sign.
func (h *Handler) voucherPlan(w http.ResponseWriter, r *http.Request) error {
	shops, key, name, asked, err := h.taking(w, r)
	if err != nil {
		return err
	}
	p, err := shops.Plan(r.Context(), key, name, asked.Units)
	if err != nil {
		return err
	}
	v, err := planOf(p)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, v)
}

func planOf(p voucher.Plan) (planView, error) {
	var raw bytes.Buffer
	if err := p.Unsigned.Serialize(&raw); err != nil {
		return planView{}, err
	}
	script, err := p.Coin.Script()
	if err != nil {
		return planView{}, err
	}
	v := planView{
		Voucher: p.Name.String(), Units: p.Units, Left: p.Left, Transaction: hex.EncodeToString(raw.Bytes()), ValueSat: int64(p.Coin.Value),
		Script: hex.EncodeToString(script), InternalKey: hex.EncodeToString(p.Coin.Inner[:]),
	}
	if p.Coin.Terms.Expiry != 0 {
		leaf, err := p.Coin.Terms.Leaf()
		if err != nil {
			return planView{}, err
		}
		text := hex.EncodeToString(leaf)
		v.Leaf = &text
	}
	return v, nil
}

// voucherRedeem takes units off a voucher.
func (h *Handler) voucherRedeem(w http.ResponseWriter, r *http.Request) error {
	shops, key, name, asked, err := h.taking(w, r)
	if err != nil {
		return err
	}
	request, err := voucher.ParseRequestID(asked.Request)
	if err != nil {
		return err
	}
	signed, err := hex.DecodeString(asked.Signed)
	if err != nil {
		return bearer.ErrTransaction
	}
	b, err := shops.Redeem(r.Context(), key, voucher.Redemption{
		Name: name, Units: asked.Units, Signed: signed, Request: request, Note: asked.Note, Offline: asked.OfflineAt,
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, redemptionOf(b))
}

// redemptions lists what was redeemed, the newest first.
func (h *Handler) redemptions(w http.ResponseWriter, r *http.Request) error {
	shops, err := h.shops(r, reportWeight)
	if err != nil {
		return err
	}
	key, err := shopKey(r)
	if err != nil {
		return err
	}
	before, err := wholeNumber(r.URL.Query(), "before", 0)
	if err != nil {
		return err
	}
	limit, err := wholeNumber(r.URL.Query(), "limit", usualPage)
	if err != nil {
		return err
	}
	list, err := shops.Bookings(r.Context(), key, int64(before), limit)
	if err != nil {
		return err
	}
	v := redemptionList{Redemptions: []redemptionView{}}
	for _, b := range list {
		v.Redemptions = append(v.Redemptions, redemptionOf(b))
	}
	return answer(w, http.StatusOK, v)
}

// redemptionUndo takes one back in time.
func (h *Handler) redemptionUndo(w http.ResponseWriter, r *http.Request) error {
	shops, err := h.shops(r, shopWeight)
	if err != nil {
		return err
	}
	key, err := shopKey(r)
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return voucher.ErrBooking
	}
	b, err := shops.Undo(r.Context(), key, number)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, redemptionOf(b))
}

// redemptionReport adds up some days.
func (h *Handler) redemptionReport(w http.ResponseWriter, r *http.Request) error {
	shops, err := h.shops(r, reportWeight)
	if err != nil {
		return err
	}
	key, err := shopKey(r)
	if err != nil {
		return err
	}
	from, err := dayOf(r, "from")
	if err != nil {
		return err
	}
	to, err := dayOf(r, "to")
	if err != nil {
		return err
	}
	report, err := shops.Report(r.Context(), key, from, to)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, reportOf(report))
}

// dayOf reads a day of a query. Errors: voucher.ErrTerms.
func dayOf(r *http.Request, name string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, r.URL.Query().Get(name))
	if err != nil {
		return time.Time{}, voucher.ErrTerms
	}
	return day, nil
}

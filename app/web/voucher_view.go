package web

import (
	"context"
	"encoding/json"
	"time"

	"cairn/assets/definition"
	"cairn/assets/voucher"
	vouchers "cairn/templates/voucher"

	"github.com/btcsuite/btcd/btcutil"
)

// Values of the books as the pages have them.

func shopView(shop voucher.Shop) vouchers.Shop {
	return vouchers.Shop{Name: shop.Name, Slug: shop.Slug, Place: shop.Contact, About: shop.About}
}

// designJSON is how a series looks, as the books keep it.
type designJSON struct {
	Color   string `json:"colour"`
	Picture string `json:"picture"`
	// Own is the shop's own picture, by the name under which it is kept.
	Own  string `json:"own,omitempty"`
	Line string `json:"line,omitempty"`
}

// readDesign reads a design; what cannot be read looks as usual.
func readDesign(text string) (d designJSON) {
	_ = json.Unmarshal([]byte(text), &d) // the usual one
	return d
}

func designOf(text string) vouchers.Design {
	d := readDesign(text)
	out := vouchers.Design{Color: d.Color, Picture: d.Picture, Line: d.Line}
	if hash, ok := pictureNamed(d.Own); ok {
		out.Own = definition.PicturePath(hash)
	}
	return out
}

// lastMoment is the last second of a voucher that expires then; zero for never.
func lastMoment(expires time.Time) time.Time {
	if expires.IsZero() {
		return time.Time{}
	}
	return expires.Add(-time.Second).UTC()
}

func (s *Server) seriesView(one voucher.Series) vouchers.Series {
	v := vouchers.Series{
		ID: one.ID.String(), Name: one.Name, GoodFor: one.Worth, Terms: one.Conditions, Unit: one.Unit, Decimals: one.Decimals,
		Kind: vouchers.Kind(one.Kind), Each: one.Units, Design: designOf(one.Design), Claims: one.Claims,
	}
	if !one.Asset.IsZero() {
		v.Asset = one.Asset.Text(s.cfg.Network)
	}
	if at := one.ExpiryAt(one.CreatedAt); at != 0 {
		v.Until = lastMoment(time.Unix(int64(at), 0))
		v.Over = s.cfg.Now().After(v.Until)
	}
	return v
}

// seriesOf are the series of a shop with what became of them, the newest first.
func (s *Server) seriesOf(ctx context.Context, shop voucher.ShopID) ([]vouchers.Series, error) {
	list, err := s.deps.Vouchers.Shops.SeriesOf(ctx, shop)
	if err != nil {
		return nil, err
	}
	sums, err := s.deps.Vouchers.Shops.Sums(ctx, shop)
	if err != nil {
		return nil, err
	}
	var out []vouchers.Series
	for _, one := range list {
		v := s.seriesView(one)
		v.Vouchers, v.Counts, v.Settled = int64(sums[one.ID].Vouchers), countsOf(sums[one.ID]), sums[one.ID].Planned == 0
		out = append(out, v)
	}
	return out, nil
}

// countsOf are the units as the pages tell them: what is still on its way in is
// outstanding, and what the shop gave for it is redeemed.
func countsOf(sums voucher.Sums) vouchers.Counts {
	return vouchers.Counts{
		Issued: sums.Issued + sums.Planned, Outstanding: sums.Outstanding + sums.Planned, Redeemed: sums.Redeemed + sums.Booked + sums.Lost,
		Expired: sums.Expired, Reclaimed: sums.Reclaimed, Claimed: sums.Claimed + sums.Gone, GivenUp: sums.GivenUp,
	}
}

func satOf(n int64) btcutil.Amount { return btcutil.Amount(n) }

// staffNames are those of a shop's staff, tills and series, by number.
type staffNames struct {
	staff, tills map[int]string
	series       map[voucher.SeriesID]string
	kinds        map[voucher.SeriesID]vouchers.Amount
}

// amount is a number of a series' units.
func (n staffNames) amount(series voucher.SeriesID, units int64) vouchers.Amount {
	a := n.kinds[series]
	a.Units = units
	return a
}

// namesOf reads the names for lists of what happened.
func (s *Server) namesOf(ctx context.Context, key voucher.Key) (staffNames, error) {
	names := staffNames{staff: map[int]string{}, tills: map[int]string{}, series: map[voucher.SeriesID]string{}, kinds: map[voucher.SeriesID]vouchers.Amount{}}
	who, err := s.deps.Vouchers.Shops.Enter(ctx, key)
	if err != nil {
		return names, err
	}
	staff, err := s.deps.Vouchers.Shops.Staff(ctx, key)
	if err != nil {
		return names, err
	}
	for _, one := range staff {
		names.staff[one.Number] = one.Name
	}
	tills, err := s.deps.Vouchers.Shops.Tills(ctx, key)
	if err != nil {
		return names, err
	}
	for _, one := range tills {
		names.tills[one.Number] = one.Name
	}
	series, err := s.deps.Vouchers.Shops.SeriesOf(ctx, who.Shop.ID)
	if err != nil {
		return names, err
	}
	for _, one := range series {
		names.series[one.ID] = one.Name
		names.kinds[one.ID] = vouchers.Amount{Unit: one.Unit, Decimals: one.Decimals}
	}
	return names, nil
}

func (n staffNames) entry(e voucher.Entry) vouchers.Entry {
	out := vouchers.Entry{At: e.At, What: string(e.What), Who: n.staff[e.Staff], Till: n.tills[e.Till], Series: n.series[e.Series], Units: e.Units, Detail: e.Detail}
	out.Unit, out.Decimals = n.kinds[e.Series].Unit, n.kinds[e.Series].Decimals
	if e.Name != (zeroName) {
		out.Name = e.Name.String()
	}
	return out
}

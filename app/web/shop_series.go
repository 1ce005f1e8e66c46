package web

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/assets/definition"
	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"
	"cairn/chain"
	vouchers "cairn/templates/voucher"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// shopSeriesRoutes are those of making vouchers, and of taking expired ones back. Keys
// are made in the page, so these are JSON from our own page.
func (s *Server) shopSeriesRoutes(desk string) {
	small := bodyLimit(128 << 10)
	looks, acts := s.limit(5, 100), s.limit(1, 30)
	const series = "/series/:series"
	s.get("shop-issue", desk+"/issue", s.shopIssue, looks)
	s.get("shop-series", desk+series, s.shopSeries, looks)
	s.get("shop-series-csv", desk+series+"/vouchers.csv", s.shopSeriesCSV, looks)
	s.post("shop-series-add", desk+"/series", s.shopSeriesAdd, small, acts)
	s.post("shop-series-reclaims", desk+series+"/reclaims", s.shopReclaims, small, acts)
	s.post("shop-series-reclaim", desk+series+"/reclaim", s.shopReclaim, small, s.limit(5, 250))
	if s.deps.AssetDesk != nil {
		s.post("shop-picture", desk+"/picture", s.shopPicture, bodyLimit(maxShopPicture), s.limit(0.2, 10))
		s.post("shop-series-draft", desk+series+"/draft", s.shopSeriesDraft, bodyLimit(maxSeriesBody), s.limit(0.5, 30))
		s.post("shop-series-register", desk+series+"/vouchers", s.shopSeriesRegister, bodyLimit(maxSeriesBody), acts)
	}
}

// shopIssue is the form of a series.
func (s *Server) shopIssue(c Ctx) error {
	key, who, err := s.shopKey(c, voucher.Manage)
	if err != nil {
		return err
	}
	v := vouchers.IssueView{
		Key: key.Text(), Shop: shopView(who.Shop), Today: s.cfg.Now().UTC(), Sandbox: s.cfg.Network == chain.Devnet,
		Sponsor: s.deps.AssetDesk != nil && s.deps.AssetDesk.Sponsored,
	}
	if v.Costs, err = s.costsOf(c.Request().Context(), key); err != nil {
		return err
	}
	v.Meta = s.shopMeta(c, t(c, "voucher.issue"))
	v.Meta.Path = vouchers.DeskPath(v.Key) + "/issue"
	return render(c, http.StatusOK, vouchers.IssuePage(v))
}

// seriesJSON is what the form says. Until is the last day, as 2026-11-22. Issuer is
// the x-only key that takes expired vouchers back.
type seriesJSON struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Good     string `json:"good"`
	Terms    string `json:"terms"`
	Unit     string `json:"unit"`
	Decimals int    `json:"decimals"`
	Each     int64  `json:"each"`
	Color    string `json:"colour"`
	Picture  string `json:"picture"`
	Own      string `json:"own"`
	Line     string `json:"line"`
	Ends     string `json:"ends"`
	Until    string `json:"until"`
	Days     int    `json:"days"`
	Issuer   string `json:"issuer"`
	Claims   bool   `json:"claims"`
}

// maxLine is the longest line on a voucher, in bytes.
const maxLine = 240

// draft reads it. Errors: voucher.ErrTerms, voucher.ErrWords, bearer.ErrKey.
func (j seriesJSON) draft() (d voucher.SeriesDraft, err error) {
	if len(j.Line) > maxLine || !slices.Contains(vouchers.Colors, j.Color) || !slices.Contains(vouchers.Pictures, j.Picture) {
		return d, voucher.ErrWords
	}
	if _, ok := pictureNamed(j.Own); !ok && j.Own != "" {
		return d, voucher.ErrWords
	}
	design, err := json.Marshal(designJSON{Color: j.Color, Picture: j.Picture, Own: j.Own, Line: strings.TrimSpace(j.Line)})
	if err != nil {
		return d, err
	}
	d = voucher.SeriesDraft{
		Kind: voucher.Kind(j.Kind), Name: strings.TrimSpace(j.Name), Worth: strings.TrimSpace(j.Good), Conditions: strings.TrimSpace(j.Terms),
		Unit: strings.TrimSpace(j.Unit), Decimals: j.Decimals, Units: j.Each, Design: string(design), Expiry: voucher.ExpiryRule(j.Ends), Claims: j.Claims,
	}
	switch d.Expiry {
	case voucher.Never:
		return d, nil
	case voucher.OnDate:
		day, err := time.Parse(time.DateOnly, j.Until)
		if err != nil {
			return d, voucher.ErrTerms
		}
		d.ExpiresOn = day.AddDate(0, 0, 1)
	case voucher.AfterDays:
		d.Days = j.Days
	}
	issuer, err := hex.DecodeString(j.Issuer)
	if err != nil || len(issuer) != len(d.Issuer) {
		return d, bearer.ErrKey
	}
	d.Issuer = [32]byte(issuer)
	return d, nil
}

// shopSeriesAdd plans a series. It answers what a voucher's key needs to know of it.
func (s *Server) shopSeriesAdd(c Ctx) error {
	key, _, err := s.shopKey(c, voucher.Manage)
	if err != nil {
		return err
	}
	var asked seriesJSON
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	draft, err := asked.draft()
	if err != nil {
		return err
	}
	made, err := s.deps.Vouchers.Shops.CreateSeries(c.Request().Context(), key, draft, assets.ID{})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"id": made.ID.String(), "expiry": made.ExpiryAt(s.cfg.Now())})
}

// itemJSON is one voucher: its x-only key, and what the shop says of it. Until is its
// last day where that is another than the series', as 2026-11-22.
type itemJSON struct {
	Inner string `json:"inner"`
	Until string `json:"until"`
	Label string `json:"label"`
	Note  string `json:"note"`
	Units int64  `json:"units"`
}

// batchJSON is a list of vouchers with the expiry they were made for, and the coins
// that make them.
type batchJSON struct {
	Expiry   uint32     `json:"expiry"`
	Vouchers []itemJSON `json:"vouchers"`
	Coins    []struct {
		Txid   string `json:"txid"`
		Vout   uint32 `json:"vout"`
		Value  int64  `json:"value"`
		Script string `json:"script"`
	} `json:"coins"`
	Seed      string `json:"seed"`
	Change    string `json:"change"`
	Sponsored bool   `json:"sponsored"`
	Draft     string `json:"draft"`
}

// items are the vouchers as the books take them. Errors: voucher.ErrTooMany,
// voucher.ErrTerms, bearer.ErrKey.
func (b batchJSON) items(series voucher.Series) ([]voucher.Item, error) {
	if len(b.Vouchers) == 0 || len(b.Vouchers) > vouchers.MostVouchers {
		return nil, voucher.ErrTooMany
	}
	items := make([]voucher.Item, len(b.Vouchers))
	for i, one := range b.Vouchers {
		inner, err := hex.DecodeString(one.Inner)
		if err != nil || len(inner) != 32 {
			return nil, bearer.ErrKey
		}
		items[i] = voucher.Item{Label: one.Label, Note: one.Note, Units: one.Units, Output: bearer.Output{Inner: [32]byte(inner)}}
		expiry := b.Expiry
		if one.Until != "" {
			day, err := time.Parse(time.DateOnly, one.Until)
			if err != nil || day.Year() > 2100 {
				return nil, voucher.ErrTerms
			}
			expiry = uint32(day.AddDate(0, 0, 1).Unix())
		}
		if expiry != 0 {
			items[i].Output.Terms = bearer.Terms{Expiry: expiry, Issuer: series.Issuer}
		}
	}
	return items, nil
}

// order issues the vouchers, from a coin that is made for them: so that each series has
// an asset of its own, whoever pays. Errors: compose.ErrOrder; those of bearer.Output.Script.
func (b batchJSON) order(items []voucher.Item, series voucher.Series) (o compose.Order, err error) {
	o = compose.Order{Operation: compose.Issue, Protocol: assets.OpenAssets, Sponsored: b.Sponsored}
	if o.Change, err = hex.DecodeString(b.Change); err != nil {
		return o, compose.ErrOrder
	}
	if o.Seed, err = hex.DecodeString(b.Seed); err != nil || len(o.Seed) == 0 {
		return o, compose.ErrOrder
	}
	for _, one := range b.Coins {
		hash, err := chainhash.NewHashFromStr(one.Txid)
		if err != nil {
			return o, compose.ErrOrder
		}
		script, err := hex.DecodeString(one.Script)
		if err != nil {
			return o, compose.ErrOrder
		}
		o.Coins = append(o.Coins, compose.Coin{OutPoint: wire.OutPoint{Hash: *hash, Index: one.Vout}, Value: btcutil.Amount(one.Value), Script: script})
	}
	for _, one := range items {
		script, err := one.Output.Script()
		if err != nil {
			return o, err
		}
		units := one.Units
		if units == 0 {
			units = series.Units
		}
		o.Payments = append(o.Payments, assets.Payment{Script: script, Units: units})
	}
	return o, nil
}

// ownSeries is a series of the shop whose key the address holds. Error:
// voucher.ErrSeries.
func (s *Server) ownSeries(c Ctx, action voucher.Action) (voucher.Key, voucher.Desk, voucher.Series, error) {
	key, who, err := s.shopKey(c, action)
	if err != nil {
		return key, who, voucher.Series{}, err
	}
	id, err := voucher.ParseSeriesID(c.Param("series"))
	if err != nil {
		return key, who, voucher.Series{}, err
	}
	series, err := s.deps.Vouchers.Shops.Series(c.Request().Context(), id)
	if err == nil && series.Shop != who.Shop.ID {
		err = voucher.ErrSeries
	}
	return key, who, series, err
}

// readBatch reads a list of vouchers for a series.
func (s *Server) readBatch(c Ctx) (key voucher.Key, who voucher.Desk, series voucher.Series, asked batchJSON, items []voucher.Item, err error) {
	if key, who, series, err = s.ownSeries(c, voucher.Manage); err != nil {
		return
	}
	if err = readJSON(c, &asked); err != nil {
		return
	}
	items, err = asked.items(series)
	return
}

// shopSeriesDraft builds the transaction that issues a series. Nothing is registered
// before the owner has agreed to it.
func (s *Server) shopSeriesDraft(c Ctx) error {
	_, who, series, asked, items, err := s.readBatch(c)
	if err != nil {
		return err
	}
	order, err := asked.order(items, series)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	id, err := s.deps.AssetDesk.Composer.Identify(order)
	if err != nil {
		return err
	}
	if order.Metadata, err = s.defineSeries(ctx, who.Shop, series, id); err != nil {
		return err
	}
	draft, err := s.deps.AssetDesk.Composer.PrepareFor(ctx, c.RealIP(), order)
	if err != nil {
		return err
	}
	return s.draftJSON(c, draft)
}

// defineSeries publishes what the asset of a series is, and gives the pointer for its
// marker.
func (s *Server) defineSeries(ctx context.Context, shop voucher.Shop, series voucher.Series, id assets.ID) ([]byte, error) {
	published, err := s.deps.AssetDesk.Definitions.Publish(ctx, definition.Draft{
		Assets: []assets.ID{id}, Name: series.Name, Description: series.Worth, Issuer: shop.Name, Terms: series.Conditions, Type: "Voucher",
		Divisibility: series.Decimals, Kept: ownPicture(series),
	})
	return published.Metadata, err
}

// shopSeriesRegister writes the vouchers into the shop's books, before the transaction
// that makes them is handed in: what is paid to a script nobody knows of would be
// lost to the shop. The same list again is no error.
func (s *Server) shopSeriesRegister(c Ctx) error {
	key, _, series, asked, items, err := s.readBatch(c)
	if err != nil {
		return err
	}
	id, err := compose.ParseID(asked.Draft)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	draft, err := s.deps.AssetDesk.Composer.Get(ctx, id)
	if err != nil {
		return err
	}
	if series.Asset != draft.Asset {
		if _, err := s.deps.Vouchers.Shops.SetAsset(ctx, key, series.ID, draft.Asset); err != nil {
			return err
		}
	}
	if _, err := s.deps.Vouchers.Shops.RegisterFor(ctx, key, series.ID, items, id.String()); err != nil {
		return err
	}
	if draft.Sponsored != nil {
		s.rememberDesk(c, draft.Sponsored.Quote.ID, vouchers.DeskPath(key.Text())+"/issue", draft.ExpiresAt)
	}
	return c.JSON(http.StatusOK, map[string]string{"path": "/assets/drafts/" + id.String()})
}

// shopReclaims are the transactions by which the owner takes expired vouchers back.
func (s *Server) shopReclaims(c Ctx) error {
	key, _, series, err := s.ownSeries(c, voucher.Manage)
	if err != nil {
		return err
	}
	plans, err := s.deps.Vouchers.Shops.Reclaims(c.Request().Context(), key, series.ID)
	if err != nil {
		return err
	}
	out := make([]planJSON, len(plans))
	for i, p := range plans {
		out[i] = planView(p)
		out[i].Inner, out[i].Expiry, out[i].Issuer = hex.EncodeToString(p.Coin.Inner[:]), p.Coin.Terms.Expiry, hex.EncodeToString(p.Coin.Terms.Issuer[:])
	}
	return c.JSON(http.StatusOK, map[string]any{"plans": out})
}

// shopReclaim takes one of them in, signed.
func (s *Server) shopReclaim(c Ctx) error {
	key, _, _, err := s.ownSeries(c, voucher.Manage)
	if err != nil {
		return err
	}
	var asked voucherAsked
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	name, _, signed, err := asked.read()
	if err != nil {
		return err
	}
	b, err := s.deps.Vouchers.Shops.Reclaim(c.Request().Context(), key, name, signed)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"units": b.Units})
}

// vouchersAtOnce is how many vouchers a page lists.
const vouchersAtOnce = 100

// shopSeries is a series and its vouchers.
func (s *Server) shopSeries(c Ctx) error {
	key, who, series, err := s.ownSeries(c, voucher.Review)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	page, _ := strconv.Atoi(c.QueryParam("page")) // what is no number is the first
	page = min(max(page, 1), vouchers.MostVouchers)
	list, err := s.deps.Vouchers.Shops.Vouchers(ctx, key, series.ID, (page-1)*vouchersAtOnce, vouchersAtOnce+1)
	if err != nil {
		return err
	}
	views, err := s.seriesOf(ctx, who.Shop.ID)
	if err != nil {
		return err
	}
	v := vouchers.SeriesView{Key: key.Text(), Role: vouchers.Role(who.Staff.Role), Shop: shopView(who.Shop), Page: page, More: len(list) > vouchersAtOnce}
	for _, one := range views {
		if one.ID == series.ID.String() {
			v.Series = one
		}
	}
	for _, one := range list[:min(len(list), vouchersAtOnce)] {
		v.Vouchers = append(v.Vouchers, voucherView(one))
	}
	v.Reclaim = v.Series.Expired > 0
	if v.Role == vouchers.Owner {
		if v.Pay, err = s.payFor(ctx, key, series.ID); err != nil {
			return err
		}
	}
	if v.Series.Asset != "" {
		v.Asset = "/assets/" + url.PathEscape(v.Series.Asset)
	}
	v.Meta = s.shopMeta(c, v.Series.Name)
	v.Meta.Path = vouchers.DeskPath(v.Key) + "/series/" + v.Series.ID
	return render(c, http.StatusOK, vouchers.SeriesPage(v))
}

func voucherView(one voucher.Voucher) vouchers.Voucher {
	label := one.Label
	if label == "" {
		label = strconv.Itoa(one.Number)
	}
	return vouchers.Voucher{
		Name: one.Name.String(), Label: label, Note: one.Note, Units: one.Units, Left: one.Left, State: stateView(one.State, one.Left),
	}
}

// shopSeriesCSV is the table of a series' vouchers: not their codes, which nobody
// here knows.
func (s *Server) shopSeriesCSV(c Ctx) error {
	key, _, series, err := s.ownSeries(c, voucher.Review)
	if err != nil {
		return err
	}
	rows := [][]string{{"number", "voucher", "label", "note", "units", "left", "state"}}
	for after, more := 0, true; more; {
		list, err := s.deps.Vouchers.Shops.Vouchers(c.Request().Context(), key, series.ID, after, vouchers.MostVouchers)
		if err != nil {
			return err
		}
		for _, one := range list {
			rows = append(rows, []string{
				strconv.Itoa(one.Number), one.Name.String(), harmless(one.Label), harmless(one.Note), voucher.Decimal(one.Units, series.Decimals),
				voucher.Decimal(one.Left, series.Decimals), string(one.State),
			})
			after = one.Number
		}
		more = len(list) == vouchers.MostVouchers // a series may have been added to
	}
	return saveTable(c, "vouchers-"+series.ID.String()+".csv", rows)
}

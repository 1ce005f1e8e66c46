package web

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"cairn/assets"
	"cairn/assets/colu"
	"cairn/assets/definition"
	"cairn/assets/ledger"
	"cairn/templates/asset"
	"cairn/templates/layout"
)

// Sizes of lists on pages.
const (
	assetRows   = 25
	assetMoves  = 15
	assetPoints = 120 // of a supply's chart
	// mostFound is how many assets a search by name lists.
	mostFound = 50
)

// assetRoutes are the explorer of colored coins. Everything in it can be seen by
// anybody.
func (s *Server) assetRoutes() {
	if s.deps.Explorer == nil {
		return
	}
	look := s.limit(20, 200)
	s.get("assets", asset.ListPath, s.assets, look)
	s.get("asset-hashes", asset.HashesPath, s.assetHashes, look)
	s.get("asset-tx", "/assets/tx/:txid", s.assetTx, look)
	s.get("asset-address", "/assets/address/:address", s.assetAddress, look)
	s.get("asset-block", "/assets/block/:height", s.assetBlock, look)
	s.get("asset", "/assets/:id", s.asset, look)
	s.get("asset-holders-csv", "/assets/:id/holders.csv", s.assetHoldersCSV, s.limit(.5, 20))
	s.get("asset-transfers-csv", "/assets/:id/transfers.csv", s.assetTransfersCSV, s.limit(.5, 20))
	s.get("asset-definition", "/assets/definitions/:file", s.assetDefinition)
	s.get("asset-picture", "/assets/pictures/:file", s.assetPicture)
	s.get("asset-terms", "/assets/terms/:file", s.assetTerms)
}

// assets lists them, or finds what is looked for.
func (s *Server) assets(c Ctx) error {
	query := c.QueryParam("q")
	if len(query) > maxQuery {
		query = query[:maxQuery]
	}
	v := asset.List{Query: query, Order: orderOf(c.QueryParam("order")), CanIssue: s.deps.AssetDesk != nil, CanShop: s.deps.Vouchers != nil}
	if query != "" {
		path, ids, err := s.findAsset(c.Request().Context(), query)
		if err != nil {
			return err
		}
		if path != "" {
			return c.Redirect(http.StatusSeeOther, path)
		}
		v.Missing = len(ids) == 0
		v.Old = errors.Is(colu.OldID(strings.TrimSpace(query)), colu.ErrOldID)
		if v.Rows, err = s.assetRowsOf(c.Request().Context(), ids); err != nil {
			return err
		}
	} else {
		list, next, err := s.deps.Explorer.Ledger.Assets(c.Request().Context(), ledger.Query{Order: v.Order}, ledger.Page{After: c.QueryParam("after"), Limit: assetRows})
		if err != nil {
			return err
		}
		v.Next = next
		if v.Rows, err = s.assetNamed(c.Request().Context(), list); err != nil {
			return err
		}
	}
	if tip, err := s.deps.Explorer.Ledger.Tip(c.Request().Context()); err == nil {
		v.Tip = tip.Height
	}
	v.Meta = s.meta(c, t(c, "asset.list"), layout.SectionAssets)
	v.Meta.Description = t(c, "asset.list.lead")
	v.Meta.Private = query != "" || c.QueryParam("after") != ""
	status := http.StatusOK
	if v.Missing {
		status = http.StatusNotFound
	}
	return render(c, status, asset.ListPage(v))
}

func orderOf(text string) ledger.Order {
	switch o := ledger.Order(text); o {
	case ledger.ByAge, ledger.ByHolders:
		return o
	}
	return ledger.ByActivity
}

// assetRowsOf are assets by their ids, without those that no block has.
func (s *Server) assetRowsOf(ctx context.Context, ids []assets.ID) ([]asset.Row, error) {
	list, err := s.deps.Explorer.Ledger.AssetsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	return s.assetNamed(ctx, list)
}

// assetNamed adds what assets say of themselves.
func (s *Server) assetNamed(ctx context.Context, list []ledger.Asset) ([]asset.Row, error) {
	asked := make([]definition.Asked, len(list))
	for i, a := range list {
		asked[i] = definition.Asked{Asset: a.ID, Metadata: a.Metadata}
	}
	said, err := s.deps.Explorer.Definitions.Brief(ctx, asked)
	if err != nil {
		return nil, err
	}
	rows := make([]asset.Row, len(list))
	for i, a := range list {
		rows[i] = asset.Row{Name: s.assetName(a.ID, said[i]), Asset: a}
	}
	return rows, nil
}

// assetName is an asset as pages call it.
func (s *Server) assetName(id assets.ID, d definition.Definition) asset.Name {
	n := asset.Name{ID: id, Text: id.Text(s.cfg.Network), Name: d.Name, Decimals: d.Divisibility}
	if id.Protocol == assets.Colu { // it is in the id, whatever anybody says
		n.Decimals = min(int(id.Raw()[23]), 7)
	}
	if d.Picture != [32]byte{} {
		n.Picture = definition.PicturePath(d.Picture)
	}
	return n
}

// assetNamesOf are assets as pages call them, unknown ones by their ids.
func (s *Server) assetNamesOf(ctx context.Context, ids map[assets.ID]bool) (map[assets.ID]asset.Name, error) {
	out := make(map[assets.ID]asset.Name, len(ids))
	var list []assets.ID
	for id := range ids {
		out[id] = s.assetName(id, definition.Definition{})
		list = append(list, id)
	}
	rows, err := s.assetRowsOf(ctx, list[:min(len(list), mostFound)])
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.ID] = r.Name
	}
	return out, nil
}

// heightAsked is the block of "?at="; ledger.Newest without. Error: ErrHeight.
func heightAsked(c Ctx) (int32, error) {
	text := c.QueryParam("at")
	if text == "" {
		return ledger.Newest, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, ErrHeight
	}
	return int32(n), nil
}

// asset is the page of one asset, as of now or of a block.
func (s *Server) asset(c Ctx) error {
	ctx := c.Request().Context()
	id, err := s.assetParam(c)
	if err != nil {
		return err
	}
	at, err := heightAsked(c)
	if err != nil {
		return err
	}
	led := s.deps.Explorer.Ledger
	v := asset.View{Reissuable: reissuable(id), Now: s.cfg.Now(), CanAct: s.deps.AssetDesk != nil && at == ledger.Newest}
	if v.Asset, err = led.Asset(ctx, id, at); err != nil {
		return err
	}
	if at != ledger.Newest {
		v.At = at
	}
	if v.Definition, err = s.deps.Explorer.Definitions.Of(ctx, id, v.Asset.Metadata); err != nil {
		return err
	}
	v.Name = s.assetName(id, v.Definition)
	if v.Hash, err = led.Hash(ctx, id.Protocol, v.Asset.AsOf); err != nil {
		return err
	}
	if v.Supply, err = led.Supply(ctx, id, v.Asset.AsOf, assetPoints); err != nil {
		return err
	}
	holders, next, err := led.Holders(ctx, id, at, ledger.Page{After: c.QueryParam("holders"), Limit: assetRows})
	if err != nil {
		return err
	}
	v.NextHolders = next
	for _, h := range holders {
		v.Holders = append(v.Holders, asset.Holder{Address: s.scriptText(h.Script), Units: h.Units, Coins: h.Coins})
	}
	if v.Moves, v.NextMoves, err = led.Transfers(ctx, id, v.Asset.AsOf, ledger.Page{After: c.QueryParam("moves"), Limit: assetMoves}); err != nil {
		return err
	}
	if at == ledger.Newest {
		waiting, err := led.Waiting(ctx, id)
		if err != nil {
			return err
		}
		v.Waiting = len(waiting)
	}
	if s.deps.Explorer.Redeemer != nil {
		if v.Shop, v.Liability, err = s.deps.Explorer.Redeemer(ctx, id); err != nil {
			return err
		}
	}
	v.Meta = s.meta(c, v.Title(), layout.SectionAssets)
	v.Meta.Private = c.QueryString() != ""
	return render(c, http.StatusOK, asset.Page(v))
}

// mostAssetLines is how many lines a table to download has.
const mostAssetLines = 50_000

// assetHoldersCSV is who holds units, as a table.
func (s *Server) assetHoldersCSV(c Ctx) error {
	id, err := s.assetParam(c)
	if err != nil {
		return err
	}
	at, err := heightAsked(c)
	if err != nil {
		return err
	}
	return s.assetTable(c, []string{"address", "units", "coins"}, func(after string) (lines [][]string, next string, err error) {
		var list []ledger.Holder
		if at == ledger.Newest {
			list, next, err = s.deps.Explorer.Ledger.Holders(c.Request().Context(), id, at, ledger.Page{After: after, Limit: 1000})
		} else { // all of the past at once
			list, err = s.deps.Explorer.Ledger.LargestHolders(c.Request().Context(), id, at, mostAssetLines)
		}
		for _, h := range list {
			lines = append(lines, []string{s.scriptText(h.Script), strconv.FormatInt(h.Units, 10), strconv.FormatInt(h.Coins, 10)})
		}
		return lines, next, err
	})
}

// assetTransfersCSV is what moved, as a table.
func (s *Server) assetTransfersCSV(c Ctx) error {
	id, err := s.assetParam(c)
	if err != nil {
		return err
	}
	return s.assetTable(c, []string{"txid", "height", "time", "issued", "moved", "destroyed"}, func(after string) (lines [][]string, next string, err error) {
		list, next, err := s.deps.Explorer.Ledger.Transfers(c.Request().Context(), id, ledger.Newest, ledger.Page{After: after, Limit: 1000})
		for _, m := range list {
			lines = append(lines, []string{
				m.Txid.String(), strconv.Itoa(int(m.Height)), m.Time.UTC().Format("2006-01-02T15:04:05Z"),
				strconv.FormatInt(m.Issued, 10), strconv.FormatInt(m.Moved, 10), strconv.FormatInt(m.Destroyed, 10),
			})
		}
		return lines, next, err
	})
}

// assetTable sends a table part by part, mostAssetLines at most. A mistake in its first
// part has a page of its own; one later ends it.
func (s *Server) assetTable(c Ctx, head []string, part func(after string) ([][]string, string, error)) error {
	lines, next, err := part("")
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="asset.csv"`)
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	w := csv.NewWriter(c.Response())
	w.Write(head) //nolint:errcheck // Flush tells
	for sent := 0; ; {
		w.WriteAll(lines) //nolint:errcheck // Error tells
		if sent += len(lines); next == "" || sent >= mostAssetLines || w.Error() != nil {
			return nil
		}
		if lines, next, err = part(next); err != nil {
			s.cfg.Log.Warn("a table of an asset was cut off", "error", err, "request", requestID(c))
			return nil
		}
	}
}

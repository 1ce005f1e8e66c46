package web

import (
	"context"
	"strconv"

	"cairn/assets/compose"
	"cairn/assets/ledger"
	"cairn/assets/voucher/bearer"
	"cairn/templates/assetdesk"
)

// mostShares is how many holders a dividend's page reckons with.
const mostShares = 50_000

// addShares adds who would get what of a dividend. Errors:
// ErrAmountTyped, ErrHeight, compose.ErrNothing, assets.ErrUnknown, chain.ErrNoBlock.
func (s *Server) addShares(ctx context.Context, v *assetdesk.Form) error {
	sum, err := satoshi("sum", v.Typed["sum"])
	if err != nil {
		return err
	}
	at, err := heightTyped(v.Typed["at"])
	if err != nil {
		return err
	}
	if at == 0 {
		at = ledger.Newest
	}
	holders, height, err := s.deps.AssetDesk.Ledger.AllHolders(ctx, v.Asset.ID, at, mostShares)
	if err != nil {
		return err
	}
	v.At = height
	list := make([]compose.Holder, len(holders))
	for i, h := range holders {
		list[i] = compose.Holder{Script: h.Script, Units: h.Units}
	}
	vouchers, err := s.vouchersAt(ctx, holders)
	if err != nil {
		return err
	}
	for _, one := range compose.Split(sum, list, nil) {
		_, voucher := vouchers[string(one.Script)]
		share := assetdesk.Share{Address: s.addressText(one.Script), Units: one.Units, Amount: one.Amount, Left: one.Left != "", Voucher: voucher}
		if voucher {
			v.Vouchers++
		}
		if share.Left {
			v.Dust++
		} else {
			v.Paid += one.Amount
		}
		v.Shares = append(v.Shares, share)
	}
	if len(v.Shares) == 0 {
		return compose.ErrNothing
	}
	return nil
}

// vouchersAt tells which holders are vouchers that nobody has claimed, by their scripts.
func (s *Server) vouchersAt(ctx context.Context, holders []ledger.Holder) (map[string]bearer.Name, error) {
	if s.deps.Vouchers == nil {
		return nil, nil
	}
	scripts := make([][]byte, len(holders))
	for i, h := range holders {
		scripts[i] = h.Script
	}
	return s.deps.Vouchers.Shops.NamesAt(ctx, scripts)
}

// assetShares is the whole table of who would get what, those with too little too.
func (s *Server) assetShares(c Ctx) error {
	v, err := s.deskForm(c, assetdesk.Dividend)
	if err != nil {
		return err
	}
	v.Typed["sum"], v.Typed["at"] = c.QueryParam("sum"), c.QueryParam("at")
	if err := s.addShares(c.Request().Context(), &v); err != nil {
		return err
	}
	rows := [][]string{{"address", "units", "sat", "paid", "voucher"}}
	for _, one := range v.Shares {
		rows = append(rows, []string{
			one.Address, strconv.FormatInt(one.Units, 10), strconv.FormatInt(int64(one.Amount), 10), yesNo(!one.Left), yesNo(one.Voucher),
		})
	}
	return saveTable(c, "dividend-block-"+strconv.Itoa(int(v.At))+".csv", rows)
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// shownDividends is how many dividends of before a page lists.
const shownDividends = 10

// dividendsOf are those of an asset that were paid before, the newest first.
func (s *Server) dividendsOf(ctx context.Context, asset assetdesk.Asset) ([]assetdesk.Paid, error) {
	list, err := s.deps.AssetDesk.Composer.Dividends(ctx, asset.ID, shownDividends)
	if err != nil {
		return nil, err
	}
	out := make([]assetdesk.Paid, len(list))
	for i, one := range list {
		out[i] = assetdesk.Paid{At: one.At, Height: one.Height, Confirmed: one.Confirmed}
		for _, share := range one.Shares {
			if share.Left == "" {
				out[i].Holders++
				out[i].Sum += share.Amount
			}
		}
		for _, txid := range one.Txids {
			out[i].Txids = append(out[i].Txids, txid.String())
		}
	}
	return out, nil
}

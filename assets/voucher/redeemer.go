package voucher

import (
	"context"

	"cairn/assets"
)

// RedeemerOf is the shop that says here that it takes units of an asset for what
// they are worth. Errors: ErrShop for none.
func (s *Service) RedeemerOf(ctx context.Context, asset assets.ID) (Shop, error) {
	r, err := take[shopRecord](s.db.Read(ctx).
		Where("id = (SELECT shop FROM voucher_series WHERE protocol = ? AND asset = ? ORDER BY created_at, id LIMIT 1)", int64(asset.Protocol), asset.Raw()), ErrShop)
	return r.shopOr(err)
}

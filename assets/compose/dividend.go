package compose

import (
	"bytes"
	"context"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"time"

	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// MostHolders is how many holders a dividend is reckoned for.
const MostHolders = 50_000

// shares says what each holder at a block gets. Errors: ErrNothing, ErrLimit,
// assets.ErrUnknown, chain.ErrNoBlock.
func (s *Service) shares(ctx context.Context, o Order) ([]Share, int32, error) {
	holders, height, err := s.cfg.Ledger.Holders(ctx, o.Asset, o.Height)
	if err != nil {
		return nil, 0, err
	}
	if len(holders) > MostHolders {
		return nil, 0, fmt.Errorf("%w: %d holders", ErrLimit, len(holders))
	}
	out := Split(o.Sum, holders, o.Exclude)
	if len(out) == 0 {
		return nil, 0, fmt.Errorf("%w: nobody held it at block %d", ErrNothing, height)
	}
	return out, height, nil
}

// Split shares a sum out among holders by their units, to the satoshi: what is left
// of the division goes to the largest remainders, and of equal ones to the script
// that sorts first, so that everybody who reckons gets the same. Excluded scripts
// count for nothing. A share that cannot be paid stays with the payer, and says why;
// shares and what is left out are the sum. The largest come first.
func Split(total btcutil.Amount, holders []Holder, exclude [][]byte) []Share {
	type portion struct {
		Share
		rest *big.Int
	}
	var out []portion
	var excluded []Share
	base := new(big.Int)
	for _, h := range holders {
		if h.Units < 1 {
			continue
		}
		one := Share{Script: h.Script, Units: h.Units}
		if slices.ContainsFunc(exclude, func(script []byte) bool { return bytes.Equal(script, h.Script) }) {
			one.Left = LeftExcluded
			excluded = append(excluded, one)
			continue
		}
		base.Add(base, big.NewInt(h.Units))
		out = append(out, portion{Share: one})
	}
	given := btcutil.Amount(0)
	for i := range out {
		product := new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(out[i].Units))
		quotient, rest := new(big.Int).QuoRem(product, base, new(big.Int))
		out[i].Amount, out[i].rest = btcutil.Amount(quotient.Int64()), rest
		given += out[i].Amount
	}
	sort.Slice(out, func(i, j int) bool {
		if c := out[i].rest.Cmp(out[j].rest); c != 0 {
			return c > 0
		}
		return bytes.Compare(out[i].Script, out[j].Script) < 0
	})
	for i := range out {
		if given == total {
			break
		}
		out[i].Amount++
		given++
	}
	shares := make([]Share, 0, len(out)+len(excluded))
	for _, p := range out {
		switch {
		case !payable(p.Script):
			p.Left = LeftUnpayable
		case p.Amount < assets.Dust(p.Script):
			p.Left = LeftDust
		}
		shares = append(shares, p.Share)
	}
	sort.Slice(shares, func(i, j int) bool {
		if shares[i].Units != shares[j].Units {
			return shares[i].Units > shares[j].Units
		}
		return bytes.Compare(shares[i].Script, shares[j].Script) < 0
	})
	return append(shares, excluded...)
}

// paid are the shares that are paid.
func paid(shares []Share) []assets.Payment {
	var out []assets.Payment
	for _, one := range shares {
		if one.Left == "" {
			out = append(out, assets.Payment{Script: one.Script, Value: one.Amount})
		}
	}
	return out
}

// Paid is a dividend that was sent: public, for ever.
type Paid struct {
	ID     ID
	Asset  assets.ID
	Height int32
	Shares []Share
	Txids  []chainhash.Hash
	At     time.Time
	// Confirmed: blocks hold all of its transactions.
	Confirmed bool
}

// Dividends are those of an asset, the newest first. Errors: those of the database.
func (s *Service) Dividends(ctx context.Context, asset assets.ID, limit int) ([]Paid, error) {
	var rows []record
	err := s.db.Read(ctx).Where("operation = ? AND asset = ? AND state = ?", Dividend, encodeID(asset), Sent).
		Order("created_at DESC, id").Limit(min(max(limit, 1), 100)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the dividends: %w", err)
	}
	out := make([]Paid, 0, len(rows))
	for _, r := range rows {
		b, err := r.body()
		if err != nil {
			return nil, err
		}
		txs, err := s.store(ctx).txs(r.id())
		if err != nil {
			return nil, err
		}
		one := Paid{ID: r.id(), Asset: asset, Height: b.Height, Shares: b.Shares, At: time.Unix(r.CreatedAt, 0).UTC(), Confirmed: true}
		for _, t := range txs {
			one.Txids = append(one.Txids, chainhash.Hash(t.Txid))
			one.Confirmed = one.Confirmed && t.Height != nil
		}
		out = append(out, one)
	}
	return out, nil
}

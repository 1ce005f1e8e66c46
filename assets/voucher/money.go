package voucher

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"cairn/assets"
	"cairn/assets/voucher/bearer"
	"cairn/chain"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// mostMoney is how many coins of satoshi one voucher is told of: as many as one
// transaction takes in without being too heavy.
const mostMoney = 200

// Money is a coin of satoshi alone at a voucher's script, in a block. A dividend is
// paid there while nobody has claimed the voucher; whoever has the code spends it.
type Money struct {
	wire.OutPoint
	Value btcutil.Amount
}

// Money lists the coins of satoshi that lie at a voucher, the largest first. Errors:
// ErrUnknown.
func (s *Service) Money(ctx context.Context, name bearer.Name) ([]Money, error) {
	tx := s.db.Read(ctx)
	v, err := take[voucherRecord](tx.Where("name = ?", name[:]), ErrUnknown)
	if err != nil {
		return nil, err
	}
	known, err := s.cfg.Ledger.Tip(ctx)
	if errors.Is(err, chain.ErrNoBlock) {
		return nil, nil // nobody can say yet which coins hold units
	}
	if err != nil {
		return nil, err
	}
	paid, err := follow.Paying(tx, [][]byte{v.Script})
	if err != nil {
		return nil, err
	}
	var out []Money
	for _, c := range paid {
		if c.Spent == nil && c.Created != (chain.BlockRef{}) && c.Created.Height <= known.Height && !s.leaving(c.Outpoint) {
			out = append(out, Money{c.Outpoint, c.Value})
		}
	}
	if out, err = s.plain(tx, out); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Money) int {
		return cmp.Or(cmp.Compare(b.Value, a.Value), bytes.Compare(a.Hash[:], b.Hash[:]), cmp.Compare(a.Index, b.Index))
	})
	return out[:min(len(out), mostMoney)], nil
}

// leaving reports whether a coin is being spent, as far as can be seen here.
func (s *Service) leaving(at wire.OutPoint) bool {
	if s.cfg.Mempool == nil {
		return false
	}
	spender, err := s.cfg.Mempool.Spender(at)
	return err == nil && spender != nil
}

// plain leaves out coins that hold units of anything.
func (s *Service) plain(tx *gorm.DB, list []Money) ([]Money, error) {
	if len(list) == 0 {
		return nil, nil
	}
	at := make([]wire.OutPoint, len(list))
	for i, m := range list {
		at[i] = m.OutPoint
	}
	for _, p := range assets.Protocols {
		held, err := s.cfg.Ledger.HoldingsIn(tx, p, at)
		if err != nil {
			return nil, fmt.Errorf("ask what coins at a voucher hold: %w", err)
		}
		list = slices.DeleteFunc(list, func(m Money) bool { return len(held[m.OutPoint]) > 0 })
	}
	return list, nil
}

// NamesAt tells which of the scripts are those of vouchers of this server's shops, and
// gives their names by script.
func (s *Service) NamesAt(ctx context.Context, scripts [][]byte) (map[string]bearer.Name, error) {
	out := make(map[string]bearer.Name)
	for part := range slices.Chunk(scripts, lookup) {
		names := make([][]byte, len(part))
		for i, script := range part {
			name := bearer.NameOf(script)
			names[i] = name[:]
		}
		rows, err := list[voucherRecord](s.db.Read(ctx).Where("name IN ?", names))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[string(r.Script)] = r.name()
		}
	}
	return out, nil
}

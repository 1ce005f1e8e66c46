package visitor

import (
	"context"
	"errors"
	"fmt"

	"cairn/chain"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// mostSearched is how many scripts one pass through the blocks looks for.
const mostSearched = 20_000

// errMoved: the chain went on, or turned, while it was searched.
var errMoved = errors.New("the chain has moved")

// searchAll searches older blocks for what is asked for, in one pass for all
// wallets; and then, unless a pause is wanted, for what was asked for meanwhile.
func (s *Service) searchAll(ctx context.Context) error {
	for {
		var rows []searchRecord
		if err := s.cfg.DB.Read(ctx).Limit(mostSearched).Find(&rows).Error; err != nil {
			return fmt.Errorf("reading what is to be searched for: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		if err := s.searchFor(ctx, rows); err != nil {
			return err
		}
		s.announce()
		if s.cfg.SearchPause > 0 {
			return nil
		}
	}
}

func (s *Service) searchFor(ctx context.Context, rows []searchRecord) error {
	p, err := s.pass(ctx, rows)
	if err != nil {
		return err
	}
	for {
		cursor, err := follow.Cursor(s.cfg.DB.Read(ctx))
		if err != nil {
			return err
		}
		if err := p.upTo(ctx, cursor); errors.Is(err, errMoved) {
			if p, err = s.pass(ctx, rows); err != nil {
				return err
			}
			continue
		} else if err != nil {
			return err
		}
		if err := s.keep(ctx, rows, p); !errors.Is(err, errMoved) {
			return err
		}
	}
}

// keep stores what a pass has found, if it has got as far as the follower has, so
// that no block is left out between them.
func (s *Service) keep(ctx context.Context, rows []searchRecord, p *pass) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		cursor, err := follow.Cursor(tx)
		if err != nil {
			return err
		}
		if cursor != p.last {
			return errMoved
		}
		if err := follow.Found(tx, p.found()); err != nil {
			return err
		}
		labels := make(map[string]bool)
		for _, r := range rows {
			labels[r.Label] = true
			if err := tx.Where("label = ? AND script = ?", r.Label, r.Script).Delete(&searchRecord{}).Error; err != nil {
				return fmt.Errorf("noting that a search is done: %w", err)
			}
		}
		for label := range labels {
			if err := tx.Model(&walletRecord{}).Where("label = ?", label).Update("searched_from", p.first).Error; err != nil {
				return fmt.Errorf("noting how far was searched: %w", err)
			}
		}
		return nil
	})
}

// pass is one way through the blocks.
type pass struct {
	s           *Service
	scripts     [][]byte
	wanted      map[string]bool
	first, next int32
	last        chain.BlockRef // that was looked at; the zero value before
	coins       map[wire.OutPoint]*follow.Coin
	order       []wire.OutPoint
}

func (s *Service) pass(ctx context.Context, rows []searchRecord) (*pass, error) {
	cursor, err := follow.Cursor(s.cfg.DB.Read(ctx))
	if err != nil {
		return nil, err
	}
	p := &pass{s: s, wanted: make(map[string]bool, len(rows)), coins: make(map[wire.OutPoint]*follow.Coin)}
	for _, r := range rows {
		if !p.wanted[string(r.Script)] {
			p.wanted[string(r.Script)] = true
			p.scripts = append(p.scripts, r.Script)
		}
	}
	if s.cfg.Depth > 0 {
		p.first = max(0, cursor.Height-s.cfg.Depth+1)
	}
	p.next = p.first
	return p, nil
}

// upTo looks at the blocks up to one of the chain that is followed. Errors:
// errMoved when that chain does not hold the blocks that were looked at.
func (p *pass) upTo(ctx context.Context, cursor chain.BlockRef) error {
	for ; p.next <= cursor.Height; p.next++ {
		if err := p.look(ctx, p.next); err != nil {
			return err
		}
	}
	if p.last != cursor {
		return errMoved
	}
	return nil
}

func (p *pass) look(ctx context.Context, height int32) error {
	src := p.s.cfg.Source
	hash, err := src.HashAt(ctx, height)
	if errors.Is(err, chain.ErrNoBlock) {
		return errMoved
	}
	if err != nil {
		return fmt.Errorf("searching block %d: %w", height, err)
	}
	header, err := src.Header(ctx, hash)
	if err != nil {
		return fmt.Errorf("searching block %d: %w", height, err)
	}
	if p.last != (chain.BlockRef{}) && header.PrevBlock != p.last.Hash {
		return errMoved
	}
	ref := chain.BlockRef{Height: height, Hash: hash}
	may, err := p.mayHold(ctx, hash)
	if err != nil {
		return err
	}
	if may {
		block, err := src.Block(ctx, hash)
		if err != nil {
			return fmt.Errorf("searching block %d: %w", height, err)
		}
		p.take(ref, block)
	}
	p.last = ref
	return nil
}

// mayHold asks the filter, which knows both what a block pays and what it spends
// (BIP-0158).
func (p *pass) mayHold(ctx context.Context, hash chainhash.Hash) (bool, error) {
	if p.s.cfg.Filter == nil {
		return true, nil
	}
	may, err := p.s.cfg.Filter(ctx, hash, p.scripts)
	if err != nil {
		return false, fmt.Errorf("asking the filter of block %s: %w", hash, err)
	}
	return may, nil
}

// take notes what a block pays to the scripts, and what it spends of that.
func (p *pass) take(ref chain.BlockRef, block *wire.MsgBlock) {
	for i, tx := range block.Transactions {
		txid := tx.TxHash()
		for n, in := range tx.TxIn {
			if coin := p.coins[in.PreviousOutPoint]; coin != nil && coin.Spent == nil {
				coin.Spent = &follow.Spend{Txid: txid, Input: uint32(n), Block: ref}
			}
		}
		for n, out := range tx.TxOut {
			if !p.wanted[string(out.PkScript)] {
				continue
			}
			outpoint := wire.OutPoint{Hash: txid, Index: uint32(n)}
			p.coins[outpoint] = &follow.Coin{
				Outpoint: outpoint, Value: btcutil.Amount(out.Value), Script: out.PkScript, Coinbase: i == 0, Created: ref,
			}
			p.order = append(p.order, outpoint)
		}
	}
}

func (p *pass) found() []follow.Coin {
	coins := make([]follow.Coin, 0, len(p.order))
	for _, outpoint := range p.order {
		coins = append(coins, *p.coins[outpoint])
	}
	return coins
}

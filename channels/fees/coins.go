package fees

import (
	"context"
	"fmt"
	"strings"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/follow"
	"cairn/channels/amount"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Coins is the projection that takes in payments on chain. It belongs after
// follow.Watched, whose coins it reads.
type Coins struct{ s *Service }

// Coins is the projection for the block follower.
func (s *Service) Coins() Coins { return Coins{s} }

// Name implements follow.Projection.
func (Coins) Name() string { return "quotes" }

// Connect writes down the coins of the block that pay quotes, and settles those
// that are deep enough now.
func (c Coins) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	if err := setHeight(tx, b.Height); err != nil {
		return err
	}
	changed, err := c.s.confirm(tx, b)
	if err != nil {
		return err
	}
	deep, err := c.s.settleDeep(tx, b.Height)
	if err != nil {
		return err
	}
	for _, id := range append(changed, deep...) {
		if _, err := c.s.refresh(tx, id); err != nil {
			return err
		}
	}
	return nil
}

// confirm notes the block of the coins it holds. A coin nobody had seen before
// is as old as the block says, so that being down makes no payment late.
func (s *Service) confirm(tx *gorm.DB, b *chain.Block) ([]ID, error) {
	touched, err := follow.Touched(tx, b.Height)
	if err != nil {
		return nil, err
	}
	seen := b.Time()
	if now := s.now(); now.Before(seen) {
		seen = now
	}
	var changed []ID
	for _, coin := range touched {
		if coin.Created != b.BlockRef {
			continue
		}
		ids, err := quotesOf(tx, coin)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if err := s.sawCoin(tx, id, coin.Outpoint, coin.Value, seen.Unix()); err != nil {
				return nil, err
			}
			err := tx.Model(&paymentRecord{}).Where("ref = ?", refOf(coin.Outpoint)).
				Updates(map[string]any{"height": b.Height, "block_hash": b.Hash[:]}).Error
			if err != nil {
				return nil, fmt.Errorf("confirm coin %s: %w", coin.Outpoint, err)
			}
			changed = append(changed, id)
		}
	}
	return changed, nil
}

// quotesOf is which quotes a coin pays: none or one, as each has an address of
// its own.
func quotesOf(tx *gorm.DB, coin follow.Coin) ([]ID, error) {
	labels, err := follow.Labels(tx, coin)
	if err != nil {
		return nil, err
	}
	var ids []ID
	for _, label := range labels {
		if name, ok := strings.CutPrefix(label, quotePrefix); ok {
			id, err := ParseID(name)
			if err != nil {
				return nil, fmt.Errorf("the label %q: %w", label, err)
			}
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// sawCoin writes a coin down unless it is known.
func (s *Service) sawCoin(tx *gorm.DB, id ID, op wire.OutPoint, value btcutil.Amount, seen int64) error {
	paid, err := amount.FromSatoshi(value)
	if err != nil || paid <= 0 {
		return err // an output of nothing pays nothing
	}
	_, err = addPayment(tx, paymentRecord{
		Ref: refOf(op), Kind: byCoin, QuoteID: id[:], AmountMsat: int64(paid), SeenAt: seen,
	})
	return err
}

// settleDeep books the coins that have enough confirmations at a height.
func (s *Service) settleDeep(tx *gorm.DB, tip int32) ([]ID, error) {
	var rows []paymentRecord
	err := tx.Where("NOT booked AND height <= ?", tip-s.needed+1).
		Order("height, ref").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for confirmed payments: %w", err)
	}
	ids := make([]ID, 0, len(rows))
	for _, p := range rows {
		if err := s.book(tx, ID(p.QuoteID), p.Ref); err != nil {
			return nil, err
		}
		ids = append(ids, ID(p.QuoteID))
	}
	return ids, nil
}

// Disconnect takes the block of its coins away. One that was booked becomes a
// loss until a block has it again: its quote may have been used.
func (c Coins) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	if err := setHeight(tx, b.Height-1); err != nil {
		return err
	}
	var rows []paymentRecord
	err := tx.Where("height = ? AND block_hash = ?", b.Height, b.Hash[:]).Order("ref").Find(&rows).Error
	if err != nil {
		return fmt.Errorf("look for payments of block %s: %w", b.Hash, err)
	}
	for _, p := range rows {
		changes := map[string]any{"height": nil, "block_hash": nil}
		if p.Booked {
			changes["booked"], changes["undone"] = false, p.Undone+1
			err := post(tx, transfer{
				key: fmt.Sprintf("%s/undone/%d", p.key(), p.Undone+1), debit: Reorged, credit: OnChain,
				amount: amount.MilliSatoshi(p.AmountMsat), at: c.s.now().UTC(),
			})
			if err != nil {
				return err
			}
		}
		if err := tx.Model(&paymentRecord{}).Where("ref = ?", p.Ref).Updates(changes).Error; err != nil {
			return fmt.Errorf("undo a payment of block %s: %w", b.Hash, err)
		}
		if _, err := c.s.refresh(tx, ID(p.QuoteID)); err != nil {
			return err
		}
	}
	return nil
}

func setHeight(tx *gorm.DB, height int32) error {
	if err := tx.Model(&cursorRecord{}).Where("id = 1").Update("height", max(height, 0)).Error; err != nil {
		return fmt.Errorf("note the height of quotes: %w", err)
	}
	return nil
}

func refOf(op wire.OutPoint) []byte { return db.OutpointKey(op.Hash, op.Index) }

// SeeTransaction takes in a transaction that waits for a block, so that whoever
// paid on chain sees at once that it arrived, and in time. Transactions that
// pay no quote change nothing.
func (s *Service) SeeTransaction(ctx context.Context, msg *wire.MsgTx) error {
	var changed []ID
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		changed = nil
		txid := msg.TxHash()
		for i, out := range msg.TxOut {
			var ids [][]byte
			if err := tx.Model(&quoteRecord{}).Where("script = ? AND unwatched_at IS NULL", out.PkScript).Pluck("id", &ids).Error; err != nil {
				return fmt.Errorf("look for the quote of a script: %w", err)
			}
			for _, id := range ids {
				op := wire.OutPoint{Hash: txid, Index: uint32(i)}
				if err := s.sawCoin(tx, ID(id), op, btcutil.Amount(out.Value), s.now().Unix()); err != nil {
					return err
				}
				if _, err := s.refresh(tx, ID(id)); err != nil {
					return err
				}
				changed = append(changed, ID(id))
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("take in transaction %s: %w", msg.TxHash(), err)
	}
	s.hub.publish(changed...)
	return nil
}

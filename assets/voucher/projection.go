package voucher

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/assets"
	"cairn/chain"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Projection finds the coins of vouchers in blocks, and what becomes of them. It
// belongs after follow.Outbox, follow.Watched and that of the ledger.
func (s *Service) Projection() follow.Projection { return projection{s} }

type projection struct{ *Service }

// Name implements follow.Projection.
func (projection) Name() string { return "vouchers" }

// Connect implements follow.Projection.
func (p projection) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	touched, err := follow.Touched(tx, b.Height)
	if err != nil || len(touched) == 0 {
		return err
	}
	var made []follow.Coin
	spent := make(map[string]chainhash.Hash)
	for _, c := range touched {
		if c.Created == b.BlockRef {
			made = append(made, c)
		}
		if c.Spent != nil && c.Spent.Block == b.BlockRef {
			spent[string(db.OutpointKey(c.Outpoint.Hash, c.Outpoint.Index))] = c.Spent.Txid
		}
	}
	if err := p.created(tx, made, b.BlockRef); err != nil {
		return err
	}
	return p.spentBy(tx, spent, b)
}

// payee is a voucher with the asset that its series is made of.
type payee struct {
	ID       int64
	Name     []byte
	Script   []byte
	Protocol *int64
	Asset    []byte
}

// created takes in coins that a block makes.
func (p projection) created(tx *gorm.DB, made []follow.Coin, block chain.BlockRef) error {
	for part := range slices.Chunk(made, lookup) {
		scripts := make([][]byte, len(part))
		for i, c := range part {
			scripts[i] = c.Script
		}
		var rows []payee
		err := tx.Raw(`SELECT v.id, v.name, v.script, s.protocol, s.asset FROM vouchers v JOIN voucher_series s ON s.id = v.series
			WHERE v.script IN ?`, scripts).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("look for vouchers that a block pays: %w", err)
		}
		byScript := make(map[string]payee, len(rows))
		for _, r := range rows {
			byScript[string(r.Script)] = r
		}
		if err := p.paid(tx, part, byScript, block); err != nil {
			return err
		}
	}
	return nil
}

// paid stores the coins that pay vouchers and hold units of their asset. Coins of
// another asset, or of none, are no vouchers.
func (p projection) paid(tx *gorm.DB, coins []follow.Coin, byScript map[string]payee, block chain.BlockRef) error {
	ops := make(map[assets.Protocol][]wire.OutPoint)
	for _, c := range coins {
		if v, known := byScript[string(c.Script)]; known && v.Protocol != nil {
			ops[assets.Protocol(*v.Protocol)] = append(ops[assets.Protocol(*v.Protocol)], c.Outpoint)
		}
	}
	held := make(map[wire.OutPoint][]assets.Holding)
	for protocol, of := range ops {
		got, err := p.cfg.Ledger.HoldingsIn(tx, protocol, of)
		if err != nil {
			return fmt.Errorf("ask what coins of vouchers hold: %w", err)
		}
		for op, h := range got {
			held[op] = h
		}
	}
	for _, c := range coins {
		v, known := byScript[string(c.Script)]
		if !known || v.Protocol == nil {
			continue
		}
		asset, err := assets.NewID(assets.Protocol(*v.Protocol), v.Asset)
		if err != nil {
			return fmt.Errorf("%w: the asset of voucher %d", db.ErrCorrupt, v.ID)
		}
		units, err := assets.Units(held[c.Outpoint], asset)
		if err != nil || units == 0 {
			continue
		}
		row := coinRecord{
			Outpoint: db.OutpointKey(c.Outpoint.Hash, c.Outpoint.Index), Voucher: v.ID, ValueSat: int64(c.Value), Units: units,
			Height: &block.Height, BlockHash: block.Hash[:],
		}
		// The rest of a redemption is there before its block.
		place := clause.OnConflict{Columns: []clause.Column{{Name: "outpoint"}}, DoUpdates: clause.AssignmentColumns([]string{"height", "block_hash", "units"})}
		if err := tx.Clauses(place).Create(&row).Error; err != nil {
			return fmt.Errorf("store a coin of voucher %d: %w", v.ID, err)
		}
	}
	return nil
}

// spentBy takes in what a block spends: as was booked, or otherwise.
func (p projection) spentBy(tx *gorm.DB, spent map[string]chainhash.Hash, b *chain.Block) error {
	keys := make([][]byte, 0, len(spent))
	for op := range spent {
		keys = append(keys, []byte(op))
	}
	slices.SortFunc(keys, slices.Compare[[]byte])
	for part := range slices.Chunk(keys, lookup) {
		coins, err := list[coinRecord](tx.Where("outpoint IN ?", part).Order("outpoint"))
		if err != nil {
			return err
		}
		for _, c := range coins {
			if err := p.spend(tx, c, spent[string(c.Outpoint)], b); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p projection) spend(tx *gorm.DB, c coinRecord, by chainhash.Hash, b *chain.Block) error {
	err := tx.Model(&coinRecord{}).Where("outpoint = ?", c.Outpoint).
		Updates(map[string]any{"spent_by": by[:], "spent_height": b.Height, "spent_hash": b.Hash[:]}).Error
	if err != nil {
		return fmt.Errorf("mark a spent coin: %w", err)
	}
	live, err := list[spendRecord](tx.Where("outpoint = ? AND state <> 'undone'", c.Outpoint))
	if err != nil || len(live) == 0 {
		return err // moved by somebody who has the code
	}
	sp := live[0]
	msg := inBlock(b, by)
	as, err := sp.msg()
	if err != nil {
		return err
	}
	// It is what was booked whoever added what fee to it.
	if msg == nil || !sameOutputs(as, msg) {
		return p.lose(tx, sp, by, b.BlockRef)
	}
	return p.settle(tx, sp, by, b.BlockRef)
}

// inBlock finds a transaction of a block; nil for none.
func inBlock(b *chain.Block, txid chainhash.Hash) *wire.MsgTx {
	for _, msg := range b.Msg.Transactions {
		if msg.TxHash() == txid {
			return msg
		}
	}
	return nil
}

// settle notes that a block has what was booked.
func (p projection) settle(tx *gorm.DB, sp spendRecord, txid chainhash.Hash, block chain.BlockRef) error {
	// With another fee it has another name, and so has its rest.
	if err := p.orphan(tx, sp, txid, block); err != nil {
		return err
	}
	if err := move(tx, sp, confirmed, map[string]any{"txid": txid[:], "height": block.Height, "block_hash": block.Hash[:], "was": sp.State}); err != nil {
		return err
	}
	return p.tellOnce(tx, sp, EventConfirmed, fmt.Sprintf("confirmed/%d", sp.ID), fmt.Sprintf("%s, block %d", txid, block.Height))
}

// lose notes that a coin went elsewhere although units of it were booked.
func (p projection) lose(tx *gorm.DB, sp spendRecord, by chainhash.Hash, block chain.BlockRef) error {
	if err := p.orphan(tx, sp, by, block); err != nil {
		return err
	}
	if err := move(tx, sp, lost, map[string]any{"height": block.Height, "block_hash": block.Hash[:], "was": sp.State}); err != nil {
		return err
	}
	p.log.Error("a voucher's coin was spent elsewhere after it had been redeemed", "spend", sp.ID, "units", sp.Units, "by", by.String())
	return p.tellOnce(tx, sp, EventConflict, fmt.Sprintf("conflict/%d/%s", sp.ID, by), by.String())
}

// orphan gives up the rest that our transaction would have made, where a block has
// another instead of it, and what was booked of that rest.
func (p projection) orphan(tx *gorm.DB, sp spendRecord, instead chainhash.Hash, block chain.BlockRef) error {
	coins, err := list[coinRecord](tx.Where("spend = ? AND height IS NULL AND spent_by IS NULL", sp.ID))
	if err != nil {
		return err
	}
	for _, c := range coins {
		if bytes.HasPrefix(c.Outpoint, instead[:]) {
			continue
		}
		children, err := list[spendRecord](tx.Where("outpoint = ? AND state NOT IN ('undone', 'lost')", c.Outpoint))
		if err != nil {
			return err
		}
		for _, child := range children {
			if err := p.lose(tx, child, instead, block); err != nil {
				return err
			}
			if child.OutboxKey == nil {
				continue
			}
			// No block will say so, as the coin it spends never was.
			if err := abandon(tx, *child.OutboxKey, "the redemption before it was lost"); err != nil {
				return err
			}
		}
		err = tx.Model(&coinRecord{}).Where("outpoint = ?", c.Outpoint).
			Updates(map[string]any{"spent_by": instead[:], "spent_height": block.Height, "spent_hash": block.Hash[:]}).Error
		if err != nil {
			return fmt.Errorf("give up a rest: %w", err)
		}
	}
	return nil
}

// move changes the state of a spend, with other columns.
func move(tx *gorm.DB, sp spendRecord, to spendState, also map[string]any) error {
	also["state"], also["version"] = to, sp.Version+1
	if err := tx.Model(&spendRecord{}).Where("id = ?", sp.ID).Updates(also).Error; err != nil {
		return fmt.Errorf("note that spend %d is %s: %w", sp.ID, to, err)
	}
	return nil
}

// tellOnce writes into the shop's log what became of a spend.
func (s *Service) tellOnce(tx *gorm.DB, sp spendRecord, what Event, once, detail string) error {
	v, err := take[voucherRecord](tx.Where("id = ?", sp.Voucher), ErrUnknown)
	if err != nil {
		return err
	}
	e := Entry{What: what, Name: v.name(), Series: SeriesID(v.Series), Units: sp.Units, Detail: detail}
	return s.write(tx, ShopID(sp.Shop), e, once)
}

// Disconnect implements follow.Projection. A rest that our own transaction makes
// stays, without a block, and so do coins that vouchers were issued with: they
// are not there until another block has them.
func (p projection) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	err := tx.Model(&coinRecord{}).Where("spent_height = ? AND spent_hash = ?", b.Height, b.Hash[:]).
		Updates(map[string]any{"spent_by": nil, "spent_height": nil, "spent_hash": nil}).Error
	if err != nil {
		return fmt.Errorf("unspend coins of vouchers: %w", err)
	}
	err = tx.Model(&coinRecord{}).Where("height = ? AND block_hash = ?", b.Height, b.Hash[:]).
		Updates(map[string]any{"height": nil, "block_hash": nil}).Error
	if err != nil {
		return fmt.Errorf("undo coins of vouchers: %w", err)
	}
	rows, err := list[spendRecord](tx.Where("height = ? AND block_hash = ?", b.Height, b.Hash[:]))
	if err != nil {
		return err
	}
	for _, sp := range rows {
		if sp.State == lost && sp.OutboxKey != nil {
			// Sent again, unless its fee has gone elsewhere since.
			if err := outbox.Revive(tx, *sp.OutboxKey); err != nil && !errors.Is(err, outbox.ErrInputTaken) {
				return err
			}
		}
		if err := move(tx, sp, sp.Was, map[string]any{"height": nil, "block_hash": nil, "was": ""}); err != nil {
			return err
		}
	}
	return nil
}

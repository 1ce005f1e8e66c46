package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"cairn/app/db"
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cairn/assets/ledger/engine"
)

type pendingRecord struct {
	Txid      []byte `gorm:"primaryKey"`
	Raw       []byte
	SeenAt    int64
	Height    int32
	Colorings []byte `gorm:"column:colourings"`
}

func (pendingRecord) TableName() string { return "asset_pending" }

type pendingCoinRecord struct {
	Txid     []byte          `gorm:"primaryKey"`
	Output   int64           `gorm:"primaryKey;autoIncrement:false"`
	Protocol assets.Protocol `gorm:"primaryKey;autoIncrement:false"`
	Place    int             `gorm:"primaryKey;autoIncrement:false"`
	RawID    []byte
	Units    int64
	Script   []byte
	Hash     []byte
	ValueSat int64
	Tag      int64
}

func (pendingCoinRecord) TableName() string { return "asset_pending_coins" }

type pendingSpendRecord struct {
	Outpoint []byte `gorm:"primaryKey"`
	Txid     []byte
}

func (pendingSpendRecord) TableName() string { return "asset_pending_spends" }

const (
	// maxPending bounds how many transactions wait.
	maxPending = 20_000
	// pendingBlocks is after how many blocks nobody waits any more: a week.
	pendingBlocks = 1008
)

// pend has a transaction wait, together with what it makes.
func pend(tx *gorm.DB, t *engine.Tx, at int64, height int32) error {
	raw, err := encodeTx(t.Msg)
	if err != nil {
		return err
	}
	row := pendingRecord{Txid: bytes.Clone(t.ID[:]), Raw: raw, SeenAt: at, Height: height, Colorings: encodeColorings(t.Colorings)}
	created := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if created.Error != nil {
		return fmt.Errorf("remember a transaction that waits: %w", created.Error)
	}
	if created.RowsAffected == 0 {
		return nil
	}
	var coins []pendingCoinRecord
	for _, c := range t.Created {
		hash := sha256.Sum256(c.Script)
		for place, h := range c.Holdings {
			coins = append(coins, pendingCoinRecord{
				Txid: row.Txid, Output: int64(c.Index), Protocol: c.Protocol, Place: place, RawID: h.Asset.Raw(),
				Units: h.Units, Script: nonNil(c.Script), Hash: bytes.Clone(hash[:]), ValueSat: int64(c.Value), Tag: int64(c.Tag),
			})
		}
	}
	if err := createRows(tx, coins, "coins that wait"); err != nil {
		return err
	}
	spends := make([]pendingSpendRecord, len(t.Msg.TxIn))
	for i, in := range t.Msg.TxIn {
		spends[i] = pendingSpendRecord{Outpoint: db.OutpointKey(in.PreviousOutPoint.Hash, in.PreviousOutPoint.Index), Txid: row.Txid}
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(spends, batch).Error; err != nil {
		return fmt.Errorf("remember what waiting transactions spend: %w", err)
	}
	return nil
}

// unpend forgets waiting transactions; those that spend their outputs go with
// them if orphans is set.
func unpend(tx *gorm.DB, txids [][]byte, orphans bool) error {
	for len(txids) > 0 {
		var next [][]byte
		for _, id := range txids {
			if orphans {
				children, err := pendingChildren(tx, id)
				if err != nil {
					return err
				}
				next = append(next, children...)
			}
			for _, table := range []any{&pendingRecord{}, &pendingCoinRecord{}, &pendingSpendRecord{}} {
				if err := tx.Where("txid = ?", id).Delete(table).Error; err != nil {
					return fmt.Errorf("forget a waiting transaction: %w", err)
				}
			}
		}
		txids = next
	}
	return nil
}

// pendingChildren are the waiting transactions that spend outputs of one.
func pendingChildren(tx *gorm.DB, txid []byte) (children [][]byte, err error) {
	id := chainhash.Hash(txid)
	err = tx.Model(&pendingSpendRecord{}).Distinct("txid").
		Where("outpoint BETWEEN ? AND ?", db.OutpointKey(id, 0), db.OutpointKey(id, wire.MaxPrevOutIndex)).
		Pluck("txid", &children).Error
	if err != nil {
		return nil, fmt.Errorf("find waiting transactions: %w", db.Classify(err))
	}
	return children, nil
}

// pendingSpenders are the waiting transactions that spend any of some coins.
func pendingSpenders(tx *gorm.DB, keys [][]byte) (spends []pendingSpendRecord, err error) {
	err = inParts(keys, func(part [][]byte) error {
		var rows []pendingSpendRecord
		if err := tx.Where("outpoint IN ?", part).Order("outpoint").Find(&rows).Error; err != nil {
			return fmt.Errorf("find what waiting transactions spend: %w", db.Classify(err))
		}
		spends = append(spends, rows...)
		return nil
	})
	return spends, err
}

// settlePending forgets what waited for the block, what it made impossible, and
// what has waited for too long. It reports whether there was any.
func settlePending(tx *gorm.DB, b *chain.Block, found []engine.Tx) (bool, error) {
	var some []pendingRecord
	if err := tx.Select("txid").Limit(1).Find(&some).Error; err != nil || len(some) == 0 {
		return false, db.Classify(err)
	}
	inBlock := make(map[string]bool, len(found))
	for i := range found {
		inBlock[string(found[i].ID[:])] = true
	}
	var keys [][]byte
	for _, t := range b.Msg.Transactions {
		for _, in := range t.TxIn {
			keys = append(keys, db.OutpointKey(in.PreviousOutPoint.Hash, in.PreviousOutPoint.Index))
		}
	}
	spends, err := pendingSpenders(tx, keys)
	if err != nil {
		return false, err
	}
	var settled, lost [][]byte
	for _, s := range spends {
		if inBlock[string(s.Txid)] {
			settled = append(settled, s.Txid)
		} else {
			lost = append(lost, s.Txid)
		}
	}
	var old [][]byte
	if err := tx.Model(&pendingRecord{}).Where("height <= ?", b.Height-pendingBlocks).Order("txid").Pluck("txid", &old).Error; err != nil {
		return false, fmt.Errorf("find what has waited for long: %w", db.Classify(err))
	}
	if err := unpend(tx, settled, false); err != nil {
		return false, err
	}
	if err := unpend(tx, append(lost, old...), true); err != nil {
		return false, err
	}
	return len(settled)+len(lost)+len(old) > 0, nil
}

// pendAgain has the transactions of a block that is undone wait for another.
func pendAgain(tx *gorm.DB, gone []goneTx, at int64, height int32) error {
	for _, g := range gone {
		msg, err := decodeTx(g.Raw)
		if err != nil {
			return err
		}
		t := engine.Tx{ID: chainhash.Hash(g.Txid), Msg: msg}
		for _, c := range g.colorings {
			coloring, err := decodeColoring(c.Coloring)
			if err != nil {
				return err
			}
			t.Colorings = append(t.Colorings, coloring)
		}
		t.Create()
		if err := pend(tx, &t, at, height); err != nil {
			return err
		}
	}
	return nil
}

// encodeColorings puts colorings one behind another, each behind its length.
func encodeColorings(cs []assets.Coloring) []byte {
	b := []byte{}
	for _, c := range cs {
		one := encodeColoring(c)
		b = append(binary.AppendUvarint(b, uint64(len(one))), one...)
	}
	return b
}

// decodeColorings undoes encodeColorings. Errors: db.ErrCorrupt.
func decodeColorings(raw []byte) (cs []assets.Coloring, err error) {
	for len(raw) > 0 {
		n, size := binary.Uvarint(raw)
		if size <= 0 || n > uint64(len(raw)-size) {
			return nil, fmt.Errorf("%w: a list of colourings", db.ErrCorrupt)
		}
		c, err := decodeColoring(raw[size : size+int(n)])
		if err != nil {
			return nil, err
		}
		cs, raw = append(cs, c), raw[size+int(n):]
	}
	return cs, nil
}

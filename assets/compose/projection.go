package compose

import (
	"context"
	"fmt"

	"cairn/app/db"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Projection follows the transactions of drafts, and the coins of offers, from block
// to block.
type Projection struct{}

// Name implements follow.Projection.
func (Projection) Name() string { return "asset drafts" }

// Connect implements follow.Projection: drafts are confirmed, or lost to a block that
// spends their coins otherwise, and offers are over whose coin is spent.
func (Projection) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	drafts, err := waitingFor(tx)
	if err != nil {
		return err
	}
	offers, err := offered(tx)
	if err != nil {
		return err
	}
	if len(drafts)+len(offers) == 0 {
		return nil
	}
	for _, msg := range b.Msg.Transactions {
		name := msg.TxHash()
		for _, in := range msg.TxIn {
			for _, txid := range drafts[in.PreviousOutPoint] {
				column := "lost_at"
				if txid == name {
					column = "height"
				}
				err := tx.Model(&txRecord{}).Where("txid = ? AND "+column+" IS NULL", txid[:]).Update(column, b.Height).Error
				if err != nil {
					return fmt.Errorf("follow a draft: %w", err)
				}
			}
			for _, id := range offers[in.PreviousOutPoint] {
				err := tx.Model(&offerRecord{}).Where("id = ?", id).
					Updates(map[string]any{"closed_at": b.Height, "closed_by": name[:]}).Error
				if err != nil {
					return fmt.Errorf("close an offer: %w", err)
				}
			}
		}
	}
	return nil
}

// Disconnect implements follow.Projection.
func (Projection) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	for _, sql := range []string{
		"UPDATE asset_draft_txs SET height = NULL WHERE height = ?",
		"UPDATE asset_draft_txs SET lost_at = NULL WHERE lost_at = ?",
		"UPDATE asset_offers SET closed_at = NULL, closed_by = NULL WHERE closed_at = ?",
	} {
		if err := tx.Exec(sql, b.Height).Error; err != nil {
			return fmt.Errorf("undo a block for drafts and offers: %w", err)
		}
	}
	return nil
}

// waitingFor are the coins of drafts that no block has, and the transactions that
// spend them.
func waitingFor(tx *gorm.DB) (map[wire.OutPoint][]chainhash.Hash, error) {
	var rows []inputRecord
	err := tx.Raw(`SELECT i.outpoint, i.txid FROM asset_draft_inputs i JOIN asset_draft_txs t ON t.txid = i.txid
		WHERE t.height IS NULL AND t.lost_at IS NULL`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the coins of drafts: %w", err)
	}
	out := make(map[wire.OutPoint][]chainhash.Hash, len(rows))
	for _, r := range rows {
		hash, index, ok := db.ParseOutpointKey(r.Outpoint)
		if !ok || len(r.Txid) != chainhash.HashSize {
			return nil, fmt.Errorf("%w: a coin of a draft", db.ErrCorrupt)
		}
		at := wire.OutPoint{Hash: hash, Index: index}
		out[at] = append(out[at], chainhash.Hash(r.Txid))
	}
	return out, nil
}

package anchor

import (
	"context"
	"fmt"

	"cairn/chain"
	"cairn/notary/ots"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Projection finds the transactions of anchors in blocks (follow.Projection).
// It stores with each what a proof needs of the block, so that the block is
// never asked for again.
type Projection struct{}

// Name implements follow.Projection.
func (Projection) Name() string { return "anchors" }

// remembered is how many of the newest anchors are looked for in every block,
// also when they are confirmed: of two attempts that are not replacements of
// each other both can be in the chain, and a reorg may take either away.
const remembered = 64

// Connect implements follow.Projection.
func (Projection) Connect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	wanted, err := wantedAttempts(tx)
	if err != nil || len(wanted) == 0 {
		return err
	}
	for index, msg := range b.Msg.Transactions {
		root, ok := carriedRoot(msg)
		if !ok || wanted[root] == nil {
			continue
		}
		txid := msg.TxHash()
		for _, number := range wanted[root].numbers[txid] {
			if err := confirm(tx, wanted[root].anchorID, number, root, b, index); err != nil {
				return err
			}
		}
	}
	return nil
}

type wantedRoot struct {
	anchorID int64
	numbers  map[[32]byte][]int64 // by txid
}

// wantedAttempts lists the attempts that a block may bring, by root.
func wantedAttempts(tx *gorm.DB) (map[[32]byte]*wantedRoot, error) {
	var rows []struct {
		ID     int64
		Root   []byte
		Number int64
		Txid   []byte
	}
	err := tx.Raw(`SELECT a.id, a.root, t.number, t.txid FROM anchors a JOIN anchor_attempts t ON t.anchor_id = a.id
		WHERE t.height IS NULL AND (a.confirmed_by IS NULL OR a.id > (SELECT max(id) FROM anchors) - ?)`, remembered).
		Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read attempts that wait for a block: %w", err)
	}
	wanted := make(map[[32]byte]*wantedRoot, len(rows))
	for _, row := range rows {
		root := hashOf(row.Root)
		if wanted[root] == nil {
			wanted[root] = &wantedRoot{anchorID: row.ID, numbers: make(map[[32]byte][]int64)}
		}
		txid := hashOf(row.Txid)
		wanted[root].numbers[txid] = append(wanted[root].numbers[txid], row.Number)
	}
	return wanted, nil
}

// carriedRoot is the 32 bytes in the transaction's OP_RETURN, if it has one of
// that size. Comparing them is cheaper than hashing every transaction.
func carriedRoot(msg *wire.MsgTx) (root [32]byte, ok bool) {
	for _, out := range msg.TxOut {
		s := out.PkScript
		if len(s) == 34 && s[0] == txscript.OP_RETURN && s[1] == txscript.OP_DATA_32 {
			copy(root[:], s[2:])
			return root, true
		}
	}
	return root, false
}

func confirm(tx *gorm.DB, anchorID, number int64, root [32]byte, b *chain.Block, index int) error {
	way, err := ots.AnchorPath(b.Msg, index, root[:])
	if err != nil {
		return fmt.Errorf("anchor %d in block %s: %w", anchorID, b.BlockRef, err)
	}
	path := ots.AppendAttestation(ots.AppendOps(nil, way...), ots.Bitcoin(uint64(b.Height)))
	err = tx.Model(&attemptRecord{}).Where("anchor_id = ? AND number = ?", anchorID, number).Updates(map[string]any{
		"height": b.Height, "block_hash": b.Hash[:], "block_time": b.Time().Unix(), "path": path,
	}).Error
	if err != nil {
		return fmt.Errorf("store the block of anchor %d: %w", anchorID, err)
	}
	err = tx.Exec("UPDATE anchors SET confirmed_by = ? WHERE id = ? AND confirmed_by IS NULL", number, anchorID).Error
	if err != nil {
		return fmt.Errorf("confirm anchor %d: %w", anchorID, err)
	}
	return moved(tx)
}

// Disconnect implements follow.Projection.
func (Projection) Disconnect(_ context.Context, tx *gorm.DB, b *chain.Block) error {
	var undone []attemptRecord
	if err := tx.Where("height = ? AND block_hash = ?", b.Height, b.Hash[:]).Find(&undone).Error; err != nil {
		return fmt.Errorf("read anchors of block %s: %w", b.BlockRef, err)
	}
	for _, a := range undone {
		err := tx.Model(&attemptRecord{}).Where("anchor_id = ? AND number = ?", a.AnchorID, a.Number).Updates(map[string]any{
			"height": nil, "block_hash": nil, "block_time": nil, "path": nil,
		}).Error
		if err != nil {
			return fmt.Errorf("undo the block of anchor %d: %w", a.AnchorID, err)
		}
		err = tx.Exec(`UPDATE anchors SET confirmed_by = (SELECT min(number) FROM anchor_attempts
			WHERE anchor_id = ? AND height IS NOT NULL) WHERE id = ?`, a.AnchorID, a.AnchorID).Error
		if err != nil {
			return fmt.Errorf("undo anchor %d: %w", a.AnchorID, err)
		}
	}
	if len(undone) == 0 {
		return nil
	}
	return moved(tx)
}

package carrier

import (
	"bytes"
	"fmt"

	"cairn/chain"
	"cairn/notary/ots"

	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// remembered is how many of the newest owners are looked for in every block,
// also when they are confirmed: of two attempts that are not replacements of
// each other both can be in the chain, and a reorg may take either away.
const remembered = 64

// Connect finds the attempts that a block has, and stores with each what a
// proof needs of the block, so that the block is never asked for again.
func (b Book) Connect(tx *gorm.DB, block *chain.Block) error {
	wanted, err := b.wanted(tx)
	if err != nil || len(wanted) == 0 {
		return err
	}
	for index, msg := range block.Msg.Transactions {
		candidates := wanted[carriedBy(msg)]
		if len(candidates) == 0 {
			continue
		}
		txid := msg.TxHash()
		for _, w := range candidates {
			if !bytes.Equal(w.Txid, txid[:]) {
				continue
			}
			if err := b.confirm(tx, w, block, index); err != nil {
				return err
			}
		}
	}
	return nil
}

type wantedAttempt struct {
	ID      int64
	Carried []byte
	Number  int64
	Txid    []byte
}

// wanted lists the attempts that a block may bring, by what they carry.
func (b Book) wanted(tx *gorm.DB) (map[[32]byte][]wantedAttempt, error) {
	var rows []wantedAttempt
	err := tx.Raw(`SELECT a.id, a.`+b.Carried+` AS carried, t.number, t.txid FROM `+b.Owners+` a JOIN `+b.Attempts+` t ON t.`+b.Key+` = a.id
		WHERE t.height IS NULL AND (a.confirmed_by IS NULL OR a.id > (SELECT max(id) FROM `+b.Owners+`) - ?)`, remembered).
		Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read attempts that wait for a block: %w", err)
	}
	wanted := make(map[[32]byte][]wantedAttempt, len(rows))
	for _, row := range rows {
		carried := hashOf(row.Carried)
		wanted[carried] = append(wanted[carried], row)
	}
	return wanted, nil
}

// carriedBy is the last 32 bytes of the transaction's OP_RETURN, or zero when
// it has none that could be ours. Comparing them is cheaper than hashing every
// transaction.
func carriedBy(msg *wire.MsgTx) (carried [32]byte) {
	for _, out := range msg.TxOut {
		s := out.PkScript
		if len(s) >= 2+len(carried) && len(s) <= 2+txscript.MaxDataCarrierSize && s[0] == txscript.OP_RETURN {
			copy(carried[:], s[len(s)-len(carried):])
			break
		}
	}
	return carried
}

func (b Book) confirm(tx *gorm.DB, w wantedAttempt, block *chain.Block, index int) error {
	way, err := ots.AnchorPath(block.Msg, index, w.Carried)
	if err != nil {
		return fmt.Errorf("%s %d in block %s: %w", b.Owners, w.ID, block.BlockRef, err)
	}
	path := ots.AppendAttestation(ots.AppendOps(nil, way...), ots.Bitcoin(uint64(block.Height)))
	err = tx.Exec(`UPDATE `+b.Attempts+` SET height = ?, block_hash = ?, block_time = ?, path = ? WHERE `+b.Key+` = ? AND number = ?`,
		block.Height, block.Hash[:], block.Time().Unix(), path, w.ID, w.Number).Error
	if err != nil {
		return fmt.Errorf("store the block of %s %d: %w", b.Owners, w.ID, err)
	}
	err = tx.Exec(`UPDATE `+b.Owners+` SET confirmed_by = ? WHERE id = ? AND confirmed_by IS NULL`, w.Number, w.ID).Error
	if err != nil {
		return fmt.Errorf("confirm %s %d: %w", b.Owners, w.ID, err)
	}
	return Moved(tx)
}

// Disconnect undoes what a block brought.
func (b Book) Disconnect(tx *gorm.DB, block *chain.Block) error {
	var undone []struct{ Owner, Number int64 }
	err := tx.Raw(`SELECT `+b.Key+` AS owner, number FROM `+b.Attempts+` WHERE height = ? AND block_hash = ?`, block.Height, block.Hash[:]).
		Scan(&undone).Error
	if err != nil {
		return fmt.Errorf("read %s of block %s: %w", b.Owners, block.BlockRef, err)
	}
	for _, a := range undone {
		err := tx.Exec(`UPDATE `+b.Attempts+` SET height = NULL, block_hash = NULL, block_time = NULL, path = NULL
			WHERE `+b.Key+` = ? AND number = ?`, a.Owner, a.Number).Error
		if err != nil {
			return fmt.Errorf("undo the block of %s %d: %w", b.Owners, a.Owner, err)
		}
		err = tx.Exec(`UPDATE `+b.Owners+` SET confirmed_by = (SELECT min(number) FROM `+b.Attempts+`
			WHERE `+b.Key+` = ? AND height IS NOT NULL) WHERE id = ?`, a.Owner, a.Owner).Error
		if err != nil {
			return fmt.Errorf("undo %s %d: %w", b.Owners, a.Owner, err)
		}
	}
	if len(undone) == 0 {
		return nil
	}
	return Moved(tx)
}

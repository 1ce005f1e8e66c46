package pledges

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// waiting is what is known of the mempool, so that each transaction is read once.
type waiting struct {
	txs map[chainhash.Hash]*wire.MsgTx
	by  map[string]chainhash.Hash // outpoint key → spender
}

// look brings it up to date; news is false if nothing changed.
func (w *waiting) look(m Mempool) (news bool) {
	if w.txs == nil {
		w.txs, w.by, news = make(map[chainhash.Hash]*wire.MsgTx), make(map[string]chainhash.Hash), true
	}
	now := make(map[chainhash.Hash]bool)
	for _, txid := range m.Waiting() {
		now[txid] = true
		if _, ok := w.txs[txid]; ok {
			continue
		}
		tx, ok := m.Transaction(txid)
		if !ok {
			delete(now, txid)
			continue
		}
		news = true
		for _, in := range tx.TxIn {
			w.by[keyOfInput(in)] = txid
		}
		w.txs[txid] = tx
	}
	for txid, tx := range w.txs {
		if now[txid] {
			continue
		}
		news = true
		delete(w.txs, txid)
		for _, in := range tx.TxIn {
			if key := keyOfInput(in); w.by[key] == txid {
				delete(w.by, key)
			}
		}
	}
	return news
}

func keyOfInput(in *wire.TxIn) string {
	return string(db.OutpointKey(in.PreviousOutPoint.Hash, in.PreviousOutPoint.Index))
}

// RunMempool has pledges follow what waits for a block until ctx ends. One
// process does, under the lease that fence stands for. Without a Mempool it
// returns at once.
func (s *Service) RunMempool(ctx context.Context, fence func(tx *gorm.DB) error) error {
	if s.cfg.Mempool == nil {
		return nil
	}
	var w waiting
	var last int32 = -1
	tick := time.NewTicker(s.cfg.Poll)
	defer tick.Stop()
	for {
		tip, err := tipOf(s.db.Read(ctx))
		if err == nil && (w.look(s.cfg.Mempool) || tip.Height != last || s.hub.stirred()) {
			if err = s.syncMempool(ctx, &w, fence); err == nil {
				last = tip.Height
			}
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, db.ErrFenced):
			return err
		case err != nil:
			s.log.Warn("pledges cannot follow the mempool, trying again", "error", err)
			w = waiting{}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// syncMempool moves pledges by what waits.
func (s *Service) syncMempool(ctx context.Context, w *waiting, fence func(tx *gorm.DB) error) error {
	// Most of the time nothing moves, and no transaction is needed to know it.
	if moved, err := s.moves(s.db.Read(ctx), w); err != nil || len(moved) == 0 {
		return err
	}
	var changed map[lighthouse.ID]bool
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		if fence != nil {
			if err := fence(tx); err != nil {
				return err
			}
		}
		tip, err := tipOf(tx)
		if err != nil {
			return err
		}
		moved, err := s.moves(tx, w)
		if err != nil {
			return err
		}
		changed = make(map[lighthouse.ID]bool)
		for _, row := range moved {
			if err := setState(tx, row); err != nil {
				return err
			}
			changed[lighthouse.ID(row.Campaign)] = true
		}
		return countAll(tx, changed, tip.Height)
	})
	if err != nil {
		return err
	}
	for id := range changed {
		s.hub.publish(id)
	}
	return nil
}

// unsettled lists the pledges that what waits may move: those whose coins it
// spends, and those that are not settled by a block.
func (s *Service) unsettled(tx *gorm.DB, w *waiting) ([]pledgeRecord, error) {
	var rows []pledgeRecord
	if err := tx.Where("state IN ('seen', 'leaving', 'gone')").Order("number").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("find the pledges that wait: %w", db.Classify(err))
	}
	seen := make(map[int64]bool, len(rows))
	for _, r := range rows {
		seen[r.Number] = true
	}
	keys := make([][]byte, 0, len(w.by))
	for key := range w.by {
		keys = append(keys, []byte(key))
	}
	spent, err := byOutpoints(tx, keys)
	if err != nil {
		return nil, err
	}
	for _, r := range spent {
		if !seen[r.Number] && r.State == lighthouse.Confirmed {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// moves lists the pledges that what waits moves, as they are then.
func (s *Service) moves(tx *gorm.DB, w *waiting) ([]pledgeRecord, error) {
	rows, err := s.unsettled(tx, w)
	if err != nil {
		return nil, err
	}
	known := terms{tx: tx, campaigns: s.cfg.Campaigns}
	var moved []pledgeRecord
	for _, row := range rows {
		var by *chainhash.Hash
		if spender, ok := w.by[string(row.Outpoint)]; ok {
			claim, err := known.claims(lighthouse.ID(row.Campaign), w.txs[spender])
			if err != nil {
				return nil, err
			}
			if !claim { // what the claim spends stays until a block takes it
				by = &spender
			}
		}
		if w.move(&row, by) {
			moved = append(moved, row)
		}
	}
	return moved, nil
}

// move is the record by what waits, where by spends its coin; false if it stays.
func (w *waiting) move(row *pledgeRecord, by *chainhash.Hash) bool {
	state, spender := row.State, string(row.SpentTxid)
	_, waits := w.txs[chainhash.Hash(row.Outpoint[:chainhash.HashSize])]
	switch {
	case by != nil:
		row.State, row.SpentTxid = lighthouse.Leaving, append([]byte{}, by[:]...)
	case row.Height != nil:
		row.State, row.SpentTxid = lighthouse.Confirmed, nil
	case waits:
		row.State, row.SpentTxid = lighthouse.Seen, nil
	default:
		row.State, row.SpentTxid = lighthouse.Gone, nil
	}
	return row.State != state || string(row.SpentTxid) != spender
}

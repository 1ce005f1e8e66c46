package anchor

import (
	"context"
	"fmt"

	"cairn/app/db"
	"cairn/notary/tlog/format"
)

// Published implements tlog.Anchors: the anchors that follow the one with id
// after, in order, at most limit of them (and at most 1,000), up to the first
// that is not complete. Nothing but a reorg deeper than the confirmations
// asked for will change them.
func (l *Ledger) Published(ctx context.Context, after int64, limit int) ([]format.Anchor, error) {
	s, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID, FirstSeq, LastSeq int64
		Root                  []byte
		Txid, BlockHash       []byte
		Height                *int32
		Path                  []byte
	}
	err = l.cfg.DB.Read(ctx).Raw(`SELECT a.id, a.first_seq, a.last_seq, a.root, t.txid, t.height, t.block_hash, t.path
		FROM anchors a LEFT JOIN anchor_attempts t ON t.anchor_id = a.id AND t.number = a.confirmed_by
		WHERE a.id > ? ORDER BY a.id LIMIT ?`, after, min(max(limit, 0), 1000)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list anchors: %w", db.Classify(err))
	}
	var anchors []format.Anchor
	for _, row := range rows {
		if row.Height == nil || s.tip.Height-*row.Height+1 < l.cfg.Confirmations {
			break
		}
		anchors = append(anchors, format.Anchor{
			ID: row.ID, First: row.FirstSeq - 1, Last: row.LastSeq - 1, Root: hashOf(row.Root),
			Txid: hashOf(row.Txid), Height: *row.Height, Block: hashOf(row.BlockHash), Path: row.Path,
		})
	}
	return anchors, nil
}

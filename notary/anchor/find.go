package anchor

import (
	"context"
	"fmt"

	"cairn/app/db"
	"cairn/notary"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// AnchorByTxid implements notary.Places. A transaction that was never sent is
// not known.
func (l *Ledger) AnchorByTxid(ctx context.Context, txid chainhash.Hash) (notary.AnchorState, error) {
	return l.one(ctx, "SELECT anchor_id FROM anchor_attempts WHERE txid = ?", txid[:])
}

// AnchorByRoot implements notary.Places.
func (l *Ledger) AnchorByRoot(ctx context.Context, root [32]byte) (notary.AnchorState, error) {
	return l.one(ctx, "SELECT id FROM anchors WHERE root = ?", root[:])
}

// AnchorsInBlock implements notary.Places.
func (l *Ledger) AnchorsInBlock(ctx context.Context, hash chainhash.Hash) ([]notary.AnchorState, error) {
	return l.some(ctx, `SELECT a.id FROM anchors a JOIN anchor_attempts t ON t.anchor_id = a.id AND t.number = a.confirmed_by
		WHERE t.block_hash = ? ORDER BY a.id`, hash[:])
}

// AnchorsAtHeight implements notary.Places.
func (l *Ledger) AnchorsAtHeight(ctx context.Context, height int32) ([]notary.AnchorState, error) {
	return l.some(ctx, `SELECT a.id FROM anchors a JOIN anchor_attempts t ON t.anchor_id = a.id AND t.number = a.confirmed_by
		WHERE t.height = ? ORDER BY a.id`, height)
}

func (l *Ledger) one(ctx context.Context, query string, args ...any) (notary.AnchorState, error) {
	states, err := l.some(ctx, query, args...)
	if err != nil {
		return notary.AnchorState{}, err
	}
	if len(states) == 0 || states[0].Txid == (chainhash.Hash{}) {
		return notary.AnchorState{}, notary.ErrUnknownTransaction
	}
	return states[0], nil
}

// some reads the states of the anchors whose ids a query lists.
func (l *Ledger) some(ctx context.Context, query string, args ...any) ([]notary.AnchorState, error) {
	s, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	var ids []int64
	if err := l.cfg.DB.Read(ctx).Raw(query, args...).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("find anchors: %w", db.Classify(err))
	}
	states := make([]notary.AnchorState, len(ids))
	for i, id := range ids {
		if states[i], err = l.stateOf(ctx, id, s); err != nil {
			return nil, err
		}
	}
	return states, nil
}

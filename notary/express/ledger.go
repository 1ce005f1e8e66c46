package express

import (
	"context"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/notary"
	"cairn/notary/carrier"
	"cairn/notary/ots"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"
)

// Ledger reads what became of orders, in any process on the database. It
// implements notary.Owns.
type Ledger struct {
	DB *db.DB
	// Confirmations after which a proof is complete; at least 1.
	Confirmations int32
}

// Of implements notary.Owns.
func (l Ledger) Of(ctx context.Context, digests ...notary.Digest) (map[notary.Digest][]notary.Own, error) {
	keys := make([][]byte, len(digests))
	for i := range digests {
		keys[i] = digests[i][:]
	}
	tx := l.DB.Read(ctx)
	var rows []orderRecord
	if err := tx.Where("digest IN ?", keys).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read express orders: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return nil, nil
	}
	tip, err := tipOf(tx)
	if err != nil {
		return nil, err
	}
	owns := make(map[notary.Digest][]notary.Own)
	for _, row := range rows {
		own, err := l.own(tx, row, tip)
		if err != nil {
			return nil, err
		}
		owns[own.Digest] = append(owns[own.Digest], own)
	}
	return owns, nil
}

// own is an order with what became of its transaction.
func (l Ledger) own(tx *gorm.DB, row orderRecord, tip chain.BlockRef) (notary.Own, error) {
	own := notary.Own{
		Digest: notary.Digest(row.Digest), Form: row.Form, OrderedAt: time.Unix(row.OrderedAt, 0).UTC(),
		Stage: notary.StageStored, Returned: row.State != ordered, Trouble: row.Trouble,
		Anchor: notary.AnchorState{ID: row.ID, Form: row.Form, Root: [32]byte(row.Carried), Commitments: 1, Digests: 1, Needed: l.Confirmations},
	}
	standing, err := book.StandingOf(tx, row.ID, row.ConfirmedBy)
	if err != nil {
		return own, err
	}
	standing.Describe(&own.Anchor, tip)
	switch {
	case own.Anchor.Complete():
		own.Stage = notary.StageComplete
		own.Body, err = body(row, standing.Confirmed)
	case own.Anchor.Confirmations > 0:
		own.Stage = notary.StageConfirming
	case !own.Anchor.BroadcastAt.IsZero():
		own.Stage = notary.StageBroadcast
	}
	return own, err
}

// body is the serialised way from the digest to the block of an attempt.
func body(row orderRecord, a *carrier.Attempt) ([]byte, error) {
	raw := append(ots.AppendOps(nil, row.way()...), a.Path...)
	if _, err := ots.Parse(row.Digest, raw); err != nil {
		return nil, fmt.Errorf("%w: path of %s: %w", db.ErrCorrupt, a.OutboxKey, err)
	}
	return raw, nil
}

// News implements notary.Owns: when an unconfirmed one was last sent for the
// first time, which only the outbox knows; Unix seconds.
func (l Ledger) News(ctx context.Context) (int64, error) {
	var sent int64
	err := l.DB.Read(ctx).Raw(`SELECT coalesce(max(o.first_broadcast_at), 0) FROM express_orders e JOIN express_attempts t ON t.order_id = e.id
		JOIN outbox o ON o."key" = t.outbox_key WHERE e.confirmed_by IS NULL AND e.state <> 'returned'`).Scan(&sent).Error
	if err != nil {
		return 0, fmt.Errorf("look for news of express orders: %w", db.Classify(err))
	}
	return sent, nil
}

// AnchorByTxid implements notary.Places. A transaction that was never sent is
// not known.
func (l Ledger) AnchorByTxid(ctx context.Context, txid chainhash.Hash) (notary.AnchorState, error) {
	return l.one(ctx, "id = (SELECT order_id FROM express_attempts WHERE txid = ?)", txid[:])
}

// AnchorByRoot implements notary.Places: the root is what the transaction
// carries.
func (l Ledger) AnchorByRoot(ctx context.Context, root [32]byte) (notary.AnchorState, error) {
	return l.one(ctx, "carried = ? AND state = 'ordered'", root[:])
}

// AnchorsInBlock implements notary.Places.
func (l Ledger) AnchorsInBlock(ctx context.Context, hash chainhash.Hash) ([]notary.AnchorState, error) {
	return l.some(ctx, "EXISTS (SELECT 1 FROM express_attempts t WHERE t.order_id = express_orders.id AND t.number = confirmed_by AND t.block_hash = ?)", hash[:])
}

// AnchorsAtHeight implements notary.Places.
func (l Ledger) AnchorsAtHeight(ctx context.Context, height int32) ([]notary.AnchorState, error) {
	return l.some(ctx, "EXISTS (SELECT 1 FROM express_attempts t WHERE t.order_id = express_orders.id AND t.number = confirmed_by AND t.height = ?)", height)
}

func (l Ledger) one(ctx context.Context, where string, arg any) (notary.AnchorState, error) {
	states, err := l.some(ctx, where, arg)
	if err != nil {
		return notary.AnchorState{}, err
	}
	if len(states) == 0 || states[0].Txid == (chainhash.Hash{}) {
		return notary.AnchorState{}, notary.ErrUnknownTransaction
	}
	return states[0], nil
}

// placesAtOnce bounds how many transactions of one block are listed.
const placesAtOnce = 1000

func (l Ledger) some(ctx context.Context, where string, arg any) ([]notary.AnchorState, error) {
	tx := l.DB.Read(ctx)
	tip, err := tipOf(tx)
	if err != nil {
		return nil, err
	}
	var rows []orderRecord
	if err := tx.Where(where, arg).Order("id").Limit(placesAtOnce).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("find express orders: %w", db.Classify(err))
	}
	states := make([]notary.AnchorState, len(rows))
	for i, row := range rows {
		own, err := l.own(tx, row, tip)
		if err != nil {
			return nil, err
		}
		states[i] = own.Anchor
	}
	return states, nil
}

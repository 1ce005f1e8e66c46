package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/ledger/engine"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// Preview is what the protocols concerned make of a transaction that no block
// holds yet, over the ledger and the transactions that wait. It is empty for one
// that has nothing to do with colored coins. Whether its signatures hold, and
// whether others that wait spend the same coins, is not looked at.
// Errors: ErrSpent.
func (l *Ledger) Preview(ctx context.Context, tx *wire.MsgTx) ([]assets.Coloring, error) {
	t, err := l.Examine(ctx, tx, nil)
	return t.Colorings, err
}

// Examine is Preview with all there is to say. More may know of coins that nobody
// else does, a PSBT for instance, and is believed. Errors: ErrSpent.
func (l *Ledger) Examine(ctx context.Context, tx *wire.MsgTx, more engine.Prevouts) (Tx, error) {
	read := l.db.Read(ctx)
	if found, err := l.confirmed(read, tx.TxHash()); !errors.Is(err, ErrNoTx) {
		return found, err
	}
	one, err := l.examine(ctx, read, tx, more)
	if err != nil {
		return Tx{}, err
	}
	return l.waiting(&one), nil
}

// waiting is what the engine found as others see it.
func (l *Ledger) waiting(one *engine.Tx) Tx {
	t := Tx{
		TxRef: TxRef{Txid: one.ID}, Pending: true, Msg: one.Msg, Colorings: one.Colorings,
		FirstScript: one.FirstScript, Inferred: one.Inferred,
	}
	for _, s := range one.Spent {
		t.Spent = append(t.Spent, Coin{
			Coin: s.Coin.Coin, Protocol: s.Coin.Protocol, Spent: Spender{Txid: one.ID, Input: s.Input, Pending: true},
		})
	}
	for _, c := range one.Created {
		t.Created = append(t.Created, Coin{Coin: c.Coin, Protocol: c.Protocol, Pending: true})
	}
	return t
}

// examine colors a transaction over the ledger and what waits. Errors: ErrSpent.
func (l *Ledger) examine(ctx context.Context, tx *gorm.DB, msg *wire.MsgTx, more engine.Prevouts) (engine.Tx, error) {
	coins := &view{coins: make(map[wire.OutPoint][]engine.Coin), rows: make(map[wire.OutPoint][]coinRow)}
	err := eachSpent(tx, []*wire.MsgTx{msg}, "", func(r coinRow) error {
		if r.SpentTx != nil {
			return fmt.Errorf("%w: %s", ErrSpent, r.outpoint())
		}
		return coins.add(r)
	})
	if err != nil {
		return engine.Tx{}, err
	}
	if err := coins.addPending(tx, msg); err != nil {
		return engine.Tx{}, err
	}
	var last engine.Prevouts = l.cfg.Prevouts
	if more != nil {
		last = both{more, l.cfg.Prevouts}
	}
	return l.engine.One(ctx, msg, coins, waitingCoins{tx, remembered{tx, last}})
}

// both asks one after the other.
type both struct{ first, second engine.Prevouts }

// Prevout implements engine.Prevouts.
func (b both) Prevout(ctx context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	if p, is, err := b.first.Prevout(ctx, at); err != nil || is {
		return p, is, err
	}
	return b.second.Prevout(ctx, at)
}

// waitingCoins looks coins up among the transactions that wait.
type waitingCoins struct {
	tx   *gorm.DB
	next engine.Prevouts
}

// Prevout implements engine.Prevouts.
func (w waitingCoins) Prevout(ctx context.Context, at wire.OutPoint) (engine.Prevout, bool, error) {
	var rows []pendingRecord
	if err := w.tx.Where("txid = ?", at.Hash[:]).Limit(1).Find(&rows).Error; err != nil {
		return engine.Prevout{}, false, fmt.Errorf("look for a coin: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return w.next.Prevout(ctx, at)
	}
	msg, err := decodeTx(rows[0].Raw)
	if err != nil {
		return engine.Prevout{}, false, err
	}
	p, is := engine.PrevoutOf(msg, at.Index)
	return p, is, nil
}

// addPending adds the colored coins that a transaction spends of those that wait.
func (v *view) addPending(tx *gorm.DB, msg *wire.MsgTx) error {
	ids, spends := spentBy([]*wire.MsgTx{msg})
	return inParts(ids, func(part [][]byte) error {
		var rows []pendingCoinRecord
		if err := tx.Where("txid IN ?", part).Order("txid, output, protocol, place").Find(&rows).Error; err != nil {
			return fmt.Errorf("read coins that wait: %w", db.Classify(err))
		}
		coins, err := pendingCoins(rows)
		if err != nil {
			return err
		}
		for _, c := range coins {
			if spends[c.OutPoint] {
				v.coins[c.OutPoint] = append(v.coins[c.OutPoint], engine.Coin{Coin: c.Coin, Protocol: c.Protocol})
			}
		}
		return nil
	})
}

// pendingCoins joins rows, in order of their coins, to coins.
func pendingCoins(rows []pendingCoinRecord) (coins []Coin, err error) {
	for _, r := range rows {
		id, err := readID(r.Protocol, r.RawID)
		if err != nil {
			return nil, err
		}
		at := wire.OutPoint{Hash: chainhash.Hash(r.Txid), Index: uint32(r.Output)}
		held := assets.Holding{Asset: id, Units: r.Units}
		if n := len(coins); n > 0 && coins[n-1].OutPoint == at && coins[n-1].Protocol == r.Protocol {
			coins[n-1].Holdings = append(coins[n-1].Holdings, held)
			continue
		}
		coins = append(coins, Coin{Protocol: r.Protocol, Pending: true, Coin: assets.Coin{
			OutPoint: at, Value: btcutil.Amount(r.ValueSat), Script: r.Script, Holdings: []assets.Holding{held},
			Tag: uint32(r.Tag), HasTag: true,
		}})
	}
	return coins, nil
}

// See remembers a transaction that was sent, or seen on its way, until a block
// holds it or one that spends the same coins; one that waited with the same coins
// is forgotten, as the network has this one now. A transaction that has nothing to
// do with colored coins is not remembered. Seeing one twice makes no difference.
// Errors: ErrSpent, ErrFull.
func (l *Ledger) See(ctx context.Context, msg *wire.MsgTx) error {
	id := msg.TxHash()
	// Nearly all transactions have nothing to do with assets, and need no writer.
	if one, err := l.examine(ctx, l.db.Read(ctx), msg, nil); err != nil || !one.Matters() {
		return l.unlessKnown(ctx, id, err)
	}
	return l.db.Transact(ctx, func(tx *gorm.DB) error {
		known, err := numbersOf(tx, [][]byte{id[:]})
		if err != nil || len(known) > 0 {
			return err
		}
		var waits int64
		if err := tx.Model(&pendingRecord{}).Where("txid = ?", id[:]).Count(&waits).Error; err != nil || waits > 0 {
			return db.Classify(err)
		}
		one, err := l.examine(ctx, tx, msg, nil)
		if err != nil || !one.Matters() {
			return err
		}
		if err := tx.Model(&pendingRecord{}).Count(&waits).Error; err != nil {
			return fmt.Errorf("count what waits: %w", db.Classify(err))
		}
		if waits >= maxPending {
			return fmt.Errorf("%w: %d", ErrFull, waits)
		}
		rivals, err := rivals(tx, msg)
		if err != nil {
			return err
		}
		if err := unpend(tx, rivals, true); err != nil {
			return err
		}
		state, err := readState(tx)
		if err != nil {
			return err
		}
		height := int32(0)
		if state != nil {
			height = state.Height
			if err := tx.Model(state).Update("changes", state.Changes+1).Error; err != nil {
				return fmt.Errorf("tell of a waiting transaction: %w", err)
			}
		}
		return pend(tx, &one, l.cfg.Now().Unix(), height)
	})
}

// unlessKnown is an error about a transaction, unless a block holds it.
func (l *Ledger) unlessKnown(ctx context.Context, id chainhash.Hash, err error) error {
	if err == nil {
		return nil
	}
	if known, lookErr := numbersOf(l.db.Read(ctx), [][]byte{id[:]}); lookErr == nil && len(known) > 0 {
		return nil
	}
	return err
}

// Forget has a transaction that waits, and those that spend its outputs, wait no
// more: it was withdrawn, or the network does not take it.
func (l *Ledger) Forget(ctx context.Context, txid chainhash.Hash) error {
	return l.db.Transact(ctx, func(tx *gorm.DB) error {
		var waits int64
		if err := tx.Model(&pendingRecord{}).Where("txid = ?", txid[:]).Count(&waits).Error; err != nil || waits == 0 {
			return db.Classify(err)
		}
		if err := unpend(tx, [][]byte{txid[:]}, true); err != nil {
			return err
		}
		state, err := readState(tx)
		if err != nil || state == nil {
			return err
		}
		return tx.Model(state).Update("changes", state.Changes+1).Error
	})
}

// Conflicts are the transactions that wait and spend any coin that this one does.
func (l *Ledger) Conflicts(ctx context.Context, msg *wire.MsgTx) ([]chainhash.Hash, error) {
	ids, err := rivals(l.db.Read(ctx), msg)
	if err != nil {
		return nil, err
	}
	hashes := make([]chainhash.Hash, len(ids))
	for i, id := range ids {
		hashes[i] = chainhash.Hash(id)
	}
	return hashes, nil
}

func rivals(tx *gorm.DB, msg *wire.MsgTx) (ids [][]byte, err error) {
	self := msg.TxHash()
	keys := make([][]byte, len(msg.TxIn))
	for i, in := range msg.TxIn {
		keys[i] = db.OutpointKey(in.PreviousOutPoint.Hash, in.PreviousOutPoint.Index)
	}
	spends, err := pendingSpenders(tx, keys)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for _, s := range spends {
		if chainhash.Hash(s.Txid) != self && !seen[string(s.Txid)] {
			seen[string(s.Txid)] = true
			ids = append(ids, s.Txid)
		}
	}
	return ids, nil
}

// Waiting are the transactions that wait and would move units of an asset, or of
// any with the zero ID; oldest first, 1,000 at most.
func (l *Ledger) Waiting(ctx context.Context, id assets.ID) ([]Tx, error) {
	read := l.db.Read(ctx)
	query := read.Order("seen_at, txid").Limit(most)
	if !id.IsZero() {
		query = query.Where("txid IN (SELECT txid FROM asset_pending_coins WHERE raw_id = ? AND protocol = ?)", id.Raw(), id.Protocol)
	}
	var rows []pendingRecord
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list what waits: %w", db.Classify(err))
	}
	txs := make([]Tx, 0, len(rows))
	for _, r := range rows {
		t, err := l.pendingTx(ctx, read, r)
		if errors.Is(err, ErrSpent) {
			continue // a block came in between
		}
		if err != nil {
			return nil, err
		}
		txs = append(txs, t)
	}
	return txs, nil
}

// WaitingSince are the transactions that wait since a time or longer, 1,000 at
// most.
func (l *Ledger) WaitingSince(ctx context.Context, at time.Time) ([]chainhash.Hash, error) {
	var ids [][]byte
	err := l.db.Read(ctx).Model(&pendingRecord{}).Where("seen_at <= ?", at.Unix()).Order("seen_at").Limit(most).Pluck("txid", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("list what waits: %w", db.Classify(err))
	}
	hashes := make([]chainhash.Hash, len(ids))
	for i, id := range ids {
		hashes[i] = chainhash.Hash(id)
	}
	return hashes, nil
}

// pendingTx is a waiting transaction with all there is to say of it.
func (l *Ledger) pendingTx(ctx context.Context, read *gorm.DB, r pendingRecord) (Tx, error) {
	msg, err := decodeTx(r.Raw)
	if err != nil {
		return Tx{}, err
	}
	one, err := l.examine(ctx, read, msg, nil)
	if err != nil {
		return Tx{}, err
	}
	if one.Colorings, err = decodeColorings(r.Colorings); err != nil {
		return Tx{}, err
	}
	one.Create()
	t := l.waiting(&one)
	t.Time = seconds(r.SeenAt)
	return t, nil
}

package outbox

import (
	"fmt"
	"strings"
	"time"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"

	"cairn/app/db"
)

// move changes the state of an entry from one of the states given, along with
// other columns. Errors: ErrState.
func move(tx *gorm.DB, key string, to State, also map[string]any, from ...State) error {
	changes := map[string]any{"state": to, "height": nil, "block_hash": nil}
	for column, value := range also {
		changes[column] = value
	}
	res := tx.Model(&entryRecord{}).Where(map[string]any{"key": key, "state": from}).Updates(changes)
	if res.Error != nil {
		return fmt.Errorf("changing %s to %s: %w", key, to, res.Error)
	}
	if res.RowsAffected != 1 {
		return fmt.Errorf("%w: %s cannot become %s", ErrState, key, to)
	}
	return nil
}

// Get reads the entry of a key. Errors: ErrUnknownKey.
func Get(tx *gorm.DB, key string) (Entry, error) {
	r, err := load(tx, "key", key)
	if err != nil {
		return Entry{}, err
	}
	return r.entry()
}

// ByTxid reads the entry of a transaction. Errors: ErrUnknownKey.
func ByTxid(tx *gorm.DB, txid chainhash.Hash) (Entry, error) {
	r, err := load(tx, "txid", txid[:])
	if err != nil {
		return Entry{}, err
	}
	return r.entry()
}

// Pending lists what has to be sent, at most limit of them: entries neither
// confirmed nor replaced, conflicted or abandoned, those tried least first and
// then in the order they were stored, so that parents go before children.
func Pending(tx *gorm.DB, limit int) ([]Entry, error) {
	var rows []entryRecord
	err := tx.Where("state IN ?", []State{Stored, Broadcast}).Order("attempts, id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("listing pending transactions: %w", err)
	}
	return entries(rows)
}

// List lists the newest entries in any of the states (all when none is given),
// newest first.
func List(tx *gorm.DB, limit int, states ...State) ([]Entry, error) {
	q := tx.Order("id DESC").Limit(limit)
	if len(states) > 0 {
		q = q.Where("state IN ?", states)
	}
	var rows []entryRecord
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("listing transactions: %w", err)
	}
	return entries(rows)
}

// Line is the whole line of replacements that the entry of a key belongs to,
// oldest first: the last is the one being sent. Errors: ErrUnknownKey.
func Line(tx *gorm.DB, key string) ([]Entry, error) {
	r, err := load(tx, "key", key)
	if err != nil {
		return nil, err
	}
	rows := []entryRecord{r}
	for up := r.replaces(); up != ""; {
		older, err := load(tx, "key", up)
		if err != nil {
			return nil, err
		}
		rows = append([]entryRecord{older}, rows...)
		up = older.replaces()
	}
	for last := key; ; {
		var newer []entryRecord
		// Abandoned replacements may stand beside the one that counts.
		if err := tx.Where("replaces = ?", last).Order("id").Find(&newer).Error; err != nil {
			return nil, fmt.Errorf("following the replacements of %s: %w", key, err)
		}
		if len(newer) == 0 {
			return entries(rows)
		}
		rows = append(rows, newer...)
		last = newer[len(newer)-1].Key
	}
}

// MarkBroadcast notes that the network was handed the entry and did not
// refuse it. An entry that meanwhile was confirmed or replaced keeps its state.
// Errors: ErrUnknownKey.
func MarkBroadcast(tx *gorm.DB, key string, at time.Time) error {
	seconds := at.Unix()
	err := attempted(tx, key, map[string]any{
		"first_broadcast_at": gorm.Expr("coalesce(first_broadcast_at, ?)", seconds),
		"last_broadcast_at":  seconds,
		"last_error":         "",
	})
	if err != nil {
		return err
	}
	res := tx.Model(&entryRecord{}).Where(map[string]any{"key": key, "state": Stored}).Update("state", Broadcast)
	if res.Error != nil {
		return fmt.Errorf("marking %s as broadcast: %w", key, res.Error)
	}
	return nil
}

// MarkFailed notes that a try to broadcast the entry failed, or that nobody
// knows how it ended; the entry stays pending. The reason is cut to 500 bytes.
// Errors: ErrUnknownKey.
func MarkFailed(tx *gorm.DB, key string, reason string) error {
	return attempted(tx, key, map[string]any{"last_error": clip(reason)})
}

// clip makes a reason that can be stored; it may hold a stranger's words.
func clip(reason string) string {
	reason = db.CleanText(reason)
	return strings.ToValidUTF8(reason[:min(len(reason), maxError)], "")
}

func attempted(tx *gorm.DB, key string, changes map[string]any) error {
	changes["attempts"] = gorm.Expr("attempts + 1")
	res := tx.Model(&entryRecord{}).Where(map[string]any{"key": key}).Updates(changes)
	if res.Error != nil {
		return fmt.Errorf("noting an attempt to send %s: %w", key, res.Error)
	}
	if res.RowsAffected != 1 {
		return fmt.Errorf("%w: %s", ErrUnknownKey, key)
	}
	return nil
}

// Abandon gives an unconfirmed entry up: it is sent no more and its inputs are
// free for others. Whoever calls it knows that no copy can still be confirmed,
// or does not mind. The entry it replaced, if any, is sent again. Abandoning
// twice is no error. Errors: ErrUnknownKey, ErrState.
func Abandon(tx *gorm.DB, key, reason string) error {
	r, err := load(tx, "key", key)
	if err != nil {
		return err
	}
	if r.State == Abandoned {
		return nil
	}
	also := map[string]any{"abandoned": true, "last_error": clip(reason)}
	if err := move(tx, key, Abandoned, also, Stored, Broadcast, Conflicted); err != nil {
		return err
	}
	if r.Replaces == nil {
		return nil
	}
	older, err := load(tx, "key", *r.Replaces)
	if err != nil || older.State != Replaced {
		return err
	}
	return revive(tx, older)
}

// Confirm notes that a block holds the transaction. Every other live entry that
// spends one of its inputs, which includes the rest of its line, becomes
// conflicted by the same block. Confirming again in the same block is no error.
// Errors: ErrUnknownKey for a transaction that is not ours.
func Confirm(tx *gorm.DB, txid chainhash.Hash, height int32, block chainhash.Hash) error {
	r, err := load(tx, "txid", txid[:])
	if err != nil {
		return err
	}
	e, err := r.entry()
	if err != nil {
		return err
	}
	at := map[string]any{"height": height, "block_hash": block[:]}
	if err := move(tx, r.Key, Confirmed, at, Stored, Broadcast, Replaced, Conflicted, Abandoned, Confirmed); err != nil {
		return err
	}
	return conflict(tx, e.Inputs, txid, height, block)
}

// conflict marks the live entries, but for txid, that spend any of the inputs
// which a block has spent.
func conflict(tx *gorm.DB, inputs []wire.OutPoint, txid chainhash.Hash, height int32, block chainhash.Hash) error {
	spenders, err := spendersOf(tx, inputs)
	if err != nil {
		return err
	}
	for _, other := range spenders {
		if chainhash.Hash(other.Txid) == txid {
			continue
		}
		switch other.State {
		case Stored, Broadcast, Replaced:
			at := map[string]any{"height": height, "block_hash": block[:]}
			if err := move(tx, other.Key, Conflicted, at, other.State); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unconfirm undoes a block that is no longer part of the chain: what it held
// or conflicted with becomes what it was before, to be sent again.
func Unconfirm(tx *gorm.DB, height int32, block chainhash.Hash) error {
	var rows []entryRecord
	if err := tx.Where("height = ? AND block_hash = ?", height, block[:]).Order("id").Find(&rows).Error; err != nil {
		return fmt.Errorf("listing the transactions of block %s: %w", block, err)
	}
	for _, r := range rows {
		if err := revive(tx, r); err != nil {
			return err
		}
	}
	return nil
}

// revive gives an entry the state that follows from the rest of its row and
// from what replaces it.
func revive(tx *gorm.DB, r entryRecord) error {
	var replacements int64
	err := tx.Model(&entryRecord{}).Where("replaces = ? AND abandoned = ?", r.Key, false).Count(&replacements).Error
	if err != nil {
		return fmt.Errorf("looking for replacements of %s: %w", r.Key, err)
	}
	to := Stored
	switch {
	case r.Abandoned:
		to = Abandoned
	case replacements > 0:
		to = Replaced
	case r.FirstBroadcastAt != nil:
		to = Broadcast
	}
	return move(tx, r.Key, to, nil, r.State)
}

// SpentInBlock tells the outbox about every transaction of a block: ours
// become confirmed, and those whose inputs somebody else's transaction spends
// become conflicted.
func SpentInBlock(tx *gorm.DB, msg *wire.MsgBlock, height int32) error {
	block := msg.BlockHash()
	spentBy := make(map[wire.OutPoint]chainhash.Hash)
	var spent []wire.OutPoint
	for _, t := range msg.Transactions[min(1, len(msg.Transactions)):] {
		txid := t.TxHash()
		for _, in := range t.TxIn {
			spentBy[in.PreviousOutPoint] = txid
			spent = append(spent, in.PreviousOutPoint)
		}
	}
	touched, err := spendersOf(tx, spent)
	if err != nil {
		return err
	}
	for _, r := range touched {
		e, err := r.entry()
		if err != nil {
			return err
		}
		if spentBy[e.Inputs[0]] == e.Txid {
			if err := Confirm(tx, e.Txid, height, block); err != nil {
				return err
			}
			continue
		}
		for _, in := range e.Inputs {
			if other, ok := spentBy[in]; ok && other != e.Txid {
				if err := conflict(tx, []wire.OutPoint{in}, other, height, block); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// FeesSince is what the entries stored since a moment may cost in network
// fees: a line of replacements counts once for each of its entries that may
// still be, or was, the one that is paid.
func FeesSince(tx *gorm.DB, since time.Time) (btcutil.Amount, error) {
	var sum int64
	err := tx.Model(&entryRecord{}).Where("created_at >= ? AND state IN ?", since.Unix(), []State{Stored, Broadcast, Confirmed}).
		Select("coalesce(sum(fee_sat), 0)").Scan(&sum).Error
	if err != nil {
		return 0, fmt.Errorf("adding up fees: %w", err)
	}
	return btcutil.Amount(sum), nil
}

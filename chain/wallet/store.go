package wallet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// state is how a signed transaction stands. The decided states but abandoned
// name the block that decided, and are undone with it.
type state string

const (
	signed     state = "signed"     // waits to be stored, sent, or for a block
	confirmed  state = "confirmed"  // a block has it
	replaced   state = "replaced"   // a block has another one of its purpose
	conflicted state = "conflicted" // a block spends an input in another way
	abandoned  state = "abandoned"  // given up before it was sent
)

type txRecord struct {
	Txid        []byte `gorm:"primaryKey"`
	Purpose     string
	Generation  int
	Raw         []byte
	ChangeIndex int
	FeeSat      int64
	ChargeSat   int64
	Day         int64
	State       state
	Height      *int32
	BlockHash   []byte
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	Shared      bool
}

func (txRecord) TableName() string { return "wallet_txs" }

type inputRecord struct {
	Txid     []byte `gorm:"primaryKey"`
	Position int    `gorm:"primaryKey;autoIncrement:false"`
	Outpoint []byte
	ValueSat int64
	Script   []byte
}

func (inputRecord) TableName() string { return "wallet_inputs" }

type classRecord struct {
	Outpoint  []byte `gorm:"primaryKey"`
	Class     Class
	Reason    string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

func (classRecord) TableName() string { return "coin_classes" }

// store keeps the wallet's books.
type store struct{ db *db.DB }

func keyOf(op wire.OutPoint) []byte { return db.OutpointKey(op.Hash, op.Index) }

// day numbers the days of UTC since 1970.
func day(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }

// latest is the transaction of a purpose that counts: the one a block has, else
// the newest that was not given up; nil if there is none.
func (s store) latest(ctx context.Context, purpose string) (*Signed, state, error) {
	return loadLatest(s.db.Read(ctx), purpose)
}

func loadLatest(tx *gorm.DB, purpose string) (*Signed, state, error) {
	var r txRecord
	err := tx.Where("purpose = ? AND state <> ?", purpose, abandoned).
		Order("CASE WHEN state = 'confirmed' THEN 0 ELSE 1 END, generation DESC").Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read the transaction for %s: %w", purpose, err)
	}
	out, err := r.signed(tx)
	return out, r.State, err
}

// byTxid reads one transaction. Errors: ErrUnknownTx.
func (s store) byTxid(ctx context.Context, txid chainhash.Hash) (*Signed, state, error) {
	tx := s.db.Read(ctx)
	var r txRecord
	err := tx.Where("txid = ?", txid[:]).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, "", fmt.Errorf("%w: %s", ErrUnknownTx, txid)
	}
	if err != nil {
		return nil, "", fmt.Errorf("read transaction %s: %w", txid, err)
	}
	out, err := r.signed(tx)
	return out, r.State, err
}

func (r txRecord) signed(tx *gorm.DB) (*Signed, error) {
	var msg wire.MsgTx
	if err := msg.Deserialize(bytes.NewReader(r.Raw)); err != nil {
		return nil, fmt.Errorf("%w: the transaction for %s: %w", db.ErrCorrupt, r.Purpose, err)
	}
	out := &Signed{
		Purpose: r.Purpose, Generation: r.Generation, Tx: &msg, Raw: r.Raw, Txid: msg.TxHash(),
		Fee: btcutil.Amount(r.FeeSat), Change: r.ChangeIndex, Shared: r.Shared,
	}
	var inputs []inputRecord
	if err := tx.Session(&gorm.Session{NewDB: true}).Where("txid = ?", r.Txid).Order("position").Find(&inputs).Error; err != nil {
		return nil, fmt.Errorf("read the inputs of %s: %w", out.Txid, err)
	}
	if len(inputs) != len(msg.TxIn) {
		return nil, fmt.Errorf("%w: the inputs of %s", db.ErrCorrupt, out.Txid)
	}
	for i, in := range inputs {
		out.Inputs = append(out.Inputs, msg.TxIn[i].PreviousOutPoint)
		out.Prevouts = append(out.Prevouts, wire.NewTxOut(in.ValueSat, in.Script))
	}
	return out, nil
}

// insert stores a transaction that follows before (nil: none) for its purpose,
// under the day's cap (0: none), charging what it adds to what the purpose was
// to cost. Nothing is stored when a coin of it is protected or in flight for
// another purpose, or when another process was faster. Errors:
// chain.ErrFeeCap, chain.ErrProtected, ErrCoinTaken, errRaced.
func (s store) insert(ctx context.Context, t, before *Signed, charge, limit btcutil.Amount, now time.Time) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error { return s.insertIn(tx, t, before, charge, limit, now) })
}

// insertIn is insert within a transaction.
func (store) insertIn(tx *gorm.DB, t, before *Signed, charge, limit btcutil.Amount, now time.Time) error {
	latest, _, err := loadLatest(tx, t.Purpose)
	if err != nil {
		return err
	}
	if (latest == nil) != (before == nil) || latest != nil && latest.Txid != before.Txid {
		return fmt.Errorf("%w: %s", errRaced, t.Purpose)
	}
	if err := coinsFree(tx, t, now); err != nil {
		return err
	}
	if limit > 0 && charge > 0 {
		spent, err := spentOn(tx, day(now))
		if err != nil {
			return err
		}
		if spent+charge > limit {
			return fmt.Errorf("%w: %d of %d satoshi are promised today, and this adds %d", chain.ErrFeeCap, spent, limit, charge)
		}
	}
	return insertRows(tx, t, charge, now)
}

// coinsFree checks the coins of t against the books within the transaction
// that stores it: none is protected, in flight for another purpose, or lent to
// one.
func coinsFree(tx *gorm.DB, t *Signed, now time.Time) error {
	keys := make([][]byte, len(t.Inputs))
	for i, op := range t.Inputs {
		keys[i] = keyOf(op)
	}
	var n int64
	if err := tx.Model(&classRecord{}).Where("outpoint IN ?", keys).Count(&n).Error; err != nil {
		return fmt.Errorf("look for protected coins: %w", err)
	}
	if n > 0 {
		return chain.ErrProtected
	}
	err := tx.Model(&inputRecord{}).
		Joins("JOIN wallet_txs ON wallet_txs.txid = wallet_inputs.txid").
		Where("wallet_inputs.outpoint IN ? AND wallet_txs.state = ? AND wallet_txs.purpose <> ?", keys, signed, t.Purpose).
		Count(&n).Error
	if err != nil {
		return fmt.Errorf("look for coins in flight: %w", err)
	}
	if n > 0 {
		return ErrCoinTaken
	}
	err = tx.Model(&loanRecord{}).Where("outpoint IN ? AND purpose <> ? AND expires_at > ?", keys, t.Purpose, now.Unix()).Count(&n).Error
	if err != nil {
		return fmt.Errorf("look for coins that are lent: %w", err)
	}
	if n > 0 {
		return ErrCoinTaken
	}
	return nil
}

func insertRows(tx *gorm.DB, t *Signed, charge btcutil.Amount, now time.Time) error {
	err := tx.Model(&txRecord{}).Where("purpose = ?", t.Purpose).Select("coalesce(max(generation) + 1, 0)").Scan(&t.Generation).Error
	if err != nil {
		return fmt.Errorf("count the transactions for %s: %w", t.Purpose, err)
	}
	r := txRecord{
		Txid: t.Txid[:], Purpose: t.Purpose, Generation: t.Generation, Raw: t.Raw, ChangeIndex: t.Change,
		FeeSat: int64(t.Fee), ChargeSat: int64(charge), Day: day(now), State: signed, CreatedAt: now.Unix(),
		Shared: t.Shared,
	}
	// The same transaction may have been signed and given up before.
	again := clause.OnConflict{
		Columns: []clause.Column{{Name: "txid"}},
		Where:   clause.Where{Exprs: []clause.Expression{clause.Eq{Column: "wallet_txs.state", Value: abandoned}}},
		DoUpdates: clause.AssignmentColumns([]string{
			"purpose", "generation", "raw", "change_index", "fee_sat", "charge_sat", "day", "state", "created_at", "shared",
		}),
	}
	made := tx.Clauses(again).Create(&r)
	switch {
	case errors.Is(made.Error, gorm.ErrDuplicatedKey), made.Error == nil && made.RowsAffected != 1:
		return fmt.Errorf("%w: %s", errRaced, t.Purpose)
	case made.Error != nil:
		return fmt.Errorf("store the transaction for %s: %w", t.Purpose, made.Error)
	}
	rows := make([]inputRecord, len(t.Inputs))
	for i, op := range t.Inputs {
		rows[i] = inputRecord{
			Txid: t.Txid[:], Position: i, Outpoint: keyOf(op), ValueSat: t.Prevouts[i].Value, Script: t.Prevouts[i].PkScript,
		}
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error; err != nil {
		return fmt.Errorf("store the inputs of %s: %w", t.Purpose, err)
	}
	return nil
}

// spentOn is what the transactions signed on a day add to the miners' fees.
func spentOn(tx *gorm.DB, day int64) (btcutil.Amount, error) {
	var sum int64
	if err := tx.Model(&txRecord{}).Where("day = ?", day).Select("coalesce(sum(charge_sat), 0)").Scan(&sum).Error; err != nil {
		return 0, fmt.Errorf("add up the day's fees: %w", err)
	}
	return btcutil.Amount(sum), nil
}

// abandon gives up what was signed for a purpose and not decided by a block;
// it costs nothing then. It reports the coins set free.
func (s store) abandon(ctx context.Context, purpose string) ([]Coin, error) {
	var coins []Coin
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		coins = nil
		var rows []txRecord
		if err := tx.Where("purpose = ? AND state IN ?", purpose, []state{signed, conflicted}).Find(&rows).Error; err != nil {
			return fmt.Errorf("read the transactions for %s: %w", purpose, err)
		}
		for _, r := range rows {
			t, err := r.signed(tx)
			if err != nil {
				return err
			}
			for i, op := range t.Inputs {
				coins = append(coins, Coin{OutPoint: op, Value: btcutil.Amount(t.Prevouts[i].Value), Script: t.Prevouts[i].PkScript})
			}
		}
		return tx.Model(&txRecord{}).Where("purpose = ? AND state IN ?", purpose, []state{signed, conflicted}).
			Updates(map[string]any{"state": abandoned, "charge_sat": 0, "height": nil, "block_hash": nil}).Error
	})
	return coins, err
}

// abandonOrphans gives up what was signed before a moment and is not in the
// outbox: nobody will send it.
func (s store) abandonOrphans(ctx context.Context, before time.Time) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		var rows []txRecord
		if err := tx.Select("txid").Where("state = ? AND created_at < ?", signed, before.Unix()).Find(&rows).Error; err != nil {
			return fmt.Errorf("look for forgotten transactions: %w", err)
		}
		for _, r := range rows {
			_, err := outbox.ByTxid(tx, chainhash.Hash(r.Txid))
			if err == nil {
				continue
			}
			if !errors.Is(err, outbox.ErrUnknownKey) {
				return err
			}
			err = tx.Model(&txRecord{}).Where("txid = ?", r.Txid).
				Updates(map[string]any{"state": abandoned, "charge_sat": 0}).Error
			if err != nil {
				return fmt.Errorf("give up a forgotten transaction: %w", err)
			}
		}
		return nil
	})
}

// inFlight is the set of coins that transactions waiting for a block spend.
func (s store) inFlight(ctx context.Context) (map[wire.OutPoint]bool, error) {
	waiting, err := s.waitingInputs(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[wire.OutPoint]bool, len(waiting))
	for op := range waiting {
		out[op] = true
	}
	return out, nil
}

type inputOf struct {
	Outpoint []byte
	Purpose  string
}

// waitingInputs maps the coins of transactions that wait for a block to what
// those are for.
func (s store) waitingInputs(ctx context.Context) (map[wire.OutPoint]string, error) {
	rows, err := s.inputsIn(ctx, []state{signed}, 0)
	if err != nil {
		return nil, err
	}
	out := make(map[wire.OutPoint]string, len(rows))
	for _, r := range rows {
		op, err := outpointFrom(r.Outpoint)
		if err != nil {
			return nil, err
		}
		out[op] = r.Purpose
	}
	return out, nil
}

// decidedInputs maps the coins of transactions decided or given up lately to
// what they were for: leases on them may be left.
func (s store) decidedInputs(ctx context.Context) (map[wire.OutPoint][]string, error) {
	const enough = 2000
	rows, err := s.inputsIn(ctx, []state{confirmed, replaced, conflicted, abandoned}, enough)
	if err != nil {
		return nil, err
	}
	out := make(map[wire.OutPoint][]string, len(rows))
	for _, r := range rows {
		op, err := outpointFrom(r.Outpoint)
		if err != nil {
			return nil, err
		}
		out[op] = append(out[op], r.Purpose)
	}
	return out, nil
}

func (s store) inputsIn(ctx context.Context, states []state, limit int) ([]inputOf, error) {
	q := s.db.Read(ctx).Model(&inputRecord{}).
		Select("wallet_inputs.outpoint AS outpoint, wallet_txs.purpose AS purpose").
		Joins("JOIN wallet_txs ON wallet_txs.txid = wallet_inputs.txid").
		Where("wallet_txs.state IN ?", states).
		Order("wallet_txs.created_at DESC")
	if limit > 0 {
		q = q.Limit(limit)
	}
	var rows []inputOf
	if err := q.Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the coins in use: %w", err)
	}
	return rows, nil
}

func outpointFrom(key []byte) (wire.OutPoint, error) {
	hash, index, ok := db.ParseOutpointKey(key)
	if !ok {
		return wire.OutPoint{}, fmt.Errorf("%w: a coin's name has %d bytes", db.ErrCorrupt, len(key))
	}
	return wire.OutPoint{Hash: hash, Index: index}, nil
}

// protected lists the protected coins and why they are.
func (s store) protected(ctx context.Context) (map[wire.OutPoint]string, error) {
	var rows []classRecord
	if err := s.db.Read(ctx).Where("class = ?", Protected).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the protected coins: %w", err)
	}
	out := make(map[wire.OutPoint]string, len(rows))
	for _, r := range rows {
		op, err := outpointFrom(r.Outpoint)
		if err != nil {
			return nil, err
		}
		out[op] = r.Reason
	}
	return out, nil
}

// protect writes coins into the book of classes, all or none.
func (s store) protect(ctx context.Context, now time.Time, reason string, coins []wire.OutPoint) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		for _, op := range coins {
			var spending int64
			err := tx.Model(&inputRecord{}).
				Joins("JOIN wallet_txs ON wallet_txs.txid = wallet_inputs.txid").
				Where("wallet_inputs.outpoint = ? AND wallet_txs.state = ?", keyOf(op), signed).
				Count(&spending).Error
			if err != nil {
				return fmt.Errorf("look who spends coin %s: %w", op, err)
			}
			if spending > 0 {
				return fmt.Errorf("%w: %s is being spent already", chain.ErrProtected, op)
			}
			r := classRecord{Outpoint: keyOf(op), Class: Protected, Reason: reason, CreatedAt: now.Unix()}
			if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&r).Error; err != nil {
				return fmt.Errorf("protect coin %s: %w", op, err)
			}
		}
		return nil
	})
}

func (s store) unprotect(ctx context.Context, coins []wire.OutPoint) error {
	return s.db.Transact(ctx, func(tx *gorm.DB) error {
		for _, op := range coins {
			if err := tx.Where("outpoint = ?", keyOf(op)).Delete(&classRecord{}).Error; err != nil {
				return fmt.Errorf("unprotect coin %s: %w", op, err)
			}
		}
		return nil
	})
}

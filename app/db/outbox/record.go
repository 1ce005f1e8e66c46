package outbox

import (
	"errors"
	"fmt"
	"time"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"

	"cairn/app/db"
)

type entryRecord struct {
	ID               int64 `gorm:"primaryKey"`
	Key              string
	Txid             []byte
	Raw              []byte
	FeeSat           int64
	Epoch            int64
	State            State
	Replaces         *string
	Height           *int32
	BlockHash        []byte
	CreatedAt        int64 `gorm:"autoCreateTime:false"`
	FirstBroadcastAt *int64
	LastBroadcastAt  *int64
	Attempts         int
	LastError        string
	Abandoned        bool
}

func (entryRecord) TableName() string { return "outbox" }

func (r entryRecord) replaces() string {
	if r.Replaces == nil {
		return ""
	}
	return *r.Replaces
}

type inputRecord struct {
	Outpoint  []byte
	OutboxKey string
}

func (inputRecord) TableName() string { return "outbox_inputs" }

// entry makes the domain value. Rows hold what Put checked, so that a row that
// does not decode is damage, not input.
func (r entryRecord) entry() (Entry, error) {
	msg, err := decode(r.Raw)
	if err != nil {
		return Entry{}, fmt.Errorf("%w: outbox entry %s: %w", db.ErrCorrupt, r.Key, err)
	}
	e := Entry{
		Key: r.Key, Raw: r.Raw, Fee: btcutil.Amount(r.FeeSat), Epoch: r.Epoch, ReplacesKey: r.replaces(),
		CreatedAt: time.Unix(r.CreatedAt, 0).UTC(), Txid: msg.TxHash(), Inputs: outpointsOf(msg), State: r.State,
		FirstBroadcastAt: unixOrZero(r.FirstBroadcastAt), LastBroadcastAt: unixOrZero(r.LastBroadcastAt),
		Attempts: r.Attempts, LastError: r.LastError,
	}
	if r.Height != nil {
		e.Height = *r.Height
		copy(e.BlockHash[:], r.BlockHash)
	}
	return e, nil
}

func unixOrZero(seconds *int64) time.Time {
	if seconds == nil {
		return time.Time{}
	}
	return time.Unix(*seconds, 0).UTC()
}

func outpointsOf(msg *wire.MsgTx) []wire.OutPoint {
	inputs := make([]wire.OutPoint, len(msg.TxIn))
	for i, in := range msg.TxIn {
		inputs[i] = in.PreviousOutPoint
	}
	return inputs
}

func entries(records []entryRecord) ([]Entry, error) {
	out := make([]Entry, len(records))
	for i, r := range records {
		var err error
		if out[i], err = r.entry(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// load reads one row by a unique column, "key" or "txid".
func load(tx *gorm.DB, column string, value any) (entryRecord, error) {
	var r entryRecord
	err := tx.Where(`"`+column+`" = ?`, value).Take(&r).Error
	if txid, ok := value.([]byte); ok {
		value = chainhash.Hash(txid) // for the error
	}
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, fmt.Errorf("%w: %s", ErrUnknownKey, value)
	}
	if err != nil {
		return r, fmt.Errorf("reading outbox entry %s: %w", value, err)
	}
	return r, nil
}

// spendersOf finds the entries that spend any of the outpoints.
func spendersOf(tx *gorm.DB, outpoints []wire.OutPoint) ([]entryRecord, error) {
	const batch = 1000 // placeholders in one statement
	found := map[string]entryRecord{}
	var order []string
	keys := make([][]byte, len(outpoints))
	for i, op := range outpoints {
		keys[i] = db.OutpointKey(op.Hash, op.Index)
	}
	for len(keys) > 0 {
		n := min(batch, len(keys))
		var rows []entryRecord
		in := tx.Session(&gorm.Session{NewDB: true}).Model(&inputRecord{}).Select("outbox_key").Where("outpoint IN ?", keys[:n])
		if err := tx.Where(`"key" IN (?)`, in).Order("id").Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("looking for entries that spend a coin: %w", err)
		}
		for _, r := range rows {
			if _, ok := found[r.Key]; !ok {
				order = append(order, r.Key)
			}
			found[r.Key] = r
		}
		keys = keys[n:]
	}
	out := make([]entryRecord, len(order))
	for i, key := range order {
		out[i] = found[key]
	}
	return out, nil
}

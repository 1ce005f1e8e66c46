// Package outbox stores signed transactions before they are broadcast, so that
// a crash at any moment leaves something to send again and nothing to sign
// twice. It stores only: chain/wallet broadcasts what is pending, and the
// follower's Outbox projection tells it what blocks did.
//
// An entry has a key that is unique to its purpose ("anchor/17"): whoever
// repeats a purpose finds the transaction that is there. A fee bump is an entry
// of its own that replaces another and spends at least the same inputs, so that
// of a whole line of replacements the chain can hold only one.
//
// The package is a leaf: it imports btcd's types and the error kinds of app/db,
// no product, no network and no clock.
package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cairn/app/db"
)

// ErrorKind names why the outbox refused something; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrUnknownKey: no entry has that key or txid.
	ErrUnknownKey = ErrorKind("no such transaction in the outbox")
	// ErrDuplicateKey: another transaction is stored under that key.
	ErrDuplicateKey = ErrorKind("another transaction is stored for this purpose")
	// ErrInputTaken: another live entry spends one of the inputs.
	ErrInputTaken = ErrorKind("an input is spent by another stored transaction")
	// ErrNotReplacement: the transaction does not spend all inputs of the one
	// it is to replace, so that both could be confirmed.
	ErrNotReplacement = ErrorKind("the transaction does not spend the inputs of the one it replaces")
	// ErrState: the entry is in a state that does not allow this.
	ErrState = ErrorKind("the stored transaction is past that")
	// ErrRaw: the bytes are not one whole signed transaction.
	ErrRaw = ErrorKind("not a signed transaction")
)

// State is how far an entry has come.
type State string

// The states. Confirmed and Conflicted name a block and are undone with it.
const (
	// Stored: kept, and not sent yet.
	Stored State = "stored"
	// Broadcast: handed to the network at least once; it is sent again until
	// it is confirmed.
	Broadcast State = "broadcast"
	// Confirmed: in a block.
	Confirmed State = "confirmed"
	// Replaced: a newer entry pays more for the same; it may still be the one
	// that is confirmed.
	Replaced State = "replaced"
	// Conflicted: a block spends an input in another way, by another entry of
	// the same line or by a stranger's transaction.
	Conflicted State = "conflicted"
	// Abandoned: given up by its owner. Should it be confirmed all the same,
	// it becomes Confirmed.
	Abandoned State = "abandoned"
)

const (
	maxKey   = 200     // bytes
	maxRaw   = 400_000 // bytes; standard transactions end at 400,000 weight units
	maxError = 500     // bytes of last_error kept
)

// Entry is one stored transaction.
type Entry struct {
	// Key is unique to the purpose, as "anchor/17" or, for its first
	// replacement, "anchor/17/1". 1 to 200 bytes.
	Key string
	// Raw is the signed transaction as it goes onto the network.
	Raw []byte
	// Fee is what it pays the miners.
	Fee btcutil.Amount
	// Epoch is that of the lease under which it was signed; 0 without one.
	Epoch int64
	// ReplacesKey is the key of the entry that this one bumps, or empty.
	ReplacesKey string
	// CreatedAt is when it was stored, UTC, to the second.
	CreatedAt time.Time

	// The rest is set by this package.

	// Txid and Inputs are read from Raw.
	Txid   chainhash.Hash
	Inputs []wire.OutPoint
	State  State
	// Height and BlockHash are the block of Confirmed and Conflicted.
	Height    int32
	BlockHash chainhash.Hash
	// FirstBroadcastAt and LastBroadcastAt are zero before the first.
	FirstBroadcastAt, LastBroadcastAt time.Time
	// Attempts counts tries to broadcast, LastError is what the last said.
	Attempts  int
	LastError string
}

// Tx decodes Raw.
func (e Entry) Tx() (*wire.MsgTx, error) { return decode(e.Raw) }

func decode(raw []byte) (*wire.MsgTx, error) {
	if len(raw) == 0 || len(raw) > maxRaw {
		return nil, fmt.Errorf("%w: %d bytes", ErrRaw, len(raw))
	}
	var tx wire.MsgTx
	r := bytes.NewReader(raw)
	if err := tx.Deserialize(r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRaw, err)
	}
	if r.Len() != 0 {
		return nil, fmt.Errorf("%w: %d bytes after its end", ErrRaw, r.Len())
	}
	if err := blockchain.CheckTransactionSanity(btcutil.NewTx(&tx)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRaw, err)
	}
	return &tx, nil
}

// Put stores a transaction, which must happen before it is broadcast. The same
// bytes under the same key once more are no error and change nothing.
//
// Errors, each leaving everything as it was: ErrRaw; ErrDuplicateKey;
// ErrInputTaken; for replacements ErrUnknownKey, ErrNotReplacement, and
// ErrState when the replaced entry is confirmed or has been replaced already;
// db.ErrFenced when an entry of a higher epoch is stored: whoever signed this
// has been succeeded.
func Put(tx *gorm.DB, e Entry) error {
	if e.Key == "" || len(e.Key) > maxKey || db.CleanText(e.Key) != e.Key {
		return fmt.Errorf("the key of an outbox entry is 1 to %d bytes of UTF-8, not %q", maxKey, e.Key[:min(len(e.Key), maxKey)])
	}
	if e.Fee < 0 {
		return fmt.Errorf("%w: its fee is negative", ErrRaw)
	}
	msg, err := decode(e.Raw)
	if err != nil {
		return err
	}
	if err := fence(tx, e.Epoch); err != nil {
		return err
	}
	switch stored, err := load(tx, "key", e.Key); {
	case err == nil && bytes.Equal(stored.Raw, e.Raw):
		return nil
	case err == nil:
		return fmt.Errorf("%w: %s", ErrDuplicateKey, e.Key)
	case !errors.Is(err, ErrUnknownKey):
		return err
	}
	inputs := outpointsOf(msg)
	if e.ReplacesKey != "" {
		if err := replace(tx, e.ReplacesKey, inputs); err != nil {
			return err
		}
	}
	if err := inputsFree(tx, inputs, e.ReplacesKey); err != nil {
		return err
	}
	return insert(tx, e, msg.TxHash(), inputs)
}

// fence refuses an epoch below the highest that has stored something.
func fence(tx *gorm.DB, epoch int64) error {
	var highest int64
	if err := tx.Raw("SELECT coalesce(max(epoch), 0) FROM outbox").Scan(&highest).Error; err != nil {
		return fmt.Errorf("reading the epoch of the outbox: %w", err)
	}
	if epoch < highest {
		return fmt.Errorf("%w: epoch %d after %d", db.ErrFenced, epoch, highest)
	}
	return nil
}

// replace marks the entry key as replaced, if it may be.
func replace(tx *gorm.DB, key string, inputs []wire.OutPoint) error {
	old, err := Get(tx, key)
	if err != nil {
		return err
	}
	has := make(map[wire.OutPoint]bool, len(inputs))
	for _, in := range inputs {
		has[in] = true
	}
	for _, in := range old.Inputs {
		if !has[in] {
			return fmt.Errorf("%w: %s is left out", ErrNotReplacement, in)
		}
	}
	return move(tx, key, Replaced, nil, Stored, Broadcast)
}

// inputsFree checks that no live entry outside of the line of replaces spends
// one of the inputs.
func inputsFree(tx *gorm.DB, inputs []wire.OutPoint, replaces string) error {
	spenders, err := spendersOf(tx, inputs)
	if err != nil {
		return err
	}
	line := map[string]bool{}
	for key := replaces; key != ""; {
		line[key] = true
		r, err := load(tx, "key", key)
		if err != nil {
			return err
		}
		key = r.replaces()
	}
	for _, r := range spenders {
		if !line[r.Key] && r.State != Abandoned {
			return fmt.Errorf("%w: %s", ErrInputTaken, r.Key)
		}
	}
	return nil
}

func insert(tx *gorm.DB, e Entry, txid chainhash.Hash, inputs []wire.OutPoint) error {
	r := entryRecord{
		Key: e.Key, Txid: txid[:], Raw: e.Raw, FeeSat: int64(e.Fee), Epoch: e.Epoch,
		State: Stored, CreatedAt: e.CreatedAt.Unix(),
	}
	if e.ReplacesKey != "" {
		r.Replaces = &e.ReplacesKey
	}
	made := tx.Clauses(clause.OnConflict{DoNothing: true}).Omit("ID").Create(&r)
	if made.Error != nil {
		return fmt.Errorf("storing %s: %w", e.Key, made.Error)
	}
	if made.RowsAffected != 1 {
		return fmt.Errorf("%w: %s is stored under another key", ErrDuplicateKey, txid)
	}
	rows := make([]inputRecord, len(inputs))
	for i, in := range inputs {
		rows[i] = inputRecord{Outpoint: db.OutpointKey(in.Hash, in.Index), OutboxKey: e.Key}
	}
	if err := tx.CreateInBatches(rows, 1000).Error; err != nil {
		return fmt.Errorf("storing the inputs of %s: %w", e.Key, err)
	}
	return nil
}

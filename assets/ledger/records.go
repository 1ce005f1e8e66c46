package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

type stateRecord struct {
	ID      int32 `gorm:"primaryKey;autoIncrement:false"`
	Base    int32
	Height  int32
	Hash    []byte
	Changes int64
	ToldTx  int64
}

func (stateRecord) TableName() string { return "asset_ledger" }

type txRecord struct {
	Number      int64 `gorm:"primaryKey;autoIncrement:false"`
	Txid        []byte
	Height      int32
	Place       int32
	MadeAt      int64
	Raw         []byte
	FirstScript []byte
	Inferred    bool
}

func (txRecord) TableName() string { return "asset_txs" }

type coloringRecord struct {
	Tx       int64           `gorm:"primaryKey;autoIncrement:false"`
	Protocol assets.Protocol `gorm:"primaryKey;autoIncrement:false"`
	Coloring []byte          `gorm:"column:colouring"`
}

func (coloringRecord) TableName() string { return "asset_colourings" }

type assetRecord struct {
	Number    int64 `gorm:"primaryKey;autoIncrement:false"`
	Protocol  assets.Protocol
	Raw       []byte
	FirstTx   int64
	LastTx    int64
	Issued    []byte
	Destroyed []byte
	Holders   int64
	Transfers int64
}

func (assetRecord) TableName() string { return "asset_ids" }

type totalsRecord struct {
	Asset     int64 `gorm:"primaryKey;autoIncrement:false"`
	Height    int32 `gorm:"primaryKey;autoIncrement:false"`
	Issued    []byte
	Destroyed []byte
	Holders   int64
	Transfers int64
}

func (totalsRecord) TableName() string { return "asset_totals" }

type metadataRecord struct {
	Asset    int64 `gorm:"primaryKey;autoIncrement:false"`
	Tx       int64 `gorm:"primaryKey;autoIncrement:false"`
	Metadata []byte
}

func (metadataRecord) TableName() string { return "asset_metadata" }

type scriptRecord struct {
	Number  int64 `gorm:"primaryKey;autoIncrement:false"`
	Hash    []byte
	Script  []byte
	FirstTx int64
}

func (scriptRecord) TableName() string { return "asset_scripts" }

type coinRecord struct {
	Tx          int64           `gorm:"primaryKey;autoIncrement:false"`
	Output      int64           `gorm:"primaryKey;autoIncrement:false"`
	Protocol    assets.Protocol `gorm:"primaryKey;autoIncrement:false"`
	Place       int             `gorm:"primaryKey;autoIncrement:false"`
	Asset       int64
	Units       int64
	Script      int64
	ValueSat    int64
	Tag         int64
	Height      int32
	SpentTx     *int64
	SpentInput  *int64
	SpentHeight *int32
}

func (coinRecord) TableName() string { return "asset_coins" }

type holderRecord struct {
	Asset  int64 `gorm:"primaryKey;autoIncrement:false"`
	Script int64 `gorm:"primaryKey;autoIncrement:false"`
	Units  []byte
	Coins  int64
}

func (holderRecord) TableName() string { return "asset_holders" }

type moveRecord struct {
	Asset     int64 `gorm:"primaryKey;autoIncrement:false"`
	Tx        int64 `gorm:"primaryKey;autoIncrement:false"`
	Issued    []byte
	Moved     []byte
	Destroyed []byte
}

func (moveRecord) TableName() string { return "asset_moves" }

type historyRecord struct {
	Script   int64 `gorm:"primaryKey;autoIncrement:false"`
	Tx       int64 `gorm:"primaryKey;autoIncrement:false"`
	Asset    int64 `gorm:"primaryKey;autoIncrement:false"`
	Received []byte
	Sent     []byte
}

func (historyRecord) TableName() string { return "asset_history" }

type hashRecord struct {
	Protocol  assets.Protocol `gorm:"primaryKey;autoIncrement:false"`
	Height    int32           `gorm:"primaryKey;autoIncrement:false"`
	BlockHash []byte
	Hash      []byte
}

func (hashRecord) TableName() string { return "asset_hashes" }

// lookup is how many keys one query asks for, and batch how many rows one
// statement stores: the driver of SQLite takes a time that grows with the square
// of a statement's parameters. most is how long a list is that has no pages.
const (
	lookup = 400
	batch  = 40
	most   = 1000
)

// inParts calls fn with at most lookup keys at a time.
func inParts[K any](keys []K, fn func(part []K) error) error {
	for len(keys) > 0 {
		n := min(lookup, len(keys))
		if err := fn(keys[:n]); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// readState is how far the ledger has come; nil before its first block.
func readState(tx *gorm.DB) (*stateRecord, error) {
	var r stateRecord
	err := tx.Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how far the ledger is: %w", db.Classify(err))
	}
	return &r, nil
}

func (r *stateRecord) ref() chain.BlockRef {
	return chain.BlockRef{Height: r.Height, Hash: chainhash.Hash(r.Hash)}
}

// id is the asset's name. Errors: db.ErrCorrupt.
func readID(p assets.Protocol, raw []byte) (assets.ID, error) {
	id, err := assets.NewID(p, raw)
	if err != nil {
		return assets.ID{}, fmt.Errorf("%w: an asset: %w", db.ErrCorrupt, err)
	}
	return id, nil
}

func encodeTx(tx *wire.MsgTx) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, tx.SerializeSize()))
	if err := tx.Serialize(b); err != nil {
		return nil, fmt.Errorf("write transaction %s: %w", tx.TxHash(), err)
	}
	return b.Bytes(), nil
}

func decodeTx(raw []byte) (*wire.MsgTx, error) {
	var tx wire.MsgTx
	if err := tx.Deserialize(bytes.NewReader(raw)); err != nil {
		return nil, fmt.Errorf("%w: a transaction: %w", db.ErrCorrupt, err)
	}
	return &tx, nil
}

func seconds(at int64) time.Time { return time.Unix(at, 0).UTC() }

package anchor

import (
	"fmt"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"gorm.io/gorm"
)

type anchorRecord struct {
	ID          int64
	FirstSeq    int64
	LastSeq     int64
	Digests     int64
	Root        []byte
	Tops        []byte
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	ConfirmedBy *int64
}

func (anchorRecord) TableName() string { return "anchors" }

func (r anchorRecord) root() (root [32]byte) {
	copy(root[:], r.Root)
	return root
}

type attemptRecord struct {
	AnchorID  int64
	Number    int64
	OutboxKey string
	Txid      []byte
	RateKw    int64
	MadeAt    int32
	Height    *int32
	BlockHash []byte
	BlockTime *int64
	Path      []byte
}

func (attemptRecord) TableName() string { return "anchor_attempts" }

func (r attemptRecord) block() chain.BlockRef {
	if r.Height == nil {
		return chain.BlockRef{}
	}
	return chain.BlockRef{Height: *r.Height, Hash: hashOf(r.BlockHash)}
}

func hashOf(raw []byte) (hash chainhash.Hash) {
	copy(hash[:], raw)
	return hash
}

type upstreamRecord struct {
	AnchorID  int64
	URL       string `gorm:"column:url"`
	Stamp     []byte
	Complete  bool
	UpdatedAt int64 `gorm:"autoUpdateTime:false"`
}

func (upstreamRecord) TableName() string { return "upstream_stamps" }

type stateRecord struct {
	ID      int64
	Version int64
	Paused  string
}

func (stateRecord) TableName() string { return "notary_state" }

// attempt is a transaction of an anchor with its entry in the outbox.
type attempt struct {
	attemptRecord
	entry outbox.Entry
}

// attemptsOf lists the transactions of an anchor, oldest first.
func attemptsOf(tx *gorm.DB, anchorID int64) ([]attempt, error) {
	var rows []attemptRecord
	if err := tx.Where("anchor_id = ?", anchorID).Order("number").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read attempts of anchor %d: %w", anchorID, db.Classify(err))
	}
	attempts := make([]attempt, len(rows))
	for i, row := range rows {
		entry, err := outbox.Get(tx, row.OutboxKey)
		if err != nil {
			return nil, fmt.Errorf("read attempt %d of anchor %d: %w", row.Number, anchorID, err)
		}
		attempts[i] = attempt{attemptRecord: row, entry: entry}
	}
	return attempts, nil
}

// current is the attempt that stands for the anchor: the one in a block, else
// the newest that may still get there, else nil.
func current(attempts []attempt, confirmedBy *int64) *attempt {
	var newest *attempt
	for i := range attempts {
		a := &attempts[i]
		if confirmedBy != nil && a.Number == *confirmedBy {
			return a
		}
		if a.entry.State == outbox.Stored || a.entry.State == outbox.Broadcast || a.entry.State == outbox.Confirmed {
			newest = a
		}
	}
	return newest
}

// unconfirmed lists the anchors that are in no block, oldest first; without
// their tops.
func unconfirmed(tx *gorm.DB) ([]anchorRecord, error) {
	var rows []anchorRecord
	if err := tx.Omit("tops").Where("confirmed_by IS NULL").Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read unconfirmed anchors: %w", db.Classify(err))
	}
	return rows, nil
}

// newest is the last anchor made, without its tops; the zero value when there
// is none.
func newest(tx *gorm.DB) (anchorRecord, error) {
	var rows []anchorRecord
	if err := tx.Omit("tops").Order("id DESC").Limit(1).Find(&rows).Error; err != nil {
		return anchorRecord{}, fmt.Errorf("read newest anchor: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return anchorRecord{}, nil
	}
	return rows[0], nil
}

// moved counts up the version that every process watches.
func moved(tx *gorm.DB) error {
	if err := tx.Exec("UPDATE notary_state SET version = version + 1 WHERE id = 1").Error; err != nil {
		return fmt.Errorf("count up the notary's version: %w", err)
	}
	return nil
}

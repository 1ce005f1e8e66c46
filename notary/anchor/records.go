package anchor

import (
	"fmt"

	"cairn/app/db"

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

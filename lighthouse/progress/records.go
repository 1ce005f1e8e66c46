package progress

import (
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/progress/tree"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

type leafRecord struct {
	Campaign []byte `gorm:"primaryKey"`
	Number   int    `gorm:"primaryKey;autoIncrement:false"`
	Pledge   []byte
	Outpoint []byte
	ValueSat int64
	Salt     []byte
}

func (leafRecord) TableName() string { return "progress_leaves" }

// leaf is a record as trees have it. Errors: db.ErrCorrupt.
func (r leafRecord) leaf() (tree.Leaf, error) {
	hash, index, ok := db.ParseOutpointKey(r.Outpoint)
	if !ok || len(r.Salt) != len(tree.Hash{}) {
		return tree.Leaf{}, fmt.Errorf("%w: leaf %d of campaign %x", db.ErrCorrupt, r.Number, r.Campaign)
	}
	return tree.Leaf{
		Campaign: lighthouse.ID(r.Campaign), Pledge: lighthouse.PledgeID(r.Pledge), Outpoint: wire.OutPoint{Hash: hash, Index: index},
		Value: btcutil.Amount(r.ValueSat), Salt: tree.Hash(r.Salt),
	}, nil
}

type headRecord struct {
	Campaign  []byte `gorm:"primaryKey"`
	Number    uint32 `gorm:"primaryKey;autoIncrement:false"`
	Digest    []byte
	Previous  []byte
	Size      uint32
	SumSat    int64
	Height    int32
	BlockHash []byte
	MadeAt    int64
	Root      []byte
	Members   []byte
	StampedAt *int64
}

func (headRecord) TableName() string { return "progress_heads" }

func recordOf(h tree.Head, members []byte) headRecord {
	digest := h.Digest()
	return headRecord{
		Campaign: append([]byte{}, h.Campaign[:]...), Number: h.Number, Digest: digest[:], Previous: append([]byte{}, h.Previous[:]...),
		Size: h.Size, SumSat: int64(h.Sum), Height: h.Block.Height, BlockHash: append([]byte{}, h.Block.Hash[:]...), MadeAt: h.At.Unix(),
		Root: append([]byte{}, h.Root[:]...), Members: members,
	}
}

// head is a record as it was notarised. Errors: db.ErrCorrupt.
func (r headRecord) head() (tree.Head, error) {
	h := tree.Head{
		Campaign: lighthouse.ID(r.Campaign), Number: r.Number, Previous: tree.Hash(r.Previous), Size: r.Size, Sum: btcutil.Amount(r.SumSat),
		Block: chain.BlockRef{Height: r.Height, Hash: [32]byte(r.BlockHash)}, At: time.Unix(r.MadeAt, 0).UTC(), Root: tree.Hash(r.Root),
	}
	if digest := h.Digest(); string(digest[:]) != string(r.Digest) {
		return h, fmt.Errorf("%w: head %d of campaign %s", db.ErrCorrupt, r.Number, h.Campaign)
	}
	return h, nil
}

// newest is the last head of a campaign; nil for none.
func newest(tx *gorm.DB, id lighthouse.ID) (*headRecord, error) {
	var r headRecord
	err := tx.Where("campaign = ?", id[:]).Order("number DESC").Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the last head of campaign %s: %w", id, db.Classify(err))
	}
	return &r, nil
}

// leaves are those of a campaign, by number.
func leaves(tx *gorm.DB, id lighthouse.ID) ([]leafRecord, error) {
	var rows []leafRecord
	if err := tx.Where("campaign = ?", id[:]).Order("number").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the leaves of campaign %s: %w", id, db.Classify(err))
	}
	for i, r := range rows {
		if r.Number != i {
			return nil, fmt.Errorf("%w: leaf %d of campaign %s is missing", db.ErrCorrupt, i, id)
		}
	}
	return rows, nil
}

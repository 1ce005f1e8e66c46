package tlog

import (
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/notary/calendar"
	"cairn/notary/tlog/format"

	"gorm.io/gorm"
)

type nodeRecord struct {
	Level int
	N     int64
	Hash  []byte
}

func (nodeRecord) TableName() string { return "log_nodes" }

type headRecord struct {
	ID       int64
	Size     int64
	Root     []byte
	Note     []byte
	SignedAt int64
}

func (headRecord) TableName() string { return "log_head" }

// Head is the newest checkpoint.
type Head struct {
	Size int64
	Root format.Hash
	// Note is the signed text; empty before the first.
	Note []byte
	// SignedAt is when it was signed, UTC, second precision.
	SignedAt time.Time
}

func readHead(tx *gorm.DB) (Head, error) {
	var row headRecord
	if err := tx.Where("id = 1").Take(&row).Error; err != nil {
		return Head{}, fmt.Errorf("read the log's head: %w", db.Classify(err))
	}
	h := Head{Size: row.Size, Note: row.Note, SignedAt: time.Unix(row.SignedAt, 0).UTC()}
	if copy(h.Root[:], row.Root) != len(h.Root) {
		return Head{}, fmt.Errorf("read the log's head: %w", ErrCorrupt)
	}
	return h, nil
}

// moveHead puts next in the place of last, and of nothing else: so of several
// processes that extend the same tree one succeeds. Error: errMoved.
func moveHead(tx *gorm.DB, last, next Head) error {
	moved := tx.Model(&headRecord{}).Where("id = 1 AND size = ? AND root = ?", last.Size, last.Root[:]).Updates(map[string]any{
		"size": next.Size, "root": next.Root[:], "note": next.Note, "signed_at": next.SignedAt.Unix(),
	})
	if moved.Error != nil {
		return fmt.Errorf("store the log's head: %w", moved.Error)
	}
	if moved.RowsAffected != 1 {
		return errMoved
	}
	return nil
}

func insertNodes(tx *gorm.DB, nodes []format.Node) error {
	rows := make([]nodeRecord, len(nodes))
	for i, n := range nodes {
		rows[i] = nodeRecord{Level: n.Level, N: n.N, Hash: n.Hash[:]}
	}
	if len(rows) == 0 {
		return nil
	}
	// Not "on conflict do nothing": a node that is there already belongs to
	// another tree, and nothing may be signed then.
	if err := tx.Create(&rows).Error; err != nil {
		return fmt.Errorf("store the log's nodes: %w", err)
	}
	return nil
}

// readNodes reads count hashes of a level from number first on.
func readNodes(tx *gorm.DB, level int, first int64, count int) ([]format.Hash, error) {
	var rows []nodeRecord
	err := tx.Where("level = ? AND n BETWEEN ? AND ?", level, first, first+int64(count)-1).Order("n").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the log's nodes: %w", db.Classify(err))
	}
	hashes := make([]format.Hash, len(rows))
	for i, row := range rows {
		if row.N != first+int64(i) || copy(hashes[i][:], row.Hash) != len(hashes[i]) {
			return nil, fmt.Errorf("node %d of level %d: %w", first+int64(i), level, ErrCorrupt)
		}
	}
	if len(hashes) != count {
		return nil, fmt.Errorf("node %d of level %d: %w", first+int64(len(hashes)), level, ErrCorrupt)
	}
	return hashes, nil
}

// readEntries reads up to count entries from index first on, without gaps.
func readEntries(tx *gorm.DB, first int64, count int) ([]format.Entry, error) {
	rows, err := calendar.Range(tx, first+1, first+int64(count), count)
	if err != nil {
		return nil, err
	}
	entries := make([]format.Entry, len(rows))
	for i, row := range rows {
		if row.Seq != first+1+int64(i) {
			return nil, fmt.Errorf("the journal lacks commitment %d: %w", first+1+int64(i), ErrCorrupt)
		}
		entries[i] = row.Commitment.Bytes()
	}
	return entries, nil
}

// readLeaves reads the leaf hashes of count entries from index first on.
func readLeaves(tx *gorm.DB, first int64, count int) ([]format.Hash, error) {
	entries, err := readEntries(tx, first, count)
	if err != nil {
		return nil, err
	}
	if len(entries) != count {
		return nil, fmt.Errorf("the journal lacks commitment %d: %w", first+1+int64(len(entries)), ErrCorrupt)
	}
	leaves := make([]format.Hash, count)
	for i := range entries {
		leaves[i] = entries[i].LeafHash()
	}
	return leaves, nil
}

// readTree is the right edge of the stored tree, as the head says it is.
// Errors: ErrCorrupt when it is not.
func readTree(tx *gorm.DB, head Head) (*format.Tree, error) {
	var edge [][]format.Hash
	for level := 0; format.CountAt(level, head.Size) > 0; level++ {
		have := format.CountAt(level, head.Size)
		first, count := have/format.Width*format.Width, int(have%format.Width)
		hashes, err := readHashes(tx, level, first, count)
		if err != nil {
			return nil, err
		}
		edge = append(edge, hashes)
	}
	tree, err := format.ResumeTree(head.Size, edge)
	if err != nil {
		return nil, err
	}
	if tree.Root() != head.Root {
		return nil, ErrCorrupt
	}
	return tree, nil
}

// readHashes reads hashes of any level.
func readHashes(tx *gorm.DB, level int, first int64, count int) ([]format.Hash, error) {
	if count == 0 {
		return nil, nil
	}
	if level == 0 {
		return readLeaves(tx, first, count)
	}
	return readNodes(tx, level, first, count)
}

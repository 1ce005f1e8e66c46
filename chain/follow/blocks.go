package follow

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cairn/app/db"
	"cairn/chain"
)

type blockRecord struct {
	Height int32 `gorm:"primaryKey;autoIncrement:false"`
	Hash   []byte
	Prev   []byte
	Header []byte
}

func (blockRecord) TableName() string { return "blocks" }

type bodyRecord struct {
	Height int32 `gorm:"primaryKey;autoIncrement:false"`
	Hash   []byte
	Raw    []byte
}

func (bodyRecord) TableName() string { return "block_bodies" }

type cursorRecord struct {
	ID     int32 `gorm:"primaryKey;autoIncrement:false"`
	Height int32
	Hash   []byte
	Base   int32
}

func (cursorRecord) TableName() string { return "follow_cursor" }

// cursor is how far the database has followed. Blocks up to base were there
// before following began: their headers may be stored, no projection has seen
// them.
type cursor struct {
	chain.BlockRef
	base int32
}

// errMoved: the cursor is not where it was thought to be.
var errMoved = errors.New("another process moved the cursor")

// cursor reads the cursor, or makes it when the database has followed nothing
// yet, and publishes it.
func (f *Follower) cursor(ctx context.Context) (cursor, error) {
	cur, err := readCursor(f.db.Read(ctx))
	if errors.Is(err, chain.ErrNoBlock) {
		cur, err = f.begin(ctx)
	}
	if err != nil {
		return cursor{}, err
	}
	f.publish(cur.BlockRef)
	return cur, nil
}

// Cursor is the last block the database has taken in, for readers in other
// processes than the follower's. Errors: chain.ErrNoBlock before the first.
func Cursor(tx *gorm.DB) (chain.BlockRef, error) {
	cur, err := readCursor(tx)
	return cur.BlockRef, err
}

func readCursor(tx *gorm.DB) (cursor, error) {
	var r cursorRecord
	err := tx.Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return cursor{}, fmt.Errorf("nothing has been followed yet: %w", chain.ErrNoBlock)
	}
	if err != nil {
		return cursor{}, fmt.Errorf("reading the cursor: %w", db.Classify(err))
	}
	return cursor{BlockRef: chain.BlockRef{Height: r.Height, Hash: chainhash.Hash(r.Hash)}, base: r.Base}, nil
}

// begin places the cursor below the first block to follow, and stores the
// headers below it as far down as a reorg may reach.
func (f *Follower) begin(ctx context.Context) (cursor, error) {
	tip, err := f.src.Tip(ctx)
	if err != nil {
		return cursor{}, fmt.Errorf("%w: asking for its tip: %w", ErrSource, err)
	}
	height := f.cfg.StartHeight - 1
	if f.cfg.StartHeight < 0 {
		height = tip.Height
	}
	if height > tip.Height {
		return cursor{}, fmt.Errorf("%w: it has not reached height %d, where following is to begin", ErrSource, height)
	}
	headers, err := f.headersBelow(ctx, height)
	if err != nil {
		return cursor{}, err
	}
	first := cursor{BlockRef: chain.BlockRef{Height: height, Hash: belowGenesis}, base: height}
	if len(headers) > 0 {
		first.Hash = chainhash.Hash(headers[0].Hash)
	}
	return f.transact(ctx, func(tx *gorm.DB) (cursor, error) {
		row := cursorRecord{ID: 1, Height: first.Height, Hash: first.Hash[:], Base: first.base}
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if made.Error != nil {
			return cursor{}, fmt.Errorf("placing the cursor: %w", made.Error)
		}
		if made.RowsAffected == 0 {
			return readCursor(tx) // another process was faster
		}
		if len(headers) == 0 {
			return first, nil
		}
		if err := tx.CreateInBatches(headers, 100).Error; err != nil {
			return cursor{}, fmt.Errorf("storing the first headers: %w", err)
		}
		return first, nil
	})
}

// headersBelow fetches the header at a height and those under it, newest
// first, by walking from each to its parent so that they are of one chain.
func (f *Follower) headersBelow(ctx context.Context, height int32) ([]blockRecord, error) {
	if height < 0 {
		return nil, nil
	}
	hash, err := f.src.HashAt(ctx, height)
	if err != nil {
		return nil, fmt.Errorf("%w: hash at height %d: %w", ErrSource, height, err)
	}
	var rows []blockRecord
	for h := height; h >= 0 && h >= height-f.cfg.MaxReorg; h-- {
		header, err := f.src.Header(ctx, hash)
		if err != nil {
			return nil, fmt.Errorf("%w: header %s: %w", ErrSource, hash, err)
		}
		row, err := recordOf(chain.BlockRef{Height: h, Hash: hash}, header)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
		hash = header.PrevBlock
	}
	return rows, nil
}

func recordOf(ref chain.BlockRef, header *wire.BlockHeader) (blockRecord, error) {
	var raw bytes.Buffer
	if err := header.Serialize(&raw); err != nil {
		return blockRecord{}, fmt.Errorf("writing header %s: %w", ref, err)
	}
	if got := header.BlockHash(); got != ref.Hash {
		return blockRecord{}, fmt.Errorf("%w: asked for header %s, got %s", ErrSource, ref.Hash, got)
	}
	return blockRecord{Height: ref.Height, Hash: bytes.Clone(ref.Hash[:]), Prev: bytes.Clone(header.PrevBlock[:]), Header: raw.Bytes()}, nil
}

// moveCursor moves the cursor from where it must be. Of two processes that
// take in the same block one gets errMoved here.
func moveCursor(tx *gorm.DB, from, to cursor) error {
	res := tx.Model(&cursorRecord{}).Where("id = 1 AND height = ? AND hash = ?", from.Height, from.Hash[:]).
		Updates(map[string]any{"height": to.Height, "hash": to.Hash[:], "base": to.base})
	if res.Error != nil {
		return fmt.Errorf("moving the cursor: %w", res.Error)
	}
	if res.RowsAffected != 1 {
		return errMoved
	}
	return nil
}

// storeBlock keeps a block's header for good and its body for as long as it
// may have to be undone.
func storeBlock(tx *gorm.DB, b *chain.Block, maxReorg int32) error {
	row, err := recordOf(b.BlockRef, &b.Msg.Header)
	if err != nil {
		return err
	}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("storing header %s: %w", b.BlockRef, err)
	}
	raw := bytes.NewBuffer(make([]byte, 0, b.Msg.SerializeSize()))
	if err := b.Msg.Serialize(raw); err != nil {
		return fmt.Errorf("writing block %s: %w", b.BlockRef, err)
	}
	if err := tx.Create(&bodyRecord{Height: b.Height, Hash: row.Hash, Raw: raw.Bytes()}).Error; err != nil {
		return fmt.Errorf("storing block %s: %w", b.BlockRef, err)
	}
	if err := tx.Where("height <= ?", b.Height-maxReorg).Delete(&bodyRecord{}).Error; err != nil {
		return fmt.Errorf("pruning blocks below %s: %w", b.BlockRef, err)
	}
	return nil
}

func dropBlock(tx *gorm.DB, height int32) error {
	if err := tx.Where("height = ?", height).Delete(&blockRecord{}).Error; err != nil {
		return fmt.Errorf("dropping header %d: %w", height, err)
	}
	if err := tx.Where("height = ?", height).Delete(&bodyRecord{}).Error; err != nil {
		return fmt.Errorf("dropping block %d: %w", height, err)
	}
	return nil
}

// storedBlock is a block that was taken in, whole: our own copy, which is
// there for the last MaxReorg blocks whatever became of the source, and for
// older ones (when one reorg follows another) the source's.
func (f *Follower) storedBlock(ctx context.Context, ref chain.BlockRef) (*wire.MsgBlock, error) {
	var r bodyRecord
	err := f.db.Read(ctx).Where("height = ? AND hash = ?", ref.Height, ref.Hash[:]).Take(&r).Error
	switch {
	case err == nil:
		var msg wire.MsgBlock
		if err := msg.Deserialize(bytes.NewReader(r.Raw)); err != nil {
			return nil, fmt.Errorf("%w: the copy of block %s: %w", db.ErrCorrupt, ref, err)
		}
		return &msg, nil
	case !errors.Is(err, gorm.ErrRecordNotFound):
		return nil, fmt.Errorf("reading the copy of block %s: %w", ref, db.Classify(err))
	}
	msg, err := f.src.Block(ctx, ref.Hash)
	if err != nil {
		return nil, fmt.Errorf("%w: stale block %s: %w", ErrSource, ref, err)
	}
	if got := msg.BlockHash(); got != ref.Hash {
		return nil, fmt.Errorf("%w: asked for block %s, got %s", ErrSource, ref.Hash, got)
	}
	return msg, nil
}

// storedHash is the hash of the followed chain at a height. Height -1 is the
// empty chain below genesis.
func storedHash(tx *gorm.DB, height int32) (chainhash.Hash, error) {
	if height == -1 {
		return belowGenesis, nil
	}
	r, err := loadBlock(tx, height)
	if err != nil {
		return chainhash.Hash{}, err
	}
	return chainhash.Hash(r.Hash), nil
}

func storedHeader(tx *gorm.DB, height int32) (*wire.BlockHeader, error) {
	r, err := loadBlock(tx, height)
	if err != nil {
		return nil, err
	}
	var header wire.BlockHeader
	if err := header.Deserialize(bytes.NewReader(r.Header)); err != nil {
		return nil, fmt.Errorf("%w: header %d: %w", db.ErrCorrupt, height, err)
	}
	return &header, nil
}

func loadBlock(tx *gorm.DB, height int32) (blockRecord, error) {
	var r blockRecord
	err := tx.Where("height = ?", height).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, fmt.Errorf("height %d: %w", height, chain.ErrNoBlock)
	}
	if err != nil {
		return r, fmt.Errorf("reading header %d: %w", height, db.Classify(err))
	}
	return r, nil
}

package calendar

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/notary"
	"cairn/notary/merkle"
)

// tileBits is how much of a tile's key is its number in the batch.
const tileBits = 8

func tileKey(batch int64, tile int) int64 { return batch<<tileBits | int64(tile) }

// batchStatements are those of batches and of the index.
type batchStatements struct {
	insertBatch  *sql.Stmt
	insertRun    *sql.Stmt
	tiles        inserts
	buckets      inserts
	search       *sql.Stmt
	batchOfPlace *sql.Stmt
	batchByName  *sql.Stmt
	tilesOf      *sql.Stmt
}

func (s *batchStatements) prepare(writer, reader func(query string) *sql.Stmt) {
	s.insertBatch = writer(`INSERT INTO batches (id, name, seq, digests, secret, tops, way) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (name) DO NOTHING`)
	s.insertRun = writer(`INSERT INTO index_runs (id, entries, shift, state) VALUES (?, ?, ?, ?)`)
	s.tiles = prepareInserts(writer, `INSERT INTO batch_tiles ("key", digests) VALUES `, 2, "", 8, 1)
	s.buckets = prepareInserts(writer, `INSERT INTO index_buckets ("key", entries) VALUES `, 2, "", 64, 8, 1)
	// The runs come first: there are few, and each leads to one row.
	s.search = reader(`SELECT b.entries FROM index_runs r CROSS JOIN index_buckets b
		WHERE r.state = 1 AND b."key" = (r.id << 24) + (CAST(? AS BIGINT) >> r.shift)`)
	s.batchOfPlace = reader(`SELECT b.seq, b.secret, b.tops, b.way, t.digests, c.time, c.tip, c.mac
		FROM batches b CROSS JOIN batch_tiles t CROSS JOIN commitments c
		WHERE b.id = ? AND t."key" = ? AND c.seq = b.seq`)
	s.batchByName = reader(`SELECT b.id, b.digests, b.seq, b.secret, b.tops, b.way, c.time, c.tip, c.mac
		FROM batches b CROSS JOIN commitments c WHERE b.name = ? AND c.seq = b.seq`)
	s.tilesOf = reader(`SELECT "key", digests FROM batch_tiles WHERE "key" BETWEEN ? AND ? ORDER BY "key"`)
}

// writeBatches stores the batches of a group, numbered after firstBatch, and
// their run of the index. One whose name is taken is not stored, and knows.
func (j *Journal) writeBatches(ctx context.Context, tx *sql.Tx, seq, firstBatch, run int64, entries []*entry) error {
	stored := make(map[int64]*batch)
	var digests int64
	for _, e := range entries {
		if e.batch == nil {
			continue
		}
		id := firstBatch + int64(len(stored))
		known, err := j.writeBatch(ctx, tx, id, seq, e)
		if err != nil {
			return err
		}
		if e.batch.known = known; known {
			continue
		}
		stored[id] = e.batch
		digests += int64(len(e.batch.digests))
	}
	if digests == 0 {
		return nil
	}
	shift := shiftFor(digests)
	gathered := newBuckets(shift, 0, 1<<(markBits-shift))
	var room [entrySize]byte
	for id, b := range stored {
		for i, m := range b.marks {
			gathered.add(appendEntry(room[:0], m, place{batch: id, position: i}))
		}
	}
	if _, err := tx.StmtContext(ctx, j.insertRun).ExecContext(ctx, run, digests, shift, runLive); err != nil {
		return fmt.Errorf("insert run %d of the index: %w", run, err)
	}
	if err := j.buckets.exec(ctx, tx, gathered.all(run)); err != nil {
		return fmt.Errorf("insert run %d of the index: %w", run, err)
	}
	return nil
}

func (j *Journal) writeBatch(ctx context.Context, tx *sql.Tx, id, seq int64, e *entry) (known bool, err error) {
	b := e.batch
	result, err := tx.StmtContext(ctx, j.insertBatch).ExecContext(ctx,
		id, b.name[:], seq, len(b.digests), b.secret[:], merkle.MarshalTops(b.tops), e.appendWay(nil))
	if err != nil {
		return false, fmt.Errorf("insert batch %d: %w", id, err)
	}
	if rows, err := result.RowsAffected(); err != nil || rows == 0 {
		return true, err
	}
	args := make([]any, 0, 2*b.tops.Len())
	for i := range b.tops.Len() {
		tile := b.tile(i)
		raw := make([]byte, 0, len(tile)*sha256.Size)
		for k := range tile {
			raw = append(raw, tile[k][:]...)
		}
		args = append(args, tileKey(id, i), raw)
	}
	if err := j.tiles.exec(ctx, tx, args); err != nil {
		return false, fmt.Errorf("insert digests of batch %d: %w", id, err)
	}
	return false, nil
}

// searchBatches finds the first batch that has a digest. Error:
// notary.ErrUnknownDigest.
func (j *Journal) searchBatches(ctx context.Context, digest notary.Digest) (notary.Receipt, error) {
	m := j.key.mark(&digest)
	places, err := j.places(ctx, m)
	if err != nil {
		return notary.Receipt{}, fmt.Errorf("search the index: %w", db.Classify(err))
	}
	var first notary.Receipt
	for _, p := range places {
		receipt, err := j.receiptAt(ctx, digest, p)
		if errors.Is(err, notary.ErrUnknownDigest) {
			continue // another digest with the same mark
		}
		if err != nil {
			return notary.Receipt{}, err
		}
		if first.Seq == 0 || receipt.Seq < first.Seq {
			first = receipt
		}
	}
	if first.Seq == 0 {
		return notary.Receipt{}, notary.ErrUnknownDigest
	}
	return first, nil
}

func (j *Journal) places(ctx context.Context, m mark) ([]place, error) {
	rows, err := j.search.QueryContext(ctx, int64(m))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var places []place
	var entries sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&entries); err != nil {
			return nil, err
		}
		places = placesOf(places, entries, m)
	}
	return places, rows.Err()
}

// receiptAt reads the digest at a place. Error: notary.ErrUnknownDigest when
// another one is there.
func (j *Journal) receiptAt(ctx context.Context, digest notary.Digest, p place) (notary.Receipt, error) {
	tile, at := p.position/merkle.TileLeaves, p.position%merkle.TileLeaves
	var s storedBatch
	var raw []byte
	err := j.batchOfPlace.QueryRowContext(ctx, p.batch, tileKey(p.batch, tile)).
		Scan(&s.seq, &s.secret, &s.tops, &s.way, &raw, &s.unix, &s.tip, &s.mac)
	if err != nil {
		return notary.Receipt{}, fmt.Errorf("read batch %d: %w", p.batch, db.Classify(err))
	}
	digests := digestsOf(raw)
	if at >= len(digests) || digests[at] != digest {
		return notary.Receipt{}, notary.ErrUnknownDigest
	}
	paths, err := newBatchPaths(s.secret, s.tops, s.way)
	if err != nil {
		return notary.Receipt{}, err
	}
	return s.receipt(paths.open(tile, digests).appendPath(nil, at)), nil
}

// storedBatch is a row of batches with its commitment.
type storedBatch struct {
	id, digests, seq  int64
	secret, tops, way []byte
	unix              int64
	tip, mac          []byte
}

func (s *storedBatch) commitment() Commitment { return commitmentOf(s.unix, s.tip, s.mac) }

func (s *storedBatch) receipt(path []byte) notary.Receipt {
	commitment := s.commitment().Bytes()
	return notary.Receipt{Seq: s.seq, StoredAt: time.Unix(s.unix, 0).UTC(), Commitment: commitment[:], Path: path}
}

func digestsOf(raw []byte) []notary.Digest {
	digests := make([]notary.Digest, len(raw)/sha256.Size)
	for i := range digests {
		copy(digests[i][:], raw[i*sha256.Size:])
	}
	return digests
}

func (j *Journal) batchNamed(ctx context.Context, name notary.BatchID) (s storedBatch, err error) {
	err = j.batchByName.QueryRowContext(ctx, name[:]).
		Scan(&s.id, &s.digests, &s.seq, &s.secret, &s.tops, &s.way, &s.unix, &s.tip, &s.mac)
	if errors.Is(err, sql.ErrNoRows) {
		return s, notary.ErrUnknownBatch
	}
	if err != nil {
		return s, fmt.Errorf("find batch: %w", db.Classify(err))
	}
	return s, nil
}

// Batch finds what KeepMany stored. Error: notary.ErrUnknownBatch.
func (j *Journal) Batch(ctx context.Context, name notary.BatchID) (notary.Batch, error) {
	s, err := j.batchNamed(ctx, name)
	if err != nil {
		return notary.Batch{}, err
	}
	return batchOf(name, s.seq, int(s.digests), s.commitment()), nil
}

func batchOf(name notary.BatchID, seq int64, digests int, c Commitment) notary.Batch {
	raw := c.Bytes()
	return notary.Batch{ID: name, Seq: seq, Digests: digests, StoredAt: time.Unix(int64(c.Time), 0).UTC(), Commitment: raw[:]}
}

// BatchReceipts lists digests of a batch; see Calendar.BatchReceipts.
func (j *Journal) BatchReceipts(ctx context.Context, name notary.BatchID, from, limit int) ([]notary.DigestReceipt, error) {
	s, err := j.batchNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	end := min(from+limit, int(s.digests))
	if from < 0 || limit <= 0 || from >= end {
		return nil, nil
	}
	paths, err := newBatchPaths(s.secret, s.tops, s.way)
	if err != nil {
		return nil, err
	}
	first, last := from/merkle.TileLeaves, (end-1)/merkle.TileLeaves
	rows, err := j.tilesOf.QueryContext(ctx, tileKey(s.id, first), tileKey(s.id, last))
	if err != nil {
		return nil, fmt.Errorf("read batch: %w", db.Classify(err))
	}
	defer rows.Close()
	list := make([]notary.DigestReceipt, 0, end-from)
	for rows.Next() {
		var key int64
		var raw []byte
		if err := rows.Scan(&key, &raw); err != nil {
			return nil, fmt.Errorf("read batch: %w", db.Classify(err))
		}
		tile := paths.open(int(key-tileKey(s.id, 0)), digestsOf(raw))
		for k, digest := range tile.digests {
			if at := tile.tile*merkle.TileLeaves + k; at >= from && at < end {
				list = append(list, notary.DigestReceipt{Digest: digest, Receipt: s.receipt(tile.appendPath(nil, k))})
			}
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read batch: %w", db.Classify(err))
	}
	return list, nil
}

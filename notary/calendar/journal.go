package calendar

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cairn/app/db"
	"cairn/notary"

	"gorm.io/gorm"
)

// Journal is the durable list of commitments, numbered 1, 2, 3, … in the order
// of their commit, without gaps, also with several processes on one database:
// the number comes from a one-row table that stays locked until the commit.
//
// Its times never go back from one number to the next, whatever the clocks of
// those processes do.
//
// Appending and finding are the hot paths and use prepared statements.
type Journal struct {
	batchStatements
	pool    *sql.DB // the writers
	level   sql.IsolationLevel
	key     indexKey
	next    *sql.Stmt
	insert  *sql.Stmt
	proofs  inserts
	find    *sql.Stmt
	receipt *sql.Stmt
	tidying tidyStatements
	closers []*sql.Stmt
	numbers recent[Commitment, int64]
	first   recent[notary.Digest, notary.Receipt]
}

// OpenJournal prepares the journal of a migrated database. Close it before the
// database.
func OpenJournal(ctx context.Context, d *db.DB) (*Journal, error) {
	readers, err := d.Read(ctx).DB()
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &Journal{pool: d.Writer()}
	j.numbers.limit, j.first.limit = recentNumbers, recentReceipts
	if d.Dialect() == db.Postgres {
		j.level = sql.LevelReadCommitted
	}
	if err := readers.QueryRowContext(ctx, `SELECT index_key FROM calendar_head WHERE id = 1`).Scan((*keyColumn)(&j.key)); err != nil {
		return nil, fmt.Errorf("open journal: %w", db.Classify(err))
	}
	var errs []error
	prepare := func(pool *sql.DB) func(query string) *sql.Stmt {
		return func(query string) *sql.Stmt {
			stmt, err := pool.PrepareContext(ctx, placeholders(d.Dialect(), query))
			if err != nil {
				errs = append(errs, err)
				return nil
			}
			j.closers = append(j.closers, stmt)
			return stmt
		}
	}
	writer, reader := prepare(j.pool), prepare(readers)
	j.next = writer(`UPDATE calendar_head SET seq = seq + 1, digests = digests + ?, batches = batches + ?, runs = runs + ?,
		time = CASE WHEN time > ? THEN time ELSE ? END WHERE id = 1 RETURNING seq, batches, runs, time`)
	j.insert = writer(`INSERT INTO commitments (seq, time, tip, mac, digests) VALUES (?, ?, ?, ?, ?)`)
	j.proofs = prepareInserts(writer, `INSERT INTO proofs (digest, seq, path) VALUES `, 3, ` ON CONFLICT (digest) DO NOTHING`, 64, 8, 1)
	j.find = reader(`SELECT seq, mac FROM commitments WHERE time = ? AND tip = ?`)
	j.receipt = reader(`SELECT c.seq, c.time, c.tip, c.mac, p.path FROM proofs p
		JOIN commitments c ON c.seq = p.seq WHERE p.digest = ?`)
	j.batchStatements.prepare(writer, reader)
	j.tidying.prepare(writer, reader)
	if len(errs) > 0 {
		j.Close()
		return nil, fmt.Errorf("open journal: %w", db.Classify(errors.Join(errs...)))
	}
	return j, nil
}

// placeholders writes ? as $1, $2, … where the dialect wants that.
func placeholders(dialect db.Dialect, query string) string {
	if dialect != db.Postgres {
		return query
	}
	var b strings.Builder
	for i, part := range strings.Split(query, "?") {
		if i > 0 {
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String()
}

// indexKey is the secret of the index.
func (j *Journal) indexKey() indexKey { return j.key }

// keyColumn reads an index key.
type keyColumn indexKey

// Scan implements sql.Scanner.
func (k *keyColumn) Scan(value any) error {
	raw, ok := value.([]byte)
	if !ok || len(raw) != len(k) {
		return errors.New("the index has no key")
	}
	copy(k[:], raw)
	return nil
}

// Close gives the prepared statements back.
func (j *Journal) Close() {
	for _, stmt := range j.closers {
		_ = stmt.Close()
	}
}

// append seals a group at its time and stores it with the proofs to be kept
// and the batches, durable when it returns nil; a digest that has a proof
// already keeps that one, and a batch whose name is taken is not stored. After
// an error it may or may not be stored, and nobody was told of it, which is
// both right.
//
// On PostgreSQL READ COMMITTED is enough, and cheaper than db.Transact: the
// row lock on calendar_head puts commits in the order of their numbers.
func (j *Journal) append(ctx context.Context, g *group, entries []*entry) error {
	err := j.transact(ctx, func(tx *sql.Tx) error { return j.write(ctx, tx, g, entries) })
	if err != nil {
		return fmt.Errorf("%w: %w", notary.ErrStorage, err)
	}
	return nil
}

// transact runs fn in one transaction of the writers.
func (j *Journal) transact(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := j.pool.BeginTx(ctx, &sql.TxOptions{Isolation: j.level})
	if err != nil {
		return db.Classify(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := fn(tx); err != nil {
		return db.Classify(err)
	}
	return db.Classify(tx.Commit())
}

func (j *Journal) write(ctx context.Context, tx *sql.Tx, g *group, entries []*entry) error {
	digests, batches, runs := 0, 0, 0
	for _, e := range entries {
		digests += e.digests()
		if e.batch != nil {
			batches, runs = batches+1, 1
		}
	}
	var seq, lastBatch, run, unix int64
	err := tx.StmtContext(ctx, j.next).QueryRowContext(ctx, digests, batches, runs, int64(g.now), int64(g.now)).
		Scan(&seq, &lastBatch, &run, &unix)
	if err != nil {
		return fmt.Errorf("take the next number: %w", err)
	}
	g.seal(seq, uint32(unix))
	c := g.commitment
	_, err = tx.StmtContext(ctx, j.insert).ExecContext(ctx, seq, int64(c.Time), c.Tip[:], c.MAC[:], digests)
	if err != nil {
		return fmt.Errorf("insert commitment %d: %w", seq, err)
	}
	if err := j.proofs.exec(ctx, tx, keptOf(seq, entries)); err != nil {
		return fmt.Errorf("insert proofs of commitment %d: %w", seq, err)
	}
	if batches > 0 {
		return j.writeBatches(ctx, tx, seq, lastBatch-int64(batches)+1, run, entries)
	}
	return nil
}

// keptOf lists the rows of proofs of a group. The same digest twice is the
// database's to sort out: its first row stays.
func keptOf(seq int64, entries []*entry) []any {
	var args []any
	for _, e := range entries {
		if e.keep {
			args = append(args, e.digest[:], seq, e.appendPath(nil))
		}
	}
	return args
}

// Find is the number of a commitment, or 0 when the journal has no such.
func (j *Journal) Find(ctx context.Context, c Commitment) (seq int64, err error) {
	if seq, ok := j.numbers.get(c); ok {
		return seq, nil
	}
	var mac []byte
	err = j.find.QueryRowContext(ctx, int64(c.Time), c.Tip[:]).Scan(&seq, &mac)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("find commitment: %w", db.Classify(err))
	case string(mac) != string(c.MAC[:]):
		return 0, nil
	}
	j.numbers.put(c, seq)
	return seq, nil
}

// Receipt finds the first stamp of a kept digest, alone or in a batch. What it
// returns for a digest never changes, and belongs to the journal: its bytes
// are only read. Error: notary.ErrUnknownDigest.
func (j *Journal) Receipt(ctx context.Context, digest notary.Digest) (notary.Receipt, error) {
	if receipt, ok := j.first.get(digest); ok {
		return receipt, nil
	}
	receipt, err := j.firstStamp(ctx, digest)
	if err != nil {
		return notary.Receipt{}, err
	}
	receipt.Path = slices.Clip(receipt.Path)
	j.first.put(digest, receipt)
	return receipt, nil
}

func (j *Journal) firstStamp(ctx context.Context, digest notary.Digest) (notary.Receipt, error) {
	alone, err := j.keptAlone(ctx, digest)
	if err != nil && !errors.Is(err, notary.ErrUnknownDigest) {
		return notary.Receipt{}, err
	}
	inBatch, batchErr := j.searchBatches(ctx, digest)
	if batchErr != nil && !errors.Is(batchErr, notary.ErrUnknownDigest) {
		return notary.Receipt{}, batchErr
	}
	if err != nil && batchErr == nil {
		// It may have been kept alone after the first look, and still before
		// the batch.
		if alone, err = j.keptAlone(ctx, digest); err != nil && !errors.Is(err, notary.ErrUnknownDigest) {
			return notary.Receipt{}, err
		}
	}
	if err == nil && (batchErr != nil || alone.Seq <= inBatch.Seq) {
		return alone, nil
	}
	return inBatch, batchErr
}

func (j *Journal) keptAlone(ctx context.Context, digest notary.Digest) (notary.Receipt, error) {
	var r notary.Receipt
	var unix int64
	var tip, mac []byte
	err := j.receipt.QueryRowContext(ctx, digest[:]).Scan(&r.Seq, &unix, &tip, &mac, &r.Path)
	if errors.Is(err, sql.ErrNoRows) {
		return notary.Receipt{}, notary.ErrUnknownDigest
	}
	if err != nil {
		return notary.Receipt{}, fmt.Errorf("find stamped digest: %w", db.Classify(err))
	}
	commitment := commitmentOf(unix, tip, mac).Bytes()
	r.Commitment, r.StoredAt = commitment[:], time.Unix(unix, 0).UTC()
	return r, nil
}

func commitmentOf(unix int64, tip, mac []byte) Commitment {
	c := Commitment{Time: uint32(unix)}
	copy(c.Tip[:], tip)
	copy(c.MAC[:], mac)
	return c
}

// commitmentRecord is one row of the journal.
type commitmentRecord struct {
	Seq     int64
	Time    int64
	Tip     []byte
	Mac     []byte
	Digests int64
}

func (commitmentRecord) TableName() string { return "commitments" }

// headRecord is the one row that gives out numbers and counts.
type headRecord struct {
	ID      int64
	Seq     int64
	Digests int64
}

func (headRecord) TableName() string { return "calendar_head" }

// Entry is one commitment in its place.
type Entry struct {
	Seq        int64
	Commitment Commitment
	// Digests is how many digests the group commit had.
	Digests int64
}

// Range reads the entries first to last, at most limit of them, in order. tx
// is a transaction or the handle of db.Read.
//
// It is read by the thousand, so the rows are scanned by hand.
func Range(tx *gorm.DB, first, last int64, limit int) ([]Entry, error) {
	rows, err := tx.Model(&commitmentRecord{}).Select("seq", "time", "tip", "mac", "digests").
		Where("seq BETWEEN ? AND ?", first, last).Order("seq").Limit(limit).Rows()
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", db.Classify(err))
	}
	defer rows.Close()
	entries := make([]Entry, 0, max(min(last-first+1, int64(limit)), 0))
	var unix int64
	var tip, mac sql.RawBytes
	for rows.Next() {
		var e Entry
		if err := rows.Scan(&e.Seq, &unix, &tip, &mac, &e.Digests); err != nil {
			return nil, fmt.Errorf("read journal: %w", db.Classify(err))
		}
		e.Commitment = commitmentOf(unix, tip, mac)
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read journal: %w", db.Classify(err))
	}
	return entries, nil
}

// Head is the number of the newest entry, 0 when there is none, and how many
// digests were ever acknowledged.
func Head(tx *gorm.DB) (seq, digests int64, err error) {
	var head headRecord
	if err := tx.Where("id = 1").Take(&head).Error; err != nil {
		return 0, 0, fmt.Errorf("read calendar head: %w", db.Classify(err))
	}
	return head.Seq, head.Digests, nil
}

package calendar

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
// Appending and finding are the hot paths and use prepared statements.
type Journal struct {
	pool    *sql.DB // the writers
	level   sql.IsolationLevel
	next    *sql.Stmt
	insert  *sql.Stmt
	proofs  []proofInsert
	find    *sql.Stmt
	receipt *sql.Stmt
	closers []*sql.Stmt
	recent  recent
}

// proofInsert inserts exactly rows proofs.
type proofInsert struct {
	rows int
	stmt *sql.Stmt
}

// proof is one digest of a group that is found again by itself.
type proof struct {
	digest [32]byte
	path   []byte
}

// OpenJournal prepares the journal of a migrated database. Close it before the
// database.
func OpenJournal(ctx context.Context, d *db.DB) (*Journal, error) {
	readers, err := d.Read(ctx).DB()
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &Journal{pool: d.Writer()}
	if d.Dialect() == db.Postgres {
		j.level = sql.LevelReadCommitted
	}
	var errs []error
	prepare := func(pool *sql.DB, query string) *sql.Stmt {
		stmt, err := pool.PrepareContext(ctx, placeholders(d.Dialect(), query))
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		j.closers = append(j.closers, stmt)
		return stmt
	}
	j.next = prepare(j.pool, `UPDATE calendar_head SET seq = seq + 1, digests = digests + ? WHERE id = 1 RETURNING seq`)
	j.insert = prepare(j.pool, `INSERT INTO commitments (seq, time, tip, mac, digests) VALUES (?, ?, ?, ?, ?)`)
	for _, rows := range []int{64, 8, 1} {
		values := strings.TrimSuffix(strings.Repeat("(?, ?, ?), ", rows), ", ")
		stmt := prepare(j.pool, `INSERT INTO proofs (digest, seq, path) VALUES `+values+` ON CONFLICT (digest) DO NOTHING`)
		j.proofs = append(j.proofs, proofInsert{rows: rows, stmt: stmt})
	}
	j.find = prepare(readers, `SELECT seq, mac FROM commitments WHERE time = ? AND tip = ?`)
	j.receipt = prepare(readers, `SELECT c.seq, c.time, c.tip, c.mac, p.path FROM proofs p
		JOIN commitments c ON c.seq = p.seq WHERE p.digest = ?`)
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

// Close gives the prepared statements back.
func (j *Journal) Close() {
	for _, stmt := range j.closers {
		_ = stmt.Close()
	}
}

// append stores one group commit with the proofs to be kept, durable when it
// returns nil; a digest that has a proof already keeps that one. After an error
// it may or may not be stored, and nobody was told of it, which is both right.
//
// On PostgreSQL READ COMMITTED is enough, and cheaper than db.Transact: the
// row lock on calendar_head puts commits in the order of their numbers.
func (j *Journal) append(ctx context.Context, c Commitment, digests int, kept []proof) error {
	tx, err := j.pool.BeginTx(ctx, &sql.TxOptions{Isolation: j.level})
	if err != nil {
		return fmt.Errorf("%w: %w", notary.ErrStorage, db.Classify(err))
	}
	defer func() { _ = tx.Rollback() }()
	err = j.write(ctx, tx, c, digests, kept)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", notary.ErrStorage, db.Classify(err))
	}
	return nil
}

func (j *Journal) write(ctx context.Context, tx *sql.Tx, c Commitment, digests int, kept []proof) error {
	var seq int64
	if err := tx.StmtContext(ctx, j.next).QueryRowContext(ctx, digests).Scan(&seq); err != nil {
		return fmt.Errorf("take the next number: %w", err)
	}
	_, err := tx.StmtContext(ctx, j.insert).ExecContext(ctx, seq, int64(c.Time), c.Tip[:], c.MAC[:], digests)
	if err != nil {
		return fmt.Errorf("insert commitment %d: %w", seq, err)
	}
	for _, chunk := range j.proofs {
		for ; len(kept) >= chunk.rows; kept = kept[chunk.rows:] {
			args := make([]any, 0, 3*chunk.rows)
			for i := range kept[:chunk.rows] {
				args = append(args, kept[i].digest[:], seq, kept[i].path)
			}
			if _, err := tx.StmtContext(ctx, chunk.stmt).ExecContext(ctx, args...); err != nil {
				return fmt.Errorf("insert proofs of commitment %d: %w", seq, err)
			}
		}
	}
	return nil
}

// Find is the number of a commitment, or 0 when the journal has no such.
func (j *Journal) Find(ctx context.Context, c Commitment) (seq int64, err error) {
	if seq, ok := j.recent.get(c); ok {
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
	j.recent.put(c, seq)
	return seq, nil
}

// Receipt finds a kept digest. Error: notary.ErrUnknownDigest.
func (j *Journal) Receipt(ctx context.Context, digest notary.Digest) (notary.Receipt, error) {
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
func Range(tx *gorm.DB, first, last int64, limit int) ([]Entry, error) {
	var rows []commitmentRecord
	err := tx.Where("seq BETWEEN ? AND ?", first, last).Order("seq").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", db.Classify(err))
	}
	entries := make([]Entry, len(rows))
	for i, row := range rows {
		entries[i] = Entry{Seq: row.Seq, Commitment: commitmentOf(row.Time, row.Tip, row.Mac), Digests: row.Digests}
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

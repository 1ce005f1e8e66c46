package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Stamp is a head of the log that was handed to the notary.
type Stamp struct {
	// Seq is the entry's number, and Digest its hash, which is what the proof is
	// about.
	Seq       int64
	Digest    Hash
	StampedAt time.Time
}

type stampRecord struct {
	Seq       int64 `gorm:"primaryKey;autoIncrement:false"`
	Digest    []byte
	StampedAt int64
}

// TableName implements gorm's Tabler.
func (stampRecord) TableName() string { return "audit_stamps" }

func (r stampRecord) stamp() Stamp {
	return Stamp{Seq: r.Seq, Digest: Hash(r.Digest), StampedAt: time.Unix(r.StampedAt, 0).UTC()}
}

// stamps lists all stamps, the oldest first.
func (l *Log) stamps(ctx context.Context) ([]Stamp, error) {
	var rows []stampRecord
	if err := l.db.Read(ctx).Order("seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading the stamps of the audit log: %w", db.Classify(err))
	}
	out := make([]Stamp, len(rows))
	for i, r := range rows {
		out[i] = r.stamp()
	}
	return out, nil
}

// Stamps lists the newest stamps, at most limit.
func (l *Log) Stamps(ctx context.Context, limit int) ([]Stamp, error) {
	var rows []stampRecord
	if err := l.db.Read(ctx).Order("seq DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading the stamps of the audit log: %w", db.Classify(err))
	}
	out := make([]Stamp, len(rows))
	for i, r := range rows {
		out[i] = r.stamp()
	}
	return out, nil
}

// Stamp hands the newest entry's hash to the notary, unless nothing happened
// since the last one, or that was handed over within the time every (0: now). It
// reports whether it did. Doing so twice hands the same digest over twice, which
// changes nothing.
func (l *Log) Stamp(ctx context.Context, every time.Duration, notary func(ctx context.Context, digest [32]byte) error) (bool, error) {
	head, last, err := l.heads(ctx)
	if err != nil {
		return false, err
	}
	now := l.now().UTC()
	if head.Seq == last.Seq || now.Sub(last.StampedAt) < every {
		return false, nil
	}
	if err := notary(ctx, head.Hash); err != nil {
		return false, fmt.Errorf("stamping the audit log: %w", err)
	}
	row := stampRecord{Seq: head.Seq, Digest: head.Hash[:], StampedAt: now.Unix()}
	err = l.db.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
	})
	return err == nil, err
}

const (
	// StampEvery is how often the log is stamped.
	StampEvery = 24 * time.Hour
	// lookEvery is how often Run looks whether it is time.
	lookEvery = 10 * time.Minute
)

func (l *Log) heads(ctx context.Context) (head Entry, last Stamp, err error) {
	tx := l.db.Read(ctx)
	if head, err = newest(tx); err != nil {
		return head, last, db.Classify(err)
	}
	var r stampRecord
	err = l.db.Read(ctx).Order("seq DESC").Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return head, Stamp{}, nil
	}
	if err != nil {
		return head, last, fmt.Errorf("reading the stamps of the audit log: %w", db.Classify(err))
	}
	return head, r.stamp(), nil
}

// Run stamps the log as often as StampEvery says until ctx ends, the first time
// a while after the start. failed is told of what went wrong, and it is tried
// again a while later.
func (l *Log) Run(ctx context.Context, notary func(ctx context.Context, digest [32]byte) error, failed func(error)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookEvery):
		}
		if _, err := l.Stamp(ctx, StampEvery, notary); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

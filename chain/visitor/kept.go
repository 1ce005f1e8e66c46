package visitor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// keptRecord is a transaction that is sent again until a block holds it. It is its
// owner's, whose wallet has it too: this is a service to him, so it has an end, and
// unlike the outbox it replaces nothing.
type keptRecord struct {
	Txid      []byte `gorm:"primaryKey"`
	Raw       []byte
	Checked   bool
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	SentAt    int64
	Height    *int32
}

func (keptRecord) TableName() string { return "visitor_txs" }

const (
	// keptFor is how long a transaction is sent again.
	keptFor = 72 * time.Hour
	// resentEvery is how often, and buried how deep a block has it for good.
	resentEvery = 10 * time.Minute
	buried      = 100
	// mostKept bounds how many are kept; one beyond is passed on all the same.
	mostKept = 2_000
)

// keepTx stores a transaction before it is sent.
func (s *Service) keepTx(ctx context.Context, tx *wire.MsgTx, checked bool) error {
	var raw bytes.Buffer
	if err := tx.Serialize(&raw); err != nil {
		return err
	}
	txid, now := tx.TxHash(), s.cfg.Now().Unix()
	err := s.cfg.DB.Transact(ctx, func(db *gorm.DB) error {
		var n int64
		if err := db.Model(&keptRecord{}).Count(&n).Error; err != nil || n >= mostKept {
			return err
		}
		r := keptRecord{Txid: txid[:], Raw: raw.Bytes(), Checked: checked, CreatedAt: now, SentAt: now}
		return db.Clauses(clause.OnConflict{DoNothing: true}).Create(&r).Error
	})
	if err != nil {
		return fmt.Errorf("keeping a visitor's transaction: %w", err)
	}
	return nil
}

func (s *Service) drop(ctx context.Context, txid chainhash.Hash) error {
	err := s.cfg.DB.Transact(ctx, func(db *gorm.DB) error {
		return db.Where("txid = ? AND height IS NULL", txid[:]).Delete(&keptRecord{}).Error
	})
	if err != nil {
		return fmt.Errorf("forgetting a visitor's transaction: %w", err)
	}
	return nil
}

// resend sends what no block has taken, and forgets what the network refuses, what
// is too old, and what lies deep.
func (s *Service) resend(ctx context.Context) error {
	now := s.cfg.Now()
	err := s.transact(ctx, func(db *gorm.DB) error {
		tip := db.Session(&gorm.Session{NewDB: true}).Table("follow_cursor").Select("height")
		return db.Where("(height IS NULL AND created_at < ?) OR height < (?) - ?", now.Add(-keptFor).Unix(), tip, buried).Delete(&keptRecord{}).Error
	})
	if err != nil {
		return fmt.Errorf("forgetting visitors' transactions: %w", err)
	}
	var rows []keptRecord
	if err := s.cfg.DB.Read(ctx).Where("height IS NULL").Order("created_at").Limit(mostKept).Find(&rows).Error; err != nil {
		return fmt.Errorf("reading visitors' transactions: %w", err)
	}
	for _, r := range rows {
		if !s.due(r, now) {
			continue
		}
		if err := s.sendAgain(ctx, r, now); err != nil {
			return err
		}
	}
	return nil
}

// due: one that has fallen out of the mempool is sent at once; where nobody can
// ask, all are sent now and then.
func (s *Service) due(r keptRecord, now time.Time) bool {
	if s.cfg.Mempool != nil {
		return s.waiting.get(chainhash.Hash(r.Txid)) == nil
	}
	return now.Sub(time.Unix(r.SentAt, 0)) >= resentEvery
}

func (s *Service) sendAgain(ctx context.Context, r keptRecord, now time.Time) error {
	txid := chainhash.Hash(r.Txid)
	var tx wire.MsgTx
	if err := tx.Deserialize(bytes.NewReader(r.Raw)); err != nil {
		return s.drop(ctx, txid)
	}
	err := s.cfg.Publish(ctx, &tx)
	if errors.Is(err, chain.ErrRejected) {
		s.cfg.Log.Info("a visitor's transaction is not wanted any more", "txid", txid, "error", err)
		return s.drop(ctx, txid)
	}
	if err != nil {
		return fmt.Errorf("sending a visitor's transaction again: %w", err)
	}
	return s.transact(ctx, func(db *gorm.DB) error {
		return db.Model(&keptRecord{}).Where("txid = ?", r.Txid).Update("sent_at", now.Unix()).Error
	})
}

// Projection notes which of the transactions a block holds (follow.Projection).
type Projection struct{}

// Name implements follow.Projection.
func (Projection) Name() string { return "visitors" }

// Connect implements follow.Projection.
func (Projection) Connect(_ context.Context, db *gorm.DB, b *chain.Block) error {
	const atOnce = 1000
	for txs := b.Msg.Transactions; len(txs) > 0; {
		n := min(atOnce, len(txs))
		txids := make([][]byte, n)
		for i, tx := range txs[:n] {
			txid := tx.TxHash()
			txids[i] = txid[:]
		}
		txs = txs[n:]
		if err := db.Model(&keptRecord{}).Where("txid IN ?", txids).Update("height", b.Height).Error; err != nil {
			return fmt.Errorf("noting visitors' transactions in block %d: %w", b.Height, err)
		}
	}
	return nil
}

// Disconnect implements follow.Projection.
func (Projection) Disconnect(_ context.Context, db *gorm.DB, b *chain.Block) error {
	if err := db.Model(&keptRecord{}).Where("height = ?", b.Height).Update("height", nil).Error; err != nil {
		return fmt.Errorf("noting visitors' transactions of block %d: %w", b.Height, err)
	}
	return nil
}

package tsa

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type chainRecord struct {
	Fingerprint []byte `gorm:"primaryKey"`
	Chain       []byte
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
}

func (chainRecord) TableName() string { return "tsa_chains" }

type tokenRecord struct {
	Imprint []byte `gorm:"primaryKey"`
	Serial  []byte
	Time    int64
	Chain   []byte
	Der     []byte
}

func (tokenRecord) TableName() string { return "tsa_tokens" }

// putChain stores a signer's certificates, once.
func putChain(tx *gorm.DB, c *credentials, now time.Time) error {
	fingerprint := c.fingerprint()
	r := chainRecord{Fingerprint: fingerprint[:], Chain: c.chainDER(), CreatedAt: now.Unix()}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&r).Error; err != nil {
		return fmt.Errorf("store the authority's certificates: %w", db.Classify(err))
	}
	return nil
}

// putTokens stores tokens; of several for one imprint the first stays.
func putTokens(tx *gorm.DB, rows []tokenRecord) error {
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 64).Error; err != nil {
		return fmt.Errorf("store time-stamp tokens: %w", db.Classify(err))
	}
	return nil
}

// findToken reads the token of an imprint. Error: ErrNoToken.
func findToken(tx *gorm.DB, imprint []byte) (tokenRecord, error) {
	var r tokenRecord
	err := tx.Where("imprint = ?", imprint).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, ErrNoToken
	}
	if err != nil {
		return r, fmt.Errorf("find a time-stamp token: %w", db.Classify(err))
	}
	return r, nil
}

// prepareHas is the statement of Has: pages ask it thousands of times a second.
func prepareHas(ctx context.Context, d *db.DB) (*sql.Stmt, error) {
	pool, err := d.Read(ctx).DB()
	if err != nil {
		return nil, fmt.Errorf("prepare to find tokens: %w", err)
	}
	query := "SELECT count(*) FROM tsa_tokens WHERE imprint = ?"
	if d.Dialect() == db.Postgres {
		query = strings.Replace(query, "?", "$1", 1)
	}
	stmt, err := pool.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare to find tokens: %w", db.Classify(err))
	}
	return stmt, nil
}

func findChain(tx *gorm.DB, fingerprint []byte) ([]byte, error) {
	var r chainRecord
	if err := tx.Where("fingerprint = ?", fingerprint).Take(&r).Error; err != nil {
		return nil, fmt.Errorf("find a token's certificates: %w", db.Classify(err))
	}
	return r.Chain, nil
}

// rootsOf lists the roots of all chains ever used, each once, newest first.
func rootsOf(ctx context.Context, d *db.DB) ([]*x509.Certificate, error) {
	var rows []chainRecord
	if err := d.Read(ctx).Order("created_at DESC, fingerprint").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the authority's certificates: %w", db.Classify(err))
	}
	var roots []*x509.Certificate
	seen := make(map[string]bool)
	for _, row := range rows {
		chain, err := x509.ParseCertificates(row.Chain)
		if err != nil {
			return nil, fmt.Errorf("read stored certificates: %w", err)
		}
		root, err := rootOf(chain)
		if err != nil {
			return nil, err
		}
		if root != nil && !seen[string(root.Raw)] {
			seen[string(root.Raw)] = true
			roots = append(roots, root)
		}
	}
	return roots, nil
}

package sponsoring

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/channels/fees"
	"cairn/channels/sponsor"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

type record struct {
	ID        []byte `gorm:"primaryKey"`
	Source    string
	PSBT      []byte `gorm:"column:psbt"`
	Terms     []byte
	Proposal  []byte
	PaysSat   int64
	PriceMsat int64
	QuoteID   []byte
	Accepted  []byte
	State     State
	Txid      []byte
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	ExpiresAt int64
}

func (record) TableName() string { return "sponsorships" }

func (r record) id() ID { return ID(r.ID) }

// quote is where it is paid for, and whether it is at all.
func (r record) quote() (fees.ID, bool) {
	if len(r.QuoteID) != len(fees.ID{}) {
		return fees.ID{}, false
	}
	return fees.ID(r.QuoteID), true
}

// terms as they are kept.
type termsJSON struct {
	Coins   []coinJSON     `json:"coins"`
	Change  []byte         `json:"change"`
	Rate    chain.FeeRate  `json:"rate"`
	Most    btcutil.Amount `json:"most"`
	Gift    btcutil.Amount `json:"gift"`
	Bare    bool           `json:"bare,omitempty"`
	Weights []int64        `json:"weights,omitempty"`
}

type coinJSON struct {
	Outpoint []byte         `json:"outpoint"`
	Value    btcutil.Amount `json:"value"`
	Script   []byte         `json:"script"`
}

func encodeTerms(t sponsor.Terms) ([]byte, error) {
	j := termsJSON{Change: t.Change, Rate: t.Rate, Most: t.Most, Gift: t.Gift, Bare: t.Bare, Weights: t.Weights}
	for _, c := range t.Coins {
		j.Coins = append(j.Coins, coinJSON{db.OutpointKey(c.Hash, c.Index), c.Value, c.Script})
	}
	return json.Marshal(j)
}

// deal makes the proposal again. Errors: db.ErrCorrupt when it is another one.
func (r record) deal() (*sponsor.Deal, error) {
	var j termsJSON
	if err := json.Unmarshal(r.Terms, &j); err != nil {
		return nil, fmt.Errorf("%w: the terms of proposal %s: %w", db.ErrCorrupt, r.id(), err)
	}
	t := sponsor.Terms{Change: j.Change, Rate: j.Rate, Most: j.Most, Gift: j.Gift, Bare: j.Bare, Weights: j.Weights}
	for _, c := range j.Coins {
		hash, index, ok := db.ParseOutpointKey(c.Outpoint)
		if !ok {
			return nil, fmt.Errorf("%w: a coin of proposal %s", db.ErrCorrupt, r.id())
		}
		coin := sponsor.Coin{Value: c.Value, Script: c.Script}
		coin.Hash, coin.Index = hash, index
		t.Coins = append(t.Coins, coin)
	}
	d, err := sponsor.Propose(r.PSBT, t)
	if err != nil {
		return nil, fmt.Errorf("%w: proposal %s: %w", db.ErrCorrupt, r.id(), err)
	}
	if hash := d.Tx.TxHash(); string(hash[:]) != string(r.Proposal) {
		return nil, fmt.Errorf("%w: proposal %s makes another transaction", db.ErrCorrupt, r.id())
	}
	return d, nil
}

// store reads and writes proposals.
type store struct {
	db  *db.DB
	ctx context.Context
}

func (s *Service) store(ctx context.Context) store { return store{s.db, ctx} }

// room refuses what would be too much. Errors: ErrBusy.
func (s store) room(source string, cfg Config, now time.Time) error {
	return roomIn(s.db.Read(s.ctx), source, cfg, now)
}

func roomIn(tx *gorm.DB, source string, cfg Config, now time.Time) error {
	var all, his int64
	open := func() *gorm.DB {
		return tx.Session(&gorm.Session{NewDB: true}).Model(&record{}).Where("state = 'open' AND expires_at > ?", now.Unix())
	}
	if err := open().Count(&all).Error; err != nil {
		return fmt.Errorf("count the open proposals: %w", err)
	}
	if source != "" {
		if err := open().Where("source = ?", source).Count(&his).Error; err != nil {
			return fmt.Errorf("count the open proposals: %w", err)
		}
	}
	if all >= int64(cfg.Open) || his >= int64(cfg.OpenEach) {
		return ErrBusy
	}
	return nil
}

func (s store) insert(r record, cfg Config, now time.Time) error {
	return s.db.Transact(s.ctx, func(tx *gorm.DB) error {
		if err := roomIn(tx, r.Source, cfg, now); err != nil {
			return err
		}
		if err := tx.Create(&r).Error; err != nil {
			return fmt.Errorf("store a proposal: %w", err)
		}
		return nil
	})
}

func (s store) get(id ID) (record, error) {
	return load(s.db.Read(s.ctx), "id = ?", id[:])
}

func load(tx *gorm.DB, query string, args ...any) (record, error) {
	var r record
	err := tx.Where(query, args...).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return record{}, ErrUnknown
	}
	if err != nil {
		return record{}, fmt.Errorf("read a proposal: %w", err)
	}
	return r, nil
}

// take keeps the visitor's signatures, the first that came.
func (s store) take(id ID, accepted []byte) (record, error) {
	var r record
	err := s.db.Transact(s.ctx, func(tx *gorm.DB) (err error) {
		err = tx.Model(&record{}).Where("id = ? AND state = ? AND accepted IS NULL", id[:], Open).Update("accepted", accepted).Error
		if err != nil {
			return fmt.Errorf("keep the signatures of proposal %s: %w", id, err)
		}
		r, err = load(tx, "id = ?", id[:])
		return err
	})
	return r, err
}

// end marks an open proposal as over; ended is false when it is not open.
func (s store) end(id ID) (ended bool, err error) {
	err = s.db.Transact(s.ctx, func(tx *gorm.DB) error {
		done := tx.Model(&record{}).Where("id = ? AND state = ?", id[:], Open).Update("state", Ended)
		ended = done.RowsAffected == 1
		return done.Error
	})
	if err != nil {
		return false, fmt.Errorf("end proposal %s: %w", id, err)
	}
	return ended, nil
}

// over lists open proposals whose time is over.
func (s store) over(now time.Time, limit int) ([]record, error) {
	var rows []record
	err := s.db.Read(s.ctx).Where("state = 'open' AND expires_at <= ?", now.Unix()).Order("expires_at").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for proposals that are over: %w", err)
	}
	return rows, nil
}

// forget removes what ended before a moment.
func (s store) forget(before time.Time) error {
	return s.db.Transact(s.ctx, func(tx *gorm.DB) error {
		return tx.Where("state = 'ended' AND expires_at < ?", before.Unix()).Delete(&record{}).Error
	})
}

package compose

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"cairn/app/db"
	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// record is a draft as it is stored.
type record struct {
	ID        []byte `gorm:"primaryKey"`
	Source    string
	Operation Operation
	Asset     string
	State     State
	Body      []byte
	Signed    []byte
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	ExpiresAt int64
}

func (record) TableName() string { return "asset_drafts" }

func (r record) id() ID { return ID(r.ID) }

// txRecord is a transaction of a signed draft.
type txRecord struct {
	Txid   []byte `gorm:"primaryKey"`
	Draft  []byte
	Part   int
	Sent   bool
	Height *int32
	// LostAt is the height of a block that spends one of its coins otherwise.
	LostAt *int32
}

func (txRecord) TableName() string { return "asset_draft_txs" }

type inputRecord struct {
	Outpoint []byte
	Txid     []byte
}

func (inputRecord) TableName() string { return "asset_draft_inputs" }

// body is what of a draft does not change.
type body struct {
	Operation Operation
	Protocol  assets.Protocol
	Asset     assets.ID `json:"-"`
	AssetID   string
	Parts     []partBody
	Sponsor   string    `json:",omitempty"`
	Shares    []Share   `json:",omitempty"`
	Height    int32     `json:",omitempty"`
	Sale      *saleBody `json:",omitempty"`
	Offer     OfferID   `json:",omitzero"`
}

type partBody struct {
	PSBT     []byte
	Visitors int
	Fee      btcutil.Amount
	Inputs   []inputBody
}

type inputBody struct {
	Holdings []holdingBody `json:",omitempty"`
	Tag      uint32        `json:",omitempty"`
	HasTag   bool          `json:",omitempty"`
}

type holdingBody struct {
	Asset string
	Units int64
}

func encodeHoldings(list []assets.Holding) []holdingBody {
	var out []holdingBody
	for _, h := range list {
		out = append(out, holdingBody{encodeID(h.Asset), h.Units})
	}
	return out
}

// encodeID is an asset id as it is stored: its protocol's name and raw form.
func encodeID(id assets.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

func decodeID(text string) (assets.ID, error) {
	if text == "" {
		return assets.ID{}, nil
	}
	name, digits, _ := strings.Cut(text, ":")
	p, err := assets.ParseProtocol(name)
	if err != nil {
		return assets.ID{}, err
	}
	raw, err := hex.DecodeString(digits)
	if err != nil {
		return assets.ID{}, err
	}
	return assets.NewID(p, raw)
}

func (r *record) write(b body) (err error) {
	b.AssetID = encodeID(b.Asset)
	r.Operation, r.Asset = b.Operation, b.AssetID
	r.Body, err = json.Marshal(b)
	return err
}

func (r record) body() (body, error) {
	var b body
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return body{}, fmt.Errorf("%w: draft %s: %w", db.ErrCorrupt, r.id(), err)
	}
	var err error
	if b.Asset, err = decodeID(b.AssetID); err != nil {
		return body{}, fmt.Errorf("%w: draft %s: %w", db.ErrCorrupt, r.id(), err)
	}
	return b, nil
}

// signed are the parts with the visitor's signatures: transactions, but for a
// sponsored first part a PSBT.
func (r record) signed() (parts [][]byte, err error) {
	if r.Signed == nil {
		return nil, nil
	}
	if err := json.Unmarshal(r.Signed, &parts); err != nil {
		return nil, fmt.Errorf("%w: the signatures of draft %s: %w", db.ErrCorrupt, r.id(), err)
	}
	return parts, nil
}

func (p partBody) packet() (*psbt.Packet, error) {
	packet, err := parsePacket(p.PSBT)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", db.ErrCorrupt, err)
	}
	return packet, nil
}

// inputs are the coins of a part as its protocol reads them; those of the node come
// last, and hold nothing.
func (p partBody) inputs(prevouts []*wire.TxOut) ([]assets.Input, [][]assets.Holding, error) {
	inputs := make([]assets.Input, len(prevouts))
	holdings := make([][]assets.Holding, len(prevouts))
	for i, prev := range prevouts {
		inputs[i].Prevout = prev
		if i >= len(p.Inputs) {
			continue
		}
		for _, h := range p.Inputs[i].Holdings {
			id, err := decodeID(h.Asset)
			if err != nil {
				return nil, nil, fmt.Errorf("%w: %w", db.ErrCorrupt, err)
			}
			holdings[i] = append(holdings[i], assets.Holding{Asset: id, Units: h.Units})
		}
		inputs[i].Holdings, inputs[i].Tag, inputs[i].HasTag = holdings[i], p.Inputs[i].Tag, p.Inputs[i].HasTag
	}
	return inputs, holdings, nil
}

// store reads and writes drafts.
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
		return tx.Session(&gorm.Session{NewDB: true}).Model(&record{}).Where("state = ? AND expires_at > ?", Open, now.Unix())
	}
	if err := open().Count(&all).Error; err != nil {
		return fmt.Errorf("count the open drafts: %w", err)
	}
	if source != "" {
		if err := open().Where("source = ?", source).Count(&his).Error; err != nil {
			return fmt.Errorf("count the open drafts: %w", err)
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
			return fmt.Errorf("store a draft: %w", err)
		}
		return nil
	})
}

func load(tx *gorm.DB, id ID) (record, error) {
	var r record
	err := tx.Where("id = ?", id[:]).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return record{}, ErrUnknownDraft
	}
	if err != nil {
		return record{}, fmt.Errorf("read a draft: %w", err)
	}
	return r, nil
}

func (s store) get(id ID) (record, error) { return load(s.db.Read(s.ctx), id) }

// txs are the transactions of a draft, by part.
func (s store) txs(id ID) ([]txRecord, error) {
	var rows []txRecord
	if err := s.db.Read(s.ctx).Where("draft = ?", id[:]).Order("part").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the transactions of a draft: %w", err)
	}
	return rows, nil
}

// tx is a transaction of a draft by its name.
func (s store) tx(txid chainhash.Hash) (row txRecord, found bool, err error) {
	err = s.db.Read(s.ctx).Where("txid = ?", txid[:]).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return txRecord{}, false, nil
	}
	if err != nil {
		return txRecord{}, false, fmt.Errorf("read a transaction of a draft: %w", err)
	}
	return row, true, nil
}

// sign keeps the visitor's signatures, the first that came. It gives the draft as it
// is then.
func (s store) sign(id ID, signed []byte, txs []*wire.MsgTx, now time.Time) (record, error) {
	var r record
	err := s.db.Transact(s.ctx, func(tx *gorm.DB) (err error) {
		done := tx.Model(&record{}).Where("id = ? AND state = ? AND expires_at > ?", id[:], Open, now.Unix()).
			Updates(map[string]any{"state": Signed, "signed": signed})
		if done.Error != nil {
			return fmt.Errorf("keep the signatures of a draft: %w", done.Error)
		}
		if done.RowsAffected == 1 {
			if err := insertTxs(tx, id, txs); err != nil {
				return err
			}
		}
		r, err = load(tx, id)
		return err
	})
	return r, err
}

func insertTxs(tx *gorm.DB, id ID, txs []*wire.MsgTx) error {
	for i, msg := range txs {
		name := msg.TxHash()
		// The same transaction may be of another draft too, which gave it up.
		if err := tx.Where("txid = ?", name[:]).Delete(&inputRecord{}).Error; err != nil {
			return fmt.Errorf("store a transaction of a draft: %w", err)
		}
		if err := tx.Where("txid = ?", name[:]).Delete(&txRecord{}).Error; err != nil {
			return fmt.Errorf("store a transaction of a draft: %w", err)
		}
		rows := make([]inputRecord, len(msg.TxIn))
		for j, in := range msg.TxIn {
			rows[j] = inputRecord{Outpoint: db.OutpointKey(in.PreviousOutPoint.Hash, in.PreviousOutPoint.Index), Txid: name[:]}
		}
		if err := tx.Create(&txRecord{Txid: name[:], Draft: id[:], Part: i}).Error; err != nil {
			return fmt.Errorf("store a transaction of a draft: %w", err)
		}
		if err := tx.Create(rows).Error; err != nil {
			return fmt.Errorf("store the inputs of a draft: %w", err)
		}
	}
	return nil
}

// reopen forgets signatures whose first transaction the network refused.
func (s store) reopen(id ID) error {
	return s.db.Transact(s.ctx, func(tx *gorm.DB) error {
		done := tx.Model(&record{}).Where("id = ? AND state = ?", id[:], Signed).Updates(map[string]any{"state": Open, "signed": nil})
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		return dropTxs(tx, id)
	})
}

func dropTxs(tx *gorm.DB, id ID) error {
	err := tx.Exec("DELETE FROM asset_draft_inputs WHERE txid IN (SELECT txid FROM asset_draft_txs WHERE draft = ?)", id[:]).Error
	if err != nil {
		return err
	}
	return tx.Where("draft = ?", id[:]).Delete(&txRecord{}).Error
}

// sent marks a part as sent, and the draft when it was the last.
func (s store) sent(id ID, part int, last bool) error {
	return s.db.Transact(s.ctx, func(tx *gorm.DB) error {
		if err := tx.Model(&txRecord{}).Where("draft = ? AND part = ?", id[:], part).Update("sent", true).Error; err != nil {
			return fmt.Errorf("mark a part of a draft: %w", err)
		}
		if !last {
			return nil
		}
		return tx.Model(&record{}).Where("id = ? AND state = ?", id[:], Signed).Update("state", Sent).Error
	})
}

// end marks a draft as over that was in a state.
func (s store) end(id ID, from State) error {
	return s.db.Transact(s.ctx, func(tx *gorm.DB) error {
		return tx.Model(&record{}).Where("id = ? AND state = ?", id[:], from).Update("state", Ended).Error
	})
}

// waiting are signed drafts whose transactions are not all sent, in the order of their
// ids, behind one of them: nil for the first.
func (s store) waiting(after []byte, limit int) ([]record, error) {
	var rows []record
	query := s.db.Read(s.ctx).Where("state = ?", Signed)
	if after != nil {
		query = query.Where("id > ?", after)
	}
	if err := query.Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the signed drafts: %w", err)
	}
	return rows, nil
}

// tidy ends open drafts whose time is over, and forgets old ones but dividends, which
// are public.
func (s store) tidy(now time.Time, fence func(tx *gorm.DB) error) error {
	return s.db.Transact(s.ctx, func(tx *gorm.DB) error {
		if fence != nil {
			if err := fence(tx); err != nil {
				return err
			}
		}
		err := tx.Model(&record{}).Where("state = ? AND expires_at <= ?", Open, now.Unix()).Update("state", Ended).Error
		if err != nil {
			return err
		}
		const old = "SELECT id FROM asset_drafts WHERE state IN ('sent', 'ended') AND created_at < ? AND (operation <> 'dividend' OR state = 'ended')"
		before := now.Add(-forgetAfter).Unix()
		for _, sql := range []string{
			"DELETE FROM asset_draft_inputs WHERE txid IN (SELECT txid FROM asset_draft_txs WHERE draft IN (" + old + "))",
			"DELETE FROM asset_draft_txs WHERE draft IN (" + old + ")",
			"DELETE FROM asset_drafts WHERE id IN (" + old + ")",
		} {
			if err := tx.Exec(sql, before).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// forgetAfter is how long drafts are remembered that are over.
const forgetAfter = 30 * 24 * time.Hour

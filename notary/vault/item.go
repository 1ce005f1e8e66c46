package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"cairn/app/db"
	"cairn/notary"

	"gorm.io/gorm"
)

// Item is one kept digest.
type Item struct {
	ID     ID
	Digest notary.Digest
	// Name and Note are the owner's words; either may be empty.
	Name, Note string
	// Group is the zero ID outside of groups; GroupName goes with it.
	Group     ID
	GroupName string
	KeptAt    time.Time
	// CompleteAt is when the proof was found complete; zero before.
	CompleteAt time.Time
	// Block is the height the proof ends in, and BlockTime its time if it is
	// known; zero before it is complete.
	Block     int64
	BlockTime time.Time
	// Foreign is set for a proof that was brought along as a file.
	Foreign bool
	// Proof is how far it is in our calendar; nil for a foreign one.
	Proof *notary.Proof
}

// Complete reports whether the proof stands alone.
func (i Item) Complete() bool {
	return !i.CompleteAt.IsZero() || (i.Proof != nil && i.Proof.Stage == notary.StageComplete)
}

// itemColumns are all but the file, which is read where it is wanted.
const itemColumns = "vault_items.id, vault_items.account, digest, vault_items.name, note, group_id, kept_at, complete_at, block_height, block_time, next_try_at, (proof IS NOT NULL) AS foreign_proof"

// listed is an item's row with what is joined to it.
type listed struct {
	Row itemRecord `gorm:"embedded"`

	ForeignProof bool
	GroupName    string
}

func (r listed) item() Item {
	row := r.Row
	item := Item{
		ID: ID(row.ID), Digest: notary.Digest(row.Digest), Name: row.Name, Note: row.Note,
		GroupName: r.GroupName, KeptAt: moment(row.KeptAt), Foreign: r.ForeignProof,
	}
	if len(row.GroupID) > 0 {
		item.Group = ID(row.GroupID)
	}
	if row.CompleteAt != nil {
		item.CompleteAt = moment(*row.CompleteAt)
	}
	if row.BlockHeight != nil {
		item.Block = *row.BlockHeight
	}
	if row.BlockTime != nil {
		item.BlockTime = moment(*row.BlockTime)
	}
	return item
}

// items begins a question about items, with the names of their groups.
func (v *Vault) items(tx *gorm.DB) *gorm.DB {
	return tx.Table("vault_items").
		Joins("LEFT JOIN vault_groups ON vault_groups.id = vault_items.group_id").
		Select(itemColumns + ", COALESCE(vault_groups.name, '') AS group_name")
}

// Item finds one of the account's items. Error: ErrUnknownItem.
func (v *Vault) Item(ctx context.Context, account Account, id ID) (Item, error) {
	return v.one(ctx, "vault_items.account = ? AND vault_items.id = ?", account[:], id[:])
}

// Find finds the account's item of a digest. Error: ErrUnknownItem.
func (v *Vault) Find(ctx context.Context, account Account, d notary.Digest) (Item, error) {
	return v.one(ctx, "vault_items.account = ? AND digest = ?", account[:], d[:])
}

func (v *Vault) one(ctx context.Context, where string, args ...any) (Item, error) {
	var rows []listed
	if err := v.items(v.cfg.DB.Read(ctx)).Where(where, args...).Limit(1).Scan(&rows).Error; err != nil {
		return Item{}, fmt.Errorf("reading an item: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return Item{}, ErrUnknownItem
	}
	items, err := v.withProofs(ctx, rows)
	if err != nil {
		return Item{}, err
	}
	return items[0], nil
}

// withProofs adds how far each is in our calendar.
func (v *Vault) withProofs(ctx context.Context, rows []listed) ([]Item, error) {
	items := make([]Item, len(rows))
	var digests []notary.Digest
	for i, r := range rows {
		items[i] = r.item()
		if !items[i].Foreign {
			digests = append(digests, items[i].Digest)
		}
	}
	proofs, err := v.proofs(ctx, digests)
	if err != nil {
		return nil, err
	}
	for i := range items {
		if p, ok := proofs[items[i].Digest]; ok && !items[i].Foreign {
			items[i].Proof = &p
		}
	}
	return items, nil
}

func (v *Vault) proofs(ctx context.Context, digests []notary.Digest) (map[notary.Digest]notary.Proof, error) {
	if len(digests) == 0 {
		return nil, nil
	}
	proofs, err := v.cfg.Notary.Proofs(ctx, digests)
	if err != nil {
		return nil, err
	}
	byDigest := make(map[notary.Digest]notary.Proof, len(proofs))
	for _, p := range proofs {
		byDigest[p.Digest] = p
	}
	return byDigest, nil
}

// File is the .ots file of one of the account's items as it stands now. Error:
// ErrUnknownItem.
func (v *Vault) File(ctx context.Context, account Account, id ID) (Item, []byte, error) {
	item, err := v.Item(ctx, account, id)
	if err != nil {
		return Item{}, nil, err
	}
	file, err := v.file(ctx, item)
	return item, file, err
}

func (v *Vault) file(ctx context.Context, item Item) ([]byte, error) {
	if !item.Foreign {
		return v.cfg.Notary.File(ctx, item.Digest)
	}
	var r itemRecord
	err := v.cfg.DB.Read(ctx).Select("proof").Where("id = ?", item.ID[:]).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, ErrUnknownItem
	}
	return r.Proof, db.Classify(err)
}

// Edit changes an item's words and group; the zero group takes it out of its
// group. Errors: ErrUnknownItem, ErrUnknownGroup, ErrName, ErrNote.
func (v *Vault) Edit(ctx context.Context, account Account, id ID, name, note string, group ID) error {
	name, note = cleanLine(name), strings.TrimSpace(db.CleanText(note))
	if len([]rune(name)) > MaxName {
		return ErrName
	}
	if len([]rune(note)) > MaxNote {
		return ErrNote
	}
	return v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		groupID, err := ownGroup(tx, account, group)
		if err != nil {
			return err
		}
		edited := tx.Model(&itemRecord{}).Where("account = ? AND id = ?", account[:], id[:]).
			Updates(map[string]any{"name": name, "note": note, "search": searchText(name, note), "group_id": groupID})
		if edited.Error == nil && edited.RowsAffected != 1 {
			return ErrUnknownItem
		}
		return edited.Error
	})
}

// Move puts items into a group, or out of groups with the zero ID. Items that
// are not the account's stay where they are. Error: ErrUnknownGroup.
func (v *Vault) Move(ctx context.Context, account Account, items []ID, group ID) error {
	return v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		groupID, err := ownGroup(tx, account, group)
		if err != nil {
			return err
		}
		return eachChunk(items, func(ids [][]byte) error {
			return tx.Model(&itemRecord{}).Where("account = ? AND id IN ?", account[:], ids).Update("group_id", groupID).Error
		})
	})
}

// Remove takes items out of the vault, and back the links that show them. What
// was stamped stays stamped.
func (v *Vault) Remove(ctx context.Context, account Account, items []ID) error {
	return v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		return eachChunk(items, func(ids [][]byte) error {
			if err := tx.Where("account = ? AND item_id IN ?", account[:], ids).Delete(&shareRecord{}).Error; err != nil {
				return err
			}
			return tx.Where("account = ? AND id IN ?", account[:], ids).Delete(&itemRecord{}).Error
		})
	})
}

// eachChunk hands ids on in pieces that fit a statement.
func eachChunk(ids []ID, do func([][]byte) error) error {
	for len(ids) > 0 {
		n := min(len(ids), 500)
		chunk := make([][]byte, n)
		for i, id := range ids[:n] {
			chunk[i] = append([]byte(nil), id[:]...)
		}
		if err := do(chunk); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// cleanLine makes text one line.
func cleanLine(text string) string {
	return strings.Join(strings.FieldsFunc(db.CleanText(text), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

func searchText(name, note string) string { return strings.ToLower(name + "\n" + note) }

func moment(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

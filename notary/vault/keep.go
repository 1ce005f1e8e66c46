package vault

import (
	"context"
	"fmt"
	"math"
	"strings"

	"cairn/app/db"
	"cairn/notary"
	"cairn/notary/client"
	"cairn/notary/ots"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Entry is a digest to keep. A name longer than MaxName, as paths can be, loses
// its beginning.
type Entry struct {
	Digest notary.Digest
	Name   string
}

// Kept says what became of entries.
type Kept struct {
	// Added are new in the vault; Had were there, under the names they had.
	Added, Had int
	// Unknown are not in our calendar, so there is nothing to keep: they are to
	// be stamped first, or brought along as .ots files.
	Unknown []notary.Digest
}

// Keep adds digests of our calendar to a vault, all at once. Keeping twice
// changes nothing. Errors: ErrEntries, ErrFull, ErrUnknownGroup.
func (v *Vault) Keep(ctx context.Context, account Account, entries []Entry, group ID) (Kept, error) {
	if len(entries) == 0 || len(entries) > MaxEntries {
		return Kept{}, ErrEntries
	}
	digests := make([]notary.Digest, len(entries))
	for i, e := range entries {
		digests[i] = e.Digest
	}
	proofs, err := v.proofs(ctx, digests)
	if err != nil {
		return Kept{}, err
	}
	now := v.now().Unix()
	var kept Kept
	rows := make([]itemRecord, 0, len(entries))
	seen := make(map[notary.Digest]bool, len(entries))
	for _, e := range entries {
		proof, known := proofs[e.Digest]
		switch {
		case seen[e.Digest]:
			continue
		case !known:
			kept.Unknown = append(kept.Unknown, e.Digest)
		default:
			id, err := v.newID()
			if err != nil {
				return Kept{}, err
			}
			row := itemRecord{ID: id[:], Account: account[:], Digest: append([]byte(nil), e.Digest[:]...), Name: cutName(e.Name), KeptAt: now}
			row.Search = searchText(row.Name, "")
			if proof.Stage == notary.StageComplete {
				row.complete(now, proof)
			}
			rows = append(rows, row)
		}
		seen[e.Digest] = true
	}
	if len(rows) == 0 {
		return kept, nil
	}
	err = v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		added, err := insert(tx, account, rows, group)
		kept.Added, kept.Had = added, len(rows)-added
		return err
	})
	if err != nil {
		return Kept{}, err
	}
	return kept, nil
}

// complete notes in a row what its proof ends in.
func (r *itemRecord) complete(now int64, proof notary.Proof) {
	r.CompleteAt = &now
	if a := proof.Anchor; a != nil {
		height, at := int64(a.Block.Height), a.BlockTime.Unix()
		r.BlockHeight, r.BlockTime = &height, &at
	}
}

// insert adds rows that are not there yet and counts them. Errors: ErrFull,
// ErrUnknownGroup.
func insert(tx *gorm.DB, account Account, rows []itemRecord, group ID) (added int, err error) {
	groupID, err := ownGroup(tx, account, group)
	if err != nil {
		return 0, err
	}
	for i := range rows {
		rows[i].GroupID = groupID
	}
	made := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 500)
	if made.Error != nil {
		return 0, made.Error
	}
	var have int64
	if err := tx.Model(&itemRecord{}).Where("account = ?", account[:]).Count(&have).Error; err != nil {
		return 0, err
	}
	if have > MaxItems {
		return 0, ErrFull
	}
	return int(made.RowsAffected), nil
}

// cutName makes a name one line of at most MaxName characters; of a long path
// the end says most.
func cutName(name string) string {
	runes := []rune(cleanLine(name))
	if len(runes) > MaxName {
		runes = append([]rune{'…'}, runes[len(runes)-MaxName+1:]...)
	}
	return string(runes)
}

// Import keeps a proof made elsewhere, as an .ots file of at most 1 MiB; while
// it waits for a calendar, the worker asks. The digest's item becomes this
// proof's if there was one without. Errors: the kinds of package ots, ErrHash,
// ErrEndsNowhere, ErrFull, ErrUnknownGroup.
func (v *Vault) Import(ctx context.Context, account Account, file []byte, name string, group ID) (ID, error) {
	parsed, err := parseFile(file)
	if err != nil {
		return ID{}, err
	}
	height, complete := blockOf(parsed.Timestamp)
	id, err := v.newID()
	if err != nil {
		return ID{}, err
	}
	now := v.now().Unix()
	row := itemRecord{
		ID: id[:], Account: account[:], Digest: parsed.Digest(), Name: cutName(strings.TrimSuffix(name, ".ots")),
		KeptAt: now, Proof: file, NextTryAt: now,
	}
	row.Search = searchText(row.Name, "")
	if complete {
		row.CompleteAt, row.BlockHeight = &now, &height
	}
	err = v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		fresh := row
		added, err := insert(tx, account, []itemRecord{fresh}, group)
		if err != nil || added == 1 {
			return err
		}
		var had itemRecord
		if err := tx.Select("id, proof").Where("account = ? AND digest = ?", account[:], row.Digest).Take(&had).Error; err != nil {
			return err
		}
		id = ID(had.ID)
		if had.Proof != nil {
			// The newcomer may say more, or less: what both say is kept.
			merged, err := merge(had.Proof, file)
			if err != nil {
				return err
			}
			row.Proof = merged
		}
		return tx.Model(&itemRecord{}).Where("id = ?", had.ID).Updates(map[string]any{
			"proof": row.Proof, "next_try_at": now,
			"complete_at":  gorm.Expr("COALESCE(complete_at, ?)", row.CompleteAt),
			"block_height": gorm.Expr("COALESCE(block_height, ?)", row.BlockHeight),
		}).Error
	})
	return id, err
}

// CheckFile says why Import would refuse a file for what it is: the kinds of
// package ots, ErrHash, ErrEndsNowhere.
func CheckFile(file []byte) error {
	_, err := parseFile(file)
	return err
}

func parseFile(file []byte) (*ots.File, error) {
	parsed, err := ots.ParseFile(file)
	if err != nil {
		return nil, err
	}
	if parsed.Hash != ots.OpSHA256 {
		return nil, ErrHash
	}
	if _, complete := blockOf(parsed.Timestamp); !complete && len(client.Questions(parsed.Timestamp)) == 0 {
		return nil, ErrEndsNowhere
	}
	return parsed, nil
}

// merge makes one proof of two for the same digest.
func merge(a, b []byte) ([]byte, error) {
	one, err := ots.ParseFile(a)
	if err != nil {
		return nil, fmt.Errorf("a stored proof cannot be read: %w", err)
	}
	other, err := ots.ParseFile(b)
	if err != nil {
		return nil, err
	}
	if err := one.Timestamp.Merge(other.Timestamp); err != nil {
		return nil, err
	}
	merged, err := one.MarshalBinary()
	if err != nil || len(merged) > maxProof {
		// Together they are more than a proof may be: the first stays.
		return a, nil
	}
	return merged, nil
}

// maxProof is how long a proof may become by merging, in bytes.
const maxProof = 1 << 20

// blockOf is the lowest block a proof names.
func blockOf(t *ots.Timestamp) (height int64, ok bool) {
	for _, a := range t.All() {
		if a.Tag != ots.TagBitcoin || a.Height > math.MaxInt32 {
			continue
		}
		if named := int64(a.Height); !ok || named < height {
			height, ok = named, true
		}
	}
	return height, ok
}

// ownGroup is the group's id as it is stored, after a look whose it is; nil for
// the zero ID. Error: ErrUnknownGroup.
func ownGroup(tx *gorm.DB, account Account, group ID) ([]byte, error) {
	if group == (ID{}) {
		return nil, nil
	}
	var n int64
	if err := tx.Model(&groupRecord{}).Where("account = ? AND id = ?", account[:], group[:]).Count(&n).Error; err != nil {
		return nil, db.Classify(err)
	}
	if n != 1 {
		return nil, ErrUnknownGroup
	}
	return append([]byte(nil), group[:]...), nil
}

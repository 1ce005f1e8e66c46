package vault

import (
	"context"
	"fmt"

	"cairn/app/db"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Group is a name that items are put under.
type Group struct {
	ID   ID
	Name string
	// Items counts what is in it.
	Items int64
}

// Groups lists the account's groups by name.
func (v *Vault) Groups(ctx context.Context, account Account) ([]Group, error) {
	var rows []struct {
		ID    []byte
		Name  string
		Items int64
	}
	err := v.cfg.DB.Read(ctx).Table("vault_groups").Where("vault_groups.account = ?", account[:]).
		Select("vault_groups.id, vault_groups.name, (SELECT COUNT(*) FROM vault_items WHERE vault_items.group_id = vault_groups.id) AS items").
		Order("vault_groups.name, vault_groups.id").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("reading groups: %w", db.Classify(err))
	}
	groups := make([]Group, len(rows))
	for i, r := range rows {
		groups[i] = Group{ID(r.ID), r.Name, r.Items}
	}
	return groups, nil
}

// MakeGroup makes a group, or finds the one of that name. Errors: ErrName,
// ErrTooManyGroups.
func (v *Vault) MakeGroup(ctx context.Context, account Account, name string) (ID, error) {
	name = cleanLine(name)
	if name == "" || len([]rune(name)) > MaxName {
		return ID{}, ErrName
	}
	id, err := v.newID()
	if err != nil {
		return ID{}, err
	}
	err = v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).
			Create(&groupRecord{ID: append([]byte(nil), id[:]...), Account: account[:], Name: name, CreatedAt: v.now().Unix()})
		if made.Error != nil {
			return made.Error
		}
		if made.RowsAffected == 0 {
			var had groupRecord
			err := tx.Where("account = ? AND name = ?", account[:], name).Take(&had).Error
			if err == nil {
				id = ID(had.ID)
			}
			return err
		}
		var n int64
		if err := tx.Model(&groupRecord{}).Where("account = ?", account[:]).Count(&n).Error; err != nil {
			return err
		}
		if n > MaxGroups {
			return ErrTooManyGroups
		}
		return nil
	})
	return id, err
}

// RenameGroup gives a group another name. Errors: ErrName, ErrGroupTaken,
// ErrUnknownGroup.
func (v *Vault) RenameGroup(ctx context.Context, account Account, group ID, name string) error {
	name = cleanLine(name)
	if name == "" || len([]rune(name)) > MaxName {
		return ErrName
	}
	return v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if _, err := ownGroup(tx, account, group); err != nil {
			return err
		}
		var taken int64
		err := tx.Model(&groupRecord{}).Where("account = ? AND name = ? AND id <> ?", account[:], name, group[:]).Count(&taken).Error
		if err != nil {
			return err
		}
		if taken > 0 {
			return ErrGroupTaken
		}
		return tx.Model(&groupRecord{}).Where("account = ? AND id = ?", account[:], group[:]).Update("name", name).Error
	})
}

// RemoveGroup removes a group and takes back the links that show it; its items
// stay in the vault. Error: ErrUnknownGroup.
func (v *Vault) RemoveGroup(ctx context.Context, account Account, group ID) error {
	return v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if _, err := ownGroup(tx, account, group); err != nil {
			return err
		}
		if err := tx.Where("account = ? AND group_id = ?", account[:], group[:]).Delete(&shareRecord{}).Error; err != nil {
			return err
		}
		err := tx.Model(&itemRecord{}).Where("account = ? AND group_id = ?", account[:], group[:]).Update("group_id", nil).Error
		if err != nil {
			return err
		}
		return tx.Where("account = ? AND id = ?", account[:], group[:]).Delete(&groupRecord{}).Error
	})
}

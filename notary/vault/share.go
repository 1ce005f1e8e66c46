package vault

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
)

// Share is a link that shows an item or a group to whoever has it.
type Share struct {
	ID ID
	// Item or Group is the zero ID; Name is the one's or the other's.
	Item, Group ID
	Name        string
	CreatedAt   time.Time
	// Expires is zero for a link that lasts until it is taken back.
	Expires time.Time
}

// Shared is what a link shows: one item, or a group by its name.
type Shared struct {
	// Group is the group's name; empty for a link to one item.
	Group string
	Page  Page
	// Expires is zero for a link that lasts until it is taken back.
	Expires time.Time
}

// MaxShareLife is the longest life of a link that has an end.
const MaxShareLife = 366 * 24 * time.Hour

// Share makes a link's token, 128 random bits that are kept as a hash only.
// life is how long it works; 0 is until it is taken back. Exactly one of item
// and group is not zero. Errors: ErrUnknownItem, ErrUnknownGroup,
// ErrTooManyShares.
func (v *Vault) Share(ctx context.Context, account Account, item, group ID, life time.Duration) (token string, err error) {
	if (item == ID{}) == (group == ID{}) {
		return "", ErrUnknownItem
	}
	secret, err := v.newID()
	if err != nil {
		return "", err
	}
	id, err := v.newID()
	if err != nil {
		return "", err
	}
	token = base64.RawURLEncoding.EncodeToString(secret[:])
	now := v.now()
	row := shareRecord{TokenHash: shareHash(token), ID: id[:], Account: account[:], CreatedAt: now.Unix()}
	if life > 0 {
		expires := now.Add(min(life, MaxShareLife)).Unix()
		row.ExpiresAt = &expires
	}
	err = v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if item != (ID{}) {
			var n int64
			if err := tx.Model(&itemRecord{}).Where("account = ? AND id = ?", account[:], item[:]).Count(&n).Error; err != nil {
				return err
			}
			if n != 1 {
				return ErrUnknownItem
			}
			row.ItemID = item[:]
		} else {
			groupID, err := ownGroup(tx, account, group)
			if err != nil {
				return err
			}
			row.GroupID = groupID
		}
		if err := tx.Where("expires_at <= ?", now.Unix()).Delete(&shareRecord{}).Error; err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&shareRecord{}).Where("account = ?", account[:]).Count(&n).Error; err != nil {
			return err
		}
		if n >= MaxShares {
			return ErrTooManyShares
		}
		return tx.Create(&row).Error
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func shareHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Shares lists the account's links that work, the newest first.
func (v *Vault) Shares(ctx context.Context, account Account) ([]Share, error) {
	var rows []struct {
		Row  shareRecord `gorm:"embedded"`
		Name string
	}
	err := v.cfg.DB.Read(ctx).Table("vault_shares").
		Joins("LEFT JOIN vault_items ON vault_items.id = vault_shares.item_id").
		Joins("LEFT JOIN vault_groups ON vault_groups.id = vault_shares.group_id").
		Select("vault_shares.*, COALESCE(vault_items.name, vault_groups.name) AS name").
		Where("vault_shares.account = ? AND (expires_at IS NULL OR expires_at > ?)", account[:], v.now().Unix()).
		Order("vault_shares.created_at DESC, vault_shares.id").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("reading links: %w", db.Classify(err))
	}
	shares := make([]Share, len(rows))
	for i, r := range rows {
		shares[i] = Share{ID: ID(r.Row.ID), Name: r.Name, CreatedAt: moment(r.Row.CreatedAt)}
		if len(r.Row.ItemID) > 0 {
			shares[i].Item = ID(r.Row.ItemID)
		} else {
			shares[i].Group = ID(r.Row.GroupID)
		}
		if r.Row.ExpiresAt != nil {
			shares[i].Expires = moment(*r.Row.ExpiresAt)
		}
	}
	return shares, nil
}

// Unshare takes a link back; a stranger's is left alone.
func (v *Vault) Unshare(ctx context.Context, account Account, share ID) error {
	return v.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		return tx.Where("account = ? AND id = ?", account[:], share[:]).Delete(&shareRecord{}).Error
	})
}

// Open shows what a link leads to, a group page by page. The owner's notes stay
// his. Error: ErrShare.
func (v *Vault) Open(ctx context.Context, token string, page int) (Shared, error) {
	shared, narrow, err := v.shared(ctx, token)
	if err != nil {
		return Shared{}, err
	}
	shared.Page, err = v.page(ctx, narrow, page)
	for i := range shared.Page.Items {
		shared.Page.Items[i].Note = ""
	}
	return shared, err
}

// OpenWalk hands every item a link leads to to visit, with its .ots file.
// Error: ErrShare.
func (v *Vault) OpenWalk(ctx context.Context, token string, visit func(Item, []byte) error) error {
	_, narrow, err := v.shared(ctx, token)
	if err != nil {
		return err
	}
	return v.walk(ctx, narrow, visit)
}

// shared finds what a link leads to, and how to ask for its items.
func (v *Vault) shared(ctx context.Context, token string) (Shared, func(*gorm.DB) *gorm.DB, error) {
	tx := v.cfg.DB.Read(ctx)
	var r shareRecord
	err := tx.Where("token_hash = ? AND (expires_at IS NULL OR expires_at > ?)", shareHash(token), v.now().Unix()).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Shared{}, nil, ErrShare
	}
	if err != nil {
		return Shared{}, nil, fmt.Errorf("reading a link: %w", db.Classify(err))
	}
	var shared Shared
	if r.ExpiresAt != nil {
		shared.Expires = moment(*r.ExpiresAt)
	}
	if len(r.ItemID) > 0 {
		return shared, func(tx *gorm.DB) *gorm.DB { return tx.Where("vault_items.id = ?", r.ItemID) }, nil
	}
	var g groupRecord
	if err := tx.Where("id = ?", r.GroupID).Take(&g).Error; err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return Shared{}, nil, ErrShare
		}
		return Shared{}, nil, fmt.Errorf("reading a group: %w", db.Classify(err))
	}
	shared.Group = g.Name
	return shared, func(tx *gorm.DB) *gorm.DB { return tx.Where("group_id = ?", r.GroupID) }, nil
}

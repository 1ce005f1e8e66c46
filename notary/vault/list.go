package vault

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"cairn/app/db"

	"gorm.io/gorm"
)

// Query asks for a page of items, the latest kept first.
type Query struct {
	// Search is part of a name or note, or the beginning of a digest; empty
	// for all. Case does not matter.
	Search string
	// Group narrows to a group; the zero ID does not.
	Group ID
	// Page counts from 1; one beyond the last is the last.
	Page int
}

// Page is part of a list.
type Page struct {
	Items []Item
	// Total counts all that the query found; Number of Pages is this page.
	Total         int64
	Number, Pages int
}

// maxSearch bounds what is searched for, in bytes.
const maxSearch = 200

// List finds a page of the account's items. Error: ErrUnknownGroup.
func (v *Vault) List(ctx context.Context, account Account, q Query) (Page, error) {
	tx := v.cfg.DB.Read(ctx)
	if _, err := ownGroup(tx, account, q.Group); err != nil {
		return Page{}, err
	}
	return v.page(ctx, func(tx *gorm.DB) *gorm.DB { return q.narrow(tx.Where("vault_items.account = ?", account[:])) }, q.Page)
}

// page reads one page of the items that narrow leaves.
func (v *Vault) page(ctx context.Context, narrow func(*gorm.DB) *gorm.DB, number int) (Page, error) {
	tx := v.cfg.DB.Read(ctx)
	var page Page
	if err := narrow(tx.Table("vault_items")).Count(&page.Total).Error; err != nil {
		return Page{}, fmt.Errorf("counting items: %w", db.Classify(err))
	}
	page.Pages = max(1, int((page.Total+PageSize-1)/PageSize))
	page.Number = min(max(1, number), page.Pages)
	var rows []listed
	err := narrow(v.items(tx)).Order("kept_at DESC, vault_items.id DESC").
		Offset((page.Number - 1) * PageSize).Limit(PageSize).Scan(&rows).Error
	if err != nil {
		return Page{}, fmt.Errorf("reading items: %w", db.Classify(err))
	}
	page.Items, err = v.withProofs(ctx, rows)
	return page, err
}

// narrow adds what the query asks for.
func (q Query) narrow(tx *gorm.DB) *gorm.DB {
	if q.Group != (ID{}) {
		tx = tx.Where("group_id = ?", q.Group[:])
	}
	text := strings.ToLower(cleanLine(q.Search))
	if text == "" {
		return tx
	}
	text = strings.ToValidUTF8(text[:min(len(text), maxSearch)], "")
	like := "%" + likeEscape.Replace(text) + "%"
	if low, high, ok := digestRange(text); ok {
		return tx.Where(`(search LIKE ? ESCAPE '\' OR (digest >= ? AND digest <= ?))`, like, low, high)
	}
	return tx.Where(`search LIKE ? ESCAPE '\'`, like)
}

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// digestRange is the digests that begin with these hexadecimal digits, at least
// six of them.
func digestRange(digits string) (low, high []byte, ok bool) {
	if len(digits) < 6 || len(digits) > 64 {
		return nil, nil, false
	}
	low, err := hex.DecodeString(digits + strings.Repeat("0", 64-len(digits)))
	if err != nil {
		return nil, nil, false
	}
	high, err = hex.DecodeString(digits + strings.Repeat("f", 64-len(digits)))
	return low, high, err == nil
}

// Walk hands every item of a vault, or of a group, to visit with its .ots file,
// the oldest first. An item that cannot be read any more is left out.
func (v *Vault) Walk(ctx context.Context, account Account, group ID, visit func(Item, []byte) error) error {
	if _, err := ownGroup(v.cfg.DB.Read(ctx), account, group); err != nil {
		return err
	}
	return v.walk(ctx, func(tx *gorm.DB) *gorm.DB {
		return Query{Group: group}.narrow(tx.Where("vault_items.account = ?", account[:]))
	}, visit)
}

func (v *Vault) walk(ctx context.Context, narrow func(*gorm.DB) *gorm.DB, visit func(Item, []byte) error) error {
	const some = 200
	var at int64
	last := []byte{}
	for {
		var rows []listed
		err := narrow(v.items(v.cfg.DB.Read(ctx))).
			Where("(kept_at > ? OR (kept_at = ? AND vault_items.id > ?))", at, at, last).
			Order("kept_at, vault_items.id").Limit(some).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("reading items: %w", db.Classify(err))
		}
		items, err := v.withProofs(ctx, rows)
		if err != nil {
			return err
		}
		for _, item := range items {
			file, err := v.file(ctx, item)
			if err != nil {
				return err
			}
			if err := visit(item, file); err != nil {
				return err
			}
		}
		if len(rows) < some {
			return nil
		}
		at, last = rows[len(rows)-1].Row.KeptAt, rows[len(rows)-1].Row.ID
	}
}

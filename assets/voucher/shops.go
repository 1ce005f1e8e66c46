package voucher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

const (
	// maxUndo bounds how long a redemption can be undone: as long as it can, its
	// coin can be spent elsewhere.
	maxUndo = 10 * time.Minute
	// A shop has at most so many.
	maxStaff, maxTills = 200, 100
)

func (d ShopDraft) check() error {
	if !slugs.MatchString(d.Slug) {
		return fmt.Errorf("%w: an address has 3 to 40 of a–z, 0–9 and hyphens", ErrWords)
	}
	if !languages.MatchString(d.Language) {
		return fmt.Errorf("%w: the language", ErrWords)
	}
	if d.Undo < 0 || d.Undo > maxUndo {
		return fmt.Errorf("%w: redemptions can be undone for 0 to 10 min", ErrTerms)
	}
	return errors.Join(words("the name", d.Name, 1, 80, false), words("the text", d.About, 0, 2_000, true), words("the contact", d.Contact, 0, 200, true))
}

// CreateShop opens a shop, and gives its first owner's key, which is told once.
// Errors: ErrWords, ErrTerms, ErrTaken.
func (s *Service) CreateShop(ctx context.Context, d ShopDraft) (Shop, Key, error) {
	if err := d.check(); err != nil {
		return Shop{}, Key{}, err
	}
	id, err := draw[ShopID](s.cfg.Rand)
	if err != nil {
		return Shop{}, Key{}, err
	}
	key, err := draw[Key](s.cfg.Rand)
	if err != nil {
		return Shop{}, Key{}, err
	}
	now := s.now().Unix()
	row := shopRecord{
		ID: id[:], Slug: d.Slug, Name: d.Name, About: d.About, Contact: d.Contact, Language: d.Language,
		UndoSeconds: int64(d.Undo / time.Second), CreatedAt: now,
	}
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		if err := free(tx, d.Slug, nil); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.Create(&staffRecord{Shop: id[:], Number: 1, KeyHash: key.hash(), Role: Owner, CreatedAt: now}).Error
	})
	if err != nil {
		return Shop{}, Key{}, fmt.Errorf("open a shop: %w", taken(err))
	}
	return row.shop(), key, nil
}

// free says whether no other shop has an address. Errors: ErrTaken.
func free(tx *gorm.DB, slug string, but []byte) error {
	r, err := take[shopRecord](tx.Where("slug = ?", slug), ErrShop)
	if errors.Is(err, ErrShop) || err == nil && string(r.ID) == string(but) {
		return nil
	}
	if err == nil {
		err = ErrTaken
	}
	return err
}

// taken names the error of a unique key that a race has broken.
func taken(err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("%w: %w", ErrTaken, err)
	}
	return err
}

// EditShop changes what an owner says of his shop. Errors: as CreateShop, and
// those of Enter.
func (s *Service) EditShop(ctx context.Context, key Key, d ShopDraft) (Shop, error) {
	if err := d.check(); err != nil {
		return Shop{}, err
	}
	var shop Shop
	err := s.as(ctx, key, Manage, func(tx *gorm.DB, who Desk) error {
		id := who.Shop.ID
		if err := free(tx, d.Slug, id[:]); err != nil {
			return err
		}
		err := tx.Model(&shopRecord{}).Where("id = ?", id[:]).Updates(map[string]any{
			"slug": d.Slug, "name": d.Name, "about": d.About, "contact": d.Contact, "language": d.Language,
			"undo_seconds": int64(d.Undo / time.Second),
		}).Error
		if err != nil {
			return taken(err)
		}
		shop = who.Shop
		shop.ShopDraft = d
		return s.note(tx, who, Entry{What: EventShop})
	})
	return shop, err
}

// Shop is the one with a public address. Errors: ErrShop.
func (s *Service) Shop(ctx context.Context, slug string) (Shop, error) {
	r, err := take[shopRecord](s.db.Read(ctx).Where("slug = ?", slug), ErrShop)
	return r.shopOr(err)
}

func (r shopRecord) shopOr(err error) (Shop, error) {
	if err != nil {
		return Shop{}, err
	}
	return r.shop(), nil
}

// Enter says who stands behind a key. Errors: ErrNotYours, ErrRevoked.
func (s *Service) Enter(ctx context.Context, key Key) (Desk, error) {
	return enter(s.db.Read(ctx), key)
}

func enter(tx *gorm.DB, key Key) (Desk, error) {
	r, err := take[staffRecord](tx.Where("key_hash = ?", key.hash()), ErrNotYours)
	if err != nil {
		return Desk{}, err
	}
	if r.RevokedAt != nil {
		return Desk{}, fmt.Errorf("%w: on %s", ErrRevoked, unix(*r.RevokedAt).Format(time.DateOnly))
	}
	shop, err := take[shopRecord](tx.Where("id = ?", r.Shop), ErrShop)
	if err != nil {
		return Desk{}, err
	}
	who := Desk{Shop: shop.shop(), Staff: r.staff()}
	if r.Till != nil {
		till, err := take[tillRecord](tx.Where("shop = ? AND number = ?", r.Shop, *r.Till), ErrNotYours)
		if err != nil {
			return Desk{}, err
		}
		if till.RevokedAt != nil {
			return Desk{}, fmt.Errorf("%w: the till was, on %s", ErrRevoked, unix(*till.RevokedAt).Format(time.DateOnly))
		}
		who.Till = till.till()
	}
	return who, nil
}

// allow is enter for an action. Errors: also ErrRole.
func allow(tx *gorm.DB, key Key, a Action) (Desk, error) {
	who, err := enter(tx, key)
	if err != nil {
		return Desk{}, err
	}
	if !who.Staff.Role.May(a) {
		return Desk{}, fmt.Errorf("%w: %s as %s", ErrRole, a, who.Staff.Role)
	}
	return who, nil
}

// as runs fn in a transaction for somebody who may do something.
func (s *Service) as(ctx context.Context, key Key, a Action, fn func(tx *gorm.DB, who Desk) error) error {
	var id ShopID
	err := s.db.Transact(ctx, func(tx *gorm.DB) error {
		who, err := allow(tx, key, a)
		if err != nil {
			return err
		}
		id = who.Shop.ID
		return fn(tx, who)
	})
	if err == nil {
		s.hub.tell(id)
	}
	return err
}

// AddTill adds a place where vouchers are taken. Errors: ErrWords, ErrTooMany,
// those of Enter, ErrRole.
func (s *Service) AddTill(ctx context.Context, owner Key, name string) (Till, error) {
	if err := words("the name", name, 1, 40, false); err != nil {
		return Till{}, err
	}
	var till Till
	err := s.as(ctx, owner, Manage, func(tx *gorm.DB, who Desk) error {
		id := who.Shop.ID
		number, err := next(tx, &tillRecord{}, id, maxTills)
		if err != nil {
			return err
		}
		row := tillRecord{Shop: id[:], Number: number, Name: name, CreatedAt: s.now().Unix()}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		till = row.till()
		return s.note(tx, who, Entry{What: EventTill, Detail: name})
	})
	return till, err
}

// next is the number that comes after those there are. Errors: ErrTooMany.
func next(tx *gorm.DB, model any, id ShopID, most int) (int, error) {
	var n int64
	if err := tx.Model(model).Where("shop = ?", id[:]).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	if n >= int64(most) {
		return 0, fmt.Errorf("%w: %d", ErrTooMany, n)
	}
	return int(n) + 1, nil
}

// RevokeTill closes a till: the keys bound to it open nothing any more. Doing so
// again is no error. Errors: ErrShop without such a till; those of Enter,
// ErrRole.
func (s *Service) RevokeTill(ctx context.Context, owner Key, number int) error {
	return s.as(ctx, owner, Manage, func(tx *gorm.DB, who Desk) error {
		id := who.Shop.ID
		row, err := take[tillRecord](tx.Where("shop = ? AND number = ?", id[:], number), ErrShop)
		if err != nil || row.RevokedAt != nil {
			return err
		}
		if err := tx.Model(&tillRecord{}).Where("shop = ? AND number = ?", id[:], number).Update("revoked_at", s.now().Unix()).Error; err != nil {
			return err
		}
		return s.note(tx, who, Entry{What: EventTillOff, Detail: row.Name})
	})
}

// Tills lists a shop's tills, for all of its staff. Errors: those of Enter.
func (s *Service) Tills(ctx context.Context, key Key) ([]Till, error) {
	who, err := s.Enter(ctx, key)
	if err != nil {
		return nil, err
	}
	rows, err := list[tillRecord](s.db.Read(ctx).Where("shop = ?", who.Shop.ID[:]).Order("number"))
	out := make([]Till, len(rows))
	for i, r := range rows {
		out[i] = r.till()
	}
	return out, err
}

// StaffDraft is somebody new.
type StaffDraft struct {
	Role Role
	// Name is 1 to 80 characters.
	Name string
	// Till is a cashier's, and 0 for others.
	Till int
}

// AddStaff makes a key for somebody, which is told once. Errors: ErrWords,
// ErrTerms for a cashier without a till or a till that is closed, ErrTooMany;
// those of Enter, ErrRole.
func (s *Service) AddStaff(ctx context.Context, owner Key, d StaffDraft) (Staff, Key, error) {
	if err := words("the name", d.Name, 1, 80, false); err != nil {
		return Staff{}, Key{}, err
	}
	if _, known := allowed[d.Role]; !known || (d.Role == Cashier) != (d.Till > 0) {
		return Staff{}, Key{}, fmt.Errorf("%w: a cashier has a till, and nobody else", ErrTerms)
	}
	key, err := draw[Key](s.cfg.Rand)
	if err != nil {
		return Staff{}, Key{}, err
	}
	var staff Staff
	err = s.as(ctx, owner, Manage, func(tx *gorm.DB, who Desk) error {
		id := who.Shop.ID
		number, err := next(tx, &staffRecord{}, id, maxStaff)
		if err != nil {
			return err
		}
		row := staffRecord{Shop: id[:], Number: number, KeyHash: key.hash(), Role: d.Role, Name: d.Name, CreatedAt: s.now().Unix()}
		if d.Till > 0 {
			till, err := take[tillRecord](tx.Where("shop = ? AND number = ?", id[:], d.Till), ErrTerms)
			if err != nil {
				return err
			}
			if till.RevokedAt != nil {
				return fmt.Errorf("%w: till %d is closed", ErrTerms, d.Till)
			}
			row.Till = &d.Till
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		staff = row.staff()
		return s.note(tx, who, Entry{What: EventStaff, Detail: string(d.Role) + ": " + d.Name})
	})
	if err != nil {
		return Staff{}, Key{}, err
	}
	return staff, key, nil
}

// RevokeStaff takes a key back. Doing so again is no error. Errors: ErrLastOwner;
// ErrShop without such a one; those of Enter, ErrRole.
func (s *Service) RevokeStaff(ctx context.Context, owner Key, number int) error {
	return s.as(ctx, owner, Manage, func(tx *gorm.DB, who Desk) error {
		id := who.Shop.ID
		row, err := take[staffRecord](tx.Where("shop = ? AND number = ?", id[:], number), ErrShop)
		if err != nil || row.RevokedAt != nil {
			return err
		}
		if row.Role == Owner {
			var owners int64
			if err := tx.Model(&staffRecord{}).Where("shop = ? AND role = 'owner' AND revoked_at IS NULL", id[:]).Count(&owners).Error; err != nil {
				return err
			}
			if owners < 2 {
				return ErrLastOwner
			}
		}
		if err := tx.Model(&staffRecord{}).Where("shop = ? AND number = ?", id[:], number).Update("revoked_at", s.now().Unix()).Error; err != nil {
			return err
		}
		return s.note(tx, who, Entry{What: EventRevoked, Detail: string(row.Role) + ": " + row.Name})
	})
}

// Staff lists a shop's staff, for those who manage or review it. Errors: those of
// Enter, ErrRole.
func (s *Service) Staff(ctx context.Context, key Key) ([]Staff, error) {
	who, err := allow(s.db.Read(ctx), key, Review)
	if err != nil {
		return nil, err
	}
	rows, err := list[staffRecord](s.db.Read(ctx).Where("shop = ?", who.Shop.ID[:]).Order("number"))
	out := make([]Staff, len(rows))
	for i, r := range rows {
		out[i] = r.staff()
	}
	return out, err
}

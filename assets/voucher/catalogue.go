package voucher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/assets"
	"cairn/assets/voucher/bearer"
	"cairn/chain/follow"

	"gorm.io/gorm"
)

const (
	// A shop has at most so many series, and a series so many vouchers, of which
	// so many are registered at a time.
	maxSeries, maxVouchers, maxBatch = 500, 50_000, 2_000
	maxDesign                        = 60_000 // bytes
	maxDays                          = 3_650
	maxStamps                        = 100
	// maxScript is the longest output script that is watched.
	maxScript = 42
	maxUnits  = 1 << 53 // what pages can count exactly, and Colu can carry
)

func (d SeriesDraft) check(now time.Time) error {
	err := errors.Join(words("the name", d.Name, 1, 80, false), words("the worth", d.Worth, 0, 200, false),
		words("the conditions", d.Conditions, 0, 2_000, true), words("the unit", d.Unit, 0, 20, false))
	if err != nil {
		return err
	}
	terms := func(why string) error { return fmt.Errorf("%w: %s", ErrTerms, why) }
	switch d.Kind {
	case Whole, Value, Stamps:
	default:
		return terms("there is no such kind")
	}
	switch {
	case d.Units < 1 || d.Units >= maxUnits:
		return terms("a voucher has one unit at least")
	case d.Kind == Stamps && d.Units > maxStamps:
		return terms("a stamp card has at most 100 stamps")
	case d.Decimals < 0 || d.Decimals > 8 || d.Kind != Value && d.Decimals != 0:
		return terms("only gift cards have decimals, 8 at most")
	case len(d.Design) > maxDesign:
		return fmt.Errorf("%w: the design", ErrWords)
	case len(d.Return) > maxScript:
		return terms("the script that redeemed units go to is too long")
	}
	switch d.Expiry {
	case Never:
		if d.Issuer != [32]byte{} || d.Days != 0 || !d.ExpiresOn.IsZero() {
			return terms("what never expires is not taken back")
		}
		return nil
	case OnDate:
		if d.Days != 0 || d.ExpiresOn.Nanosecond() != 0 || !d.ExpiresOn.After(now) || d.ExpiresOn.After(now.AddDate(0, 0, maxDays)) {
			return terms("the last day lies in the next ten years")
		}
	case AfterDays:
		if !d.ExpiresOn.IsZero() || d.Days < 1 || d.Days > maxDays {
			return terms("it ends after 1 to 3,650 days")
		}
	default:
		return terms("there is no such rule for expiry")
	}
	if d.Issuer == [32]byte{} {
		return terms("what expires is taken back by a key")
	}
	return bearer.Terms{Expiry: d.ExpiryAt(now), Issuer: d.Issuer}.Check()
}

// CreateSeries adds a series without vouchers. The asset may be zero until it is
// known. Errors: ErrWords, ErrTerms, ErrProtocol, ErrTooMany; bearer.ErrKey; those
// of Enter, ErrRole.
func (s *Service) CreateSeries(ctx context.Context, owner Key, d SeriesDraft, asset assets.ID) (Series, error) {
	if err := errors.Join(d.check(s.now()), carries(asset)); err != nil {
		return Series{}, err
	}
	id, err := draw[SeriesID](s.cfg.Rand)
	if err != nil {
		return Series{}, err
	}
	var out Series
	err = s.as(ctx, owner, Manage, func(tx *gorm.DB, who Desk) error {
		if _, err := next(tx, &seriesRecord{}, who.Shop.ID, maxSeries); err != nil {
			return err
		}
		row := seriesRecord{
			ID: id[:], Shop: who.Shop.ID[:], Kind: d.Kind, Name: d.Name, Worth: d.Worth, Conditions: d.Conditions, Unit: d.Unit,
			Decimals: d.Decimals, Units: d.Units, Design: d.Design, Expiry: d.Expiry, Days: d.Days,
			ReturnScript: append([]byte{}, d.Return...), Claims: d.Claims, CreatedAt: s.now().Unix(),
		}
		if d.Expiry != Never {
			row.Issuer = d.Issuer[:]
		}
		if d.Expiry == OnDate {
			at := d.ExpiresOn.Unix()
			row.ExpiresOn = &at
		}
		row.set(asset)
		if !asset.IsZero() {
			if err := alone(tx, id, asset); err != nil {
				return err
			}
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if out, err = row.series(); err != nil {
			return err
		}
		return s.note(tx, who, Entry{What: EventSeries, Series: id, Detail: d.Name})
	})
	return out, err
}

// carries says whether vouchers are made under an asset's protocol. Errors:
// ErrProtocol.
func carries(asset assets.ID) error {
	if _, known := makers[asset.Protocol]; !known && !asset.IsZero() {
		return fmt.Errorf("%w: %s", ErrProtocol, asset.Protocol)
	}
	return nil
}

func (r *seriesRecord) set(asset assets.ID) {
	if asset.IsZero() {
		return
	}
	p := int64(asset.Protocol)
	r.Protocol, r.Asset = &p, asset.Raw()
}

// SetAsset says what the vouchers of a series hold, before any of them is in a
// block. Errors: ErrFixed, ErrProtocol, ErrSeries; those of Enter, ErrRole.
func (s *Service) SetAsset(ctx context.Context, owner Key, id SeriesID, asset assets.ID) (Series, error) {
	if asset.IsZero() {
		return Series{}, fmt.Errorf("%w: no asset", ErrProtocol)
	}
	if err := carries(asset); err != nil {
		return Series{}, err
	}
	var out Series
	err := s.as(ctx, owner, Manage, func(tx *gorm.DB, who Desk) error {
		row, err := ofShop(tx, who, id)
		if err != nil {
			return err
		}
		has, err := row.asset()
		if err != nil {
			return err
		}
		if has != asset {
			var coins int64
			err := tx.Raw(`SELECT count(*) FROM voucher_coins c JOIN vouchers v ON v.id = c.voucher WHERE v.series = ?`, id[:]).Scan(&coins).Error
			if err != nil {
				return fmt.Errorf("look for coins of a series: %w", err)
			}
			if coins > 0 {
				return ErrFixed
			}
			if err := alone(tx, id, asset); err != nil {
				return err
			}
			row.set(asset)
			err = tx.Model(&seriesRecord{}).Where("id = ?", id[:]).Updates(map[string]any{"protocol": *row.Protocol, "asset": row.Asset}).Error
			if err != nil {
				return err
			}
		}
		out, err = row.series()
		return err
	})
	return out, err
}

// alone says whether no other series holds an asset: its vouchers could not be told
// from those of this one. Errors: ErrSameAsset.
func alone(tx *gorm.DB, id SeriesID, asset assets.ID) error {
	var others int64
	err := tx.Model(&seriesRecord{}).Where("id <> ? AND protocol = ? AND asset = ?", id[:], int64(asset.Protocol), asset.Raw()).Count(&others).Error
	if err != nil {
		return fmt.Errorf("look for other series of an asset: %w", err)
	}
	if others > 0 {
		return ErrSameAsset
	}
	return nil
}

// CloseSeries ends the adding of vouchers to a series. Doing so again is no
// error. Errors: ErrSeries; those of Enter, ErrRole.
func (s *Service) CloseSeries(ctx context.Context, owner Key, id SeriesID) error {
	return s.as(ctx, owner, Manage, func(tx *gorm.DB, who Desk) error {
		row, err := ofShop(tx, who, id)
		if err != nil || row.ClosedAt != nil {
			return err
		}
		if err := tx.Model(&seriesRecord{}).Where("id = ?", id[:]).Update("closed_at", s.now().Unix()).Error; err != nil {
			return err
		}
		return s.note(tx, who, Entry{What: EventClosed, Series: id, Detail: row.Name})
	})
}

// ofShop reads a series of somebody's shop. Errors: ErrSeries.
func ofShop(tx *gorm.DB, who Desk, id SeriesID) (seriesRecord, error) {
	return take[seriesRecord](tx.Where("id = ? AND shop = ?", id[:], who.Shop.ID[:]), ErrSeries)
}

// Series reads one. Errors: ErrSeries.
func (s *Service) Series(ctx context.Context, id SeriesID) (Series, error) {
	r, err := take[seriesRecord](s.db.Read(ctx).Where("id = ?", id[:]), ErrSeries)
	if err != nil {
		return Series{}, err
	}
	return r.series()
}

// SeriesOf lists the series of a shop, the newest first.
func (s *Service) SeriesOf(ctx context.Context, shop ShopID) ([]Series, error) {
	rows, err := list[seriesRecord](s.db.Read(ctx).Where("shop = ?", shop[:]).Order("created_at DESC, id"))
	if err != nil {
		return nil, err
	}
	out := make([]Series, len(rows))
	for i, r := range rows {
		if out[i], err = r.series(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// watchLabel says whose the watched scripts of a series' vouchers are.
func watchLabel(id SeriesID) string { return "voucher/" + id.String() }

// Register adds vouchers to a series, all of them or none, and has their outputs
// watched: it comes before the transaction that pays them is sent. One call takes
// 1 to 2,000; the same list again changes nothing, and gives what was added then.
// Errors: ErrTooMany, ErrTerms, ErrWords, ErrSeries also for a closed one,
// ErrKnown where some of them are registered, or elsewhere; bearer.ErrKey; those
// of Enter, ErrRole.
func (s *Service) Register(ctx context.Context, owner Key, id SeriesID, items []Item) ([]Voucher, error) {
	return s.RegisterFor(ctx, owner, id, items, "")
}

// RegisterFor is Register, and names the draft of the transactions that are to issue
// the vouchers: should these come to nothing, the vouchers are given up. The same list
// under another draft waits for that one from then on. Errors: as Register.
func (s *Service) RegisterFor(ctx context.Context, owner Key, id SeriesID, items []Item, draft string) ([]Voucher, error) {
	if len(items) < 1 || len(items) > maxBatch {
		return nil, fmt.Errorf("%w: 1 to %d vouchers at a time, not %d", ErrTooMany, maxBatch, len(items))
	}
	var out []Voucher
	err := s.as(ctx, owner, Manage, func(tx *gorm.DB, who Desk) error {
		row, err := ofShop(tx, who, id)
		if err != nil {
			return err
		}
		if row.ClosedAt != nil {
			return fmt.Errorf("%w: it is closed", ErrSeries)
		}
		if row.Vouchers+len(items) > maxVouchers {
			return fmt.Errorf("%w: a series has %d vouchers at most", ErrTooMany, maxVouchers)
		}
		rows, err := s.rows(row, items)
		if err != nil {
			return err
		}
		if out, err = registered(tx, row, rows, s.now()); err != nil {
			return err
		}
		if out != nil {
			return s.await(tx, row, out, draft)
		}
		if err := tx.CreateInBatches(rows, 200).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return fmt.Errorf("%w: %w", ErrKnown, err)
			}
			return fmt.Errorf("store vouchers: %w", err)
		}
		scripts := make([][]byte, len(rows))
		for i, r := range rows {
			scripts[i] = r.Script
		}
		if err := follow.WatchAll(tx, scripts, watchLabel(id)); err != nil {
			return err
		}
		if err := tx.Model(&seriesRecord{}).Where("id = ?", id[:]).Update("vouchers", row.Vouchers+len(rows)).Error; err != nil {
			return err
		}
		out = make([]Voucher, len(rows))
		sum := int64(0)
		for i, r := range rows {
			out[i] = r.voucher(row.Issuer)
			out[i].State = Planned
			sum += r.Units
		}
		if err := s.await(tx, row, out, draft); err != nil {
			return err
		}
		return s.note(tx, who, Entry{What: EventAdded, Series: id, Units: sum, Detail: fmt.Sprint(len(rows))})
	})
	return out, err
}

// rows are the vouchers of a batch, checked.
func (s *Service) rows(series seriesRecord, items []Item) ([]voucherRecord, error) {
	terms, err := series.series()
	if err != nil {
		return nil, err
	}
	now := s.now()
	rows := make([]voucherRecord, len(items))
	sum := int64(0)
	for i, item := range items {
		o := item.Output
		if !terms.ends(o.Terms, now) {
			return nil, fmt.Errorf("%w: voucher %d ends otherwise than its series says", ErrTerms, i+1)
		}
		units := item.Units
		if units == 0 {
			units = terms.Units
		}
		if units < 1 || units >= maxUnits || terms.Kind == Stamps && units > maxStamps {
			return nil, fmt.Errorf("%w: voucher %d has %d units", ErrTerms, i+1, units)
		}
		if sum += units; sum >= maxUnits {
			return nil, fmt.Errorf("%w: the batch has more than %d units", ErrTooMany, int64(maxUnits))
		}
		if err := errors.Join(words("a label", item.Label, 0, 80, false), words("a note", item.Note, 0, 200, false)); err != nil {
			return nil, fmt.Errorf("voucher %d: %w", i+1, err)
		}
		script, err := o.Script()
		if err != nil {
			return nil, fmt.Errorf("voucher %d: %w", i+1, err)
		}
		rows[i] = newVoucher(series, series.Vouchers+i+1, item, script, units, now.Unix())
	}
	return rows, nil
}

// ends says whether a voucher's terms are those of its series at a time: its own
// rule, or another day where the series has one at all.
func (s Series) ends(t bearer.Terms, now time.Time) bool {
	if t.Issuer != s.Issuer {
		return false
	}
	// A batch that was made before midnight may arrive after it.
	if t.Expiry == s.ExpiryAt(now) || t.Expiry == s.ExpiryAt(now.AddDate(0, 0, -1)) {
		return true
	}
	at := unix(int64(t.Expiry))
	return s.Expiry != Never && at.Equal(at.Truncate(24*time.Hour)) && at.After(now) && !at.After(now.AddDate(0, 0, maxDays+1))
}

func newVoucher(series seriesRecord, number int, item Item, script []byte, units, now int64) voucherRecord {
	name := bearer.NameOf(script)
	return voucherRecord{
		Series: series.ID, Number: number, Name: name[:], Script: script, InnerKey: item.Output.Inner[:], Expiry: int64(item.Output.Terms.Expiry),
		Label: item.Label, Note: item.Note, Units: units, CreatedAt: now,
	}
}

// lookup is how many keys one query asks for.
const lookup = 500

func (r voucherRecord) voucher(issuer []byte) Voucher {
	return Voucher{Name: r.name(), Number: r.Number, Label: r.Label, Note: r.Note, Units: r.Units, Output: r.output(issuer)}
}

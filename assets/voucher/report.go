package voucher

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"cairn/app/db"

	"gorm.io/gorm"
)

// maxVouchersListed is how many vouchers are listed at a time.
const maxVouchersListed = 2_000

// Vouchers lists the vouchers of a series by their numbers, after one (0 for the
// first), at most limit of them and 2,000. Errors: ErrSeries; those of Enter,
// ErrRole.
func (s *Service) Vouchers(ctx context.Context, key Key, id SeriesID, after, limit int) ([]Voucher, error) {
	tx := s.db.Read(ctx)
	who, err := allow(tx, key, Review)
	if err != nil {
		return nil, err
	}
	series, err := ofShop(tx, who, id)
	if err != nil {
		return nil, err
	}
	rows, err := list[voucherRecord](tx.Where("series = ? AND number > ?", id[:], after).Order("number").
		Limit(min(max(limit, 1), maxVouchersListed)))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return standingNow(tx, series, rows, s.now())
}

// standingNow is how the vouchers of a stretch of a series stand at a time.
func standingNow(tx *gorm.DB, series seriesRecord, rows []voucherRecord, now time.Time) ([]Voucher, error) {
	byID, err := standings(tx, series, rows)
	if err != nil {
		return nil, err
	}
	out := make([]Voucher, len(rows))
	for i, r := range rows {
		st := byID[r.ID]
		u := st.units()
		out[i] = r.voucher(series.Issuer)
		out[i].State, out[i].Left = st.state(u, now), u.left
		if out[i].State == Expired {
			out[i].Left = 0
		}
	}
	return out, nil
}

// standings reads how the vouchers of a stretch of a series stand.
func standings(tx *gorm.DB, series seriesRecord, rows []voucherRecord) (map[int64]*standing, error) {
	out := make(map[int64]*standing, len(rows))
	for _, r := range rows {
		out[r.ID] = &standing{series: series, voucher: r, spends: make(map[string]spendRecord)}
	}
	if err := dropped(tx, series, rows, out); err != nil {
		return nil, err
	}
	first, last := rows[0].Number, rows[len(rows)-1].Number
	among := "voucher IN (SELECT id FROM vouchers WHERE series = ? AND number BETWEEN ? AND ?)"
	coins, err := list[coinRecord](tx.Where(among, series.ID, first, last))
	if err != nil {
		return nil, err
	}
	for _, c := range coins {
		out[c.Voucher].coins = append(out[c.Voucher].coins, c)
	}
	spends, err := list[spendRecord](tx.Omit("tx").Where(among+" AND state <> 'undone'", series.ID, first, last))
	for _, sp := range spends {
		out[sp.Voucher].spends[string(sp.Outpoint)] = sp
	}
	return out, err
}

// Sums adds up every series of a shop.
func (s *Service) Sums(ctx context.Context, shop ShopID) (map[SeriesID]Sums, error) {
	return s.sums(s.db.Read(ctx), shop)
}

func (s *Service) sums(tx *gorm.DB, shop ShopID) (map[SeriesID]Sums, error) {
	var rows []struct {
		Series                                                                               []byte
		Vouchers                                                                             int
		Planned, Unspent, Expired, Redeemed, Booked, Claimed, Reclaimed, Gone, Lost, Dropped int64
	}
	err := tx.Raw(`SELECT series, count(DISTINCT id) AS vouchers, CAST(sum(planned) AS BIGINT) AS planned,
		CAST(sum(CASE WHEN late = 1 THEN 0 ELSE rest END) AS BIGINT) AS unspent,
		CAST(sum(CASE WHEN late = 1 THEN rest ELSE 0 END) AS BIGINT) AS expired,
		CAST(sum(CASE WHEN what = 'redeem' AND state = 'confirmed' THEN taken ELSE 0 END) AS BIGINT) AS redeemed,
		CAST(sum(CASE WHEN what = 'redeem' AND state IN ('open', 'closing', 'sent') THEN taken ELSE 0 END) AS BIGINT) AS booked,
		CAST(sum(CASE WHEN what = 'claim' AND state <> 'lost' THEN taken ELSE 0 END) AS BIGINT) AS claimed,
		CAST(sum(CASE WHEN what = 'reclaim' AND state <> 'lost' THEN taken ELSE 0 END) AS BIGINT) AS reclaimed,
		CAST(sum(CASE WHEN state = 'lost' THEN taken ELSE 0 END) AS BIGINT) AS lost,
		CAST(sum(dropped) AS BIGINT) AS dropped, CAST(sum(gone) AS BIGINT) AS gone
		FROM (SELECT v.id, v.series, s.what AS what, s.state AS state, coalesce(s.units, 0) AS taken,
			CASE WHEN c.outpoint IS NULL AND coalesce(b.state, '') <> 'given-up' THEN v.units ELSE 0 END AS planned,
			CASE WHEN c.outpoint IS NULL AND b.state = 'given-up' THEN v.units ELSE 0 END AS dropped,
			CASE WHEN c.outpoint IS NULL THEN 0 WHEN s.id IS NULL AND c.spent_by IS NULL THEN c.units
				WHEN s.state IN ('open', 'closing') THEN c.units - s.units ELSE 0 END AS rest,
			CASE WHEN s.id IS NULL AND c.spent_by IS NOT NULL THEN c.units WHEN s.state = 'lost' THEN c.units - s.units - coalesce(o.units, 0) ELSE 0 END AS gone,
			CASE WHEN v.expiry > 0 AND v.expiry <= ? THEN 1 ELSE 0 END AS late
			FROM vouchers v JOIN voucher_series r ON r.id = v.series LEFT JOIN voucher_batches b ON b.id = v.batch
			LEFT JOIN (SELECT c.* FROM voucher_coins c LEFT JOIN voucher_spends p ON p.id = c.spend
				WHERE c.height IS NOT NULL OR c.spend IS NOT NULL AND (c.spent_by IS NULL OR p.state = 'lost')) c ON c.voucher = v.id
			LEFT JOIN voucher_spends s ON s.outpoint = c.outpoint AND s.state <> 'undone'
			LEFT JOIN voucher_coins o ON s.state = 'lost' AND o.spend = s.id AND o.height IS NULL AND o.spent_by IS NOT NULL
			WHERE r.shop = ?) t GROUP BY series`, s.now().Unix(), shop[:]).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("add up vouchers: %w", db.Classify(err))
	}
	out := make(map[SeriesID]Sums, len(rows))
	for _, r := range rows {
		sum := Sums{
			Vouchers: r.Vouchers, Planned: r.Planned, Redeemed: r.Redeemed, Booked: r.Booked, Outstanding: r.Unspent, Expired: r.Expired,
			Reclaimed: r.Reclaimed, Claimed: r.Claimed, Gone: r.Gone, Lost: r.Lost, GivenUp: r.Dropped,
		}
		sum.Issued = sum.Redeemed + sum.Booked + sum.Outstanding + sum.Expired + sum.Reclaimed + sum.Claimed + sum.Gone + sum.Lost
		out[SeriesID(r.Series)] = sum
	}
	return out, nil
}

// Report is what was done in a shop from one day to another.
type Report struct {
	// From and To are days, UTC, both included.
	From, To time.Time
	Lines    []Line
	// Registered are the vouchers that were added.
	Registered []Added
	// Sums are of all time, by series.
	Sums map[SeriesID]Sums
}

// Line is what one till did in one series on one day.
type Line struct {
	Day    time.Time
	Till   int
	Series SeriesID
	What   What
	// Units stand, Undone were undone, Lost were spent elsewhere; Bookings counts
	// those that were not undone.
	Units, Undone, Lost int64
	Bookings            int
}

// Added is how many vouchers and units were registered on a day.
type Added struct {
	Day      time.Time
	Series   SeriesID
	Vouchers int
	Units    int64
}

// maxSpan is the longest time of a report.
const maxSpan = 3 * 366

func day(n int64) time.Time { return time.Unix(n*secondsOfDay, 0).UTC() }

// span is a report's first and last day. Errors: ErrTerms for more than three
// years, or none.
func span(from, to time.Time) (first, last int64, err error) {
	first, last = from.UTC().Unix()/secondsOfDay, to.UTC().Unix()/secondsOfDay
	if last < first || last-first > maxSpan {
		return 0, 0, fmt.Errorf("%w: a report of %d days", ErrTerms, last-first+1)
	}
	return first, last, nil
}

// Report adds up what was done on some days. Errors: ErrTerms; those of Enter,
// ErrRole.
func (s *Service) Report(ctx context.Context, key Key, from, to time.Time) (Report, error) {
	first, last, err := span(from, to)
	if err != nil {
		return Report{}, err
	}
	tx := s.db.Read(ctx)
	who, err := allow(tx, key, Review)
	if err != nil {
		return Report{}, err
	}
	out := Report{From: day(first), To: day(last)}
	var lines []struct {
		Day                 int64
		Till                int
		Series              []byte
		What                What
		Units, Undone, Lost int64
		Bookings            int
	}
	err = tx.Raw(`SELECT b.day, b.till, b.series, b.what,
		CAST(sum(CASE WHEN b.undone_at IS NULL AND s.state <> 'lost' THEN b.units ELSE 0 END) AS BIGINT) AS units,
		CAST(sum(CASE WHEN b.undone_at IS NULL THEN 0 ELSE b.units END) AS BIGINT) AS undone,
		CAST(sum(CASE WHEN b.undone_at IS NULL AND s.state = 'lost' THEN b.units ELSE 0 END) AS BIGINT) AS lost,
		CAST(sum(CASE WHEN b.undone_at IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS bookings
		FROM voucher_bookings b JOIN voucher_spends s ON s.id = b.spend WHERE b.shop = ? AND b.day BETWEEN ? AND ?
		GROUP BY b.day, b.till, b.series, b.what ORDER BY b.day, b.till, b.series, b.what`, who.Shop.ID[:], first, last).Scan(&lines).Error
	if err != nil {
		return Report{}, fmt.Errorf("add up bookings: %w", db.Classify(err))
	}
	for _, l := range lines {
		out.Lines = append(out.Lines, Line{
			Day: day(l.Day), Till: l.Till, Series: SeriesID(l.Series), What: l.What, Units: l.Units, Undone: l.Undone, Lost: l.Lost, Bookings: l.Bookings,
		})
	}
	if out.Registered, err = s.added(tx, who.Shop.ID, first, last); err != nil {
		return Report{}, err
	}
	out.Sums, err = s.sums(tx, who.Shop.ID)
	return out, err
}

func (s *Service) added(tx *gorm.DB, shop ShopID, first, last int64) ([]Added, error) {
	var rows []struct {
		Day      int64
		Series   []byte
		Vouchers int
		Units    int64
	}
	err := tx.Raw(`SELECT v.created_at / 86400 AS day, v.series, count(*) AS vouchers, CAST(sum(v.units) AS BIGINT) AS units
		FROM vouchers v JOIN voucher_series r ON r.id = v.series WHERE r.shop = ? AND v.created_at >= ? AND v.created_at < ?
		GROUP BY v.created_at / 86400, v.series ORDER BY 1, 2`, shop[:], first*secondsOfDay, (last+1)*secondsOfDay).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("add up what was registered: %w", db.Classify(err))
	}
	out := make([]Added, len(rows))
	for i, r := range rows {
		out[i] = Added{Day: day(r.Day), Series: SeriesID(r.Series), Vouchers: r.Vouchers, Units: r.Units}
	}
	return out, nil
}

// CSV writes every booking of some days as a table (RFC 4180), oldest first, for
// programs that calculate: no cell begins like a formula. Errors: ErrTerms; those
// of Enter, ErrRole; of w.
func (s *Service) CSV(ctx context.Context, key Key, from, to time.Time, w io.Writer) error {
	first, last, err := span(from, to)
	if err != nil {
		return err
	}
	tx := s.db.Read(ctx)
	who, err := allow(tx, key, Review)
	if err != nil {
		return err
	}
	names, err := s.names(ctx, key, who)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	_ = out.Write([]string{"number", "time", "till", "staff", "series", "voucher", "label", "what", "stage", "units", "left", "note", "offline", "transaction"})
	for after := int64(0); ; {
		rows, err := s.bookingsAfter(tx, who.Shop.ID, first, last, after)
		if err != nil || len(rows) == 0 {
			out.Flush()
			if err == nil {
				err = out.Error()
			}
			return err
		}
		for _, r := range rows {
			b := r.booking(s.now())
			offline := ""
			if !b.Offline.IsZero() {
				offline = b.Offline.Format(time.RFC3339)
			}
			_ = out.Write([]string{
				strconv.FormatInt(b.Number, 10), b.At.Format(time.RFC3339), harmless(names.till[b.Till]), harmless(names.staff[b.Staff]),
				harmless(names.series[b.Series]), b.Name.String(), harmless(r.Label), string(b.What), string(b.Stage),
				Decimal(b.Units, names.decimals[b.Series]), Decimal(b.Left, names.decimals[b.Series]), harmless(b.Note), offline, b.Txid,
			})
			after = b.Number
		}
	}
}

// bookingsAfter reads a stretch of bookings, oldest first.
func (s *Service) bookingsAfter(tx *gorm.DB, shop ShopID, first, last, after int64) ([]bookingRow, error) {
	var rows []bookingRow
	err := tx.Table("voucher_bookings b").Select("b.*, v.name AS name, v.label AS label, s.state AS state, s.txid AS txid").
		Joins("JOIN vouchers v ON v.id = b.voucher").Joins("JOIN voucher_spends s ON s.id = b.spend").
		Where("b.shop = ? AND b.day BETWEEN ? AND ? AND b.number > ?", shop[:], first, last, after).
		Order("b.number").Limit(maxBookings).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read bookings: %w", db.Classify(err))
	}
	return rows, nil
}

// nameTable has what numbers stand for.
type nameTable struct {
	till, staff map[int]string
	series      map[SeriesID]string
	decimals    map[SeriesID]int
}

func (s *Service) names(ctx context.Context, key Key, who Desk) (nameTable, error) {
	n := nameTable{till: make(map[int]string), staff: make(map[int]string), series: make(map[SeriesID]string), decimals: make(map[SeriesID]int)}
	tills, err := s.Tills(ctx, key)
	if err != nil {
		return n, err
	}
	for _, t := range tills {
		n.till[t.Number] = t.Name
	}
	staff, err := s.Staff(ctx, key)
	if err != nil {
		return n, err
	}
	for _, p := range staff {
		n.staff[p.Number] = p.Name
	}
	all, err := s.SeriesOf(ctx, who.Shop.ID)
	for _, r := range all {
		n.series[r.ID], n.decimals[r.ID] = r.Name, r.Decimals
	}
	return n, err
}

// harmless is a cell that no program takes for a formula (OWASP, "CSV
// Injection").
func harmless(cell string) string {
	// In East Asian spreadsheets wide signs begin formulas, too.
	if cell != "" && strings.ContainsAny(string([]rune(cell)[:1]), "=+-@\t\r\n＝＋－＠") {
		return "'" + cell
	}
	return cell
}

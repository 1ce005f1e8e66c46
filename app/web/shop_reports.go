package web

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"cairn/assets/voucher"
	"cairn/notary"
	"cairn/templates/layout"
	vouchers "cairn/templates/voucher"
)

// shopReportRoutes are those of whoever looks at what happened.
func (s *Server) shopReportRoutes(desk string) {
	looks := s.limit(2, 60)
	s.get("shop-reports", desk+"/reports", s.shopReports, looks)
	s.get("shop-reports-csv", desk+"/reports.csv", s.shopReportsCSV, looks)
}

// shopLiabilityRoutes are for everybody.
func (s *Server) shopLiabilityRoutes() {
	looks := s.limit(2, 60)
	s.get("shop-liability", "/shops/:slug/liability", s.shopLiability, looks)
	s.get("shop-statement", "/shops/:slug/liability/:day", s.shopStatement, looks)
}

// linesAtOnce is how many lines of the log a page has.
const linesAtOnce = 100

// shopLog is what happened in a shop.
func (s *Server) shopLog(c Ctx) error {
	key, who, err := s.shopKey(c, voucher.Review)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	before, _ := strconv.ParseInt(c.QueryParam("before"), 10, 64) // what is no number is the newest
	list, err := s.deps.Vouchers.Shops.Log(ctx, key, max(before, 0), linesAtOnce)
	if err != nil {
		return err
	}
	names, err := s.namesOf(ctx, key)
	if err != nil {
		return err
	}
	v := vouchers.LogView{Key: key.Text(), Role: vouchers.Role(who.Staff.Role), Shop: shopView(who.Shop)}
	for _, e := range list {
		v.Entries = append(v.Entries, names.entry(e))
	}
	if len(list) == linesAtOnce {
		v.Older = fmt.Sprintf("%s/log?before=%d", vouchers.DeskPath(v.Key), list[len(list)-1].Number)
	}
	v.Meta = s.shopMeta(c, t(c, "voucher.log"))
	v.Meta.Path = vouchers.DeskPath(v.Key) + "/log"
	return render(c, http.StatusOK, vouchers.LogPage(v))
}

// mostLines is how much of a log is downloaded at a time.
const mostLines = 20_000

// shopLogCSV is the log as a table, the newest first.
func (s *Server) shopLogCSV(c Ctx) error {
	key, _, err := s.shopKey(c, voucher.Review)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	names, err := s.namesOf(ctx, key)
	if err != nil {
		return err
	}
	rows := [][]string{{"number", "time", "what", "staff", "till", "series", "voucher", "units", "detail"}}
	for before := int64(0); len(rows) < mostLines; {
		list, err := s.deps.Vouchers.Shops.Log(ctx, key, before, 500)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			break
		}
		for _, line := range list {
			e := names.entry(line)
			rows = append(rows, []string{
				strconv.FormatInt(line.Number, 10), e.At.UTC().Format(time.RFC3339), e.What, harmless(e.Who), harmless(e.Till), harmless(e.Series), e.Name,
				voucher.Decimal(e.Units, e.Decimals), harmless(e.Detail),
			})
			before = line.Number
		}
	}
	return saveTable(c, "log.csv", rows)
}

// saveTable answers with a table for spreadsheets, which know by the byte order mark
// that it is UTF-8.
func saveTable(c Ctx, name string, rows [][]string) error {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return err
	}
	return saveAs(c, name, "text/csv; charset=utf-8", b.Bytes())
}

// reportSpan is the days that are asked for: so many, today included.
func (s *Server) reportSpan(c Ctx) (from, to time.Time) {
	days, err := strconv.Atoi(c.QueryParam("days"))
	if err != nil || days < 1 || days > 366 {
		days = 30
	}
	to = s.cfg.Now().UTC().Truncate(24 * time.Hour)
	return to.AddDate(0, 0, 1-days), to
}

// shopReports is a span of days in numbers.
func (s *Server) shopReports(c Ctx) error {
	key, who, err := s.shopKey(c, voucher.Review)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	from, to := s.reportSpan(c)
	report, err := s.deps.Vouchers.Shops.Report(ctx, key, from, to)
	if err != nil {
		return err
	}
	names, err := s.namesOf(ctx, key)
	if err != nil {
		return err
	}
	v := vouchers.ReportView{
		Key: key.Text(), Role: vouchers.Role(who.Staff.Role), Shop: shopView(who.Shop), From: from, To: to,
		Days: reportDays(report, names, from, to), Tills: tillSums(report, names),
	}
	if v.Series, err = s.seriesOf(ctx, who.Shop.ID); err != nil {
		return err
	}
	v.Meta = s.shopMeta(c, t(c, "voucher.reports"))
	v.Meta.Path = vouchers.DeskPath(v.Key) + "/reports"
	return render(c, http.StatusOK, vouchers.ReportPage(v))
}

// reportDays are all days of a span, those on which nothing happened included.
func reportDays(report voucher.Report, names staffNames, from, to time.Time) []vouchers.Day {
	at := map[time.Time]*vouchers.Day{}
	var days []vouchers.Day
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		days = append(days, vouchers.Day{At: day})
	}
	for i := range days {
		at[days[i].At] = &days[i]
	}
	for _, line := range report.Lines {
		if day := at[line.Day]; day != nil && line.What == voucher.Redeeming {
			day.Redeemed = vouchers.Add(day.Redeemed, names.amount(line.Series, line.Units+line.Lost))
			day.Redemptions += int64(line.Bookings)
		}
	}
	return days
}

// tillSums is what each counter took; an owner's own redemptions have none.
func tillSums(report voucher.Report, names staffNames) []vouchers.TillSum {
	var out []vouchers.TillSum
	place := map[int]int{}
	for _, line := range report.Lines {
		if line.What != voucher.Redeeming {
			continue
		}
		i, ok := place[line.Till]
		if !ok {
			i = len(out)
			place[line.Till] = i
			out = append(out, vouchers.TillSum{Name: names.tills[line.Till]})
		}
		out[i].Sums = vouchers.Add(out[i].Sums, names.amount(line.Series, line.Units+line.Lost))
		out[i].Redemptions += int64(line.Bookings)
	}
	return out
}

// shopReportsCSV is every booking of a span.
func (s *Server) shopReportsCSV(c Ctx) error {
	key, _, err := s.shopKey(c, voucher.Review)
	if err != nil {
		return err
	}
	from, to := s.reportSpan(c)
	var b bytes.Buffer
	b.WriteString("\ufeff")
	if err := s.deps.Vouchers.Shops.CSV(c.Request().Context(), key, from, to, &b); err != nil {
		return err
	}
	return saveAs(c, "redemptions-"+to.Format(time.DateOnly)+".csv", "text/csv; charset=utf-8", b.Bytes())
}

// shopLiability is what a shop owes, for everybody.
func (s *Server) shopLiability(c Ctx) error {
	ctx := c.Request().Context()
	owes, err := s.deps.Vouchers.Shops.Liability(ctx, c.Param("slug"))
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, s.liabilityJSON(owes))
	}
	v := vouchers.LiabilityView{Shop: shopView(owes.Shop), Height: owes.Block.Height, At: owes.At}
	for _, one := range owes.Series {
		series := s.seriesView(one)
		series.Counts, series.Settled = countsOf(owes.Sums[one.ID]), true
		v.Series = append(v.Series, series)
	}
	for _, one := range owes.Owed {
		v.Owed = append(v.Owed, vouchers.Owed{
			Asset: one.Asset.Text(s.cfg.Network), Supply: one.Supply, Returned: one.Returned, Outstanding: one.Outstanding, Booked: one.Booked,
			Ledger: hex.EncodeToString(one.Ledger[:]),
		})
	}
	signed, err := s.deps.Vouchers.Shops.Statements(ctx, owes.Shop.Slug, 30)
	if err != nil {
		return err
	}
	for _, one := range signed {
		statement := vouchers.Statement{
			Day: one.Day, Path: vouchers.LiabilityPath(owes.Shop.Slug) + "/" + one.Day.Format(time.DateOnly) + ".jsonl", Digest: hex.EncodeToString(one.Digest[:]),
		}
		if !one.StampedAt.IsZero() {
			statement.Proof = "/proof/" + notary.Digest(one.Digest).String()
		}
		v.Statements = append(v.Statements, statement)
	}
	v.Meta = s.meta(c, t(c, "voucher.liability.of", "Shop", owes.Shop.Name), layout.SectionNone)
	return render(c, http.StatusOK, vouchers.LiabilityPage(v))
}

// liabilityJSON is what a shop owes, for programs.
func (s *Server) liabilityJSON(owes voucher.Liability) any {
	type owed struct {
		Asset       string `json:"asset"`
		Supply      int64  `json:"supply"`
		Returned    int64  `json:"returned"`
		Outstanding int64  `json:"outstanding"`
		Booked      int64  `json:"booked"`
		Ledger      string `json:"ledger"`
	}
	list := []owed{}
	for _, one := range owes.Owed {
		list = append(list, owed{one.Asset.Text(s.cfg.Network), one.Supply, one.Returned, one.Outstanding, one.Booked, hex.EncodeToString(one.Ledger[:])})
	}
	return map[string]any{
		"shop": owes.Shop.Slug, "name": owes.Shop.Name, "height": owes.Block.Height, "block": owes.Block.Hash.String(), "time": owes.At.Format(time.RFC3339), "owed": list,
	}
}

// shopStatement is a day's signed statement.
func (s *Server) shopStatement(c Ctx) error {
	day, err := time.Parse(time.DateOnly+".jsonl", c.Param("day"))
	if err != nil {
		return voucher.ErrStatement
	}
	one, err := s.deps.Vouchers.Shops.StatementOf(c.Request().Context(), c.Param("slug"), day)
	if err != nil {
		return err
	}
	return saveAs(c, c.Param("slug")+"-"+day.Format(time.DateOnly)+".jsonl", "application/x-ndjson", one.File)
}

package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"cairn/templates/operator"
)

// figureDays are the stretches that can be looked at; the first unless another
// is asked for.
var figureDays = []int{30, 7, 90, 365}

// figuresRoutes are the daily figures.
func (s *Server) figuresRoutes() {
	if s.deps.Figures == nil {
		return
	}
	s.operatorGet("/operator/figures", s.figures)
	s.get("operator-figures-csv", "/operator/figures.csv", s.figuresCSV, s.limit(0.5, 10), s.onlyOperator)
}

// stretch is how many days are asked for.
func stretch(c Ctx) int {
	days, err := strconv.Atoi(c.QueryParam("days"))
	if err != nil || !slices.Contains(figureDays, days) {
		return figureDays[0]
	}
	return days
}

func (s *Server) figures(c Ctx) error {
	days := stretch(c)
	figures, err := s.deps.Figures(c.Request().Context(), days)
	if err != nil {
		return err
	}
	choices := slices.Clone(figureDays)
	slices.Sort(choices)
	view := operator.FiguresView{Frame: s.frame(c, "figures.title", "/operator/figures"), Figures: figures, Days: days, Choices: choices}
	return render(c, http.StatusOK, operator.FiguresPage(view))
}

// figuresCSV is the same for a spreadsheet: one line a day, whole numbers, in
// millisatoshi and satoshi, a column for each thing that was sold.
func (s *Server) figuresCSV(c Ctx) error {
	figures, err := s.deps.Figures(c.Request().Context(), stretch(c))
	if err != nil {
		return err
	}
	var sold []string
	for what := range figures.Total.Income {
		sold = append(sold, what)
	}
	slices.Sort(sold)
	header := []string{"day", "earned_msat", "lightning_msat", "chain_msat", "lost_msat", "routing_msat", "miner_fees_sat", "anchor_fees_sat", "anchors", "digests"}
	for _, what := range sold {
		header = append(header, "earned_msat "+what)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(header) //nolint:errcheck // see w.Error
	for _, d := range figures.Days {
		row := []string{d.Date.Format("2006-01-02")}
		for _, n := range []int64{
			int64(d.Earned), int64(d.Lightning), int64(d.OnChain), int64(d.Lost), int64(d.Routing),
			int64(d.Fees), int64(d.AnchorFees), d.Anchors, d.Digests,
		} {
			row = append(row, strconv.FormatInt(n, 10))
		}
		for _, what := range sold {
			row = append(row, strconv.FormatInt(int64(d.Income[what]), 10))
		}
		w.Write(row) //nolint:errcheck // see w.Error
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="cairn-figures.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
}

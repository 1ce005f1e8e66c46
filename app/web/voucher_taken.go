package web

import (
	"net/http"
	"time"

	"cairn/assets/voucher"
)

// fewTaken is how many redemptions a counter shows.
const fewTaken = 8

// takenJSON is one of them. Undo is for how many seconds it can be undone.
type takenJSON struct {
	Booking int64    `json:"booking"`
	Series  faceJSON `json:"series"`
	Units   int64    `json:"units"`
	Undone  bool     `json:"undone"`
	At      string   `json:"at"`
	Undo    int      `json:"undo"`
}

// tillRecent lists what a counter took last.
func (s *Server) tillRecent(c Ctx) error {
	key, who, err := s.shopKey(c, voucher.Take)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	list, err := s.deps.Vouchers.Shops.Bookings(ctx, key, 0, fewTaken)
	if err != nil {
		return err
	}
	series, err := s.deps.Vouchers.Shops.SeriesOf(ctx, who.Shop.ID)
	if err != nil {
		return err
	}
	faces := make(map[voucher.SeriesID]faceJSON, len(series))
	for _, one := range series {
		faces[one.ID] = faceOf(s.seriesView(one))
	}
	out := make([]takenJSON, 0, len(list))
	for _, b := range list {
		if b.What == voucher.Redeeming {
			out = append(out, takenJSON{
				Booking: b.Number, Series: faces[b.Series], Units: b.Units, Undone: b.Stage == voucher.Undone,
				At: b.At.Format(time.RFC3339), Undo: s.undoable(b),
			})
		}
	}
	return c.JSON(http.StatusOK, map[string]any{"taken": out})
}

// undoable is for how many seconds a booking can be undone.
func (s *Server) undoable(b voucher.Booking) int {
	if b.Stage != voucher.Undoable {
		return 0
	}
	return max(0, int(b.UndoUntil.Sub(s.cfg.Now()).Seconds()))
}

package voucher

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets/voucher/bearer"
	"cairn/chain"
)

// A voucher ends on a chain whose blocks are dated by the same clock: who redeems in
// its last second wins, who comes a second later is told why not, and what is left
// goes back to the issuer by the leaf, once the blocks' own time is that far.
func TestExpiryOnTheChain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, func(w *world) { w.dated = true })
		issuer, shelf := key("issuer"), p2tr(t, key("shelf"))
		end := w.clock.Add(2 * time.Hour)
		draft := plain()
		draft.Expiry, draft.ExpiresOn, draft.Issuer, draft.Return = OnDate, end, xOnlyOf(issuer), shelf
		series, list := w.issued(draft, 10, 10, 10)
		w.mine(1)

		w.clock = end.Add(-time.Second)
		won := w.redeemed(list[0], 4)
		late, err := w.signed(w.till, list[1], 1)
		must(t, err)
		w.clock = end
		_, err = w.service.Redeem(t.Context(), w.till, late)
		isKind(t, err, ErrExpired)
		_, err = w.service.Plan(t.Context(), w.till, list[0].Name, 1)
		isKind(t, err, ErrExpired)
		w.pass(time.Minute)
		w.work() // coins for the fees are made
		w.mine(1)
		w.work()
		w.stage(won.Number, Sent)

		plans, err := w.service.Reclaims(t.Context(), w.owner, series.ID)
		must(t, err)
		var back []Booking
		for _, p := range plans {
			tx := p.Unsigned.Copy()
			must(t, bearer.SignBack(tx, p.Coin, issuer))
			b, err := w.service.Reclaim(t.Context(), w.owner, p.Name, rawOf(t, tx))
			must(t, err)
			back = append(back, b)
		}
		if len(back) != 3 {
			t.Fatalf("%d are taken back", len(back))
		}
		w.work()
		// The median of the last blocks is behind the expiry still.
		early := w.sentOf(back[len(back)-1])
		if err := w.chain.Submit(early); !isRejected(err) {
			t.Fatalf("before the blocks' time: %v", err)
		}
		for range 8 {
			w.pass(time.Minute)
			w.mine(1)
		}
		w.settle()
		w.stage(won.Number, Confirmed)
		for _, b := range back {
			w.stage(b.Number, Confirmed)
		}
		for i, left := range []int64{6, 10, 10} {
			if info := w.is(list[i], Reclaimed, 0); info.Bookings[0].Units != left {
				t.Errorf("of voucher %d %d were taken back", i, info.Bookings[0].Units)
			}
		}
		sums, err := w.service.Sums(t.Context(), w.shop.ID)
		must(t, err)
		if s := sums[series.ID]; s.Redeemed != 4 || s.Reclaimed != 26 || s.Expired != 0 || s.Outstanding != 0 {
			t.Errorf("%+v", s)
		}
		var table bytes.Buffer
		must(t, w.service.CSV(t.Context(), w.owner, w.clock.AddDate(0, 0, -1), w.clock.AddDate(0, 0, 1), &table))
		if strings.Count(table.String(), "reclaim") != 3 {
			t.Errorf("the table: %s", table.String())
		}
	})
}

func isRejected(err error) bool { return errors.Is(err, chain.ErrRejected) }

package voucher

import (
	"context"
	"errors"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/assets/openassets"
	"cairn/assets/voucher/bearer"
)

// drafts are fates that a test says.
type drafts map[string]Fate

func (d drafts) Fate(_ context.Context, draft string) (Fate, error) {
	if fate, known := d[draft]; known {
		return fate, nil
	}
	return "", errors.New("nobody knows")
}

// planned registers vouchers that wait for a draft, with the coin that would issue
// them.
func (w *world) planned(draft string, units ...int64) (Series, []given, []Item, *fund) {
	w.Helper()
	series, err := w.service.CreateSeries(w.Context(), w.owner, plain(), assets.ID{})
	must(w, err)
	coin := w.funds(50_000)[0]
	series, err = w.service.SetAsset(w.Context(), w.owner, series.ID, openassets.AssetID(coin.out.PkScript))
	must(w, err)
	list, items := w.secrets(bearer.Terms{}, units...)
	registered, err := w.service.RegisterFor(w.Context(), w.owner, series.ID, items, draft)
	must(w, err)
	for i := range list {
		list[i].Voucher = registered[i]
	}
	return series, list, items, coin
}

// looked has the service look at drafts once more.
func (w *world) looked() {
	w.Helper()
	w.pass(askEvery)
	must(w, w.service.work(w.Context()))
}

func (w *world) issue(coin *fund, list []given) {
	w.Helper()
	var payments []assets.Payment
	for _, v := range list {
		script, err := v.Output.Script()
		must(w, err)
		payments = append(payments, assets.Payment{Script: script, Units: v.Units})
	}
	_, tx := w.issuing(coin, payments)
	must(w, w.chain.Submit(tx))
	w.mine(1)
}

func (w *world) sum(id SeriesID) Sums {
	w.Helper()
	sums, err := w.service.Sums(w.Context(), w.shop.ID)
	must(w, err)
	return sums[id]
}

// Vouchers whose transaction comes to nothing are given up, and no sooner; the same
// list under another draft waits again; and a block has the last word.
func TestGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fates := drafts{"one": Waits, "two": Waits}
		w := newWorld(t, d, func(w *world) { w.cfg.Drafts = fates })
		series, list, items, coin := w.planned("one", 10, 10)
		w.looked()
		w.is(list[0], Planned, 0)
		waiting, err := w.service.Waiting(t.Context(), w.owner, series.ID)
		if err != nil || len(waiting) != 1 || waiting[0] != "one" {
			t.Fatalf("%v, %v", waiting, err)
		}

		fates["one"] = Over
		w.looked()
		w.is(list[0], GivenUp, 0)
		if got := w.sum(series.ID); got.Planned != 0 || got.GivenUp != 20 || got.Issued != 0 || got.Outstanding != 0 {
			t.Fatalf("%+v", got)
		}
		_, err = w.tryRedeem(w.till, list[0], 1)
		isKind(t, err, ErrGivenUp)
		rows, err := w.service.Vouchers(t.Context(), w.owner, series.ID, 0, 10)
		if err != nil || len(rows) != 2 || rows[1].State != GivenUp {
			t.Fatalf("%+v, %v", rows, err)
		}
		log, err := w.service.Log(t.Context(), w.owner, 0, 1)
		if err != nil || log[0].What != EventGivenUp || log[0].Detail != "2" {
			t.Fatalf("%+v, %v", log, err)
		}

		// The owner tries once more, with the same codes.
		_, err = w.service.RegisterFor(t.Context(), w.owner, series.ID, items, "two")
		must(t, err)
		w.looked()
		w.is(list[1], Planned, 0)
		fates["two"] = Over
		w.looked()
		w.is(list[1], GivenUp, 0)

		// Somebody sends it all the same.
		w.issue(coin, list)
		w.is(list[0], Issued, 10)
		if got := w.sum(series.ID); got.Outstanding != 20 || got.GivenUp != 0 || got.Issued != 20 {
			t.Fatalf("%+v", got)
		}
		w.redeemed(list[0], 4)
		w.is(list[0], Part, 6)
	})
}

// What a block holds is never given up, whatever is said of the draft; and a draft
// that nobody can say anything of keeps nobody waiting for other work.
func TestIssuedIsNotGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fates := drafts{"good": Under}
		w := newWorld(t, d, func(w *world) { w.cfg.Drafts = fates })
		series, list, _, coin := w.planned("good", 10)
		w.issue(coin, list)
		fates["good"] = Over
		w.looked()
		w.is(list[0], Issued, 10)
		if waiting, err := w.service.Waiting(t.Context(), w.owner, series.ID); err != nil || len(waiting) != 0 {
			t.Fatalf("%v, %v", waiting, err)
		}
		_, other, _, _ := w.planned("unheard of", 10)
		w.pass(askEvery)
		if err := w.service.work(t.Context()); err == nil {
			t.Fatal("nobody knows, and all is well")
		}
		w.is(other[0], Planned, 0)
	})
}

// After a crash while a batch is given up, or registered, all of it is done or
// nothing.
func TestGivingUpCrashes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fates := drafts{"one": Over}
		w := newWorld(t, d, func(w *world) { w.cfg.Drafts = fates })
		series, list, items, _ := w.planned("one", 10)
		w.service.crash = func(step string) error {
			if step == "batch over" {
				return errCrash
			}
			return nil
		}
		w.pass(askEvery)
		isKind(t, w.service.work(t.Context()), errCrash)
		w.is(list[0], Planned, 0)
		// The owner was quicker: it waits for another draft, which is not over.
		_, err := w.service.RegisterFor(t.Context(), w.owner, series.ID, items, "two")
		must(t, err)
		fates["two"] = Waits
		w.restart()
		w.looked()
		w.is(list[0], Planned, 0)
		fates["two"] = Over
		w.looked()
		w.is(list[0], GivenUp, 0)
		w.restart()
		w.looked()
		if log, err := w.service.Log(t.Context(), w.owner, 0, 10); err != nil || log[0].What != EventGivenUp || log[1].What == EventGivenUp {
			t.Fatalf("%+v, %v", log, err)
		}
	})
}

// Two series never hold the same asset: their vouchers could not be told apart.
func TestAssetOfAnotherSeries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		first, _, _, _ := w.planned("one", 10)
		second, err := w.service.CreateSeries(t.Context(), w.owner, plain(), assets.ID{})
		must(t, err)
		_, err = w.service.SetAsset(t.Context(), w.owner, second.ID, first.Asset)
		isKind(t, err, ErrSameAsset)
		_, err = w.service.CreateSeries(t.Context(), w.owner, plain(), first.Asset)
		isKind(t, err, ErrSameAsset)
	})
}

// A line of a list may end on a day of its own, where the series ends at all.
func TestDaysOfTheirOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		back := xOnlyOf(key("issuer"))
		day := w.clock.UTC().Truncate(24 * time.Hour)
		dated := plain()
		dated.Expiry, dated.ExpiresOn, dated.Issuer = OnDate, day.AddDate(0, 1, 0), back
		series, err := w.service.CreateSeries(t.Context(), w.owner, dated, assets.ID{})
		must(t, err)
		never, err := w.service.CreateSeries(t.Context(), w.owner, plain(), assets.ID{})
		must(t, err)
		register := func(id SeriesID, terms bearer.Terms) ([]Voucher, error) {
			_, items := w.secrets(terms, 1)
			return w.service.Register(t.Context(), w.owner, id, items)
		}
		own := uint32(day.AddDate(0, 3, 0).Unix())
		got, err := register(series.ID, bearer.Terms{Expiry: own, Issuer: back})
		if err != nil || got[0].Output.Terms.Expiry != own {
			t.Fatalf("%+v, %v", got, err)
		}
		for name, bad := range map[string]struct {
			id    SeriesID
			terms bearer.Terms
		}{
			"of another key":              {series.ID, bearer.Terms{Expiry: own, Issuer: xOnlyOf(key("another"))}},
			"at noon":                     {series.ID, bearer.Terms{Expiry: own + 43_200, Issuer: back}},
			"in the past":                 {series.ID, bearer.Terms{Expiry: uint32(day.Unix()), Issuer: back}},
			"too far":                     {series.ID, bearer.Terms{Expiry: uint32(day.AddDate(11, 0, 0).Unix()), Issuer: back}},
			"never ends":                  {series.ID, bearer.Terms{}},
			"of a series that never ends": {never.ID, bearer.Terms{Expiry: own, Issuer: back}},
		} {
			if _, err := register(bad.id, bad.terms); !errors.Is(err, ErrTerms) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

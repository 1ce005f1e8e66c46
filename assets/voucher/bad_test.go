package voucher

import (
	"context"
	"slices"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/assets/voucher/bearer"
	"cairn/chain"

	"gorm.io/gorm"
)

// kept counts what the books hold of redemptions.
func (w *world) kept() (counts [4]int64) {
	w.Helper()
	for i, table := range []string{"vouchers", "voucher_spends", "voucher_bookings", "voucher_log"} {
		must(w, w.db.Read(w.Context()).Table(table).Count(&counts[i]).Error)
	}
	return counts
}

// changesNothing does what is to be refused with a kind of error, and looks that
// the books are as they were.
func (w *world) changesNothing(kind error, do func() error) {
	w.Helper()
	before := w.kept()
	isKind(w, do(), kind)
	if after := w.kept(); after != before {
		w.Fatalf("the books have %v rows, before %v", after, before)
	}
}

// The same list of vouchers again, as after an answer that was lost, adds nothing;
// a list that is known in part, or elsewhere, is refused whole.
func TestRegisteredAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		series, err := w.service.CreateSeries(t.Context(), w.owner, plain(), assets.ID{})
		must(t, err)
		other, err := w.service.CreateSeries(t.Context(), w.owner, plain(), assets.ID{})
		must(t, err)
		_, items := w.secrets(bearer.Terms{}, 1, 2, 3, 4)
		register := func(id SeriesID, items ...Item) ([]Voucher, error) {
			return w.service.Register(t.Context(), w.owner, id, items)
		}
		first, err := register(series.ID, items[:3]...)
		must(t, err)
		w.changesNothing(nil, func() error {
			again, err := register(series.ID, items[:3]...)
			must(t, err)
			for i := range first {
				if len(again) != 3 || again[i] != first[i] {
					t.Fatalf("%+v, at first %+v", again, first)
				}
			}
			return nil
		})
		more := items[1]
		more.Units++
		for name, list := range map[string][]Item{
			"one is new":        items,
			"another order":     {items[1], items[0], items[2]},
			"other units":       {items[0], more, items[2]},
			"known and unknown": {items[3], items[0]},
			"twice the same":    {items[3], items[3]},
		} {
			t.Run(name, func(t *testing.T) {
				w.changesNothing(ErrKnown, func() error { _, err := register(series.ID, list...); return err })
			})
		}
		w.changesNothing(ErrKnown, func() error { _, err := register(other.ID, items[:3]...); return err })
		_, err = register(series.ID, items[3])
		must(t, err)
	})
}

// A till whose answer was lost asks again after the redemption was undone, and is
// not told that it holds.
func TestReplayOfUndone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _, list := whole(t, d, plain(), 10)
		r, err := w.signed(w.till, list[0], 4)
		must(t, err)
		r.Offline = w.clock
		b, err := w.service.Redeem(t.Context(), w.till, r)
		must(t, err)
		_, err = w.service.Undo(t.Context(), w.owner, b.Number)
		must(t, err)
		w.changesNothing(ErrUndone, func() error { _, err := w.service.Redeem(t.Context(), w.till, r); return err })
		w.is(list[0], Issued, 10)
	})
}

// A key that was taken back, and that of a till that was closed, redeem and undo
// nothing, also what was signed before.
func TestRevokedInTheMiddle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _, list := whole(t, d, plain(), 10)
		cashier, closed := w.newTill("Till 2"), w.newTill("Till 3")
		b := w.redeemed(list[0], 1)
		for _, key := range []Key{cashier, closed} {
			r, err := w.signed(key, list[0], 2)
			must(t, err)
			who, err := w.service.Enter(t.Context(), key)
			must(t, err)
			if key == cashier {
				must(t, w.service.RevokeStaff(t.Context(), w.owner, who.Staff.Number))
			} else {
				must(t, w.service.RevokeTill(t.Context(), w.owner, who.Till.Number))
			}
			w.changesNothing(ErrRevoked, func() error { _, err := w.service.Redeem(t.Context(), key, r); return err })
			w.changesNothing(ErrRevoked, func() error { _, err := w.service.Plan(t.Context(), key, list[0].Name, 2); return err })
			w.changesNothing(ErrRevoked, func() error { _, err := w.service.Undo(t.Context(), key, b.Number); return err })
		}
		w.is(list[0], Part, 9)
	})
}

// While the node thinks about what blocks ask for, nobody else waits for the books.
func TestClaimAsksOutside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		asks := false
		w := newWorld(t, d, func(w *world) {
			w.cfg.Free = false
			w.cfg.Rate = func(ctx context.Context) (chain.FeeRate, error) {
				if !asks {
					return 253, nil
				}
				// Somebody else writes meanwhile.
				others, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				defer cancel()
				return 253, w.db.Transact(others, func(tx *gorm.DB) error { return w.service.PayIn(tx, w.shop.ID, PaymentID{9}, 50_000) })
			}
		})
		draft := plain()
		draft.Claims = true
		_, list := w.issued(draft, 10)
		w.mine(1)
		must(t, w.payIn(PaymentID{7}, 50_000))
		asks = true
		home := p2tr(t, key("home"))
		p, err := w.service.PlanClaim(t.Context(), list[0].Name, home)
		must(t, err)
		_, err = w.service.Claim(t.Context(), list[0].Name, home, w.bearerSigns(p, list[0]))
		must(t, err)
		w.is(list[0], Claimed, 0)
	})
}

// What is wrong with the books of one shop keeps no other's statement from being
// made, and a statement is of the block that the ledger has taken in.
func TestStatementOfOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		blind := &behind{}
		w := newWorld(t, d, func(w *world) {
			w.cfg.Signer, w.cfg.Stamp = signer{}, func(context.Context, [32]byte) error { return nil }
			blind.Ledger, w.cfg.Ledger = w.ledger, blind
		})
		slugs := []string{"books", "flowers"}
		_, _ = w.issued(plain(), 10)
		_, owner, err := w.service.CreateShop(t.Context(), ShopDraft{Slug: slugs[1], Name: "Flower Shop", Language: "en"})
		must(t, err)
		w.owner = owner
		second, _ := w.issued(plain(), 10)
		w.mine(1)
		// Whichever comes first is broken.
		broken, sound := slugs[0], slugs[1]
		if second.Shop.String() < w.shop.ID.String() {
			broken, sound = sound, broken
		}
		shop, err := w.service.Shop(t.Context(), broken)
		must(t, err)
		must(t, w.db.Transact(t.Context(), func(tx *gorm.DB) error {
			return tx.Model(&seriesRecord{}).Where("shop = ?", shop.ID[:]).Update("protocol", 99).Error
		}))
		blind.on = true
		isKind(t, w.service.statements(t.Context()), db.ErrCorrupt)
		made, err := w.service.Statements(t.Context(), sound, 10)
		must(t, err)
		tip, err := w.ledger.Tip(t.Context())
		must(t, err)
		if len(made) != 1 || made[0].Height != tip.Height-1 {
			t.Fatalf("%d statements at %+v; the ledger is at %d", len(made), made, tip.Height-1)
		}
	})
}

// Redemptions that cannot be sent, as their shop has paid nothing ahead, however
// many they are, keep those of other shops from nothing.
func TestStuckRedemptions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, func(w *world) { w.cfg.Free = false })
		_, poor := w.issued(plain(), slices.Repeat([]int64{10}, atOnce+1)...)
		w.mine(1)
		for _, v := range poor {
			w.redeemed(v, 10)
		}
		shop, owner, err := w.service.CreateShop(t.Context(), ShopDraft{Slug: "flowers", Name: "Flower Shop", Language: "en", Undo: time.Minute})
		must(t, err)
		w.shop, w.owner = shop, owner
		w.till = w.newTill("Till")
		_, rich := w.issued(plain(), 10)
		w.mine(1)
		must(t, w.payIn(PaymentID{1}, 100_000))
		b := w.redeemed(rich[0], 10)
		w.pass(time.Minute)
		w.settle()
		w.stage(b.Number, Confirmed)
	})
}

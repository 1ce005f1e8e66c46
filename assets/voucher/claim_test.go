package voucher

import (
	"context"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/assets/voucher/bearer"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

func (w *world) payIn(id PaymentID, sat btcutil.Amount) error {
	return w.db.Transact(w.Context(), func(tx *gorm.DB) error { return w.service.PayIn(tx, w.shop.ID, id, sat) })
}

// behind is a ledger that has not come as far as the follower while it is on.
type behind struct {
	Ledger
	on bool
}

func (b *behind) Tip(ctx context.Context) (chain.BlockRef, error) {
	tip, err := b.Ledger.Tip(ctx)
	if b.on {
		tip.Height--
	}
	return tip, err
}

func (b *behind) TipIn(tx *gorm.DB) (chain.BlockRef, error) {
	tip, err := b.Ledger.TipIn(tx)
	if b.on {
		tip.Height--
	}
	return tip, err
}

func (b *behind) HoldingsIn(tx *gorm.DB, p assets.Protocol, coins []wire.OutPoint) (map[wire.OutPoint][]assets.Holding, error) {
	if b.on {
		return nil, nil
	}
	return b.Ledger.HoldingsIn(tx, p, coins)
}

// A holder moves a voucher into his wallet: the units are there, and no till takes
// the voucher any more.
func TestClaim(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		d := plain()
		d.Claims = true
		series, list := w.issued(d, 10, 10)
		w.mine(1)
		home := p2tr(t, key("home"))
		w.redeemed(list[0], 4)
		_, err := w.service.PlanClaim(w.Context(), list[0].Name, home)
		isKind(t, err, ErrMoving) // while it can be undone
		w.pass(time.Minute)
		w.settle()

		for i, units := range []int64{6, 10} {
			p, err := w.service.PlanClaim(w.Context(), list[i].Name, home)
			must(t, err)
			if p.Units != units || p.Left != 0 {
				t.Fatalf("%d units are claimed, %d left", p.Units, p.Left)
			}
			signed := w.bearerSigns(p, list[i])
			b, err := w.service.Claim(w.Context(), list[i].Name, home, signed)
			must(t, err)
			again, err := w.service.Claim(w.Context(), list[i].Name, home, signed)
			must(t, err)
			if again.Number != b.Number {
				t.Fatalf("claimed as %d and %d", b.Number, again.Number)
			}
			_, err = w.tryRedeem(w.till, list[i], 1)
			isKind(t, err, ErrGone)
			_, err = w.service.Undo(w.Context(), w.owner, b.Number)
			isKind(t, err, ErrTooLate)
		}
		w.settle()
		w.is(list[1], Claimed, 0)
		balances, err := w.ledger.Balances(w.Context(), home)
		must(t, err)
		if len(balances) != 1 || balances[0].Asset != series.Asset || balances[0].Units != 16 {
			t.Fatalf("the wallet holds %+v", balances)
		}
	})
}

func TestClaimRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		draft := plain()
		w, _, list := whole(t, d, draft, 10)
		home := p2tr(t, key("home"))
		_, err := w.service.PlanClaim(w.Context(), list[0].Name, home)
		isKind(t, err, ErrClaims)
		draft.Claims = true
		_, list = w.issued(draft, 10)
		_, err = w.service.PlanClaim(w.Context(), list[0].Name, home)
		isKind(t, err, ErrPlanned)
		w.mine(1)
		own, err := list[0].Output.Script()
		must(t, err)
		for _, script := range [][]byte{nil, {0x6a}, {1, 2, 3}, own} {
			_, err = w.service.PlanClaim(w.Context(), list[0].Name, script)
			isKind(t, err, ErrTerms)
		}
		_, err = w.service.PlanClaim(w.Context(), bearer.Name{1}, home)
		isKind(t, err, ErrUnknown)
		p, err := w.service.PlanClaim(w.Context(), list[0].Name, home)
		must(t, err)
		signed := w.bearerSigns(p, list[0])
		_, err = w.service.Claim(w.Context(), list[0].Name, p2tr(t, key("elsewhere")), signed)
		isKind(t, err, ErrChanged)
		w.redeemed(list[0], 10)
		_, err = w.service.Claim(w.Context(), list[0].Name, home, signed)
		isKind(t, err, ErrRedeemed)
	})
}

// What expired is taken back by the issuer's key alone, and its units go where
// redeemed ones do.
func TestReclaim(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		issuer := key("issuer")
		shelf := p2tr(t, key("shelf"))
		d := plain()
		d.Expiry, d.Days, d.Issuer, d.Return = AfterDays, 1, xOnlyOf(issuer), shelf
		series, list := w.issued(d, 10, 10, 10)
		w.mine(1)
		_, err := w.service.Reclaims(w.Context(), w.owner, series.ID)
		isKind(t, err, ErrNotExpired)
		w.redeemed(list[0], 4)
		w.redeemed(list[1], 10)
		w.pass(time.Minute)
		w.settle()
		w.pass(49 * time.Hour)
		w.is(list[0], Expired, 0)

		plans, err := w.service.Reclaims(w.Context(), w.owner, series.ID)
		must(t, err)
		if len(plans) != 2 {
			t.Fatalf("%d vouchers are taken back", len(plans))
		}
		for _, p := range plans {
			stranger := p.Unsigned.Copy()
			must(t, bearer.SignBack(stranger, p.Coin, key("stranger")))
			_, err := w.service.Reclaim(w.Context(), w.owner, p.Name, rawOf(t, stranger))
			isKind(t, err, bearer.ErrSignature)
			tx := p.Unsigned.Copy()
			must(t, bearer.SignBack(tx, p.Coin, issuer))
			b, err := w.service.Reclaim(w.Context(), w.owner, p.Name, rawOf(t, tx))
			must(t, err)
			again, err := w.service.Reclaim(w.Context(), w.owner, p.Name, rawOf(t, tx))
			must(t, err)
			if again.Number != b.Number {
				t.Fatalf("taken back as %d and %d", b.Number, again.Number)
			}
			_, err = w.service.Reclaim(w.Context(), w.till, p.Name, rawOf(t, tx))
			isKind(t, err, ErrRole)
		}
		_, err = w.service.Reclaims(w.Context(), w.owner, series.ID)
		isKind(t, err, ErrNotExpired) // none is left
		w.work()
		w.is(list[2], Reclaimed, 0)
		sums, err := w.service.Sums(w.Context(), w.shop.ID)
		must(t, err)
		if s := sums[series.ID]; s.Reclaimed != 16 || s.Redeemed != 14 || s.Issued != 30 || s.Expired != 0 {
			t.Fatalf("%+v", s)
		}
	})
}

// Units that go back to the shop are there, and are owed to nobody.
func TestReturn(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		shelf := p2tr(t, key("shelf"))
		d := plain()
		d.Return = shelf
		series, list := w.issued(d, 10, 10)
		w.mine(1)
		w.redeemed(list[0], 10)
		w.redeemed(list[1], 3)
		w.pass(time.Minute)
		w.settle()
		l, err := w.service.Liability(w.Context(), w.shop.Slug)
		must(t, err)
		if len(l.Owed) != 1 || l.Owed[0].Supply != 20 || l.Owed[0].Returned != 13 || l.Owed[0].Outstanding != 7 {
			t.Fatalf("%+v", l.Owed)
		}
		if s := l.Sums[series.ID]; s.Redeemed != 13 || s.Outstanding != 7 {
			t.Fatalf("%+v", s)
		}
	})
}

// Where fees are charged, an allowance that is used up keeps redemptions waiting,
// and no longer; a payment counts once.
func TestAllowance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, func(w *world) { w.cfg.Free = false })
		draft := plain()
		draft.Claims = true
		_, list := w.issued(draft, 10, 10)
		w.mine(1)
		b := w.redeemed(list[0], 3)
		w.pass(time.Minute)
		w.settle()
		w.stage(b.Number, Waiting)
		a, err := w.service.Allowance(w.Context(), w.owner)
		must(t, err)
		if a.Free || !a.Low || a.Waiting != 1 || a.Left != 0 || a.Each == 0 {
			t.Fatalf("%+v", a)
		}
		_, err = w.service.PlanClaim(w.Context(), list[1].Name, p2tr(t, key("home")))
		isKind(t, err, ErrAllowance)
		for range 2 {
			must(t, w.payIn(PaymentID{7}, 20_000))
		}
		w.settle()
		w.stage(b.Number, Confirmed)
		a, err = w.service.Allowance(w.Context(), w.owner)
		must(t, err)
		if a.Paid != 20_000 || a.Used <= 0 || a.Used > 2*a.Each || a.Left != a.Paid-a.Used || a.Low || a.Waiting != 0 {
			t.Fatalf("%+v", a)
		}
		_, err = w.service.Allowance(w.Context(), w.till)
		isKind(t, err, ErrRole)
	})
}

// The rest of the ledger is known later than the follower's blocks: what was
// issued meanwhile is found.
func TestLedgerBehind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		blind := &behind{}
		w := newWorld(t, d, func(w *world) { blind.Ledger, w.cfg.Ledger = w.ledger, blind })
		blind.on = true
		_, list := w.issued(plain(), 10, 5)
		w.mine(1)
		w.steal(list[1])
		w.mine(1)
		w.work()
		w.is(list[0], Planned, 0)
		blind.on = false
		w.work()
		w.is(list[0], Issued, 10)
		w.is(list[1], Gone, 0)
		w.redeemed(list[0], 10)
	})
}

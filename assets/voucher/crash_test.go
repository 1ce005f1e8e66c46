package voucher

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
)

// steps are all crash points on the way of a redemption, and raiseSteps those of
// raising its fee.
var steps = []string{"booked", "lent", "lent noted", "closed", "signed", "stored", "coins noted", "coins signed", "coins stored"}

var raiseSteps = []string{"raise lent", "raise signed", "raise stored"}

// After a crash between any two steps everything goes on where it was: one
// booking, one transaction, and the rest is where it belongs.
func TestCrashes(t *testing.T) {
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d, func(w *world) { w.cfg.Free = false })
				series, list := w.issued(plain(), 10)
				w.mine(1)
				must(t, w.payIn(PaymentID{1}, 50_000))
				crashed := 0
				w.service.crash = func(at string) error {
					if at != step {
						return nil
					}
					crashed++
					return errCrash
				}
				r, err := w.signed(w.till, list[0], 4)
				must(t, err)
				if _, err := w.service.Redeem(t.Context(), w.till, r); err != nil {
					isKind(t, err, errCrash)
				}
				w.pass(time.Minute)
				for crashed == 0 {
					if err := w.service.work(t.Context()); err != nil {
						isKind(t, err, errCrash)
						break
					}
					w.send()
					w.mine(1)
				}
				if crashed != 1 {
					t.Fatalf("crashed %d times", crashed)
				}
				w.restart()
				b, err := w.service.Redeem(t.Context(), w.till, r) // the till has heard nothing
				must(t, err)
				w.settle()
				w.stage(b.Number, Confirmed)
				w.is(list[0], Part, 6)
				if got := w.supply(series.Asset); got != 6 {
					t.Fatalf("there are %d units", got)
				}
				var spends, bookings int64
				must(t, d.Read(t.Context()).Model(&spendRecord{}).Count(&spends).Error)
				must(t, d.Read(t.Context()).Model(&bookingRecord{}).Count(&bookings).Error)
				if spends != 1 || bookings != 1 {
					t.Fatalf("%d transactions of %d bookings", spends, bookings)
				}
				a, err := w.service.Allowance(t.Context(), w.owner)
				must(t, err)
				if a.Used <= 0 || a.Used > 2*a.Each {
					t.Fatalf("it cost %d", a.Used)
				}
			})
		})
	}
}

// A coin that was lent is free again before the node signs: another is lent.
func TestLoanOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _, list := whole(t, d, plain(), 10)
		b := w.redeemed(list[0], 4)
		w.service.crash = func(at string) error {
			if at == "closed" {
				return errCrash
			}
			return nil
		}
		w.pass(time.Minute)
		for err := error(nil); err == nil; {
			err = w.service.work(t.Context())
			w.send()
			w.mine(1)
		}
		clear(w.purse.loans)
		w.restart()
		w.settle()
		w.stage(b.Number, Confirmed)
		w.is(list[0], Part, 6)
	})
}

// Whatever happens in whatever order, the books of a series add up to what was
// issued, and once nothing waits they say what the chain says.
func TestAnythingMayHappen(t *testing.T) {
	const seeds, moves = 4, 60
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		for seed := range uint64(seeds) {
			t.Run(fmt.Sprint(dialect, "/", seed), func(t *testing.T) {
				t.Parallel()
				m := &madness{rng: rand.New(rand.NewPCG(seed, 7)), rate: 253}
				w := newWorld(t, dbtest.Open(t, dialect), func(w *world) {
					w.protocol = []assets.Protocol{assets.OpenAssets, assets.Colu}[seed%2]
					w.cfg.RaiseAfter = 30 * time.Second
					w.cfg.Rate = func(context.Context) (chain.FeeRate, error) { return m.rate, nil }
				})
				m.world = w
				w.thieves = w.funds(manyCoins(20)...)
				d := plain()
				d.Claims = true
				m.series, m.list = w.issued(d, 10, 10, 10, 10, 10, 10)
				w.mine(7) // deeper than any reorganisation here
				for range moves {
					m.move()
					m.check()
				}
				m.end()
			})
		}
	}
}

func manyCoins(n int) []btcutil.Amount {
	out := make([]btcutil.Amount, n)
	for i := range out {
		out[i] = 10_000
	}
	return out
}

type madness struct {
	*world
	rng    *rand.Rand
	rate   chain.FeeRate // what blocks ask for
	series Series
	list   []given
	booked []int64
}

// move does something at random. Refusals with a kind are as good as success.
func (m *madness) move() {
	m.Helper()
	v := m.list[m.rng.IntN(len(m.list))]
	var own ErrorKind
	allow := func(err error) {
		m.Helper()
		if err != nil && !errors.As(err, &own) && !errors.Is(err, errCrash) {
			m.Fatal(err)
		}
	}
	switch m.rng.IntN(12) {
	case 0, 1, 2:
		b, err := m.tryRedeem(m.till, v, 1+m.rng.Int64N(4))
		allow(err)
		if err == nil {
			m.booked = append(m.booked, b.Number)
		}
	case 3:
		if len(m.booked) > 0 {
			_, err := m.service.Undo(m.Context(), m.owner, m.booked[m.rng.IntN(len(m.booked))])
			allow(err)
		}
	case 4:
		if m.rng.IntN(3) == 0 {
			home := p2tr(m, key("home"))
			p, err := m.service.PlanClaim(m.Context(), v.Name, home)
			allow(err)
			if err == nil {
				_, err = m.service.Claim(m.Context(), v.Name, home, m.bearerSigns(p, v))
				allow(err)
			}
		}
	case 5:
		m.pass(time.Duration(m.rng.IntN(90)) * time.Second)
	case 6:
		if m.rng.IntN(3) == 0 {
			all := slices.Concat(steps, raiseSteps)
			at := all[m.rng.IntN(len(all))]
			m.service.crash = func(step string) error {
				if step == at {
					return errCrash
				}
				return nil
			}
		}
		allow(m.service.work(m.Context()))
		m.restart()
		m.send()
	case 7, 8:
		m.mine(1)
	case 9:
		_, err := m.chain.Reorg(1 + m.rng.IntN(3))
		must(m, err)
		m.follow()
	case 10:
		if m.rng.IntN(4) == 0 && len(m.thieves) > 0 {
			_ = m.chain.Submit(m.theft(v)) // the network may have another already
		}
	case 11:
		m.rate = []chain.FeeRate{253, 700, 2_000, 5_000}[m.rng.IntN(4)]
	}
}

// check adds up.
func (m *madness) check() {
	m.Helper()
	sums, err := m.service.Sums(m.Context(), m.shop.ID)
	must(m, err)
	s := sums[m.series.ID]
	if s.Issued+s.Planned != 60 {
		m.Fatalf("the books have %d units: %+v", s.Issued+s.Planned, s)
	}
	var add Sums
	for _, v := range m.list {
		st, err := standingOf(m.db.Read(m.Context()), v.Name)
		must(m, err)
		u := st.units()
		if sum := u.planned + u.left + u.redeemed + u.booked + u.reclaimed + u.claimed + u.gone + u.lost; sum != 10 || u.left < 0 || u.held < 0 {
			m.Fatalf("voucher %d has %d units: %+v", v.Number, sum, u)
		}
		add.Outstanding, add.Redeemed, add.Booked = add.Outstanding+u.left, add.Redeemed+u.redeemed, add.Booked+u.booked
		add.Claimed, add.Gone, add.Lost = add.Claimed+u.claimed, add.Gone+u.gone, add.Lost+u.lost
	}
	if add.Outstanding != s.Outstanding || add.Redeemed != s.Redeemed || add.Booked != s.Booked || add.Claimed != s.Claimed || add.Gone != s.Gone || add.Lost != s.Lost {
		m.Fatalf("one by one %+v, together %+v", add, s)
	}
}

// end lets everything land, and compares with the ledger.
func (m *madness) end() {
	m.Helper()
	m.service.crash = func(string) error { return nil }
	m.pass(time.Hour)
	for range 3 {
		m.settle()
	}
	m.check()
	sums, err := m.service.Sums(m.Context(), m.shop.ID)
	must(m, err)
	s := sums[m.series.ID]
	if s.Booked != 0 {
		m.Fatalf("something still waits: %+v", s)
	}
	// Redeemed units are destroyed, and so are those that a thief spends.
	if got := m.supply(m.series.Asset); got != s.Outstanding+s.Claimed {
		m.Fatalf("the chain has %d units, the books %+v", got, s)
	}
}

package voucher

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/app/db/outbox"
	"cairn/assets"
	"cairn/assets/voucher/bearer"
	"cairn/chain/devnet"
	"cairn/chain/follow"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// both runs a test under each protocol that vouchers are made under, on each
// engine.
func both(t *testing.T, fn func(t *testing.T, w *world)) {
	for _, p := range []assets.Protocol{assets.OpenAssets, assets.Colu} {
		t.Run(p.String(), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d, func(w *world) { w.protocol = p })) })
		})
	}
}

// Twenty vouchers are issued; one is redeemed whole, one in part; one comes to two
// tills at once; one is undone. The chain says the same in the end.
func TestCounter(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		units := make([]int64, 20)
		for i := range units {
			units[i] = 10
		}
		series, list := w.issued(plain(), units...)
		w.is(list[0], Planned, 0)
		if _, err := w.tryRedeem(w.till, list[0], 1); !errors.Is(err, ErrPlanned) {
			t.Fatalf("redeemed before a block: %v", err)
		}
		w.mine(1)
		w.is(list[0], Issued, 10)

		whole := w.redeemed(list[0], 10)
		w.is(list[0], Booked, 0)
		part := w.redeemed(list[1], 3)
		w.is(list[1], Part, 7)
		back := w.redeemed(list[2], 10)
		if _, err := w.service.Undo(w.Context(), w.till, back.Number); err != nil {
			t.Fatal(err)
		}
		w.is(list[2], Issued, 10)

		second := w.newTill("Till 2")
		a, err := w.signed(w.till, list[3], 10)
		must(t, err)
		b, err := w.signed(second, list[3], 10)
		must(t, err)
		_, err = w.service.Redeem(w.Context(), second, b)
		must(t, err)
		_, err = w.service.Redeem(w.Context(), w.till, a)
		isKind(t, err, ErrRedeemed)

		w.stage(whole.Number, Undoable)
		w.work()
		w.stage(part.Number, Undoable)
		w.pass(time.Minute)
		w.settle()
		w.stage(whole.Number, Confirmed)
		w.stage(part.Number, Confirmed)
		w.stage(back.Number, Undone)
		w.is(list[0], Redeemed, 0)
		w.is(list[1], Part, 7)
		w.is(list[3], Redeemed, 0)
		if got := w.supply(series.Asset); got != 200-10-3-10 {
			t.Fatalf("there are %d units", got)
		}
		// The rest can be redeemed as any other.
		w.redeemed(list[1], 7)
		w.pass(time.Minute)
		w.settle()
		w.is(list[1], Redeemed, 0)
		if got := w.supply(series.Asset); got != 170 {
			t.Fatalf("there are %d units", got)
		}
	})
}

// whole is a world with vouchers of so many units in a block.
func whole(t *testing.T, d *db.DB, draft SeriesDraft, units ...int64) (*world, Series, []given) {
	w := newWorld(t, d)
	series, list := w.issued(draft, units...)
	w.mine(1)
	return w, series, list
}

// Two tills take the same voucher at once, many times: exactly one is told yes,
// whatever the voucher, and never more is taken than there was.
func TestTwoTillsAtOnce(t *testing.T) {
	rounds := map[db.Dialect]int{db.SQLite: 200, db.Postgres: 100}
	for dialect, n := range rounds {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			units := make([]int64, n)
			for i := range units {
				units[i] = int64(1 + i%3)
			}
			w, _, list := whole(t, dbtest.Open(t, dialect), plain(), units...)
			second := w.newTill("Till 2")
			for i, v := range list {
				take := units[i] - int64(i%2)*(units[i]-1) // all of it, or one
				a, err := w.signed(w.till, v, take)
				must(t, err)
				b, err := w.signed(second, v, take)
				must(t, err)
				got := make(chan error, 2)
				var start sync.WaitGroup
				start.Add(1)
				for till, r := range map[Key]Redemption{w.till: a, second: b} {
					go func() {
						start.Wait()
						_, err := w.service.Redeem(t.Context(), till, r)
						got <- err
					}()
				}
				start.Done()
				x, y := <-got, <-got
				if x != nil {
					x, y = y, x
				}
				if x != nil || !errors.Is(y, ErrRedeemed) && !errors.Is(y, ErrChanged) && !errors.Is(y, ErrInsufficient) {
					t.Fatalf("round %d: %v and %v", i, x, y)
				}
				info, err := w.service.Look(t.Context(), v.Name)
				must(t, err)
				if info.Left != units[i]-take {
					t.Fatalf("round %d: %d are left of %d", i, info.Left, units[i])
				}
			}
		})
	}
}

// More of the same coin before it is sent is one transaction; after, it is spent
// from the rest, before a block.
func TestAgainAndAgain(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		series, list := w.issued(plain(), 10)
		w.mine(1)
		v := list[0]
		a := w.redeemed(v, 2)
		b := w.redeemed(v, 3)
		w.is(v, Part, 5)
		// The one before cannot be undone alone: the bearer signed for both.
		_, err := w.service.Undo(w.Context(), w.till, a.Number)
		isKind(t, err, ErrOrder)
		_, err = w.service.Undo(w.Context(), w.till, b.Number)
		must(t, err)
		_, err = w.service.Undo(w.Context(), w.till, b.Number) // again is no error
		must(t, err)
		w.is(v, Part, 8)
		w.redeemed(v, 4)
		w.is(v, Part, 4)

		w.pass(time.Minute)
		// The first block brings the coin for the fee; then it is sent.
		w.work()
		w.mine(1)
		w.work()
		sent := w.stage(a.Number, Sent)
		if sent.Txid == "" {
			t.Fatal("it has no transaction")
		}
		_, err = w.service.Undo(w.Context(), w.till, a.Number)
		isKind(t, err, ErrTooLate)
		w.redeemed(v, 1) // of the rest, which no block has
		w.pass(time.Minute)
		w.work()
		w.is(v, Part, 3)
		c := w.redeemed(v, 3)
		w.pass(time.Minute)
		w.settle()
		w.stage(a.Number, Confirmed)
		w.stage(c.Number, Confirmed)
		w.is(v, Redeemed, 0)
		if got := w.supply(series.Asset); got != 0 {
			t.Fatalf("%d units are left", got)
		}
	})
}

// A request that comes again books nothing again, also when its answer was lost.
func TestReplay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _, list := whole(t, d, plain(), 10, 10)
		r, err := w.signed(w.till, list[0], 4)
		must(t, err)
		first, err := w.service.Redeem(w.Context(), w.till, r)
		must(t, err)
		again, err := w.service.Redeem(w.Context(), w.till, r)
		must(t, err)
		if again.Number != first.Number {
			t.Fatalf("booked as %d and %d", first.Number, again.Number)
		}
		w.is(list[0], Part, 6)
		other, err := w.signed(w.till, list[1], 4)
		must(t, err)
		other.Request = r.Request
		_, err = w.service.Redeem(w.Context(), w.till, other)
		isKind(t, err, ErrReplay)
		other.Request = RequestID{}
		_, err = w.service.Redeem(w.Context(), w.till, other)
		isKind(t, err, ErrReplay)
	})
}

// Every refusal has a kind, and changes nothing.
func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		expires := plain()
		expires.Expiry, expires.Days, expires.Issuer = AfterDays, 1, xOnlyOf(key("issuer"))
		w, _, list := whole(t, d, expires, 10, 10, 10)
		v, spent, old := list[0], list[1], list[2]
		_, foreign, err := w.service.CreateShop(w.Context(), ShopDraft{Slug: "flowers", Name: "Flower Shop", Language: "en"})
		must(t, err)
		w.redeemed(spent, 10)
		good, err := w.signed(w.till, v, 3)
		must(t, err)
		with := func(change func(*Redemption)) Redemption {
			r := good
			r.Signed = append([]byte{}, good.Signed...)
			change(&r)
			return r
		}
		plan, err := w.service.Plan(w.Context(), w.till, v.Name, 3)
		must(t, err)
		for name, x := range map[string]struct {
			key  Key
			r    Redemption
			want error
		}{
			"another shop's voucher":       {foreign, good, ErrOtherShop},
			"a wrong code":                 {w.till, with(func(r *Redemption) { r.Name[0] ^= 1 }), ErrUnknown},
			"a key of nobody":              {Key{1}, good, ErrNotYours},
			"more than there is":           {w.till, with(func(r *Redemption) { r.Units = 11 }), ErrInsufficient},
			"nothing":                      {w.till, with(func(r *Redemption) { r.Units = 0 }), ErrInsufficient},
			"less than nothing":            {w.till, with(func(r *Redemption) { r.Units = -3 }), ErrInsufficient},
			"other units than were signed": {w.till, with(func(r *Redemption) { r.Units = 2 }), ErrChanged},
			"redeemed before":              {w.till, with(func(r *Redemption) { r.Name = spent.Name }), ErrRedeemed},
			"another's transaction":        {w.till, with(func(r *Redemption) { r.Name = old.Name }), bearer.ErrTransaction},
			"a wrong signature":            {w.till, with(func(r *Redemption) { r.Signed[len(r.Signed)-20] ^= 1 }), bearer.ErrSignature},
			"no transaction":               {w.till, with(func(r *Redemption) { r.Signed = []byte{1} }), bearer.ErrTransaction},
			"another output": {w.till, with(func(r *Redemption) {
				tx := plan.Unsigned.Copy()
				tx.TxOut[len(tx.TxOut)-1].PkScript = p2tr(t, key("thief"))
				must(t, bearer.SignKey(tx, plan.Coin, v.secret))
				r.Signed = rawOf(t, tx)
			}), ErrChanged},
			"a long note": {w.till, with(func(r *Redemption) { r.Note = strings.Repeat("x", 81) }), ErrWords},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := w.service.Redeem(w.Context(), x.key, x.r)
				isKind(t, err, x.want)
			})
		}
		w.is(v, Issued, 10)
		w.pass(49 * time.Hour)
		w.is(old, Expired, 0)
		_, err = w.service.Redeem(w.Context(), w.till, with(func(r *Redemption) {}))
		isKind(t, err, ErrExpired)
		_, err = w.service.Plan(w.Context(), w.till, old.Name, 1)
		isKind(t, err, ErrExpired)
	})
}

// What a till took without network comes in later with its time; what is not good
// then is in the log, once however often it is tried.
func TestOffline(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _, list := whole(t, d, plain(), 5, 5)
		good, err := w.signed(w.till, list[0], 5)
		must(t, err)
		bad, err := w.signed(w.newTill("Till 2"), list[0], 5)
		must(t, err)
		taken := w.clock
		good.Offline, bad.Offline = taken, taken
		w.pass(10 * time.Minute)
		b, err := w.service.Redeem(w.Context(), w.till, good)
		must(t, err)
		if !b.Offline.Equal(taken) || b.Stage != Undoable {
			t.Fatalf("booked as taken at %s, %s", b.Offline, b.Stage)
		}
		for range 2 {
			_, err = w.service.Redeem(w.Context(), w.till, bad)
			isKind(t, err, ErrRedeemed)
		}
		lines, err := w.service.Log(w.Context(), w.owner, 0, 100)
		must(t, err)
		found := 0
		for _, l := range lines {
			if l.What == EventUncovered && l.Name == list[0].Name && l.Units == 5 {
				found++
			}
		}
		if found != 1 {
			t.Fatalf("the log has it %d times", found)
		}
		late := good
		late.Offline = w.clock.Add(2 * time.Hour)
		_, err = w.service.Redeem(w.Context(), w.till, late)
		isKind(t, err, ErrTerms)
	})
}

// Who has kept a copy spends the coin elsewhere while a redemption waits: the
// books say that it is lost, and the log that somebody has to look.
func TestSpentElsewhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _, list := whole(t, d, plain(), 10, 10)
		// A thief's transaction waits: no till takes the voucher now.
		w.steal(list[0])
		_, err := w.tryRedeem(w.till, list[0], 1)
		isKind(t, err, ErrMoving)
		b := w.redeemed(list[1], 4)
		w.steal(list[1])
		w.work()
		if n := w.logged(EventConflict); n != 1 {
			t.Fatalf("%d alarms", n)
		}
		w.mine(1)
		w.stage(b.Number, Lost)
		w.is(list[0], Gone, 0)
		w.is(list[1], Gone, 0)
		_, err = w.tryRedeem(w.till, list[1], 1)
		isKind(t, err, ErrGone)
		sums, err := w.service.Sums(w.Context(), w.shop.ID)
		must(t, err)
		for _, s := range sums {
			if s.Lost != 4 || s.Gone != 16 || s.Issued != 20 || s.Outstanding != 0 {
				t.Fatalf("%+v", s)
			}
		}
		// The block is undone, and another has not the theft: it is as it was.
		_, err = w.chain.Reorg(1)
		must(t, err)
		w.follow()
		w.stage(b.Number, Undoable)
		w.is(list[1], Part, 6)
	})
}

// steal sends a voucher's coin away beside all books, as its bearer can.
func (w *world) steal(v given) {
	w.Helper()
	must(w, w.chain.Submit(w.theft(v)))
}

func (w *world) theft(v given) *wire.MsgTx {
	w.Helper()
	script, err := v.Output.Script()
	must(w, err)
	paying, err := follow.Paying(w.db.Read(w.Context()), [][]byte{script})
	must(w, err)
	first := paying[0] // not a rest
	for _, p := range paying {
		if p.Created.Height < first.Created.Height {
			first = p
		}
	}
	c := bearer.Coin{OutPoint: first.Outpoint, Value: first.Value, Output: v.Output}
	f := w.thieves[0]
	w.thieves = w.thieves[1:]
	tx, err := bearer.Unsigned(c, []*wire.TxOut{wire.NewTxOut(600, p2tr(w, key("thief")))}, false)
	must(w, err)
	must(w, bearer.SignKey(tx, c, v.secret))
	tx.AddTxIn(wire.NewTxIn(&f.coin, nil, nil))
	f.sign(w, tx, 1, txscript.NewMultiPrevOutFetcher(map[wire.OutPoint]*wire.TxOut{
		c.OutPoint: wire.NewTxOut(int64(c.Value), script), f.coin: f.out,
	}), txscript.SigHashDefault)
	return tx
}

func (w *world) logged(what Event) (n int) {
	w.Helper()
	lines, err := w.service.Log(w.Context(), w.owner, 0, 500)
	must(w, err)
	for _, l := range lines {
		if l.What == what {
			n++
		}
	}
	return n
}

// A rest was redeemed before its block, and the block takes another transaction
// than ours of the coin before: both are lost, and back when the block is undone.
func TestLostWithItsRest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _, list := whole(t, d, plain(), 10)
		v := list[0]
		a := w.redeemed(v, 4)
		w.pass(time.Minute)
		w.work()
		w.mine(1)
		w.work() // sent
		w.stage(a.Number, Sent)
		b := w.redeemed(v, 3)
		w.pass(time.Minute)
		w.work()
		w.mine(1)
		ours := w.stage(a.Number, Confirmed)
		w.stage(b.Number, Confirmed)
		_, err := w.chain.Reorg(1, devnet.WithTx(w.theft(v)))
		must(t, err)
		w.follow()
		w.stage(a.Number, Lost)
		w.stage(b.Number, Lost)
		w.is(v, Gone, 0)
		txid, err := chainhash.NewHashFromStr(ours.Txid)
		must(t, err)
		kept, err := outbox.ByTxid(d.Read(t.Context()), *txid)
		must(t, err)
		tx, err := kept.Tx()
		must(t, err)
		_, err = w.chain.Reorg(2, devnet.WithTx(tx))
		must(t, err)
		w.follow()
		w.stage(a.Number, Confirmed)
		w.settle()
		w.stage(b.Number, Confirmed)
		w.is(v, Part, 3)
	})
}

package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/assets/ledger"
	"cairn/assets/ledger/engine"

	"github.com/btcsuite/btcd/wire"
)

// Whatever was connected and undone on the way, the rows are those of a fresh
// scan of the same blocks, the chain of hashes included.
func TestReorganisationsLeaveNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(1)
		l := w.open(d)
		for range 60 {
			for range 1 + w.rnd.IntN(3) {
				connect(t, d, l, w.mine(w.rnd.IntN(8)))
			}
			w.reorg(t, d, l, min(len(w.blocks), w.rnd.IntN(4)))
		}
		got := dump(t, d)
		fresh := dbtest.Open(t, d.Dialect())
		connect(t, fresh, w.open(fresh), w.blocks...)
		want := dump(t, fresh)
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("row %d: %s\ninstead of\n%s", i, got[i], want[i])
			}
		}
		if len(got) != len(want) || len(got) < 300 {
			t.Fatalf("%d rows, and %d from a fresh scan", len(got), len(want))
		}
		seen := make(map[assets.Protocol]int)
		for _, id := range ids(t, d) {
			seen[id.Protocol]++
		}
		for _, p := range assets.Protocols {
			if seen[p] < 3 {
				t.Errorf("%d assets of %s only: the blocks prove nothing", seen[p], p)
			}
		}
		w.reorg(t, d, l, len(w.blocks))
		if left := dump(t, d); len(left) != 0 {
			t.Errorf("%d rows are left of no blocks, the first %s", len(left), left[0])
		}
	})
}

// The totals that are kept are those that counting gives, units are neither made
// nor lost, and the past is what a scan up to there says.
func TestTotalsAndThePast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(2)
		l := w.open(d)
		for range 40 {
			connect(t, d, l, w.mine(6))
		}
		ctx := t.Context()
		for _, id := range ids(t, d) {
			a, err := l.Asset(ctx, id, ledger.Newest)
			if err != nil {
				t.Fatal(err)
			}
			held, _, err := l.AllHolders(ctx, id, ledger.Newest, 1000)
			if err != nil {
				t.Fatal(err)
			}
			var sum int64
			for _, h := range held {
				sum += h.Units
			}
			if sum != a.Supply || a.Issued-a.Burnt != a.Supply || int64(len(held)) != a.Holders {
				t.Errorf("%s: %d units at %d holders are added up, %+v kept", id, sum, len(held), a)
			}
			listed := everyHolder(t, l, id, ledger.Newest)
			if !slices.EqualFunc(listed, held, sameHolder) {
				t.Errorf("%s: holders %v by pages, %v by coins", id, listed, held)
			}
		}
		for _, height := range []int32{5, 17, 30} {
			past := dbtest.Open(t, d.Dialect())
			then := w.open(past)
			connect(t, past, then, w.blocks[:height+1]...)
			for _, id := range ids(t, past) {
				got, err := l.Asset(ctx, id, height)
				if err != nil {
					t.Fatal(err)
				}
				want, err := then.Asset(ctx, id, ledger.Newest)
				if err != nil {
					t.Fatal(err)
				}
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s at %d: %+v, and %+v then", id, height, got, want)
				}
				if got, want := everyHolder(t, l, id, height), everyHolder(t, then, id, ledger.Newest); !slices.EqualFunc(got, want, sameHolder) {
					t.Errorf("%s at %d: holders %v, and %v then", id, height, got, want)
				}
			}
			for _, p := range assets.Protocols {
				got, err := l.Hash(ctx, p, height)
				if err != nil {
					t.Fatal(err)
				}
				want, err := then.Hash(ctx, p, ledger.Newest)
				if err != nil || got != want {
					t.Errorf("%s at %d: hash %x, and %x then, %v", p, height, got, want, err)
				}
			}
		}
	})
}

func sameHolder(a, b ledger.Holder) bool {
	return string(a.Script) == string(b.Script) && a.Units == b.Units && a.Coins == b.Coins
}

// everyHolder lists holders two at a time.
func everyHolder(t *testing.T, l *ledger.Ledger, id assets.ID, height int32) (all []ledger.Holder) {
	t.Helper()
	page := ledger.Page{Limit: 2}
	for range 100 {
		some, after, err := l.Holders(t.Context(), id, height, page)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
		if page.After = after; after == "" {
			return all
		}
	}
	t.Fatal("the list has no end")
	return nil
}

// The ledger in the database and the one in memory find the same in every block,
// and say of each coin and transaction what was found.
func TestDatabaseAgreesWithMemory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(3)
		l := w.open(d)
		e, memory := engine.New(engine.All()), engine.Memory{}
		moves := make(map[assets.ID]int)
		entries := make(map[string]int)
		for range 30 {
			b := w.mine(7)
			connect(t, d, l, b)
			found, err := e.Block(t.Context(), b.Msg, memory, w)
			if err != nil {
				t.Fatal(err)
			}
			memory.Apply(found)
			for _, f := range found {
				got, err := l.Transaction(t.Context(), f.ID)
				if err != nil {
					t.Fatal(err)
				}
				if fmt.Sprintf("%+v", got.Colorings) != fmt.Sprintf("%+v", f.Colorings) {
					t.Errorf("%s: %+v instead of %+v", f.ID, got.Colorings, f.Colorings)
				}
				if got.Block != b.BlockRef || int(got.Place) != f.Index || len(got.Spent) != len(f.Spent) || len(got.Created) != len(f.Created) {
					t.Errorf("%s: %+v instead of %+v", f.ID, got, f)
				}
				for i, s := range f.Spent {
					if got.Spent[i].Spent.Input != s.Input || fmt.Sprint(got.Spent[i].Coin) != fmt.Sprint(s.Coin.Coin) {
						t.Errorf("%s spends %+v instead of %+v", f.ID, got.Spent[i], s)
					}
				}
				for _, c := range f.Colorings {
					for _, r := range e.Rules() {
						if r.Protocol != c.Protocol {
							continue
						}
						for _, reading := range r.Readings {
							under, err := l.Under(t.Context(), f.ID, r.Protocol, reading)
							if err != nil {
								t.Fatal(err)
							}
							same := fmt.Sprint(under.Outputs, under.Issued) == fmt.Sprint(c.Outputs, c.Issued)
							if same == slices.Contains(c.Forks, reading) {
								t.Errorf("%s under %q: same is %t, forks are %v", f.ID, reading, same, c.Forks)
							}
						}
					}
				}
				touched := make(map[assets.ID]bool)
				for _, c := range f.Colorings {
					for _, flow := range c.Flows {
						touched[flow.Asset] = true
					}
				}
				for id := range touched {
					moves[id]++
				}
				entry := make(map[string]bool)
				for _, s := range f.Spent {
					for _, h := range s.Coin.Holdings {
						entry[string(s.Coin.Script)+h.Asset.String()] = true
					}
				}
				for _, c := range f.Created {
					for _, h := range c.Holdings {
						entry[string(c.Script)+h.Asset.String()] = true
					}
				}
				for e := range entry {
					entries[e[:22]]++
				}
			}
		}
		var outpoints []wire.OutPoint
		for at := range memory {
			outpoints = append(outpoints, at)
		}
		coins, err := l.Holdings(t.Context(), outpoints...)
		if err != nil {
			t.Fatal(err)
		}
		counted := 0
		for _, c := range coins {
			i := slices.IndexFunc(memory[c.OutPoint], func(m engine.Coin) bool { return m.Protocol == c.Protocol })
			if i < 0 || fmt.Sprint(memory[c.OutPoint][i].Coin) != fmt.Sprint(c.Coin) || c.IsSpent() {
				t.Errorf("%s holds %+v", c.OutPoint, c)
			}
		}
		theirs := 0 // not those of outputs that nobody can spend
		for _, cs := range memory {
			counted += len(cs)
			if cs[0].Script[0] != 0x6a {
				theirs += len(cs)
			}
		}
		if counted != len(coins) || counted < 20 {
			t.Errorf("%d coins in memory, %d in the database", counted, len(coins))
		}
		var scripts [][]byte
		for n := range holders {
			scripts = append(scripts, script(n))
			if got := entriesOf(t, l, script(n)); got != entries[string(script(n))] {
				t.Errorf("script %d: %d lines of history instead of %d", n, got, entries[string(script(n))])
			}
		}
		ofScripts, err := l.Coins(t.Context(), scripts)
		if err != nil || len(ofScripts) != theirs || theirs < 10 {
			t.Errorf("%d coins by script instead of %d, %v", len(ofScripts), theirs, err)
		}
		for id, n := range moves {
			if got := movesOf(t, l, id); got != n {
				t.Errorf("%s: %d moves instead of %d", id, got, n)
			}
		}
	})
}

func entriesOf(t *testing.T, l *ledger.Ledger, script []byte) (n int) {
	t.Helper()
	page := ledger.Page{Limit: 3}
	for {
		some, after, err := l.AddressHistory(t.Context(), script, page)
		if err != nil {
			t.Fatal(err)
		}
		n += len(some)
		if page.After = after; after == "" {
			return n
		}
	}
}

func movesOf(t *testing.T, l *ledger.Ledger, id assets.ID) (n int) {
	t.Helper()
	page := ledger.Page{Limit: 3}
	for {
		some, after, err := l.Transfers(t.Context(), id, ledger.Newest, page)
		if err != nil {
			t.Fatal(err)
		}
		n += len(some)
		if page.After = after; after == "" {
			return n
		}
	}
}

package wallet

import (
	"errors"
	"testing"
	"time"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// What is planned is what is signed, nothing is reserved by it, and all there is
// leaves nothing behind.
func TestPlanIsWhatPrepareDoes(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		b.funds(3, 200_000)
		before, err := b.Balance(ctx)
		if err != nil {
			t.Fatal(err)
		}
		req := Request{Purpose: "plan/" + t.Name(), Outputs: []*wire.TxOut{stranger(1, 50_000)}, Rate: chain.SatPerVByte(3)}
		plan, err := b.Plan(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		if after, err := b.Balance(ctx); err != nil || after != before {
			t.Errorf("a plan changed the balance: %+v, %v", after, err)
		}
		signed := b.prepare(req)
		if signed.Fee != plan.Fee || len(signed.Inputs) != plan.Inputs {
			t.Errorf("planned %+v, signed fee %d with %d inputs", plan, signed.Fee, len(signed.Inputs))
		}
		b.put(signed, "")
		b.broadcast()
		b.mine(1)
		if after, err := b.Balance(ctx); err != nil || after.Fee != plan.Left {
			t.Errorf("planned %d to be left, it is %+v, %v", plan.Left, after, err)
		}

		if _, err := b.Plan(ctx, Request{Purpose: "x", Outputs: []*wire.TxOut{stranger(1, 1e15)}, Rate: chain.SatPerVByte(3)}); !errors.Is(err, chain.ErrNoFunds) {
			t.Errorf("more than there is: %v", err)
		}

		history, err := b.History(ctx, 5)
		if err != nil || len(history) == 0 || len(history) > 5 {
			t.Fatalf("%+v, %v", history, err)
		}
		found := false
		for _, m := range history {
			if m.Txid == signed.Txid {
				found = true
				if m.Purpose != req.Purpose || m.Fee != signed.Fee || m.Amount != -50_000-signed.Fee || m.Confirmations < 1 {
					t.Errorf("the history says %+v", m)
				}
			}
		}
		if !found {
			t.Error("the payment is not in the history")
		}
		days, err := b.FeesByDay(ctx, time.Now().Add(-time.Hour), "plan/")
		if err != nil || len(days) == 0 || days[len(days)-1].Of != signed.Fee || days[len(days)-1].All < signed.Fee {
			t.Errorf("fees by day: %+v, %v", days, err)
		}
	})
}

func TestMostSpendsAllThereIs(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		b.funds(2, 150_000)
		if reserve, err := b.Reserve(ctx); err != nil || reserve != 0 {
			t.Errorf("without channels the node reserves %d, %v", reserve, err)
		}
		rate := chain.SatPerVByte(2)
		for name, keep := range map[string]btcutil.Amount{"all but a reserve": 30_000, "all": 0} {
			out := stranger(7, 0)
			most, err := b.Most(ctx, out.PkScript, rate, keep)
			if err != nil {
				t.Fatal(err)
			}
			out.Value = int64(most)
			plan, err := b.Plan(ctx, Request{Purpose: name, Outputs: []*wire.TxOut{out}, Rate: rate})
			if err != nil || plan.Left < keep || plan.Left > keep+2000 {
				t.Errorf("%s: %d, which leaves %+v, %v", name, most, plan, err)
			}
			// One satoshi more is too much.
			out.Value++
			again, err := b.Plan(ctx, Request{Purpose: name, Outputs: []*wire.TxOut{out}, Rate: rate})
			if keep == 0 && !errors.Is(err, chain.ErrNoFunds) {
				t.Errorf("%s: a satoshi more could be paid too: %+v, %v", name, again, err)
			}
		}
		if _, err := b.Most(ctx, stranger(7, 0).PkScript, rate, 1e14); !errors.Is(err, chain.ErrNoFunds) {
			t.Errorf("a reserve above all there is: %v", err)
		}
	})
}

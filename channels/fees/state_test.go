package fees

import (
	"errors"
	"testing"
	"time"

	"cairn/channels/amount"

	"pgregory.net/rapid"
)

func TestStanding(t *testing.T) {
	const p = 1000
	end := time.Unix(1000, 0)
	before, after := end, end.Add(time.Second)
	paid := func(a amount.MilliSatoshi, at time.Time) payment { return payment{a, at, true} }
	seen := func(a amount.MilliSatoshi, at time.Time) payment { return payment{a, at, false} }
	for _, c := range []struct {
		now  time.Time
		in   []payment
		want State
	}{
		{before, nil, Active},
		{after, nil, Expired},
		{before, []payment{seen(999, before)}, Underpaid},
		{after, []payment{paid(1, before)}, Underpaid},
		{before, []payment{seen(1000, before)}, Processing},
		{after, []payment{seen(500, before), paid(500, before)}, Processing},
		{before, []payment{paid(1000, before)}, Settled},
		{after, []payment{paid(1000, before)}, Settled},
		{after, []payment{paid(500, before), paid(500, after)}, Late},
		{after, []payment{paid(500, after), paid(500, before)}, Late},
		{after, []payment{paid(1000, after)}, Late},
		{after, []payment{paid(1000, before), paid(1, after)}, Overpaid},
		{after, []payment{paid(1, after), paid(1000, before)}, Overpaid},
		{before, []payment{paid(1001, before)}, Overpaid},
		{before, []payment{paid(1000, before), seen(1000, before)}, Settled},
	} {
		if got := standing(p, end, c.now, c.in); got != c.want {
			t.Errorf("at %v with %v: %s, want %s", c.now.Unix(), c.in, got, c.want)
		}
	}
}

// Whatever happens to the payments of a quote in whatever order, it only
// changes as the table of transitions allows.
func TestStandingFollowsTheTable(t *testing.T) {
	taken := make(map[[2]State]bool)
	rapid.Check(t, func(t *rapid.T) {
		const p = 10
		end := time.Unix(100, 0)
		now := time.Unix(90, 0)
		var in []payment
		at := standing(p, end, now, in)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0: // seen, with news that may be late
				age := time.Duration(rapid.IntRange(0, 5).Draw(t, "age")) * time.Second
				in = append(in, payment{amount.MilliSatoshi(rapid.IntRange(1, 12).Draw(t, "amount")), now.Add(-age), false})
			case 1, 2: // settled
				if len(in) > 0 {
					in[rapid.IntRange(0, len(in)-1).Draw(t, "which")].settled = true
				}
			case 3: // vanished
				if len(in) > 0 {
					if i := rapid.IntRange(0, len(in)-1).Draw(t, "which"); !in[i].settled {
						in = append(in[:i:i], in[i+1:]...)
					}
				}
			case 4:
				now = now.Add(time.Duration(rapid.IntRange(1, 8).Draw(t, "seconds")) * time.Second)
			}
			to := standing(p, end, now, in)
			if err := move(at, to); err != nil {
				t.Fatalf("%v with %v", err, in)
			}
			taken[[2]State{at, to}] = true
			at = to
		}
	})
	for from, list := range transitions {
		for _, to := range list {
			if to != Used && to != Returned && !taken[[2]State{from, to}] {
				t.Logf("not taken in this run: %s → %s", from, to)
			}
		}
	}
	if len(taken) < 10 {
		t.Errorf("only %d transitions were taken", len(taken))
	}
}

func TestFinalStatesStay(t *testing.T) {
	for from := range transitions {
		for to := range transitions {
			if err := move(from, to); from.Final() && from != to && !errors.Is(err, ErrTransition) {
				t.Errorf("%s → %s: %v", from, to, err)
			}
		}
	}
	for _, paid := range []State{Settled, Overpaid, Late} {
		for _, unpaid := range []State{Active, Processing, Underpaid, Expired} {
			if err := move(paid, unpaid); !errors.Is(err, ErrTransition) {
				t.Errorf("%s → %s: %v", paid, unpaid, err)
			}
		}
	}
}

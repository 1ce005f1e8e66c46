package pledges

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/follow"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// ledger finds coins that tests have made up.
type ledger map[wire.OutPoint]coins.Found

func (l ledger) Look(_ context.Context, at wire.OutPoint, _ coins.Hint) (coins.Found, error) {
	found, ok := l[at]
	if !ok {
		return found, coins.ErrNone
	}
	return found, nil
}

// add makes a confirmed coin up.
func (l ledger) add(b *backer, name string) {
	funding := wire.NewMsgTx(2)
	from := sha256.Sum256([]byte(name))
	funding.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: from}, nil, nil))
	funding.AddTxOut(wire.NewTxOut(int64(b.coin.Value), b.coin.Script))
	b.at = wire.OutPoint{Hash: funding.TxHash()}
	l[b.at] = coins.Found{Tx: funding, Out: funding.TxOut[0], Block: chain.BlockRef{Height: 1, Hash: [32]byte{1}}}
}

// newPaper is a service without a chain, at block 500.
func newPaper(t testing.TB, d *db.DB, cs ...lighthouse.Campaign) (*world, ledger) {
	t.Helper()
	l := make(ledger)
	w := &world{t: t, db: d, campaigns: newCampaigns(cs...)}
	var err error
	w.Service, err = New(Config{DB: d, Campaigns: w.campaigns, Coins: l, Secret: testSecret})
	must(t, err)
	must(t, d.Transact(t.Context(), func(tx *gorm.DB) error {
		return tx.Exec("INSERT INTO follow_cursor (id, height, hash, base) VALUES (1, 500, ?, 500)", make([]byte, 32)).Error
	}))
	if tip, err := follow.Cursor(d.Read(t.Context())); err != nil || tip.Height != 500 {
		t.Fatal(tip, err)
	}
	return w, l
}

// One claim holds 172 P2TR pledges of a small contract; what comes beyond waits,
// and beyond three claims nothing is kept.
func TestOneTooMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "small", 10_000, 1_720_000)
		// A small contract (version 3) has a tenth of the room.
		small, err := contract.New(contract.SmallVersion, 0, c.Terms.Levels[0].Contract.Outputs)
		must(t, err)
		c.Terms.Levels[0].Contract = small
		w, l := newPaper(t, d, c)
		first, err := w.Terms(t.Context(), c.ID)
		must(t, err)
		fits := first.Slots[contract.P2TR]
		if fits < 168 || fits > 172 {
			t.Fatalf("%d pledges fit", fits)
		}
		enough := btcutil.Amount(1_720_000/fits) + 100
		n := 0
		next := func() error {
			n++
			b := newBacker(t, fmt.Sprint(n), contract.P2TR, enough, c)
			l.add(b, fmt.Sprint(n))
			_, _, err := w.Submit(t.Context(), w.submission(b, c))
			return err
		}
		for range fits {
			must(t, next())
		}
		p := w.progressOf(c)
		w.want("level", p.Level, 0)
		w.want("slots", p.Slots, 0)
		must(t, next()) // one too many: it waits
		p = w.progressOf(c)
		w.want("level", p.Level, 0)
		w.want("backers", p.Confirmed.Pledges, fits+1)
		if p.Waiting.Pledges < 1 {
			t.Errorf("%+v wait", p.Waiting)
		}
		terms, err := w.Terms(t.Context(), c.ID)
		must(t, err)
		if !terms.Open || !terms.Waits() || terms.Full {
			t.Errorf("open %t, waits %t, full %t", terms.Open, terms.Waits(), terms.Full)
		}
		kept := int(claims*small.Limit()) / int(contract.P2TR.Budget())
		for n < kept {
			must(t, next())
		}
		if err := next(); !errors.Is(err, lighthouse.ErrNoRoom) {
			t.Errorf("pledge %d: %v", n, err)
		}
		if terms, err = w.Terms(t.Context(), c.ID); err != nil || !terms.Full {
			t.Errorf("full %t, %v", terms.Full, err)
		}
	})
}

// The smallest pledge rises as the room runs out, and a little less is taken from
// those who looked before.
func TestLeast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "least", 10_000, 17_300_000)
		w, l := newPaper(t, d, c)
		terms, err := w.Terms(t.Context(), c.ID)
		must(t, err)
		if got := terms.Least[contract.P2TR]; got < 10_000 || got > 10_100 {
			t.Errorf("the least is %s at first", got)
		}
		if terms.Least[contract.P2PKH] <= terms.Least[contract.P2WPKH] || terms.Least[contract.P2WPKH] <= terms.Least[contract.P2TR] {
			t.Errorf("heavier coins must be worth more: %v", terms.Least)
		}
		try := func(name string, value btcutil.Amount) error {
			b := newBacker(t, name, contract.P2TR, value, c)
			l.add(b, name)
			_, _, err := w.Submit(t.Context(), w.submission(b, c))
			return err
		}
		must(t, try("a quarter less", terms.Least[contract.P2TR]*3/4+1))
		if err := try("even less", terms.Least[contract.P2TR]*3/4-10); !errors.Is(err, contract.ErrTooSmall) {
			t.Errorf("even less: %v", err)
		}
		must(t, try("nearly all", 17_000_000))
		if terms, err = w.Terms(t.Context(), c.ID); err != nil || terms.Least[contract.P2TR] >= 1_000 {
			t.Errorf("the least is %s when nearly all is there, %v", terms.Least[contract.P2TR], err)
		}
		must(t, try("the rest", 1_000_000))
		if terms, err = w.Terms(t.Context(), c.ID); err != nil || !terms.Waits() || terms.Progress.Level != 0 {
			t.Errorf("%+v, %v", terms.Progress, err)
		}
		// What the creator asks for is no matter of tolerance.
		c.Terms.Least = 5_000
		w.campaigns.set(c)
		if err := try("less than the creator wants", 4_999); !errors.Is(err, contract.ErrTooSmall) {
			t.Errorf("less than the creator wants: %v", err)
		}
		must(t, try("what the creator wants", 5_000))
	})
}

// Levels are reached one after the other; a match counts in its own alone.
func TestLevels(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "levels", 10_000, 300_000, 600_000, 900_000)
		w, l := newPaper(t, d, c)
		pledge := func(name string, value btcutil.Amount, levels ...int) lighthouse.Pledge {
			b := newBacker(t, name, contract.P2WPKH, value, c)
			l.add(b, name)
			return w.submit(b, c, levels...)
		}
		pledge("first", 200_000, 0, 1, 2)
		p := w.progressOf(c)
		w.want("level", p.Level, -1)
		if p.Missing < 95_000 || p.Missing > 100_000 { // the reserve is more than this rate asks for
			t.Errorf("%s are missing", p.Missing)
		}
		match := pledge("sponsor", 310_000, 1)
		w.want("the goal's bar", w.progressOf(c).Confirmed.Amount, btcutil.Amount(200_000))
		w.want("matched", w.progressOf(c).Matched, lighthouse.Tally{Pledges: 1, Amount: 310_000})
		w.want("level", w.progressOf(c).Level, -1)
		pledge("only the goal", 50_000, 0)
		pledge("second", 100_000, 0, 1, 2)
		p = w.progressOf(c)
		w.want("level", p.Level, 1) // 300,000 and the match
		w.want("next", p.Missing > 0, true)
		must(t, d.Transact(t.Context(), func(tx *gorm.DB) error {
			for level, want := range []int{3, 3, 2} {
				got, err := w.CandidatesIn(tx, c.ID, level)
				if err != nil {
					return err
				}
				w.want(fmt.Sprint("candidates of level ", level), len(got), want)
				for _, k := range got {
					if len(k.Signed) != 1 || !k.Counts(level) || (k.ID == match.ID) != (level == 1 && k.Coin.Value == 310_000) {
						t.Errorf("level %d: %+v", level, k)
					}
				}
			}
			return nil
		}))
	})
}

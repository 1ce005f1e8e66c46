package campaigns_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"

	"github.com/btcsuite/btcd/btcutil"
)

// fault is a field and what is wrong with it.
type fault struct {
	field string
	kind  error
}

func faultsOf(err error) (found []fault) {
	var fields campaigns.Fields
	if errors.As(err, &fields) {
		for _, f := range fields {
			found = append(found, fault{f.Field, f.Err})
		}
	}
	return found
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite), chain.Devnet)
	pay := func(amount btcutil.Amount, to ...string) (list []lighthouse.Beneficiary) {
		for _, a := range to {
			list = append(list, lighthouse.Beneficiary{Address: a, Amount: amount})
		}
		return list
	}
	n := byte(100)
	long := func(n int) string { return strings.Repeat("字", n+1) }
	for what, test := range map[string]struct {
		change func(d *campaigns.Draft)
		want   []fault
	}{
		"no words": {func(d *campaigns.Draft) {
			d.Text.Title, d.Text.Story, d.Text.Risks, d.Creator.Name = " \u202e", "", "\n", "\x01"
		}, []fault{{"title", campaigns.ErrMissing}, {"story", campaigns.ErrMissing}, {"risks", campaigns.ErrMissing}, {"creator.name", campaigns.ErrMissing}}},
		"long words": {func(d *campaigns.Draft) {
			d.Text.Title, d.Text.Tagline, d.Text.Risks = long(80), long(160), long(10_000)
			d.Text.Story = strings.Repeat("a", 50_001)
			d.Creator.Name, d.Creator.Contact = long(60), long(200)
		}, []fault{{"title", campaigns.ErrLong}, {"tagline", campaigns.ErrLong}, {"story", campaigns.ErrLong}, {"risks", campaigns.ErrLong}, {"creator.name", campaigns.ErrLong}, {"creator.contact", campaigns.ErrLong}}},
		"a tangled story": {func(d *campaigns.Draft) { d.Text.Story = strings.Repeat("> ", 500) }, []fault{{"story", campaigns.ErrLong}}},
		"the rows that are wrong": {func(d *campaigns.Draft) {
			d.Text.FAQ = []lighthouse.Question{{}, {Asks: "Why?"}, {Answer: "So."}}
			d.Text.Budget = []lighthouse.BudgetLine{{}, {For: "Tiles"}, {Amount: 5}, {For: "Loss", Amount: -1}}
		}, []fault{{"faq.1.answer", campaigns.ErrMissing}, {"faq.2.asks", campaigns.ErrMissing}, {"budget.1.amount", campaigns.ErrMissing}, {"budget.2.for", campaigns.ErrMissing}, {"budget.3.amount", campaigns.ErrAmount}}},
		"too many rows": {func(d *campaigns.Draft) {
			d.Text.FAQ, d.Text.Budget = make([]lighthouse.Question, 31), make([]lighthouse.BudgetLine, 21)
			d.Levels = make([]campaigns.Level, 21)
		}, []fault{{"faq", campaigns.ErrTooMany}, {"levels", campaigns.ErrTooMany}, {"budget", campaigns.ErrTooMany}}},
		"too many beneficiaries": {func(d *campaigns.Draft) {
			d.Levels[0].Beneficiaries = slices.Repeat(pay(60_000, address(1)), 21)
		}, []fault{{"levels.0.beneficiaries", campaigns.ErrTooMany}}},
		"nobody is paid": {func(d *campaigns.Draft) { d.Levels, d.Text.Budget = nil, nil }, []fault{{"levels.0.beneficiaries.0.address", campaigns.ErrMissing}}},
		"half a beneficiary": {func(d *campaigns.Draft) {
			d.Text.Budget = nil
			d.Levels[0].Beneficiaries = []lighthouse.Beneficiary{{}, {Name: "A", Amount: 5000}, {Address: address(2)}}
		}, []fault{{"levels.0.beneficiaries.1.address", campaigns.ErrMissing}, {"levels.0.beneficiaries.2.amount", campaigns.ErrMissing}}},
		"no addresses of here": {func(d *campaigns.Draft) {
			d.Text.Budget = nil
			d.Levels[0].Beneficiaries = pay(50_000, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "hello",
				"04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f",
				"bitcoin:hello", "bitcoin:?lightning=lnbcrt1", strings.Repeat("a", 2000), "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt081")
		}, []fault{
			{"levels.0.beneficiaries.0.address", campaigns.ErrAddress}, {"levels.0.beneficiaries.1.address", campaigns.ErrAddress}, {"levels.0.beneficiaries.2.address", campaigns.ErrAddress},
			{"levels.0.beneficiaries.3.address", campaigns.ErrAddress}, {"levels.0.beneficiaries.4.address", campaigns.ErrAddress}, {"levels.0.beneficiaries.5.address", campaigns.ErrAddress},
			{"levels.0.beneficiaries.6.address", campaigns.ErrAddress}, {"levels.0.beneficiaries.7.address", campaigns.ErrAddress},
		}},
		"dust": {func(d *campaigns.Draft) {
			d.Text.Budget = nil
			d.Levels[0].Beneficiaries = pay(293, address(1))
		}, []fault{{"levels.0.beneficiaries.0.amount", campaigns.ErrSmall}}},
		"no amounts": {func(d *campaigns.Draft) {
			d.Text.Budget = nil
			d.Levels[0].Beneficiaries = append(pay(-1, address(1)), pay(btcutil.MaxSatoshi+1, address(2))...)
			d.Least, d.Multiple, d.Levels[0].Reserve = -1, -5, -1
		}, []fault{{"levels.0.beneficiaries.0.amount", campaigns.ErrAmount}, {"levels.0.beneficiaries.1.amount", campaigns.ErrAmount}, {"multiple", campaigns.ErrAmount}, {"least", campaigns.ErrAmount}}},
		"more than there is": {func(d *campaigns.Draft) {
			d.Levels[0].Beneficiaries = pay(btcutil.MaxSatoshi, address(1), address(2))
		}, []fault{{"levels.0.beneficiaries", campaigns.ErrAmount}}},
		"no reserve to speak of": {func(d *campaigns.Draft) { d.Levels[0].Reserve = 100 }, []fault{{"levels.0.reserve", campaigns.ErrReserve}}},
		"a negative reserve":     {func(d *campaigns.Draft) { d.Levels[0].Reserve = -100 }, []fault{{"levels.0.reserve", campaigns.ErrAmount}}},
		"levels that do not rise": {func(d *campaigns.Draft) {
			d.Levels = append(d.Levels,
				campaigns.Level{Title: "Same", Beneficiaries: pay(1_000_000, address(2)), Reserve: 200_000},
				campaigns.Level{Title: "More", Beneficiaries: pay(2_000_000, address(2))},
				campaigns.Level{},
				campaigns.Level{Beneficiaries: pay(1_500_000, address(2))})
		}, []fault{{"levels.1", campaigns.ErrLevels}, {"levels.4.title", campaigns.ErrMissing}, {"levels.4", campaigns.ErrLevels}}},
		"a level that pays more and asks less": {func(d *campaigns.Draft) {
			d.Levels[0].Reserve = 500_000
			d.Levels = append(d.Levels, campaigns.Level{Title: "More", Beneficiaries: pay(1_100_000, address(2)), Reserve: 50_000})
		}, []fault{{"levels.1", campaigns.ErrLevels}}},
		"a share above the goal":  {func(d *campaigns.Draft) { d.Multiple = 9_000_000 }, []fault{{"multiple", campaigns.ErrShare}}},
		"a least above the goal":  {func(d *campaigns.Draft) { d.Least = 9_000_000 }, []fault{{"least", campaigns.ErrLeast}}},
		"a least between shares":  {func(d *campaigns.Draft) { d.Multiple, d.Least = 1000, 1500 }, []fault{{"least", campaigns.ErrLeast}}},
		"a budget above the goal": {func(d *campaigns.Draft) { d.Text.Budget[0].Amount = 700_000 }, []fault{{"budget", campaigns.ErrBudget}}},
		"other choices": {func(d *campaigns.Draft) {
			d.Language, d.Category, d.Creator.PublicKey, d.Cover = "xx", "war", []byte{1, 2}, "../../etc/passwd"
		}, []fault{{"language", campaigns.ErrChoice}, {"category", campaigns.ErrChoice}, {"creator.public-key", campaigns.ErrPublicKey}, {"cover", campaigns.ErrCover}}},
		"no end":          {func(d *campaigns.Draft) { d.DeadlineIn = 0 }, []fault{{"deadline", campaigns.ErrMissing}}},
		"an end long ago": {func(d *campaigns.Draft) { d.DeadlineIn, d.Deadline = 0, time.Unix(1, 0) }, []fault{{"deadline", campaigns.ErrDeadline}}},
		"an end too far":  {func(d *campaigns.Draft) { d.DeadlineIn = 2_000_000 }, []fault{{"deadline", campaigns.ErrDeadline}}},
	} {
		// A draft takes what is missing, and nothing that is wrong; opened, it
		// needs everything.
		n++
		d := draft(1)
		test.change(&d)
		var wrong []fault
		for _, f := range test.want {
			if f.kind != campaigns.ErrMissing && f.kind != campaigns.ErrDeadline {
				wrong = append(wrong, f)
			}
		}
		_, key, err := w.Create(t.Context(), d)
		if got := faultsOf(err); fmt.Sprint(got) != fmt.Sprint(wrong) || (err == nil) != (len(wrong) == 0) {
			t.Errorf("%s, as a draft:\n got %v (%v)\nwant %v", what, got, err, wrong)
		}
		if err == nil {
			_, err = w.Open(t.Context(), key)
			if got := faultsOf(err); len(got) != len(test.want) || (len(got) > 0 && got[0].kind != test.want[0].kind) {
				t.Errorf("%s, to be opened:\n got %v (%v)\nwant %v", what, got, err, test.want)
			}
			continue
		}
		_, shown := w.opened(draft(n))
		_, err = w.edit(shown, func(e *campaigns.Draft) {
			version := e.Version
			*e = d
			e.Version = version
		})
		if got := faultsOf(err); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s, as a change:\n got %v (%v)\nwant %v", what, got, err, test.want)
		}
		_, err = w.Close(t.Context(), shown)
		w.must(err)
	}
}

func TestRowsThatAreEmptyGo(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite), chain.Devnet)
	d := draft(1)
	d.Text.FAQ = append([]lighthouse.Question{{}}, d.Text.FAQ...)
	d.Text.Budget = append(d.Text.Budget, lighthouse.BudgetLine{})
	d.Levels[0].Beneficiaries = append([]lighthouse.Beneficiary{{}}, d.Levels[0].Beneficiaries...)
	d.Levels = append(d.Levels, campaigns.Level{}, campaigns.Level{Title: "A bell", Beneficiaries: []lighthouse.Beneficiary{{}, {Address: address(2), Amount: 3_000_000}}}, campaigns.Level{})
	c, _ := w.opened(d)
	if len(c.Text.FAQ) != 1 || len(c.HTML.Answers) != 1 || len(c.Text.Budget) != 2 || len(c.Terms.Levels) != 2 || len(c.Terms.Levels[0].Beneficiaries) != 1 || len(c.Terms.Levels[1].Beneficiaries) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestAddressesAsTheyCome(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite), chain.Devnet)
	want := address(5)
	for i, text := range []string{want, strings.ToUpper(want), " " + want + "\n", "bitcoin:" + want + "?amount=0.5&label=x", "BITCOIN:" + strings.ToUpper(want)} {
		d := draft(1)
		d.Levels[0].Beneficiaries[0].Address = text
		d.Levels[0].Beneficiaries[0].Amount += btcutil.Amount(i)
		c, _ := w.opened(d)
		if got := c.Terms.Levels[0].Beneficiaries[0].Address; got != want {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}

func TestDeadlineOnAPublicNetwork(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	w := newWorld(t, d, chain.Signet)
	signet := "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"
	n := btcutil.Amount(0)
	open := func(at time.Duration, blocks int32) (lighthouse.Campaign, error) {
		n++
		dr := draft(1)
		dr.Levels[0].Beneficiaries[0] = lighthouse.Beneficiary{Address: signet, Amount: 1_000_000 + n}
		if dr.DeadlineIn = blocks; at != 0 {
			dr.Deadline = w.at.Add(at)
		}
		_, key := w.create(dr)
		return w.Open(t.Context(), key)
	}
	day := 24 * time.Hour
	for _, test := range []struct {
		at     time.Duration
		blocks int32
		height int32 // 0 is refused
	}{
		{at: day, height: 99 + 144}, {at: day - time.Minute}, {at: 30*day + time.Minute, height: 99 + 30*144 + 1},
		{at: 366 * day, height: 99 + 366*144}, {at: 367 * day}, {at: -day},
		{blocks: 144, height: 99 + 144}, {blocks: 143}, {blocks: 366 * 144, height: 99 + 366*144}, {blocks: 367 * 144},
	} {
		c, err := open(test.at, test.blocks)
		if test.height == 0 {
			if !errors.Is(err, campaigns.ErrDeadline) {
				t.Errorf("%+v: %v", test, err)
			}
			continue
		}
		if err != nil || c.Terms.Deadline != test.height {
			t.Errorf("%+v: block %d, %v", test, c.Terms.Deadline, err)
		}
		if test.blocks > 0 && !c.Terms.DeadlineAt.Equal(w.at.Add(time.Duration(test.blocks)*interval)) {
			t.Errorf("%+v: expected at %s", test, c.Terms.DeadlineAt)
		}
	}
	// An address of the devnet is not one of here.
	_, _, err := w.Create(t.Context(), draft(1))
	w.wantErr(err, campaigns.ErrAddress)
}

func TestCoverHasToBeThere(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite), chain.Devnet)
	w.cfg.Cover = func(_ context.Context, name string) (bool, error) { return name == "here", nil }
	w.restart()
	d := draft(1)
	d.Cover = "here"
	c, _ := w.opened(d)
	if c.Cover != "here" {
		t.Errorf("%+v", c)
	}
	d.Cover = "gone"
	_, _, err := w.Create(t.Context(), d)
	w.wantErr(err, campaigns.ErrCover)
	used, err := w.CoversUsed(t.Context(), []string{"here", "gone"})
	w.must(err)
	if !used["here"] || used["gone"] {
		t.Errorf("used: %v", used)
	}
}

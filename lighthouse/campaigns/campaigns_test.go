package campaigns_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

func TestFromDraftToOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		made, key := w.create(draft(1))
		if made.Stage != lighthouse.Draft || made.Terms.Deadline != 0 || made.Terms.Levels[0].Contract != nil || made.Version != 1 {
			t.Errorf("a draft: %+v", made)
		}
		_, err := w.Get(t.Context(), made.ID)
		w.wantErr(err, lighthouse.ErrUnknown)
		w.wantErr(w.transact(func(tx *gorm.DB) error { _, err := w.GetIn(tx, made.ID); return err }), lighthouse.ErrUnknown)
		_, err = w.ByKey(t.Context(), lighthouse.Key{1})
		w.wantErr(err, lighthouse.ErrNotYours)

		announced, err := w.Announce(t.Context(), key)
		w.must(err)
		if announced.Stage != lighthouse.Announced || announced.Terms.Deadline != 99+144*7 || !announced.OpenedAt.IsZero() {
			t.Errorf("announced: %+v", announced)
		}
		c := announced.Terms.Levels[0]
		if c.Contract == nil || c.Contract.Net() != 1_000_000 || c.Contract.LockTime != 0 || c.Goal != 1_000_000+c.Reserve || c.Net() != 1_000_000 {
			t.Errorf("its contract: %+v", c)
		}
		w.mine(3)
		w.at = w.at.Add(time.Hour)
		opened, err := w.Open(t.Context(), key)
		w.must(err)
		if opened.Stage != lighthouse.Open || opened.OpenedAt != w.at || opened.Terms.Deadline != announced.Terms.Deadline {
			t.Errorf("opened: %+v", opened)
		}
		if !strings.Contains(opened.HTML.Story, "<strong>old one</strong>") || !strings.Contains(opened.HTML.Answers[0], "<em>May</em>") {
			t.Errorf("rendered: %+v", opened.HTML)
		}
		stored, err := w.Get(t.Context(), made.ID)
		w.must(err)
		if !reflect.DeepEqual(stored, opened) {
			t.Errorf("stored:\n%+v\nopened:\n%+v", stored, opened)
		}
		_, err = w.Open(t.Context(), key)
		w.wantErr(err, campaigns.ErrStage)
		_, err = w.Announce(t.Context(), key)
		w.wantErr(err, campaigns.ErrStage)
	})
}

func TestContractAtTheDeadline(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite), chain.Devnet)
	d := draft(1)
	d.AtDeadline, d.ByItself, d.Firm = true, true, true
	d.Levels = append(d.Levels, campaigns.Level{Title: "A bell too", Beneficiaries: []lighthouse.Beneficiary{
		{Address: address(1), Amount: 1_000_000}, {Address: address(2), Amount: 500_000},
	}})
	c, _ := w.opened(d)
	for i, l := range c.Terms.Levels {
		if l.Contract.LockTime != uint32(c.Terms.Deadline) || len(l.Contract.Outputs) != i+1 {
			t.Errorf("level %d: %+v", i, l.Contract)
		}
	}
	if len(c.Terms.Keeper) != 33 || !c.Terms.ByItself || !c.Terms.AtDeadline || c.Terms.RefundHeight() != uint32(c.Terms.Deadline)+144 {
		t.Errorf("terms: %+v", c.Terms)
	}
}

func TestRevisions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		first, key := w.opened(draft(1))

		words, err := w.edit(key, func(d *campaigns.Draft) { d.Text.Story = "It leaks." })
		w.must(err)
		if words.Terms.Revision != 1 || words.Version != first.Version+1 || words.HTML.Story == first.HTML.Story {
			t.Errorf("other words: %+v", words)
		}
		w.mine(5)
		w.at = w.at.Add(time.Hour)
		later, err := w.edit(key, func(d *campaigns.Draft) { d.DeadlineIn = 2000 })
		w.must(err)
		if later.Terms.Revision != 2 || later.Terms.Deadline != 104+2000 || later.Terms.Levels[0].Contract.ID() != first.Terms.Levels[0].Contract.ID() {
			t.Errorf("another deadline: %+v", later.Terms)
		}
		more, err := w.edit(key, func(d *campaigns.Draft) { d.Levels[0].Beneficiaries[0].Amount = 2_000_000 })
		w.must(err)
		if more.Terms.Revision != 3 || more.Terms.Deadline != later.Terms.Deadline || more.Terms.Levels[0].Contract.Net() != 2_000_000 {
			t.Errorf("another goal: %+v", more.Terms)
		}
		_, err = w.edit(key, func(d *campaigns.Draft) { d.Levels[0].Beneficiaries[0].Amount = 1_000_000 })
		w.wantErr(err, campaigns.ErrOutputsBefore)
		w.wantField(err, "levels.0.beneficiaries")
		_, err = w.edit(key, func(d *campaigns.Draft) {
			d.Levels[0].Beneficiaries[0] = lighthouse.Beneficiary{Address: address(9), Amount: 1_000_000}
		})
		w.must(err)

		w.wantErr(w.transact(func(tx *gorm.DB) error { return w.FreezeIn(tx, first.ID, 3) }), lighthouse.ErrChanged)
		w.must(w.transact(func(tx *gorm.DB) error {
			old, err := w.TermsIn(tx, first.ID, 2)
			if err == nil && !reflect.DeepEqual(old, later.Terms) {
				t.Errorf("revision 2 is now %+v", old)
			}
			return err
		}))
		w.must(w.transact(func(tx *gorm.DB) error { return w.FreezeIn(tx, first.ID, 4) }))
		w.must(w.transact(func(tx *gorm.DB) error { return w.FreezeIn(tx, first.ID, 4) }))
		_, err = w.edit(key, func(d *campaigns.Draft) { d.Levels[0].Beneficiaries[0].Amount = 3_000_000 })
		w.wantErr(err, lighthouse.ErrFrozen)
		_, err = w.edit(key, func(d *campaigns.Draft) { d.Text.Story = "Send it to me instead." })
		w.wantErr(err, lighthouse.ErrFrozen)
		answered, err := w.edit(key, func(d *campaigns.Draft) {
			d.Text.FAQ = append(d.Text.FAQ, lighthouse.Question{Asks: "Which tiles?", Answer: "Red ones."})
		})
		w.must(err)
		if len(answered.Text.FAQ) != 2 || answered.Terms.Revision != 4 || !answered.Frozen {
			t.Errorf("answered: %+v", answered)
		}
	})
}

func (w *world) wantField(err error, field string) {
	w.Helper()
	var fields campaigns.Fields
	if !errors.As(err, &fields) || fields.Of(field) == nil {
		w.Errorf("no fault of %s in %v", field, err)
	}
}

// Two campaigns never share outputs, whenever each was first shown, whatever
// became of the other.
func TestOutputsAreOneCampaigns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		first, firstKey := w.opened(draft(1))
		_, other := w.create(draft(1))
		_, err := w.Open(t.Context(), other)
		w.wantErr(err, campaigns.ErrOutputs)
		w.wantField(err, "levels.0.beneficiaries")

		_, err = w.Close(t.Context(), firstKey)
		w.must(err)
		_, err = w.Open(t.Context(), other)
		w.wantErr(err, campaigns.ErrOutputs)

		// Also as a stretch level, and with another name beside the address.
		_, err = w.edit(other, func(d *campaigns.Draft) {
			d.Levels[0].Beneficiaries[0].Amount = 100_000
			d.Text.Budget = nil
			d.Levels = append(d.Levels, campaigns.Level{Title: "More", Beneficiaries: []lighthouse.Beneficiary{{Name: "Me", Address: address(1), Amount: 1_000_000}}})
		})
		w.must(err)
		_, err = w.Open(t.Context(), other)
		w.wantField(err, "levels.1.beneficiaries")
		c, err := w.ByKey(t.Context(), other)
		w.must(err)
		if c.Stage != lighthouse.Draft || c.Terms.Levels[0].Contract != nil {
			t.Errorf("a refused campaign was changed: %+v", c)
		}
		_, err = w.edit(other, func(d *campaigns.Draft) { d.Levels[1].Beneficiaries[0].Address = address(2) })
		w.must(err)
		opened, err := w.Open(t.Context(), other)
		w.must(err)
		if opened.Terms.Levels[0].Contract.OutputsHash() == first.Terms.Levels[0].Contract.OutputsHash() {
			t.Error("the same outputs")
		}
	})
}

func TestDefaultReserve(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, db.SQLite), chain.Devnet)
	for _, c := range []struct {
		net, least btcutil.Amount
		low, high  btcutil.Amount
	}{
		{net: 1_000_000_000, low: 100_000, high: 100_000}, // a full claim
		{net: 1_000_000, least: 100_000, low: 10 * 68, high: 10*68 + 60},
		{net: 50_000, low: 184 * 68, high: 184*68 + 60},
	} {
		d := draft(1)
		d.Text.Budget = nil
		d.Least = c.least
		d.Levels[0].Beneficiaries[0].Amount = c.net
		made, _ := w.create(d)
		if got := made.Terms.Levels[0].Reserve; got < c.low || got > c.high {
			t.Errorf("%d paid out, pledges from %d: a reserve of %d, want %d to %d", c.net, c.least, got, c.low, c.high)
		}
	}
}

package campaigns_test

import (
	"errors"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
)

// What was taken down is in no list but the operator's, and comes back.
func TestTakeDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		begun := draft(1)
		begun.Text.Title = "Somebody else's roof"
		first, key := w.opened(begun)
		second, _ := w.opened(draft(2))
		title := first.Text.Title
		down := campaigns.Query{Sort: campaigns.Newest, TakenDown: true}
		if got := w.found(down); got != "" {
			t.Errorf("taken down: %s", got)
		}
		w.must(w.TakeDown(t.Context(), first.ID, true))
		if got := w.found(campaigns.Query{}); got != second.Text.Title {
			t.Errorf("shown: %s", got)
		}
		if got := w.found(campaigns.Query{Text: title}); got != "" {
			t.Errorf("a search finds %s", got)
		}
		if got := w.found(down); got != title {
			t.Errorf("taken down: %s", got)
		}
		c, err := w.Get(t.Context(), first.ID)
		w.must(err)
		own, err := w.ByKey(t.Context(), key)
		w.must(err)
		if !c.TakenDown || !own.TakenDown || c.Stage != lighthouse.Open {
			t.Errorf("it is taken down: %t, its creator sees it: %t, stage %s", c.TakenDown, own.TakenDown, c.Stage)
		}

		// What its creator does meanwhile does not bring it back; the operator does.
		begun.Version = own.Version
		begun.Text.Tagline = "It is ours"
		_, err = w.Edit(t.Context(), key, begun)
		w.must(err)
		if got := w.found(down); got == "" {
			t.Error("an edit has brought it back")
		}
		w.must(w.TakeDown(t.Context(), first.ID, false))
		if got := w.found(down); got != "" {
			t.Errorf("taken down: %s", got)
		}
		if err := w.TakeDown(t.Context(), lighthouse.ID{1}, true); !errors.Is(err, lighthouse.ErrUnknown) {
			t.Errorf("an unknown one: %v", err)
		}
	})
}

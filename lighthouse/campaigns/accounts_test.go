package campaigns_test

import (
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"

	"gorm.io/gorm"
)

func TestAccountsKeepCampaigns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		ctx := t.Context()
		me, other := campaigns.Account{1}, campaigns.Account{2}
		drafted, link := w.create(draft(1))
		opened, openedLink := w.opened(draft(2))

		w.wantErr(w.KeepFor(ctx, lighthouse.Key{}, me), lighthouse.ErrNotYours)
		_, err := w.KeyFor(ctx, me, drafted.ID)
		w.wantErr(err, lighthouse.ErrNotYours)
		w.must(w.KeepFor(ctx, link, me))
		w.must(w.KeepFor(ctx, link, me))
		w.must(w.KeepFor(ctx, openedLink, me))
		_, err = w.KeyFor(ctx, other, drafted.ID)
		w.wantErr(err, lighthouse.ErrNotYours)
		if list, err := w.OfAccount(ctx, me); err != nil || len(list) != 2 {
			t.Errorf("kept: %+v, %v", list, err)
		}
		if list, err := w.OfAccount(ctx, other); err != nil || len(list) != 0 {
			t.Errorf("kept by the other: %+v, %v", list, err)
		}

		// Its keys do what the link does, which goes on working; old ones end.
		var keys []lighthouse.Key
		for range 7 {
			w.at = w.at.Add(1e9)
			key, err := w.KeyFor(ctx, me, drafted.ID)
			w.must(err)
			keys = append(keys, key)
		}
		for i, key := range append(keys, link) {
			c, err := w.ByKey(ctx, key)
			if i < 2 {
				w.wantErr(err, lighthouse.ErrNotYours)
				continue
			}
			w.must(err)
			if c.ID != drafted.ID {
				t.Errorf("key %d is of %s", i, c.ID)
			}
		}
		_, err = w.edit(keys[6], func(d *campaigns.Draft) { d.Text.Title = "By the account" })
		w.must(err)

		w.must(w.LetGo(ctx, me, drafted.ID))
		_, err = w.ByKey(ctx, keys[6])
		w.wantErr(err, lighthouse.ErrNotYours)
		if kept, err := w.Keeps(ctx, me, drafted.ID); kept || err != nil {
			t.Errorf("still kept: %v, %v", kept, err)
		}
		_, err = w.ByKey(ctx, link)
		w.must(err)

		key, err := w.KeyFor(ctx, me, opened.ID)
		w.must(err)
		w.must(w.transact(func(tx *gorm.DB) error { return campaigns.Forget(tx, me) }))
		_, err = w.ByKey(ctx, key)
		w.wantErr(err, lighthouse.ErrNotYours)
		w.must(w.KeepFor(ctx, link, other))
		_, err = w.KeyFor(ctx, other, drafted.ID)
		w.must(err)
		w.must(w.Discard(ctx, link)) // with all that refers to it
	})
}

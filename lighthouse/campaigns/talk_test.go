package campaigns_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
)

func TestUpdates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		c, key := w.create(draft(1))
		_, err := w.Post(t.Context(), key, "Tiles", "They are **here**.")
		w.wantErr(err, campaigns.ErrStage)
		_, err = w.Open(t.Context(), key)
		w.must(err)
		_, err = w.Post(t.Context(), lighthouse.Key{}, "Tiles", "They are here.")
		w.wantErr(err, lighthouse.ErrNotYours)
		_, err = w.Post(t.Context(), key, strings.Repeat("t", campaigns.MaxTitle+1), "")
		w.wantErr(err, campaigns.ErrLong, campaigns.ErrMissing)
		for i := range 3 {
			w.at = w.at.Add(time.Hour)
			u, err := w.Post(t.Context(), key, fmt.Sprintf("Tiles %d", i), "They are **here**.")
			w.must(err)
			if u.ID == 0 || !u.At.Equal(w.at) || !strings.Contains(u.HTML, "<strong>here</strong>") {
				t.Errorf("posted: %+v", u)
			}
		}
		list, err := w.Updates(t.Context(), c.ID)
		w.must(err)
		if len(list) != 3 || list[0].Title != "Tiles 2" || list[2].Text != "They are **here**." {
			t.Errorf("updates: %+v", list)
		}
	})
}

// backers know one key and one signature.
type backers struct {
	key     lighthouse.Key
	pledge  lighthouse.PledgeID
	message string
}

func (b *backers) Prove(_ context.Context, _ lighthouse.ID, pledge lighthouse.PledgeID, message, signature string) error {
	if b.message = message; pledge == b.pledge && signature == "signed" {
		return nil
	}
	return campaigns.ErrNotBacker
}

func (b *backers) Owns(_ context.Context, _ lighthouse.ID, key lighthouse.Key) error {
	if key == b.key {
		return nil
	}
	return campaigns.ErrNotBacker
}

func TestComments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		known := &backers{key: lighthouse.Key{7}, pledge: lighthouse.PledgeID{8}}
		ctx := t.Context()
		c, key := w.opened(draft(1))
		other, otherKey := w.opened(draft(2))

		_, err := w.Comment(ctx, c.ID, campaigns.Words{Text: "Hello", Backer: &campaigns.Proof{Key: &known.key}})
		w.wantErr(err, campaigns.ErrNotBacker) // nobody can tell
		w.cfg.Backers = known
		w.restart()
		backer, err := w.Comment(ctx, c.ID, campaigns.Words{Name: " Eve\u202e ", Text: "Good\r\nluck\x00", Backer: &campaigns.Proof{Key: &known.key}})
		w.must(err)
		if !backer.Backer || backer.Name != "Eve" || backer.Text != "Good\nluck\uFFFD" {
			t.Errorf("%+v", backer)
		}
		_, err = w.Comment(ctx, c.ID, campaigns.Words{Text: "Me too", Backer: &campaigns.Proof{Key: &lighthouse.Key{9}}})
		w.wantErr(err, campaigns.ErrNotBacker)
		_, err = w.Comment(ctx, c.ID, campaigns.Words{Text: "Me too", Backer: &campaigns.Proof{Pledge: known.pledge, Signature: "signed"}})
		w.must(err)
		if known.message != campaigns.ProofMessage(c.ID, "", "Me too") || known.message == campaigns.ProofMessage(c.ID, "Me", "too") {
			t.Errorf("signed: %s", known.message)
		}
		reply, err := w.Reply(ctx, key, "Thank you")
		w.must(err)
		if !reply.ByCreator || reply.Name != "Ada" {
			t.Errorf("%+v", reply)
		}
		_, err = w.Comment(ctx, c.ID, campaigns.Words{Text: " \n ", Name: strings.Repeat("n", 61)})
		w.wantErr(err, campaigns.ErrMissing, campaigns.ErrLong)
		_, err = w.Comment(ctx, lighthouse.ID{1}, campaigns.Words{Text: "Hello"})
		w.wantErr(err, lighthouse.ErrUnknown)

		w.wantErr(w.Hide(ctx, otherKey, backer.ID, true), campaigns.ErrUnknownComment)
		w.must(w.Hide(ctx, key, backer.ID, true))
		list, more, err := w.Comments(ctx, c.ID, 0, false)
		w.must(err)
		if len(list) != 3 || more || list[0].ID != reply.ID || !list[2].Hidden || list[2].Text != "" || list[2].Name != "" {
			t.Errorf("comments: %+v", list)
		}
		if list, _, err := w.Comments(ctx, c.ID, 0, true); err != nil || list[2].Text == "" {
			t.Errorf("for the creator: %+v, %v", list, err)
		}
		if n, err := w.CountComments(ctx, other.ID); err != nil || n != 0 {
			t.Errorf("the other has %d, %v", n, err)
		}
	})
}

func TestOneVisitorSaysOnlySoMuch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		c, _ := w.opened(draft(1))
		say := func(source string) error {
			_, err := w.Comment(t.Context(), c.ID, campaigns.Words{Text: "Again", Source: source})
			return err
		}
		for range 10 {
			w.must(say("a"))
		}
		w.wantErr(say("a"), campaigns.ErrTooFast)
		w.must(say("b"))
		w.at = w.at.Add(time.Hour + time.Second)
		w.must(say("a"))
		w.at = w.at.Add(25 * time.Hour)
		w.must(w.Tidy(t.Context()))
		var known int64
		w.must(d.Read(t.Context()).Table("campaign_comments").Where("source IS NOT NULL").Count(&known).Error)
		if known != 0 {
			t.Errorf("%d comments know where they came from after a day", known)
		}
		list, more, err := w.Comments(t.Context(), c.ID, 6, false)
		w.must(err)
		if len(list) != 5 || more || list[0].ID != 5 {
			t.Errorf("before the sixth: %+v", list)
		}
	})
}

func TestFollowers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		ctx := t.Context()
		c, key := w.create(draft(1))
		me := lighthouse.Key{1}
		w.wantErr(w.Follow(ctx, c.ID, me, ""), lighthouse.ErrUnknown)
		_, err := w.Announce(ctx, key)
		w.must(err)
		w.must(w.Follow(ctx, c.ID, me, "home"))
		w.must(w.Follow(ctx, c.ID, me, "home"))
		for i := range 19 {
			w.must(w.Follow(ctx, c.ID, lighthouse.Key{2, byte(i)}, "home"))
		}
		w.wantErr(w.Follow(ctx, c.ID, lighthouse.Key{3}, "home"), campaigns.ErrTooFast)
		if n, err := w.Followers(ctx, c.ID); err != nil || n != 20 {
			t.Errorf("%d followers, %v", n, err)
		}
		list, err := w.Followed(ctx, me)
		w.must(err)
		if len(list) != 1 || list[0].ID != c.ID || list[0].Followers != 20 || list[0].Title != "A new roof" {
			t.Errorf("followed: %+v", list)
		}
		w.must(w.Unfollow(ctx, c.ID, me))
		if yes, err := w.Follows(ctx, c.ID, me); err != nil || yes {
			t.Errorf("still follows: %v, %v", yes, err)
		}
		w.must(w.Follow(ctx, c.ID, lighthouse.Key{3}, ""))
		if yes, err := w.Follows(ctx, c.ID, lighthouse.Key{3}); err != nil || !yes {
			t.Errorf("does not follow: %v, %v", yes, err)
		}
	})
}

func TestOldDraftsGo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		_, old := w.create(draft(1))
		shown, _ := w.opened(draft(2))
		w.at = w.at.Add(181 * 24 * time.Hour)
		_, young := w.create(draft(3))
		w.must(w.Tidy(t.Context()))
		_, err := w.ByKey(t.Context(), old)
		w.wantErr(err, lighthouse.ErrNotYours)
		_, err = w.Get(t.Context(), shown.ID)
		w.must(err)
		w.must(w.Discard(t.Context(), young))
		_, err = w.ByKey(t.Context(), young)
		w.wantErr(err, lighthouse.ErrNotYours)
		var left int64
		w.must(d.Read(t.Context()).Table("campaign_levels").Count(&left).Error)
		if left != 1 {
			t.Errorf("%d levels are left", left)
		}
		_, key := w.opened(draft(4))
		if err := w.Discard(t.Context(), key); !errors.Is(err, campaigns.ErrStage) {
			t.Errorf("discarding an open campaign: %v", err)
		}
	})
}

package campaigns_test

import (
	"fmt"
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

// pledged notes what the pledges of a campaign come to, as package pledges
// does.
func (w *world) pledged(id lighthouse.ID, confirmed btcutil.Amount, backers int) {
	w.Helper()
	row := map[string]any{"campaign": id[:], "confirmed": int64(confirmed), "backers": backers}
	for _, zero := range []string{"firm", "firm_backers", "pending", "pending_backers", "revoked", "revoked_backers", "taken", "taken_backers", "matched", "matches", "weight", "stored", "version", "checked_height"} {
		row[zero] = 0
	}
	w.must(w.transact(func(tx *gorm.DB) error { return tx.Table("campaign_totals").Create(row).Error }))
}

func (w *world) found(q campaigns.Query) string {
	w.Helper()
	var titles []string
	for range 50 {
		page, err := w.Search(w.Context(), q)
		w.must(err)
		for _, c := range page.Cards {
			titles = append(titles, c.Title)
		}
		if q.After = page.Next; q.After == "" {
			return strings.Join(titles, ",")
		}
	}
	w.Fatal("the list does not end")
	return ""
}

func TestSearch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		made := func(n byte, title string, blocks int32, change func(d *campaigns.Draft)) (lighthouse.Campaign, lighthouse.Key) {
			w.at = w.at.Add(time.Hour)
			dr := draft(n)
			dr.Text.Title, dr.Text.Tagline, dr.DeadlineIn = title, "", blocks
			if change != nil {
				change(&dr)
			}
			return w.opened(dr)
		}
		roof, _ := made(1, "Roof", 500, nil)
		bell, _ := made(2, "Bell 50%", 300, func(d *campaigns.Draft) { d.Category = "music" })
		book, _ := made(3, "图书馆", 400, func(d *campaigns.Draft) {
			d.Creator.Name, d.Text.Tagline, d.Language = "小明", "给孩子们的书", "zh-Hans"
		})
		full, _ := made(4, "Well", 600, nil)
		_, gone := made(5, "Road", 700, nil)
		_, err := w.Close(t.Context(), gone)
		w.must(err)
		w.create(draft(6))
		w.at = w.at.Add(time.Hour)
		_, soonKey := w.create(draft(7))
		soon, err := w.edit(soonKey, func(d *campaigns.Draft) { d.Text.Title = "Garden" })
		w.must(err)
		_, err = w.Announce(t.Context(), soonKey)
		w.must(err)

		w.pledged(roof.ID, 700_000, 3)
		w.pledged(bell.ID, 900_000, 2)
		w.pledged(book.ID, 100_000, 9)
		w.pledged(full.ID, 2_000_000, 5)
		w.must(w.Follow(t.Context(), soon.ID, lighthouse.Key{1}, ""))

		for _, c := range []struct {
			q    campaigns.Query
			want string
		}{
			{campaigns.Query{}, "Garden,Well,图书馆,Bell 50%,Roof"},
			{campaigns.Query{Sort: campaigns.Ending}, "Bell 50%,图书馆,Roof,Well"},
			{campaigns.Query{Sort: campaigns.Almost}, "Bell 50%,Roof"},
			{campaigns.Query{Sort: campaigns.Backed}, "图书馆,Well,Roof,Bell 50%"},
			{campaigns.Query{Sort: campaigns.Soon}, "Garden"},
			{campaigns.Query{Sort: campaigns.Past}, "Road"},
			{campaigns.Query{Category: "music"}, "Bell 50%"},
			{campaigns.Query{Text: "ROAD"}, "Road"}, // searching finds what is over
			{campaigns.Query{Text: "ada bell"}, "Bell 50%"},
			{campaigns.Query{Text: "0%"}, "Bell 50%"},
			{campaigns.Query{Text: "%"}, "Bell 50%"},
			{campaigns.Query{Text: "_"}, ""},
			{campaigns.Query{Text: `\`}, ""},
			{campaigns.Query{Text: "书馆"}, "图书馆"},
			{campaigns.Query{Text: "小明 孩子"}, "图书馆"},
			{campaigns.Query{Text: strings.Repeat("书", 500)}, ""},
			{campaigns.Query{Text: "roof", Category: "music"}, ""},
		} {
			for _, size := range []int{0, 1, 2} {
				c.q.Size = size
				if got := w.found(c.q); got != c.want {
					t.Errorf("%+v: %s, want %s", c.q, got, c.want)
				}
			}
		}
		page, err := w.Search(t.Context(), campaigns.Query{Text: "well"})
		w.must(err)
		card := page.Cards[0]
		if card.Confirmed != 2_000_000 || card.Backers != 5 || card.Thousandths() != 1818 || card.Goal != full.Terms.Goal() || !card.DeadlineAt.Equal(full.Terms.DeadlineAt) {
			t.Errorf("%+v", card)
		}
		for _, q := range []campaigns.Query{{Sort: "best"}, {After: "x"}, {After: strings.Repeat("x", 101)}} {
			_, err := w.Search(t.Context(), q)
			w.wantErr(err, campaigns.ErrSort)
		}
		_, err = w.Search(t.Context(), campaigns.Query{Category: "war"})
		w.wantErr(err, campaigns.ErrChoice)
	})
}

// Pages of a list in which many are equal hold each campaign once.
func TestPagesOfEquals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chain.Devnet)
		const many = 2*campaigns.PageSize + 5
		for i := range many {
			dr := draft(byte(i))
			dr.Text.Title = fmt.Sprint("Roof ", i)
			c, _ := w.opened(dr)
			w.pledged(c.ID, 700_000, 4)
		}
		for _, sort := range []campaigns.Sort{campaigns.Newest, campaigns.Ending, campaigns.Almost, campaigns.Backed} {
			titles := strings.Split(w.found(campaigns.Query{Sort: sort}), ",")
			seen := make(map[string]bool)
			for _, title := range titles {
				seen[title] = true
			}
			if len(titles) != many || len(seen) != many {
				t.Errorf("%s: %d campaigns, %d different, of %d", sort, len(titles), len(seen), many)
			}
		}
	})
}

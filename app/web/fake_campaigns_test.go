package web

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/covers"
	"cairn/lighthouse/pledges"
	"cairn/templates/campaign"
)

// fakeCampaigns keeps campaigns in memory: those of the gallery, one in every
// state, with blocks counted from the fake notary's.
type fakeCampaigns struct {
	now func() time.Time

	mu        sync.Mutex
	list      map[lighthouse.ID]*fakeCampaign
	order     []lighthouse.ID
	fail      error
	calls     int
	said      []campaigns.Words
	followers map[lighthouse.Key]bool
	watchers  map[chan struct{}]bool
}

type fakeCampaign struct {
	lighthouse.Campaign
	progress lighthouse.Progress
	pledges  []lighthouse.Pledge
	updates  []lighthouse.Update
	comments []lighthouse.Comment
	claim    *lighthouse.Claim
}

// fakeID is the campaign of a state of the gallery.
func fakeID(n byte) lighthouse.ID { return lighthouse.ID{31, 190, 90, 220, 40, 120, 60, n, 200, 80} }

func withCampaigns(deps *Deps, n *fakeNotary, now func() time.Time) *fakeCampaigns {
	f := &fakeCampaigns{now: now, list: map[lighthouse.ID]*fakeCampaign{}, followers: map[lighthouse.Key]bool{}, watchers: map[chan struct{}]bool{}}
	for _, sample := range campaign.Samples(now()) {
		f.take(sample.View, n)
	}
	deps.Moderation = f
	deps.Campaigns = &CampaignDeps{
		Campaigns: f, Backing: fakeBacking{f}, Claims: fakeClaims{f}, Roots: f, Covers: fakeCovers{},
		Files: CampaignFiles{Campaign: true, Opening: true, API: true, Refunds: true, Create: true},
	}
	return f
}

// take keeps a sample's campaign, its heights moved to the fake chain's.
func (f *fakeCampaigns) take(v campaign.View, n *fakeNotary) {
	c := &fakeCampaign{Campaign: v.Campaign, progress: v.Progress, updates: v.Updates, comments: v.Comments.List}
	if c.Stage == lighthouse.Draft {
		return
	}
	tip := n.Tip()
	c.Terms.Deadline += tip.Height - v.Clock.Tip.Height
	c.progress.Checked = tip
	for i, b := range v.Backers.List {
		kind := contract.P2TR
		if b.Firm {
			kind = contract.FirmP2TR
		}
		c.pledges = append(c.pledges, lighthouse.Pledge{
			ID: lighthouse.PledgeID{byte(i), 1}, Name: b.Name, Message: b.Message, Coin: contract.Coin{Value: b.Amount}, At: b.At, State: b.State, Kind: kind,
			Signed: map[int]contract.Pledge{0: {}},
		})
	}
	if v.Claim != nil {
		made := v.Claim.Claim
		c.pledges = nil
		for i, in := range v.Claim.From {
			id := lighthouse.PledgeID{byte(i), byte(i >> 8), 2}
			c.pledges = append(c.pledges, lighthouse.Pledge{ID: id, Name: in.Name, Coin: contract.Coin{Value: in.Amount}, At: f.now(), State: lighthouse.Taken})
			made.Pledges = append(made.Pledges, id)
		}
		if made.Block.Height > 0 {
			made.Block = n.ref(int(tip.Height) - 1)
		}
		c.claim = &made
	}
	f.list[c.ID], f.order = c, append(f.order, c.ID)
}

// change lets a test alter a campaign, and wakes those who watch.
func (f *fakeCampaigns) change(id lighthouse.ID, change func(c *fakeCampaign)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f.list[id])
	for ch := range f.watchers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (f *fakeCampaigns) get(id lighthouse.ID) (*fakeCampaign, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.fail != nil {
		return nil, f.fail
	}
	c := f.list[id]
	if c == nil {
		return nil, lighthouse.ErrUnknown
	}
	copied := *c
	return &copied, nil
}

func (f *fakeCampaigns) Get(_ context.Context, id lighthouse.ID) (lighthouse.Campaign, error) {
	c, err := f.get(id)
	if err != nil {
		return lighthouse.Campaign{}, err
	}
	return c.Campaign, nil
}

func (f *fakeCampaigns) Search(_ context.Context, q campaigns.Query) (campaigns.Page, error) {
	if !slices.Contains(campaigns.Sorts, q.Sort) {
		return campaigns.Page{}, campaigns.ErrSort
	}
	if q.Category != "" && !slices.Contains(lighthouse.Categories, q.Category) {
		return campaigns.Page{}, campaigns.ErrChoice
	}
	var page campaigns.Page
	for _, id := range f.order {
		c, err := f.get(id)
		if err != nil {
			return campaigns.Page{}, err
		}
		if c.TakenDown != q.TakenDown {
			continue
		}
		if (q.Category != "" && c.Category != q.Category) || !strings.Contains(strings.ToLower(c.Text.Title), strings.ToLower(q.Text)) {
			continue
		}
		page.Cards = append(page.Cards, campaigns.Card{
			ID: c.ID, Stage: c.Stage, Title: c.Text.Title, Tagline: c.Text.Tagline, Creator: c.Creator.Name, Language: c.Language, Category: c.Category,
			Goal: c.Terms.Goal(), Deadline: c.Terms.Deadline, Confirmed: c.progress.Confirmed.Amount, Pending: c.progress.Pending.Amount, Backers: c.progress.Confirmed.Pledges,
		})
	}
	return page, nil
}

func (f *fakeCampaigns) TakeDown(_ context.Context, id lighthouse.ID, down bool) error {
	if _, err := f.get(id); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list[id].TakenDown = down
	return nil
}

func (f *fakeCampaigns) Follow(_ context.Context, id lighthouse.ID, who lighthouse.Key, _ string) error {
	if _, err := f.get(id); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.followers[who] = true
	return nil
}

func (f *fakeCampaigns) Followers(context.Context, lighthouse.ID) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return 41 + int64(len(f.followers)), nil
}

func (f *fakeCampaigns) Updates(_ context.Context, id lighthouse.ID) ([]lighthouse.Update, error) {
	c, err := f.get(id)
	if err != nil {
		return nil, err
	}
	return c.updates, nil
}

func (f *fakeCampaigns) Comments(_ context.Context, id lighthouse.ID, before int64, _ bool) ([]lighthouse.Comment, bool, error) {
	c, err := f.get(id)
	if err != nil {
		return nil, false, err
	}
	var out []lighthouse.Comment
	for _, said := range c.comments {
		if before == 0 || said.ID < before {
			out = append(out, said)
		}
	}
	return out, false, nil
}

func (f *fakeCampaigns) CountComments(_ context.Context, id lighthouse.ID) (int64, error) {
	c, err := f.get(id)
	if err != nil {
		return 0, err
	}
	return int64(len(c.comments)), nil
}

func (f *fakeCampaigns) Comment(_ context.Context, id lighthouse.ID, w campaigns.Words) (lighthouse.Comment, error) {
	if _, err := f.get(id); err != nil {
		return lighthouse.Comment{}, err
	}
	if strings.TrimSpace(w.Text) == "" {
		return lighthouse.Comment{}, campaigns.Fields{{Field: "text", Err: campaigns.ErrMissing}}
	}
	if w.Backer != nil && w.Backer.Key == nil && w.Backer.Signature != "signed" {
		return lighthouse.Comment{}, campaigns.ErrNotBacker
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.list[id]
	said := lighthouse.Comment{ID: int64(len(c.comments) + 1), Name: w.Name, Text: w.Text, At: f.now(), Backer: w.Backer != nil}
	c.comments, f.said = append([]lighthouse.Comment{said}, c.comments...), append(f.said, w)
	return said, nil
}

func (f *fakeCampaigns) Roots(_ context.Context, id lighthouse.ID, most int) ([]Root, error) {
	if _, err := f.get(id); err != nil {
		return nil, err
	}
	return []Root{{Hash: [32]byte{3, 186}, At: f.now().Add(-40 * time.Minute), Pledges: 87}}[:min(1, most)], nil
}

// fakeBacking is the pledges of the fake campaigns.
type fakeBacking struct{ *fakeCampaigns }

func (f fakeBacking) Progress(_ context.Context, id lighthouse.ID) (lighthouse.Progress, error) {
	c, err := f.get(id)
	if err != nil {
		return lighthouse.Progress{}, err
	}
	return c.progress, nil
}

func (f fakeBacking) List(_ context.Context, id lighthouse.ID, sort pledges.Sort, page int) (pledges.Page, error) {
	c, err := f.get(id)
	if err != nil {
		return pledges.Page{}, err
	}
	list := slices.Clone(c.pledges)
	switch sort {
	case pledges.Largest:
		slices.SortStableFunc(list, func(a, b lighthouse.Pledge) int { return int(b.Coin.Value - a.Coin.Value) })
	case pledges.Oldest:
		slices.Reverse(list)
	}
	from := min(page*pledges.PerPage, len(list))
	to := min(from+pledges.PerPage, len(list))
	return pledges.Page{Pledges: list[from:to], More: to < len(list)}, nil
}

func (f fakeBacking) All(_ context.Context, id lighthouse.ID) ([]lighthouse.Pledge, error) {
	c, err := f.get(id)
	if err != nil {
		return nil, err
	}
	return c.pledges, nil
}

func (f *fakeCampaigns) Watch(lighthouse.ID) (<-chan struct{}, func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan struct{}, 1)
	f.watchers[ch] = true
	return ch, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, ch)
	}
}

// fakeClaims is the claims of the fake campaigns.
type fakeClaims struct{ *fakeCampaigns }

func (f fakeClaims) Get(_ context.Context, id lighthouse.ID) (lighthouse.Claim, error) {
	c, err := f.get(id)
	if err != nil {
		return lighthouse.Claim{}, err
	}
	if c.claim == nil {
		return lighthouse.Claim{}, claim.ErrNone
	}
	return *c.claim, nil
}

// fakeCovers has one picture, named "ridge".
type fakeCovers struct{}

func (fakeCovers) Widths(name string) ([]int, int) {
	if name != "ridge" {
		return nil, 0
	}
	return []int{480, 960}, 540
}

func (fakeCovers) Open(_ context.Context, name string, width int) (io.ReadCloser, error) {
	if name != "ridge" || width > 2000 {
		return nil, fmt.Errorf("%w: %s", covers.ErrUnknown, name)
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, width*9/16)), nil)
	return io.NopCloser(&b), err
}

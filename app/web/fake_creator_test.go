package web

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/covers"
	"cairn/lighthouse/pledges"
	"cairn/templates/campaign"
)

// fakeKey is the key of a campaign that is there from the start: the first of
// the gallery.
var fakeKey = lighthouse.Key{42}

// fakeCreators keeps campaigns by their keys in memory.
type fakeCreators struct {
	n   *fakeNotary
	now func() time.Time

	mu       sync.Mutex
	list     map[lighthouse.Key]*lighthouse.Campaign
	pledges  []lighthouse.Pledge
	progress lighthouse.Progress
	updates  []lighthouse.Update
	comments []lighthouse.Comment
	claim    *claim.Details
	ready    claim.Readiness
	pictures int
	passed   int
	fail     error
}

func withCreators(deps *Deps, n *fakeNotary, now func() time.Time) *fakeCreators {
	v := campaign.Samples(now())[0].View
	c := v.Campaign
	tip := n.Tip()
	c.Terms.Deadline += tip.Height - v.Clock.Tip.Height
	f := &fakeCreators{
		n: n, now: now, list: map[lighthouse.Key]*lighthouse.Campaign{fakeKey: &c}, progress: v.Progress,
		updates: v.Updates, comments: v.Comments.List, ready: claim.Readiness{Level: -1, Why: &contract.Shortfall{Missing: 1}},
	}
	f.progress.Checked = tip
	for i, b := range v.Backers.List {
		f.pledges = append(f.pledges, lighthouse.Pledge{
			ID: lighthouse.PledgeID{byte(i)}, Name: b.Name, Message: b.Message, Coin: contract.Coin{Value: b.Amount}, Kind: contract.P2TR, State: b.State, At: b.At,
		})
	}
	deps.Creators = &CreatorDeps{
		Campaigns: f, Pledges: fakeOwnPledges{f}, Claims: fakeOwnClaims{f}, Speed: fakeSpeed{}, Covers: f, Files: fakeFiles{}, Time: f,
		Accounts: &fakeHeld{of: f, held: make(map[campaigns.Account][]lighthouse.Key)},
		Firm:     true, Wallet: true,
	}
	return f
}

// with runs fn on the campaign of a key.
func (f *fakeCreators) with(key lighthouse.Key, fn func(c *lighthouse.Campaign) error) (lighthouse.Campaign, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return lighthouse.Campaign{}, f.fail
	}
	c := f.list[key]
	if c == nil {
		return lighthouse.Campaign{}, lighthouse.ErrNotYours
	}
	if err := fn(c); err != nil {
		return lighthouse.Campaign{}, err
	}
	return *c, nil
}

// complete finds the fields that matter to the tests.
func complete(d campaigns.Draft) error {
	var found campaigns.Fields
	if d.Text.Title == "" {
		found = append(found, &campaigns.FieldError{Field: "title", Err: campaigns.ErrMissing})
	}
	if len(d.Text.Title) > campaigns.MaxTitle {
		found = append(found, &campaigns.FieldError{Field: "title", Err: campaigns.ErrLong, Limit: campaigns.MaxTitle})
	}
	for i, l := range d.Levels {
		for j, b := range l.Beneficiaries {
			if !strings.HasPrefix(b.Address, "bcrt1") && !strings.HasPrefix(b.Address, "bc1q") {
				found = append(found, &campaigns.FieldError{Field: fmt.Sprintf("levels.%d.beneficiaries.%d.address", i, j), Err: campaigns.ErrAddress})
			}
		}
	}
	if len(found) > 0 {
		return found
	}
	return nil
}

func apply(c *lighthouse.Campaign, d campaigns.Draft) {
	c.Text, c.Creator, c.Language, c.Category, c.Cover = d.Text, d.Creator, d.Language, d.Category, d.Cover
	c.Terms.Least, c.Terms.Multiple, c.Terms.AtDeadline, c.Terms.ByItself = d.Least, d.Multiple, d.AtDeadline, d.ByItself
	c.Terms.DeadlineIn, c.Terms.DeadlineAt = d.DeadlineIn, d.Deadline
	c.Terms.Levels = nil
	for _, l := range d.Levels {
		own := lighthouse.Level{Title: l.Title, Beneficiaries: l.Beneficiaries, Reserve: 1000}
		own.Goal = own.Net() + own.Reserve
		c.Terms.Levels = append(c.Terms.Levels, own)
	}
}

func (f *fakeCreators) Create(_ context.Context, d campaigns.Draft) (lighthouse.Campaign, lighthouse.Key, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d.Text.Title != "" { // a draft may be without one
		if err := complete(d); err != nil {
			return lighthouse.Campaign{}, lighthouse.Key{}, err
		}
	}
	key := lighthouse.Key{byte(len(f.list)), 7}
	c := &lighthouse.Campaign{ID: lighthouse.ID{byte(len(f.list)), 7}, Stage: lighthouse.Draft, Version: 1, CreatedAt: f.now(), ChangedAt: f.now()}
	apply(c, d)
	f.list[key] = c
	return *c, key, nil
}

func (f *fakeCreators) Edit(_ context.Context, key lighthouse.Key, d campaigns.Draft) (lighthouse.Campaign, error) {
	return f.with(key, func(c *lighthouse.Campaign) error {
		if d.Version != c.Version {
			return lighthouse.ErrChanged
		}
		if err := complete(d); err != nil {
			return err
		}
		if c.Frozen {
			if d.Text.Title != c.Text.Title {
				return lighthouse.ErrFrozen
			}
			c.Text.FAQ, c.Creator.Contact = d.Text.FAQ, d.Creator.Contact
		} else {
			apply(c, d)
		}
		c.Version++
		return nil
	})
}

func (f *fakeCreators) ByKey(_ context.Context, key lighthouse.Key) (lighthouse.Campaign, error) {
	return f.with(key, func(*lighthouse.Campaign) error { return nil })
}

func (f *fakeCreators) advance(key lighthouse.Key, to lighthouse.Stage) (lighthouse.Campaign, error) {
	return f.with(key, func(c *lighthouse.Campaign) error {
		if c.Stage != lighthouse.Draft && (c.Stage != lighthouse.Announced || to != lighthouse.Open) {
			return campaigns.ErrStage
		}
		if err := complete(campaigns.DraftOf(*c)); err != nil {
			return err
		}
		c.Stage, c.Terms.Deadline = to, f.n.Tip().Height+max(1, c.Terms.DeadlineIn)
		return nil
	})
}

func (f *fakeCreators) Announce(_ context.Context, key lighthouse.Key) (lighthouse.Campaign, error) {
	return f.advance(key, lighthouse.Announced)
}

func (f *fakeCreators) Open(_ context.Context, key lighthouse.Key) (lighthouse.Campaign, error) {
	return f.advance(key, lighthouse.Open)
}

func (f *fakeCreators) Close(_ context.Context, key lighthouse.Key) (lighthouse.Campaign, error) {
	return f.with(key, func(c *lighthouse.Campaign) error {
		if c.Stage != lighthouse.Open && c.Stage != lighthouse.Announced {
			return campaigns.ErrStage
		}
		c.Stage, c.Withdrawn = lighthouse.Closed, true
		return nil
	})
}

func (f *fakeCreators) Post(_ context.Context, key lighthouse.Key, title, text string) (u lighthouse.Update, err error) {
	_, err = f.with(key, func(*lighthouse.Campaign) error {
		if title == "" {
			return campaigns.Fields{{Field: "title", Err: campaigns.ErrMissing}}
		}
		u = lighthouse.Update{ID: int64(len(f.updates) + 1), Title: title, Text: text, At: f.now()}
		f.updates = append([]lighthouse.Update{u}, f.updates...)
		return nil
	})
	return u, err
}

func (f *fakeCreators) Updates(context.Context, lighthouse.ID) ([]lighthouse.Update, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.updates), nil
}

func (f *fakeCreators) Comments(context.Context, lighthouse.ID, int64, bool) ([]lighthouse.Comment, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.comments), false, nil
}

func (f *fakeCreators) Hide(_ context.Context, key lighthouse.Key, comment int64, hidden bool) error {
	_, err := f.with(key, func(*lighthouse.Campaign) error {
		for i := range f.comments {
			if f.comments[i].ID == comment {
				f.comments[i].Hidden = hidden
				return nil
			}
		}
		return campaigns.ErrUnknownComment
	})
	return err
}

func (f *fakeCreators) Followers(context.Context, lighthouse.ID) (int64, error) { return 3, nil }

// Put implements CreatorCovers: it takes what begins like a JPEG.
func (f *fakeCreators) Put(_ context.Context, picture io.Reader) (string, error) {
	start := make([]byte, 2)
	if _, err := io.ReadFull(picture, start); err != nil || start[0] != 0xff || start[1] != 0xd8 {
		return "", covers.ErrNotPicture
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pictures++
	return "ridge", nil
}

// Pass implements Time.
func (f *fakeCreators) Pass(_ context.Context, blocks int) (chain.BlockRef, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.passed += blocks
	return f.n.Tip(), nil
}

type fakeOwnPledges struct{ f *fakeCreators }

func (p fakeOwnPledges) Progress(context.Context, lighthouse.ID) (lighthouse.Progress, error) {
	return p.f.progress, nil
}

func (p fakeOwnPledges) List(_ context.Context, _ lighthouse.ID, sort pledges.Sort, page int) (pledges.Page, error) {
	list := slices.Clone(p.f.pledges)
	if sort == pledges.Largest {
		slices.SortFunc(list, func(a, b lighthouse.Pledge) int { return int(b.Coin.Value - a.Coin.Value) })
	}
	if page > 0 {
		list = nil
	}
	return pledges.Page{Pledges: list}, nil
}

func (p fakeOwnPledges) All(context.Context, lighthouse.ID) ([]lighthouse.Pledge, error) {
	return p.f.pledges, nil
}

func (p fakeOwnPledges) Get(_ context.Context, id lighthouse.PledgeID) (lighthouse.Pledge, error) {
	for _, one := range p.f.pledges {
		if one.ID == id {
			return one, nil
		}
	}
	return lighthouse.Pledge{}, lighthouse.ErrUnknownPledge
}

func (p fakeOwnPledges) Watch(lighthouse.ID) (<-chan struct{}, func()) {
	return make(chan struct{}), func() {}
}

type fakeOwnClaims struct{ f *fakeCreators }

func (c fakeOwnClaims) Ready(context.Context, lighthouse.ID) (claim.Readiness, error) {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	return c.f.ready, nil
}

func (c fakeOwnClaims) Claim(_ context.Context, key lighthouse.Key) (lighthouse.Claim, error) {
	_, err := c.f.with(key, func(own *lighthouse.Campaign) error {
		if c.f.ready.Level < 0 {
			return c.f.ready.Why
		}
		own.Stage = lighthouse.Claimed
		made := campaign.Samples(c.f.now())
		for _, s := range made {
			if s.Name == "collecting" {
				c.f.claim = &claim.Details{Claim: s.View.Claim.Claim, Tip: c.f.n.Tip(), History: []claim.Attempt{{Number: 1, Pledges: 87, Reason: claim.Asked, At: c.f.now()}}}
			}
		}
		return nil
	})
	if err != nil {
		return lighthouse.Claim{}, err
	}
	return c.f.claim.Claim, nil
}

func (c fakeOwnClaims) Details(context.Context, lighthouse.ID) (claim.Details, error) {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	if c.f.claim == nil {
		return claim.Details{}, claim.ErrNone
	}
	return *c.f.claim, nil
}

func (c fakeOwnClaims) Watch(lighthouse.ID) (<-chan struct{}, func()) {
	return make(chan struct{}), func() {}
}

// fakeSpeed sells what any quote of the fake till is.
type fakeSpeed struct{}

func (fakeSpeed) Price(context.Context, lighthouse.ID) (amount.MilliSatoshi, error) {
	return 420_000, nil
}

func (fakeSpeed) Sell(context.Context, SpeedSale) (fees.Quote, error) {
	return fees.Quote{}, claim.ErrFast
}

type fakeFiles struct{}

func (fakeFiles) Campaign(_ context.Context, c lighthouse.Campaign) ([]byte, error) {
	return []byte(`{"campaign":"` + c.ID.String() + `"}`), nil
}

func (fakeFiles) Pledge(_ context.Context, _ lighthouse.Campaign, p lighthouse.Pledge) ([]byte, error) {
	return []byte(`{"pledge":"` + p.ID.String() + `"}`), nil
}

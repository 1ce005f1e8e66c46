package web

import (
	"context"
	"slices"
	"sync"

	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
)

// fakeHeld keeps the campaigns of a fakeCreators for accounts.
type fakeHeld struct {
	of *fakeCreators

	mu   sync.Mutex
	held map[campaigns.Account][]lighthouse.Key
}

func (f *fakeHeld) KeepFor(_ context.Context, key lighthouse.Key, account campaigns.Account) error {
	_, err := f.of.with(key, func(*lighthouse.Campaign) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.held[account] = append(f.held[account], key)
		return nil
	})
	return err
}

func (f *fakeHeld) LetGo(_ context.Context, account campaigns.Account, id lighthouse.ID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held[account] = slices.DeleteFunc(f.held[account], func(k lighthouse.Key) bool { return f.idOf(k) == id })
	return nil
}

func (f *fakeHeld) idOf(key lighthouse.Key) lighthouse.ID {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	return f.of.list[key].ID
}

func (f *fakeHeld) Keeps(ctx context.Context, account campaigns.Account, id lighthouse.ID) (bool, error) {
	_, err := f.KeyFor(ctx, account, id)
	return err == nil, nil
}

func (f *fakeHeld) OfAccount(_ context.Context, account campaigns.Account) (list []campaigns.Card, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, k := range f.held[account] {
		f.of.mu.Lock()
		c := f.of.list[k]
		list = append(list, campaigns.Card{ID: c.ID, Title: c.Text.Title, Stage: c.Stage})
		f.of.mu.Unlock()
	}
	return list, nil
}

func (f *fakeHeld) KeyFor(_ context.Context, account campaigns.Account, id lighthouse.ID) (lighthouse.Key, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, k := range f.held[account] {
		if f.idOf(k) == id {
			return k, nil
		}
	}
	return lighthouse.Key{}, lighthouse.ErrNotYours
}

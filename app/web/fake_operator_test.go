package web

import (
	"context"
	"sync"
	"time"

	"cairn/app/audit"
	opstore "cairn/app/operator"
)

// fakeOperators takes the link "open" once, and each one made afterwards.
type fakeOperators struct {
	mu     sync.Mutex
	used   map[string]bool
	in     map[string]bool
	people []opstore.Person
}

func (o *fakeOperators) Link(context.Context, string) (string, time.Time, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.used = map[string]bool{"open": true}
	return "open-again", time.Now().Add(opstore.LinkLife), nil
}

func (o *fakeOperators) good(link string) bool {
	return (link == "open" || link == "open-again") && !o.used[link]
}

func (o *fakeOperators) Good(_ context.Context, link string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.good(link), nil
}

// take uses a link up.
func (o *fakeOperators) take(link string) error {
	if !o.good(link) {
		return opstore.ErrLink
	}
	if o.used == nil {
		o.used = map[string]bool{}
	}
	o.used[link] = true
	return nil
}

func (o *fakeOperators) Claim(_ context.Context, link string, account [16]byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.take(link); err != nil {
		return err
	}
	o.people = append(o.people, opstore.Person{Account: account, AddedAt: time.Now()})
	return nil
}

func (o *fakeOperators) Look(_ context.Context, link string) (string, time.Time, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.take(link); err != nil {
		return "", time.Time{}, err
	}
	o.in = map[string]bool{"session": true}
	return "session", time.Now().Add(time.Hour), nil
}

func (o *fakeOperators) Session(_ context.Context, session string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.in[session], nil
}

func (o *fakeOperators) Leave(_ context.Context, session string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.in, session)
	return nil
}

func (o *fakeOperators) Is(_ context.Context, account [16]byte) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.people {
		if p.Account == account {
			return true, nil
		}
	}
	return false, nil
}

func (o *fakeOperators) People(context.Context) ([]opstore.Person, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]opstore.Person(nil), o.people...), nil
}

func (o *fakeOperators) Remove(_ context.Context, account [16]byte, _ string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, p := range o.people {
		if p.Account == account && len(o.people) > 1 {
			o.people = append(o.people[:i], o.people[i+1:]...)
			return nil
		}
	}
	return opstore.ErrNobody
}

// withOperator gives a site its operator's pages, over fakes where the real
// thing needs a node.
func withOperator(deps *Deps, operators *fakeOperators, n *fakeNotary, e *fakeEngine, now func() time.Time) {
	deps.Operators, deps.Overview = operators, overview(n, e)
	deps.Audit = audit.New(accountsDB(), now)
}

package app

import (
	"context"
	"errors"
	"fmt"

	"cairn/app/web"
	"cairn/chain/node"
)

// seed is the node's words, as the operator's pages see them.
type seed struct{ *App }

// State implements web.Seed.
func (s seed) State() web.SeedState {
	st := web.SeedState{Remote: s.cfg.Node.Remote != "", Confirmed: s.node.Confirmed(), Ask: s.node.ConfirmQuestions()}
	st.Wallet = st.Remote || s.node.HasWallet()
	return st
}

// Create implements web.Seed.
func (s seed) Create(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, createTime)
	defer cancel()
	words, err := s.node.Create(ctx, node.CreateOptions{})
	return words, seedError(err)
}

// Words implements web.Seed.
func (s seed) Words() ([]string, error) {
	words, err := s.node.Seed()
	return words, seedError(err)
}

// Confirm implements web.Seed.
func (s seed) Confirm(picked map[int]string) error { return seedError(s.node.Confirm(picked)) }

// Drill implements web.Seed.
func (s seed) Drill(ctx context.Context, words []string) error {
	return seedError(s.node.Drill(ctx, words))
}

// seedError names the node's refusals as the pages know them.
func seedError(err error) error {
	for ours, pages := range map[error]error{
		node.ErrWrongWords: web.ErrSeedWords, node.ErrNoSeed: web.ErrSeedElsewhere, node.ErrWalletExists: web.ErrWalletMade,
	} {
		if errors.Is(err, ours) {
			return fmt.Errorf("%w: %w", pages, err)
		}
	}
	return err
}

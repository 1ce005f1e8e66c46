package node

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cairn/app/db/durable"
	"cairn/chain"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// CreateOptions change how Create makes the wallet.
type CreateOptions struct {
	// Words restores the wallet of these 24 words instead of making a new one.
	Words []string
	// RecoveryWindow is how many unused addresses in a row the search for the
	// coins of a restored wallet may skip; 0 searches for none.
	RecoveryWindow int32
}

// hasWallet reports whether the engine's wallet file is there.
func (n *Node) hasWallet() bool { return exists(n.paths.wallet()) }

// HasWallet reports whether there is a wallet; a remote node's is not known here.
func (n *Node) HasWallet() bool { return n.hasWallet() }

// mayStart holds the engine back when it must not run: on mainnet before the
// seed is confirmed, and without the wallet's password.
func (n *Node) mayStart() *Refusal {
	if n.cfg.Driver == Remote {
		return nil
	}
	if _, err := n.password(); err != nil {
		return refusalOf(err, n.cfg)
	}
	if n.cfg.Network.Real() && n.hasWallet() && !n.Confirmed() {
		return &Refusal{Kind: ErrSeedNotConfirmed, Sentence: sentence(ErrSeedNotConfirmed, n.cfg)}
	}
	return nil
}

// offerWallet is called while the engine runs without a wallet. The devnet's is
// made silently, its coins being worth nothing; elsewhere the operator must
// call Create, unless a Create was cut off after it had stored the words: then
// it is finished here.
func (n *Node) offerWallet(ctx context.Context) {
	if n.cfg.Network != chain.Devnet && !exists(n.paths.seed()) {
		return
	}
	if _, err := n.Create(ctx, CreateOptions{}); err != nil {
		n.log.Warn("node wallet not created", "error", err)
	}
}

// Create makes the wallet and returns its 24 words, to be shown once and
// confirmed with Confirm. It waits for the engine to answer until ctx ends. The
// words are stored encrypted before the wallet is made, so a crash in between
// loses nothing: the next call goes on with the same words. So does one that
// finds words which came with a backup of the folder, and then looks for their
// coins. On mainnet the engine is stopped afterwards until Confirm. Errors: ErrWalletExists,
// ErrPassword, chain.ErrEngineDown, ErrWrongWords for words that are no seed.
func (n *Node) Create(ctx context.Context, opts CreateOptions) ([]string, error) {
	n.walletMu.Lock()
	defer n.walletMu.Unlock()
	if n.cfg.Driver == Remote || n.hasWallet() {
		return nil, ErrWalletExists
	}
	unlocker := lnrpc.NewWalletUnlockerClient(n.conn)
	if err := n.awaitNoWallet(ctx); err != nil {
		return nil, err
	}
	password, err := n.password()
	if err != nil {
		return nil, err
	}
	if len(opts.Words) == 0 && exists(n.paths.seed()) {
		opts.RecoveryWindow = max(opts.RecoveryWindow, n.cfg.RecoveryWindow)
	}
	words, err := n.wordsFor(ctx, unlocker, opts, password)
	if err != nil {
		return nil, err
	}

	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	_, err = unlocker.InitWallet(ctx, &lnrpc.InitWalletRequest{
		WalletPassword:     password,
		CipherSeedMnemonic: words,
		RecoveryWindow:     opts.RecoveryWindow,
	})
	if err != nil {
		return nil, fmt.Errorf("create the wallet: %w", err)
	}
	n.log.Info("node wallet created", "network", n.cfg.Network)
	if n.cfg.Network.Real() {
		n.Restart("The wallet was created and waits for its words to be confirmed.")
	}
	return words, nil
}

// wordsFor stores the words of the wallet to be made and returns them.
func (n *Node) wordsFor(ctx context.Context, unlocker lnrpc.WalletUnlockerClient, opts CreateOptions, password []byte) ([]string, error) {
	if len(opts.Words) == 0 && exists(n.paths.seed()) {
		return n.Seed()
	}
	words := opts.Words
	if len(words) == 0 {
		seed, err := unlocker.GenSeed(ctx, &lnrpc.GenSeedRequest{})
		if err != nil {
			return nil, fmt.Errorf("make the wallet's seed: %w", err)
		}
		words = seed.CipherSeedMnemonic
	}
	if len(words) != seedWords {
		return nil, fmt.Errorf("%w: a seed has %d words, not %d", ErrWrongWords, seedWords, len(words))
	}
	return words, n.storeSeed(words, password)
}

// awaitNoWallet waits until the engine says that it has no wallet.
func (n *Node) awaitNoWallet(ctx context.Context) error {
	state := lnrpc.NewStateClient(n.conn)
	for {
		s, err := state.GetState(ctx, &lnrpc.GetStateRequest{})
		switch {
		case err == nil && s.State == lnrpc.WalletState_NON_EXISTING:
			return nil
		case err == nil && s.State != lnrpc.WalletState_WAITING_TO_START:
			return ErrWalletExists
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", chain.ErrEngineDown, ctx.Err())
		case <-n.stopped:
			return fmt.Errorf("%w: it was closed", chain.ErrEngineDown)
		case <-time.After(startEvery):
		}
	}
}

// confirmPositions are the words asked for, counted from 1. They are fixed so
// that the question can be asked again, and spread so that each third of the
// list was written down.
var confirmPositions = []int{4, 11, 22}

// ConfirmQuestions are the positions, counted from 1, of the words that
// Confirm wants to see.
func (n *Node) ConfirmQuestions() []int { return append([]int(nil), confirmPositions...) }

// Confirmed reports whether the words were confirmed.
func (n *Node) Confirmed() bool { return exists(n.paths.confirmed()) }

// Confirm takes the words at the positions ConfirmQuestions names; when they
// are right the wallet counts as backed up for good, and mainnet may start.
// Errors: ErrNoSeed, ErrWrongWords.
func (n *Node) Confirm(picked map[int]string) error {
	words, err := n.Seed()
	if err != nil {
		return err
	}
	for _, position := range confirmPositions {
		said := strings.ToLower(strings.TrimSpace(picked[position]))
		if said != words[position-1] {
			return fmt.Errorf("%w: word %d", ErrWrongWords, position)
		}
	}
	stamp := n.cfg.Now().UTC().Format(time.RFC3339) + "\n"
	if err := durable.WriteFile(n.paths.confirmed(), []byte(stamp)); err != nil {
		return fmt.Errorf("store the confirmation: %w", err)
	}
	select {
	case n.wake <- struct{}{}:
	default:
	}
	return nil
}

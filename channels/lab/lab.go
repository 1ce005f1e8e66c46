package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cairn/chain/devnet"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
)

// Config says where a lab lives and how its nodes are started.
type Config struct {
	// Dir is the lab's folder. Whatever is in it is removed by Open and Close.
	Dir string
	// Command and Env start a node's process; see node.Config.
	Command []string
	Env     []string
	// LogLevel is lnd's; empty: info.
	LogLevel string
	// Now and Rand default to the wall clock and the system's randomness.
	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
}

// Lab is a chain and the nodes on it. Its methods are safe for concurrent use.
type Lab struct {
	cfg   Config
	chain *devnet.Chain

	mu      sync.Mutex // guards parties
	parties []*Party
}

// Open makes an empty lab: a fresh chain without nodes.
func Open(cfg Config) (*Lab, error) {
	if cfg.Dir == "" {
		return nil, errors.New("a lab needs a folder")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := os.RemoveAll(cfg.Dir); err != nil {
		return nil, fmt.Errorf("clear the lab's folder: %w", err)
	}
	chain, err := devnet.Open(devnet.Config{
		Dir: filepath.Join(cfg.Dir, "chain"), Now: cfg.Now, Rand: cfg.Rand, Log: cfg.Log.With("part", "chain"),
	})
	if err != nil {
		return nil, err
	}
	return &Lab{cfg: cfg, chain: chain}, nil
}

// Close stops the nodes and the chain and removes the lab's folder.
func (l *Lab) Close() error {
	var errs []error
	var closing sync.WaitGroup
	var mu sync.Mutex
	for _, p := range l.all() {
		closing.Go(func() {
			err := p.Stop()
			mu.Lock()
			errs = append(errs, err)
			mu.Unlock()
		})
	}
	closing.Wait()
	errs = append(errs, l.chain.Close(), os.RemoveAll(l.cfg.Dir))
	return errors.Join(errs...)
}

// Chain is the lab's own chain.
func (l *Lab) Chain() *devnet.Chain { return l.chain }

func (l *Lab) all() []*Party {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*Party(nil), l.parties...)
}

// Mine makes n blocks and waits until every node that runs has taken them in.
func (l *Lab) Mine(ctx context.Context, n int) error {
	mined, err := l.chain.Mine(n)
	if err != nil {
		return err
	}
	return l.settleAt(ctx, mined[len(mined)-1].Height)
}

// height is the chain's; 0 when it is closed.
func (l *Lab) height() int32 {
	tip, err := l.chain.Tip(context.Background())
	if err != nil {
		return 0
	}
	return tip.Height
}

// mineTo makes blocks up to a height, in strides after which each node may
// digest them: one that is given a thousand at once may fall behind for long.
func (l *Lab) mineTo(ctx context.Context, height int32) error {
	const stride = 100
	for now := l.height(); now < height; now = l.height() {
		if err := l.Mine(ctx, int(min(stride, height-now))); err != nil {
			return err
		}
		for _, p := range l.all() {
			if err := p.digest(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleAt waits until every node that runs is at a height.
func (l *Lab) settleAt(ctx context.Context, height int32) error {
	for _, p := range l.all() {
		if !p.Running() {
			continue
		}
		if err := p.reach(ctx, height); err != nil {
			return err
		}
	}
	return nil
}

// MineUntil makes blocks one at a time until done, at most limit of them, with
// a pause before each in which the nodes may do something about the last. Errors:
// ErrLate with what it waited for.
func (l *Lab) MineUntil(ctx context.Context, what string, limit int, done func() (bool, error)) error {
	return l.mineUntil(ctx, what, limit, breath, done)
}

// mineUntil is MineUntil with a pause of one's own, which ends as soon as it is
// done: a long one costs nothing unless it is needed.
func (l *Lab) mineUntil(ctx context.Context, what string, limit int, pauses time.Duration, done func() (bool, error)) error {
	for blocks := 0; ; blocks++ {
		for since := time.Now(); ; {
			if ok, err := done(); ok || err != nil {
				return err
			}
			if time.Since(since) >= pauses {
				break
			}
			if err := pause(ctx, min(pauses, breath)); err != nil {
				return err
			}
		}
		if blocks == limit {
			return fmt.Errorf("%w: %s, in %d blocks", ErrLate, what, limit)
		}
		if err := l.Mine(ctx, 1); err != nil {
			return err
		}
	}
}

// Fund pays amount to a fresh address of a node's wallet and mines it.
func (l *Lab) Fund(ctx context.Context, p *Party, amount btcutil.Amount) error {
	before, err := p.Wallet(ctx)
	if err != nil {
		return err
	}
	if err := l.give(ctx, p, amount); err != nil {
		return err
	}
	if err := l.Mine(ctx, 1); err != nil {
		return err
	}
	return p.awaitWallet(ctx, before+amount)
}

// give pays amount to a fresh address of a node's wallet; the next block has it.
func (l *Lab) give(ctx context.Context, p *Party, amount btcutil.Amount) error {
	address, err := p.address(ctx)
	if err != nil {
		return err
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		return fmt.Errorf("pay %s: %w", p.Name, err)
	}
	if _, err := l.chain.Faucet(ctx, script, amount); err != nil {
		return fmt.Errorf("pay %s: %w", p.Name, err)
	}
	return nil
}

// Pauses and limits.
const (
	// every is the pause between two looks at something that nodes do by
	// themselves.
	every = 25 * time.Millisecond
	// breath is the time the nodes get after each block.
	breath = 150 * time.Millisecond
	// digestion is how long a node is waited for that lags behind the chain.
	digestion = 20 * time.Second
	// patience is how long one such thing may take.
	patience = 2 * time.Minute
)

// until waits for something that the nodes bring about by themselves. An error
// of ok that only means "not now" is waited out as well. Errors: ErrLate.
func until(ctx context.Context, what string, ok func() (bool, error)) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		done, err := ok()
		if done {
			return nil
		}
		if pause(limited, every) != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errors.Join(fmt.Errorf("%w: %s", ErrLate, what), err)
		}
	}
}

// pause waits, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

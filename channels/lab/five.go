package lab

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cairn/channels/lab/line"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
	"golang.org/x/sync/errgroup"
)

// Five is the chapter's line of five nodes. Its methods are to be called one at
// a time, but for those that only look.
type Five struct {
	lab     *Lab
	hold    time.Duration
	plain   bool
	began   time.Time
	parties [line.Nodes]*Party
	points  [line.Hops]wire.OutPoint
	ids     [line.Hops]uint64

	// running ends what follows the nodes.
	running context.Context
	stop    context.CancelFunc
	work    sync.WaitGroup
	closing sync.Once
	closed  error // what closing gave

	mu      sync.Mutex // guards what is below
	frames  []line.Frame
	state   line.State
	changed chan struct{} // closed and replaced at each frame
	views   map[line.Who][]View
	paused  time.Duration

	payment *payment // the one under way, or the last
}

// FiveConfig is a lab's, and how fast the line works.
type FiveConfig struct {
	Config
	// Hold is how long each node in between keeps the onion before it passes it
	// on, for the eye to follow; 0 for tests.
	Hold time.Duration
	// Plain lets the nodes in between forward by themselves: nobody looks into
	// the onion, and there are no views.
	Plain bool
}

// Flags of the line's nodes: large channels, the chapter's fee, promises as
// short as lnd allows so that few blocks pass when one runs out, and a CSV
// delay of ten blocks for who closes by himself.
var fiveFlags = []string{
	"--protocol.wumbo-channels",
	fmt.Sprintf("--bitcoin.basefee=%d", line.HopFee*1000), "--bitcoin.feerate=0",
	fmt.Sprintf("--bitcoin.timelockdelta=%d", hopBlocks),
	fmt.Sprintf("--bitcoin.defaultremotedelay=%d", closeDelay),
	"--max-commit-fee-rate-anchors=2",
	// lnd guesses 50 sat/vB where it knows no rates, and raises its bids to
	// 1,000 when a deadline has passed; 100 is the lowest bound it takes.
	"--sweeper.maxfeerate=100",
	// Everybody here is known; looking up each channel's output in the chain
	// would only take time.
	"--routing.assumechanvalid",
}

const (
	// hopBlocks is by how many blocks a promise outlives the next one; the
	// chapter has 1, lnd at least 24.
	hopBlocks = 24
	// closeDelay is the CSV delay of the line's channels, in blocks.
	closeDelay = 10
	// keep is what each node has on the chain besides, for fees there.
	keep btcutil.Amount = 10_000_000
)

// maxFrames bounds the film of a run; a long game forgets its first pictures.
const maxFrames = 2000

// NewFive makes a line of which nothing exists yet; Build makes it.
func NewFive(cfg FiveConfig) (*Five, error) {
	l, err := Open(cfg.Config)
	if err != nil {
		return nil, err
	}
	f := &Five{
		lab: l, hold: cfg.Hold, plain: cfg.Plain, began: l.cfg.Now(), state: line.New(),
		changed: make(chan struct{}), views: map[line.Who][]View{},
	}
	f.running, f.stop = context.WithCancel(context.Background())
	return f, nil
}

// Close stops everything and removes it; the film stays. Closing twice is
// harmless.
func (f *Five) Close() error {
	f.closing.Do(func() {
		f.stop()
		f.closed = f.lab.Close()
		f.work.Wait()
	})
	return f.closed
}

// Finish ends a run that stands: its figures stay, its nodes go.
func (f *Five) Finish() error {
	f.record(line.Event{Kind: line.Ended, Who: line.Nobody})
	return f.Close()
}

// fail ends a run that cannot go on.
func (f *Five) fail() { f.record(line.Event{Kind: line.Failed, Who: line.Nobody}) }

// Lab is where the line lives.
func (f *Five) Lab() *Lab { return f.lab }

// Party is one of the five nodes; nil before Build.
func (f *Five) Party(w line.Who) *Party { return f.parties[w] }

// Build starts the five nodes, gives them coins and opens the four channels:
// 2 BTC on either side of each, to the satoshi. Errors: ErrFigures, ErrLate.
func (f *Five) Build(ctx context.Context) error {
	f.record(line.Event{Kind: line.Chain, Who: line.Nobody, Height: f.height()})
	if err := f.startAll(ctx); err != nil {
		return err
	}
	if err := f.fundAll(ctx); err != nil {
		return err
	}
	if err := f.openAll(ctx); err != nil {
		return err
	}
	f.record(line.Event{Kind: line.Ready, Who: line.Nobody})
	return nil
}

func (f *Five) startAll(ctx context.Context) error {
	for _, w := range line.All() {
		p, err := f.lab.Join(lower(w), fiveFlags...)
		if err != nil {
			return err
		}
		f.parties[w] = p
	}
	return each(ctx, func(ctx context.Context, w line.Who) error { return f.welcome(ctx, w) })
}

// welcome waits for a node and begins to follow it.
func (f *Five) welcome(ctx context.Context, w line.Who) error {
	if err := f.listen(ctx, w); err != nil {
		return err
	}
	f.record(line.Event{Kind: line.Up, Who: w})
	return nil
}

// listen waits until a node can be used and its moves are heard.
func (f *Five) listen(ctx context.Context, w line.Who) error {
	p := f.parties[w]
	if err := p.Ready(ctx); err != nil {
		return err
	}
	listening := make(chan struct{})
	f.work.Go(func() {
		p.follow(f.running, sync.OnceFunc(func() { close(listening) }), func(m Move) { f.moved(w, m) })
	})
	if w != line.Alice && w != line.Eric && !f.plain {
		f.work.Go(func() { p.peel(f.running, f.hold, func(v View) { f.saw(w, v) }) })
	}
	select {
	case <-listening:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(patience):
		return fmt.Errorf("%w: events of %s", ErrLate, p.Name)
	}
}

// fundAll pays all nodes in one block.
func (f *Five) fundAll(ctx context.Context) error {
	wanted := [line.Nodes]btcutil.Amount{}
	for _, w := range line.All() {
		wanted[w] = keep
		if w != line.Eric {
			wanted[w] += line.Capacity
		}
	}
	for _, w := range line.All() {
		if err := f.lab.give(ctx, f.parties[w], wanted[w]); err != nil {
			return err
		}
	}
	if err := f.mine(ctx, 1); err != nil {
		return err
	}
	return each(ctx, func(ctx context.Context, w line.Who) error {
		if err := f.parties[w].awaitWallet(ctx, wanted[w]); err != nil {
			return err
		}
		f.record(line.Event{Kind: line.Funded, Who: w, Amount: wanted[w]})
		return nil
	})
}

// openAll opens the four channels and waits until every node knows the whole
// line.
func (f *Five) openAll(ctx context.Context) error {
	err := each(ctx, func(ctx context.Context, w line.Who) (err error) {
		if w == line.Eric {
			return nil
		}
		left, right := f.parties[w], f.parties[w+1]
		if err := f.lab.Meet(ctx, left, right); err != nil {
			return err
		}
		f.points[w], err = f.lab.Begin(ctx, left, right, Terms{Capacity: line.Capacity, Push: line.Each, RemoteDelay: closeDelay})
		return err
	})
	if err != nil {
		return err
	}
	if err := f.mine(ctx, 6); err != nil {
		return err
	}
	for hop := range line.Hops {
		c, err := f.lab.Usable(ctx, f.points[hop], [2]*Party{f.parties[hop], f.parties[hop+1]}, f.parties[:]...)
		if err != nil {
			return err
		}
		f.mu.Lock()
		f.ids[hop] = c.ID
		f.mu.Unlock()
		balances, err := f.balance(ctx, hop)
		if err != nil {
			return err
		}
		if balances.Left != line.Each || balances.Right != line.Each || c.CommitFee != line.CommitFee {
			return fmt.Errorf("%w: channel %d has %d and %d sat at a commitment fee of %d, want %d twice at %d",
				ErrFigures, hop, balances.Left, balances.Right, c.CommitFee, line.Each, line.CommitFee)
		}
		opened := line.Event{Kind: line.Opened, Hop: hop, Who: line.Who(hop)}
		opened.Balances[hop] = balances
		f.record(opened)
	}
	return nil
}

// balance is what the sides of a channel have, each by its own books. Errors:
// ErrFigures when they do not agree.
func (f *Five) balance(ctx context.Context, hop int) (line.Balance, error) {
	left, open, err := f.parties[hop].Channel(ctx, f.points[hop])
	if err != nil || !open {
		return line.Balance{}, errors.Join(err, fmt.Errorf("%w: channel %d is not open", ErrFigures, hop))
	}
	right, open, err := f.parties[hop+1].Channel(ctx, f.points[hop])
	if err != nil || !open {
		return line.Balance{}, errors.Join(err, fmt.Errorf("%w: channel %d is not open", ErrFigures, hop))
	}
	if left.Local != right.Remote || left.Remote != right.Local || left.Flight != right.Flight {
		return line.Balance{}, fmt.Errorf("%w: %s and %s do not agree about their channel",
			ErrFigures, f.parties[hop].Name, f.parties[hop+1].Name)
	}
	return line.Balance{Left: left.Local, Right: right.Local}, nil
}

func (f *Five) height() int32 { return f.lab.height() }

func (f *Five) mine(ctx context.Context, n int) error {
	if err := f.lab.Mine(ctx, n); err != nil {
		return err
	}
	f.record(line.Event{Kind: line.Mined, Who: line.Nobody, Height: f.height()})
	return nil
}

// each does something for all five at once.
func each(ctx context.Context, do func(context.Context, line.Who) error) error {
	work, ctx := errgroup.WithContext(ctx)
	for _, w := range line.All() {
		work.Go(func() error { return do(ctx, w) })
	}
	return work.Wait()
}

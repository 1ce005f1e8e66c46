package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/channels/lab/line"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

// Cut kills a node in between while the payment waits at Eric: its process
// ends at once, as in a power failure. Errors: line.ErrNotNow.
func (f *Five) Cut(w line.Who) error {
	if _, err := f.waiting(line.Waiting); err != nil {
		return err
	}
	if w <= line.Alice || w >= line.Eric {
		return fmt.Errorf("%w: only Bob, Carol and Diana are in between", line.ErrNotNow)
	}
	if err := f.parties[w].Kill(); err != nil {
		return err
	}
	f.record(line.Event{Kind: line.Down, Who: w})
	return nil
}

// Mend starts the node that is gone, and returns when its channels can be used
// again: then all is as if nothing had been. Errors: line.ErrNotNow, ErrLate.
func (f *Five) Mend(ctx context.Context) error {
	w, err := f.missing()
	if err != nil {
		return err
	}
	if err := f.restart(ctx, w); err != nil {
		return err
	}
	for _, hop := range []int{int(w) - 1, int(w)} {
		if _, err := f.lab.Usable(ctx, f.points[hop], [2]*Party{f.parties[hop], f.parties[hop+1]}); err != nil {
			return err
		}
	}
	f.record(line.Event{Kind: line.Up, Who: w})
	return nil
}

// missing is the node that is gone while the payment waits.
func (f *Five) missing() (line.Who, error) {
	if _, err := f.waiting(line.Cut); err != nil {
		return line.Nobody, err
	}
	up := f.State().Up
	for _, w := range line.All() {
		if !up[w] {
			return w, nil
		}
	}
	return line.Nobody, fmt.Errorf("%w: nobody is gone", line.ErrNotNow)
}

// restart starts a node that was killed and brings it together with those of
// its neighbours it still has a channel with.
func (f *Five) restart(ctx context.Context, w line.Who) error {
	p := f.parties[w]
	if err := p.Start(); err != nil {
		return err
	}
	if err := f.listen(ctx, w); err != nil {
		return err
	}
	if err := f.lab.Meet(ctx, f.parties[w-1], p); err != nil {
		return err
	}
	return f.lab.Meet(ctx, p, f.parties[w+1])
}

// RunOut lets the time of the promises pass while a node in between is gone.
// Eric gives his back a little before its end. At the end of the promise to the
// missing node, its neighbour on the payer's side closes their channel on the
// chain and takes his coins back there, and then gives back what he was
// promised himself; so the payer has his money again. The missing node, back at
// last, collects what is its own. Then everybody's coins are counted: what is
// not there any more went to miners, to the satoshi. Errors: line.ErrNotNow, ErrLate,
// ErrFigures.
func (f *Five) RunOut(ctx context.Context) error {
	w, err := f.missing()
	if err != nil {
		return err
	}
	p, err := f.waiting(line.Cut)
	if err != nil {
		return err
	}
	broken := int(w) - 1
	if err := f.mineTo(ctx, f.State().Channels[broken].Until-1); err != nil {
		return err
	}
	if err := f.goOnChain(ctx, broken); err != nil {
		return err
	}
	if err := f.payerHasItBack(ctx, p, broken); err != nil {
		return err
	}
	if err := f.restart(ctx, w); err != nil {
		return err
	}
	f.record(line.Event{Kind: line.Up, Who: w})
	if err := f.collect(ctx); err != nil {
		return err
	}
	if err := f.count(ctx); err != nil {
		return err
	}
	if err := f.costs(ctx, p); err != nil {
		return err
	}
	f.record(line.Event{Kind: line.Resolved, Who: line.Nobody, Height: f.height()})
	return nil
}

// mineTo makes blocks up to a height, in strides that leave the nodes time to
// give back what they hold.
func (f *Five) mineTo(ctx context.Context, height int32) error {
	const stride = 6
	for now := f.height(); now < height; now = f.height() {
		if err := f.mine(ctx, int(min(stride, height-now))); err != nil {
			return err
		}
		if err := pause(ctx, breath); err != nil {
			return err
		}
		if err := f.notice(ctx); err != nil {
			return err
		}
	}
	return nil
}

// notice makes frames of promises that were given back between two nodes of
// which one cannot pass the news on yet, as Diana can't while Carol is gone:
// lnd tells of such a thing only when it does.
func (f *Five) notice(ctx context.Context) error {
	for hop, c := range f.State().Channels {
		left := f.parties[hop]
		if c.Standing != line.Open || c.Flight == 0 || !left.Running() || !f.parties[hop+1].Running() {
			continue
		}
		books, open, err := left.Channel(ctx, f.points[hop])
		if err != nil {
			return err
		}
		if open && books.Flight == 0 && books.Local == c.Left+c.Flight {
			f.gaveBack(hop)
		}
	}
	return nil
}

// gaveBack makes a frame of what came back, unless it was told meanwhile.
func (f *Five) gaveBack(hop int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if flight := f.state.Channels[hop].Flight; flight > 0 {
		f.recordLocked(line.Event{Kind: line.Returned, Who: line.Who(hop), Hop: hop, Amount: flight})
	}
}

// goOnChain makes blocks until the left side of a channel has closed it by
// itself, and the closing transaction has a block.
func (f *Five) goOnChain(ctx context.Context, hop int) error {
	closer := f.parties[hop]
	err := f.mineUntil(ctx, breath, closer.Name+" closing the channel", func() (bool, error) {
		spent, err := f.lab.chain.Unspent(f.points[hop])
		return spent == nil, err
	})
	if err != nil {
		return err
	}
	f.record(line.Event{Kind: line.Broken, Who: line.Who(hop), Hop: hop, Height: f.height()})
	return nil
}

// Blocks come here in a fraction of a second, which are minutes elsewhere: near
// the end of a promise they wait for whoever has to give it back before.
const (
	nearTheEnd = 12 // blocks
	inNoHurry  = 5 * time.Second
)

// payerHasItBack makes blocks until Alice knows that her payment failed and no
// longer promises anything.
func (f *Five) payerHasItBack(ctx context.Context, p *payment, broken int) error {
	var failed error
	back := func() (bool, error) {
		select {
		case got := <-p.over:
			failed = got.err
			if failed == nil {
				return false, fmt.Errorf("%w: the payment came through", ErrFigures)
			}
		default:
		}
		return failed != nil, nil
	}
	end := f.State().Channels[max(broken-1, 0)].Until
	err := f.mineUntil(ctx, breath, "the payment coming back", func() (bool, error) {
		over, err := back()
		return over || f.height() >= end-nearTheEnd, err
	})
	if err == nil && failed == nil {
		err = f.mineUntil(ctx, inNoHurry, "the payment coming back", back)
	}
	if err != nil {
		return err
	}
	if !errors.Is(failed, ErrPayment) {
		return failed
	}
	f.record(line.Event{Kind: line.Lost, Who: line.Alice, Amount: line.Price})
	return nil
}

// collect makes blocks until everybody's coins can be counted again, and notes
// which channels did not survive.
func (f *Five) collect(ctx context.Context) error {
	err := f.mineUntil(ctx, breath, "everybody's coins", func() (bool, error) {
		for _, p := range f.parties {
			h, err := p.Holdings(ctx)
			if err != nil || !h.Settled() {
				return false, err
			}
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for hop, c := range f.State().Channels {
		_, open, err := f.parties[hop].Channel(ctx, f.points[hop])
		if err != nil {
			return err
		}
		if open {
			continue
		}
		if c.Standing == line.Open {
			f.record(line.Event{Kind: line.Broken, Who: line.Who(hop), Hop: hop, Height: f.height()})
		}
		f.record(line.Event{Kind: line.Closed, Hop: hop, Who: line.Nobody})
	}
	return nil
}

// mineUntil is Lab.mineUntil with frames of the blocks.
func (f *Five) mineUntil(ctx context.Context, pauses time.Duration, what string, done func() (bool, error)) error {
	const limit = 150
	return f.lab.mineUntil(ctx, what, limit, pauses, func() (bool, error) {
		if height := f.height(); height != f.State().Height {
			f.record(line.Event{Kind: line.Mined, Who: line.Nobody, Height: height})
		}
		if err := f.notice(ctx); err != nil {
			return false, err
		}
		return done()
	})
}

// costs works out what the chain cost each node since the payment began, and
// checks it against the chain itself: all that is missing from the nodes'
// books is in the fees of transactions and in anchors nobody fetched.
func (f *Five) costs(ctx context.Context, p *payment) error {
	var after [line.Nodes]btcutil.Amount
	if err := f.totals(ctx, &after); err != nil {
		return err
	}
	var missing btcutil.Amount
	for _, w := range line.All() {
		missing += p.before[w] - after[w]
	}
	fees, err := f.lab.Fees(p.height)
	if err != nil {
		return err
	}
	var anchors btcutil.Amount
	for hop := range line.Hops {
		left, err := f.lab.Anchors(f.points[hop], line.Anchor)
		if err != nil {
			return err
		}
		anchors += left
	}
	if missing != fees+anchors {
		return fmt.Errorf("%w: %d sat are missing, %d went to miners and %d lie in anchors", ErrFigures, missing, fees, anchors)
	}
	for _, w := range line.All() {
		f.record(line.Event{Kind: line.Cost, Who: w, Amount: p.before[w] - after[w]})
	}
	return nil
}

// Fees adds up the fees of all transactions in blocks above a height.
func (l *Lab) Fees(above int32) (btcutil.Amount, error) {
	var sum btcutil.Amount
	err := l.eachTx(above, func(tx *wire.MsgTx) error {
		fee, err := l.fee(tx)
		sum += fee
		return err
	})
	return sum, err
}

// eachTx calls fn for each transaction in blocks above a height but coinbases.
func (l *Lab) eachTx(above int32, fn func(*wire.MsgTx) error) error {
	ctx := context.Background()
	tip, err := l.chain.Tip(ctx)
	if err != nil {
		return err
	}
	for height := above + 1; height <= tip.Height; height++ {
		hash, err := l.chain.HashAt(ctx, height)
		if err != nil {
			return err
		}
		block, err := l.chain.Block(ctx, hash)
		if err != nil {
			return err
		}
		for _, tx := range block.Transactions[1:] {
			if err := fn(tx); err != nil {
				return err
			}
		}
	}
	return nil
}

// fee is what a transaction paid to its miner.
func (l *Lab) fee(tx *wire.MsgTx) (btcutil.Amount, error) {
	var sum btcutil.Amount
	for _, in := range tx.TxIn {
		spent, err := l.chain.Tx(in.PreviousOutPoint.Hash)
		if err != nil {
			return 0, fmt.Errorf("look up what %s spends: %w", tx.TxHash(), err)
		}
		sum += btcutil.Amount(spent.Msg.TxOut[in.PreviousOutPoint.Index].Value)
	}
	for _, out := range tx.TxOut {
		sum -= btcutil.Amount(out.Value)
	}
	return sum, nil
}

// Spend is the transaction in a block that spent an output; nil when none has.
func (l *Lab) Spend(point wire.OutPoint) (*wire.MsgTx, error) {
	var spend *wire.MsgTx
	err := l.eachTx(0, func(tx *wire.MsgTx) error {
		for _, in := range tx.TxIn {
			if in.PreviousOutPoint == point {
				spend = tx
			}
		}
		return nil
	})
	return spend, err
}

// Anchors is what lies unspent in the anchor outputs, of the given value, of
// the transaction that closed a channel; 0 while it is open.
func (l *Lab) Anchors(point wire.OutPoint, value btcutil.Amount) (btcutil.Amount, error) {
	closing, err := l.Spend(point)
	if err != nil || closing == nil {
		return 0, err
	}
	var sum btcutil.Amount
	for i, out := range closing.TxOut {
		if btcutil.Amount(out.Value) != value {
			continue
		}
		left, err := l.chain.Unspent(wire.OutPoint{Hash: closing.TxHash(), Index: uint32(i)})
		if err != nil {
			return 0, err
		}
		if left != nil {
			sum += value
		}
	}
	return sum, nil
}

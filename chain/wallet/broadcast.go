package wallet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
	"gorm.io/gorm"
)

// Mempool is asked whether a transaction waits there; the devnet can say.
type Mempool interface {
	InMempool(txid chainhash.Hash) bool
}

// BroadcasterConfig says what a Broadcaster works on.
type BroadcasterConfig struct {
	Wallet *Wallet
	DB     *db.DB
	// Mempool is nil where none can be asked: a light client sees none, and
	// there only a block shows that a transaction was taken.
	Mempool Mempool
	// Fence, if set, is called first in every transaction; its error
	// (db.ErrFenced) ends Run: another process broadcasts now.
	Fence func(tx *gorm.DB) error
	// Interval is the pause between looks at the outbox when nobody calls Wake
	// (0: 5 s). Retry is the pause before an entry is sent again, doubled with
	// each time up to 20 times as long (0: 30 s).
	Interval, Retry time.Duration
	// Conflicted is told, at every look, of entries that can no longer be
	// confirmed because a block spends a coin of theirs otherwise, until their
	// owner abandons them in the outbox. It may be nil.
	Conflicted func(ctx context.Context, e outbox.Entry)
	Now        func() time.Time
	Log        *slog.Logger
}

// Broadcaster sends what the outbox holds, always the same bytes, until the
// follower finds it in a block.
type Broadcaster struct {
	cfg  BroadcasterConfig
	wake chan struct{}
	// next is when an entry is due again, in this process.
	next map[string]time.Time
}

// NewBroadcaster makes a Broadcaster; Run starts it.
func NewBroadcaster(cfg BroadcasterConfig) *Broadcaster {
	if cfg.Interval == 0 {
		cfg.Interval = 5 * time.Second
	}
	if cfg.Retry == 0 {
		cfg.Retry = 30 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Broadcaster{cfg: cfg, wake: make(chan struct{}, 1), next: make(map[string]time.Time)}
}

// Wake makes Run look at the outbox now: something was stored, or a block came.
func (b *Broadcaster) Wake() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, which is no error, or until the fence falls, which
// is db.ErrFenced. Everything else is logged and tried again.
func (b *Broadcaster) Run(ctx context.Context) error {
	for {
		err := b.round(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, db.ErrFenced):
			return err
		case err != nil:
			b.cfg.Log.Warn("outbox not sent", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-b.wake:
		case <-time.After(b.cfg.Interval):
		}
	}
}

// maxRound is how many entries one look takes up.
const maxRound = 200

// round sends what is due once.
func (b *Broadcaster) round(ctx context.Context) error {
	if err := b.tellConflicts(ctx); err != nil {
		return err
	}
	pending, err := outbox.Pending(b.cfg.DB.Read(ctx), maxRound)
	if err != nil {
		return err
	}
	b.forget(pending)
	for _, e := range pending {
		if ctx.Err() != nil {
			return nil
		}
		if !b.due(e) {
			continue
		}
		if err := b.send(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// due reports whether an entry is to be sent now. Where a mempool can be asked,
// an entry that waits in it needs nothing, and one that has fallen out of it is
// sent at once.
func (b *Broadcaster) due(e outbox.Entry) bool {
	if e.State == outbox.Stored && e.Attempts == 0 {
		return true
	}
	if b.cfg.Mempool != nil && e.State == outbox.Broadcast && b.cfg.Mempool.InMempool(e.Txid) {
		return false
	}
	return !b.cfg.Now().Before(b.next[e.Key])
}

// send hands one entry to the network and notes how that went. Only errors of
// the engine and the database come back; a refusal is noted with the entry.
func (b *Broadcaster) send(ctx context.Context, e outbox.Entry) error {
	if err := b.transact(ctx, func(*gorm.DB) error { return nil }); err != nil {
		return err // fenced, or the database is away: send nothing
	}
	err := b.cfg.Wallet.publish(ctx, e.Raw)
	if errors.Is(err, chain.ErrEngineDown) || ctx.Err() != nil {
		return err
	}
	if err == nil {
		err = b.look(ctx, e)
	}
	b.next[e.Key] = b.cfg.Now().Add(b.pause(e.Attempts))
	if err != nil {
		b.cfg.Log.Warn("transaction not taken by the network", "key", e.Key, "txid", e.Txid, "attempts", e.Attempts+1, "error", err)
		return b.transact(ctx, func(tx *gorm.DB) error { return outbox.MarkFailed(tx, e.Key, err.Error()) })
	}
	b.cfg.Log.Info("transaction broadcast", "key", e.Key, "txid", e.Txid, "attempts", e.Attempts+1)
	return b.transact(ctx, func(tx *gorm.DB) error { return outbox.MarkBroadcast(tx, e.Key, b.cfg.Now()) })
}

// look makes sure that a transaction the node says it has sent has arrived:
// the node also says so of transactions that were refused.
func (b *Broadcaster) look(ctx context.Context, e outbox.Entry) error {
	if b.cfg.Mempool == nil {
		return nil
	}
	const patience, step = 3 * time.Second, 20 * time.Millisecond
	for waited := time.Duration(0); waited < patience; waited += step {
		if b.cfg.Mempool.InMempool(e.Txid) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(step):
		}
	}
	now, err := outbox.Get(b.cfg.DB.Read(ctx), e.Key)
	if err != nil {
		return err
	}
	if now.State == outbox.Confirmed {
		return nil // a block was faster than our look
	}
	return fmt.Errorf("%w: the node sent it, but it is not in the mempool", chain.ErrRejected)
}

func (b *Broadcaster) pause(attempts int) time.Duration {
	return min(b.cfg.Retry<<min(attempts, 10), 20*b.cfg.Retry)
}

// forget drops the notes on entries that are no longer pending.
func (b *Broadcaster) forget(pending []outbox.Entry) {
	if len(b.next) <= len(pending) {
		return
	}
	still := make(map[string]time.Time, len(pending))
	for _, e := range pending {
		if at, ok := b.next[e.Key]; ok {
			still[e.Key] = at
		}
	}
	b.next = still
}

// tellConflicts tells the owner of entries that can no longer be confirmed,
// unless another entry of the same line was.
func (b *Broadcaster) tellConflicts(ctx context.Context) error {
	if b.cfg.Conflicted == nil {
		return nil
	}
	tx := b.cfg.DB.Read(ctx)
	entries, err := outbox.List(tx, maxRound, outbox.Conflicted)
	if err != nil {
		return err
	}
	for _, e := range entries {
		line, err := outbox.Line(tx, e.Key)
		if err != nil {
			return err
		}
		if !lost(line) {
			continue
		}
		b.cfg.Conflicted(ctx, e)
	}
	return nil
}

// lost reports whether no transaction of a line can be confirmed any more.
func lost(line []outbox.Entry) bool {
	for _, e := range line {
		switch e.State {
		case outbox.Stored, outbox.Broadcast, outbox.Replaced, outbox.Confirmed:
			return false
		}
	}
	return true
}

func (b *Broadcaster) transact(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return b.cfg.DB.Transact(ctx, func(tx *gorm.DB) error {
		if b.cfg.Fence != nil {
			if err := b.cfg.Fence(tx); err != nil {
				return err
			}
		}
		return fn(tx)
	})
}

// knownAlready are the words of the backends for a transaction that needs no
// sending.
var knownAlready = []string{
	"already in mempool", "already have transaction", "txn-already-known", "txn-already-in-mempool",
	"already in utxo set", "already known", "transaction already exists", "already confirmed",
}

// Publish hands a transaction of somebody else's to the network, which is kept
// nowhere here. Errors: chain.ErrEngineDown; chain.ErrRejected with what the network
// said. Neither that nor nil is proof on a light client.
func (w *Wallet) Publish(ctx context.Context, raw []byte) error { return w.publish(ctx, raw) }

// publish hands a transaction to the node. Errors: chain.ErrEngineDown, or
// chain.ErrRejected with what the network said; neither it nor nil is proof,
// so callers look for themselves.
func (w *Wallet) publish(ctx context.Context, raw []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	answer, err := w.kit.PublishTransaction(ctx, &walletrpc.Transaction{TxHex: raw, Label: "cairn"})
	switch {
	case err == nil && answer.PublishError == "":
		return nil
	case err == nil:
		err = errors.New(answer.PublishError)
	case errors.Is(err, chain.ErrEngineDown):
		return err
	}
	text := strings.ToLower(err.Error())
	for _, words := range knownAlready {
		if strings.Contains(text, words) {
			return nil
		}
	}
	return fmt.Errorf("%w: %w", chain.ErrRejected, err)
}

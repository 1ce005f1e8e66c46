package sandbox

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"cairn/chain"
	"cairn/channels/amount"
	"cairn/channels/lightning"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"golang.org/x/sync/singleflight"
)

// Engine tells how a node is; node.Node is one.
type Engine interface {
	Status() chain.EngineStatus
	Subscribe() (<-chan chain.EngineStatus, func())
}

// Chain is the devnet.
type Chain interface {
	Mine(n int) ([]chain.BlockRef, error)
	Submit(tx *wire.MsgTx) error
	Mempool() []chainhash.Hash
	MempoolTx(txid chainhash.Hash) (*wire.MsgTx, error)
}

// Config of a Payer.
type Config struct {
	// Node is the payer's node and Engine how it is; Site and SiteEngine are
	// those of the node that is paid.
	Node, Site         *lightning.Node
	Engine, SiteEngine Engine
	// SiteHost is the host:port on which the site's node listens for peers.
	SiteHost string
	Chain    Chain
	// Fund sees to it that the payer's wallet has confirmed coins enough for a
	// channel and some payments; nothing happens when it has.
	Fund func(ctx context.Context) error
	// Sent, if set, is told of each payment on chain before the block has it.
	Sent func(ctx context.Context, tx *wire.MsgTx)
	// Every is the pause between two looks at the channels; 5 s when 0.
	Every time.Duration
	Now   func() time.Time
	Log   *slog.Logger
}

// Payer pays. Its methods are safe for concurrent use; Run keeps it able to.
type Payer struct {
	cfg   Config
	log   *slog.Logger
	purse atomic.Pointer[purse]
	// look wakes Run.
	look chan struct{}
	// sending lets one payment to an address be made at a time.
	sending singleflight.Group
}

// purse is what the channels with the site were seen to hold.
type purse struct {
	// sendable is the most one payment may carry to the site.
	sendable amount.MilliSatoshi
	// site is the key of the node it goes to.
	site []byte
	// lives says in which lives of the two nodes that was seen.
	lives [2]int
}

// New makes a Payer.
func New(cfg Config) (*Payer, error) {
	if cfg.Node == nil || cfg.Site == nil || cfg.Engine == nil || cfg.SiteEngine == nil || cfg.Chain == nil || cfg.Fund == nil || cfg.SiteHost == "" {
		return nil, errors.New("the sandbox payer needs two nodes, a chain and a faucet")
	}
	if cfg.Every == 0 {
		cfg.Every = 5 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	p := &Payer{cfg: cfg, log: cfg.Log, look: make(chan struct{}, 1)}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	return p, nil
}

// Ready reports whether it can pay over Lightning now.
func (p *Payer) Ready() bool {
	held := p.purse.Load()
	lives, up := p.lives()
	return up && held != nil && held.sendable > 0 && held.lives == lives
}

// lives counts how often either node was started, and says whether both are up.
func (p *Payer) lives() (lives [2]int, up bool) {
	own, site := p.cfg.Engine.Status(), p.cfg.SiteEngine.Status()
	return [2]int{own.Restarts, site.Restarts}, own.Ready() && site.Ready()
}

// payPatience is how long a payment waits for a channel that is just coming
// back, and for one that has not told its terms yet.
const (
	payPatience = 10 * time.Second
	payPause    = 200 * time.Millisecond
	payTimeout  = 30 * time.Second
)

// Pay pays an invoice of the site and returns when it is paid. The same one is
// never paid twice. Errors: ErrNotReady, ErrStranger, ErrTooMuch and those of
// lightning.Node.Pay.
func (p *Payer) Pay(ctx context.Context, bolt11 string) (ln.Payment, error) {
	in, err := p.cfg.Node.Decode(bolt11)
	if err != nil {
		return ln.Payment{}, err
	}
	patience, cancel := context.WithTimeout(ctx, payPatience)
	defer cancel()
	held, err := p.await(patience)
	switch {
	case err != nil:
		return ln.Payment{}, err
	case !bytes.Equal(in.Payee, held.site):
		return ln.Payment{}, fmt.Errorf("%w: it is for %x", ErrStranger, in.Payee)
	case in.Amount > held.sendable:
		return ln.Payment{}, fmt.Errorf("%w: %s of %s", ErrTooMuch, in.Amount, held.sendable)
	}
	defer p.Look() // a channel may be used up now
	for {
		// The channel is a direct one, so that routing costs nothing.
		paid, err := p.cfg.Node.Pay(ctx, ln.Order{Invoice: bolt11, Timeout: payTimeout})
		if !errors.Is(err, ln.ErrNoRoute) && !errors.Is(err, ln.ErrNoBalance) || !wait(patience, payPause) {
			return paid, err
		}
	}
}

// await waits until the channels can carry something.
func (p *Payer) await(ctx context.Context) (*purse, error) {
	for !p.Ready() {
		p.Look()
		if !wait(ctx, payPause) {
			return nil, ErrNotReady
		}
	}
	return p.purse.Load(), nil
}

// sendRate is what payments on chain pay to miners.
var sendRate = chain.SatPerVByte(2)

// PayOnChain pays an amount to a script and returns the transaction, which is
// in the devnet's mempool. While such a payment waits for its block, asking
// again pays nothing more and returns that one. Errors: ErrNotReady,
// ErrTooMuch, chain.ErrRejected, ln.ErrUnknownOutcome.
func (p *Payer) PayOnChain(ctx context.Context, script []byte, pay btcutil.Amount) (*wire.MsgTx, error) {
	if !p.cfg.Engine.Status().Ready() {
		return nil, ErrNotReady
	}
	// A payment that was begun goes on when whoever asked for it has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), payTimeout)
	defer cancel()
	made, err, _ := p.sending.Do(fmt.Sprintf("%x %d", script, int64(pay)), func() (any, error) {
		if tx := p.waiting(script, pay); tx != nil {
			return tx, nil
		}
		return p.send(ctx, script, pay)
	})
	if err != nil {
		return nil, err
	}
	return made.(*wire.MsgTx), nil
}

// waiting is a payment of so much to a script that waits for its block.
func (p *Payer) waiting(script []byte, pay btcutil.Amount) *wire.MsgTx {
	for _, txid := range p.cfg.Chain.Mempool() {
		tx, err := p.cfg.Chain.MempoolTx(txid)
		if err != nil {
			continue // a block has it by now
		}
		for _, out := range tx.TxOut {
			if out.Value == int64(pay) && bytes.Equal(out.PkScript, script) {
				return tx
			}
		}
	}
	return nil
}

func (p *Payer) send(ctx context.Context, script []byte, pay btcutil.Amount) (*wire.MsgTx, error) {
	tx, err := p.cfg.Node.SendCoins(ctx, script, pay, sendRate)
	if errors.Is(err, ln.ErrNoCoins) {
		p.Look()
		return nil, fmt.Errorf("%w: %w", ErrTooMuch, err)
	}
	if err != nil {
		return nil, err
	}
	// A light client does not learn whether the network took it; the devnet says.
	if err := p.cfg.Chain.Submit(tx); err != nil {
		return nil, fmt.Errorf("send the payment %s: %w", tx.TxHash(), err)
	}
	if p.cfg.Sent != nil {
		p.cfg.Sent(ctx, tx)
	}
	return tx, nil
}

// Look has Run look at the channels now.
func (p *Payer) Look() {
	select {
	case p.look <- struct{}{}:
	default:
	}
}

// siteAt is where the site's node is; false until it has answered once.
func (p *Payer) siteAt() (ln.PeerAddress, bool) {
	var at ln.PeerAddress
	key, err := hex.DecodeString(p.cfg.SiteEngine.Status().PubKey)
	if err != nil || len(key) != len(at.Key) {
		return at, false
	}
	at.Key, at.Host = [33]byte(key), p.cfg.SiteHost
	return at, true
}

// wait pauses; false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

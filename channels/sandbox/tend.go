package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"cairn/channels/amount"
	"cairn/channels/ln"

	"github.com/btcsuite/btcd/btcutil"
)

// The channels: each of channelSize. The payer opens them all; in the first it
// has everything, of every second it gives half to the site, so that the site
// can pay out too. One more is opened when less than least is left in a
// direction, until there are maxChannels.
const (
	channelSize = btcutil.Amount(16_000_000)
	least       = 2_000_000 * amount.PerSatoshi
	maxChannels = 12
	// stillborn is when a channel that does not open counts as none.
	stillborn = 2 * time.Minute
)

// The pauses between looks while something is amiss.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 15 * time.Second
	// telling is how many failures in a row are worth a line: while both nodes
	// come up, one or two are the rule.
	telling = 6
)

// Run keeps the payer able to pay until ctx ends.
func (p *Payer) Run(ctx context.Context) {
	own, stopOwn := p.cfg.Engine.Subscribe()
	defer stopOwn()
	site, stopSite := p.cfg.SiteEngine.Subscribe()
	defer stopSite()
	var (
		pause   = firstPause
		opening = map[string]time.Time{}
		failed  int
	)
	for {
		busy, err := p.tend(ctx, opening)
		if ctx.Err() != nil {
			return
		}
		every := p.cfg.Every
		switch {
		case err != nil:
			if failed++; failed == telling {
				p.log.Warn("the sandbox payer cannot be made ready", "error", err)
			}
			every, pause = pause, min(2*pause, lastPause)
		case busy || !p.Ready():
			every = firstPause
		default:
			pause, failed = firstPause, 0
		}
		select {
		case <-ctx.Done():
			return
		case <-own:
		case <-site:
		case <-p.look:
		case <-time.After(every):
		}
	}
}

// tend does the next thing that is missing: a connection, a channel. It does
// nothing while a node is down. busy says that a channel is on its way; opening
// remembers since when.
func (p *Payer) tend(ctx context.Context, opening map[string]time.Time) (busy bool, err error) {
	at, known := p.siteAt()
	if _, up := p.lives(); !known || !up {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if err := p.connect(ctx, at); err != nil {
		return false, err
	}
	was := p.Ready()
	with, err := p.count(ctx, at)
	if err != nil {
		return false, err
	}
	if p.Ready() != was {
		p.log.Info("sandbox payer", "ready", !was, "sendable", with.sendable.String(), "channels", with.open)
	}
	waits, err := p.opening(ctx, at, opening)
	if err != nil || waits || with.open >= maxChannels {
		return waits, err
	}
	switch {
	case with.ours < least:
		return true, p.open(ctx, at, 0)
	case with.theirs < least:
		return true, p.open(ctx, at, channelSize/2)
	}
	return false, nil
}

// connect finds the site's node, which may have been restarted.
func (p *Payer) connect(ctx context.Context, at ln.PeerAddress) error {
	peers, err := p.cfg.Node.Peers(ctx)
	if err != nil {
		return fmt.Errorf("look for the site among the payer's peers: %w", err)
	}
	for _, peer := range peers {
		if peer.Key == at.Key {
			return nil
		}
	}
	return p.cfg.Node.Connect(ctx, at)
}

// held is what there is in channels with the site.
type held struct {
	open int
	// ours is what the payer can send, once all of them are active, and theirs
	// what the site can.
	ours, theirs amount.MilliSatoshi
	// sendable is what can be sent now.
	sendable amount.MilliSatoshi
}

// count adds the channels up and notes what can be sent now.
func (p *Payer) count(ctx context.Context, at ln.PeerAddress) (held, error) {
	var h held
	lives, _ := p.lives() // before, so that what was seen in an earlier one does not count
	channels, err := p.cfg.Node.Channels(ctx)
	if err != nil {
		p.purse.Store(nil)
		return h, err
	}
	for _, c := range channels {
		if !bytes.Equal(c.Peer, at.Key[:]) {
			continue
		}
		h.open++
		h.sendable += c.Sendable
		if c.Active {
			h.ours, h.theirs = h.ours+c.Sendable, h.theirs+c.Receivable
		} else { // it comes back
			h.ours, h.theirs = h.ours+milli(c.Local), h.theirs+milli(c.Remote)
		}
	}
	p.purse.Store(&purse{sendable: h.sendable, site: at.Key[:], lives: lives})
	return h, nil
}

func milli(a btcutil.Amount) amount.MilliSatoshi { return amount.MilliSatoshi(a) * amount.PerSatoshi }

// opening reports whether a channel to the site is on its way, and mines the
// block it waits for, should nobody else do so.
func (p *Payer) opening(ctx context.Context, at ln.PeerAddress, since map[string]time.Time) (bool, error) {
	pending, err := p.cfg.Node.Pending(ctx)
	if err != nil {
		return false, err
	}
	now, waits := p.cfg.Now(), false
	for _, c := range pending {
		if c.Stage != ln.StageOpening || !bytes.Equal(c.Peer, at.Key[:]) {
			continue
		}
		began, seen := since[c.Point]
		if !seen {
			since[c.Point], began = now, now
		}
		if now.Sub(began) < stillborn {
			waits = true
		}
	}
	if !waits || len(p.cfg.Chain.Mempool()) == 0 {
		return waits, nil
	}
	_, err = p.cfg.Chain.Mine(1)
	return true, err
}

// open opens a channel, with coins of the faucet.
func (p *Payer) open(ctx context.Context, at ln.PeerAddress, push btcutil.Amount) error {
	if err := p.cfg.Fund(ctx); err != nil {
		return fmt.Errorf("fund the sandbox payer: %w", err)
	}
	_, err := p.cfg.Node.Open(ctx, ln.Opening{Peer: at, Amount: channelSize, Push: push, Private: true, FeeRate: 2})
	if errors.Is(err, ln.ErrOpening) {
		return nil // the site still waits for the one before
	}
	if err != nil {
		return fmt.Errorf("open a channel to the site: %w", err)
	}
	return nil
}

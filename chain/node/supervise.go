package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cairn/chain"
)

// The supervisor's pauses between two lives of an engine that dies.
const (
	firstPause = 250 * time.Millisecond
	maxPause   = 30 * time.Second
	// maxCrashes in a row without the engine ever getting ready make it one
	// that refuses to start.
	maxCrashes = 5
)

// life is how one life of the engine ended.
type life struct {
	// err is nil only when it was stopped by us on purpose.
	err error
	// ready: it was ready at some time.
	ready bool
	// restart: somebody asked for a restart.
	restart bool
}

// supervise runs one life of the engine after another until ctx ends.
func (n *Node) supervise(ctx context.Context) {
	pause, crashes := firstPause, 0
	for ctx.Err() == nil {
		l := n.live(ctx)
		if ctx.Err() != nil {
			return
		}
		n.update(func(s *chain.EngineStatus) { s.Restarts++ })
		if l.ready {
			pause, crashes = firstPause, 0
		}
		if l.restart {
			continue
		}
		refusal := refusalOf(l.err, n.cfg)
		if refusal.Kind == ErrCrash {
			crashes++
		}
		n.log.Warn("node engine ended", "kind", refusal.Kind, "error", refusal.Error(), "was_ready", l.ready)

		wait := pause
		switch {
		case !refusal.passing():
			n.setFault(chain.EngineRefused, refusal)
			wait = n.cfg.RetryEvery
		case crashes >= maxCrashes:
			n.setFault(chain.EngineRefused, &Refusal{
				Kind: ErrCrash, Err: refusal.Err,
				Sentence: fmt.Sprintf("The node stops at every start; its log %s says more.", n.paths.log()),
			})
			wait = n.cfg.RetryEvery
		default:
			n.setFault(chain.EngineDown, refusal)
			pause = min(pause*2, maxPause)
		}
		select {
		case <-ctx.Done():
		case <-n.wake:
		case <-n.restart: // the same, asked for in other words
		case <-time.After(wait):
		}
	}
}

// live runs the engine once and watches it to its end.
func (n *Node) live(ctx context.Context) life {
	if refusal := n.mayStart(); refusal != nil {
		return life{err: refusal}
	}
	e, err := n.driver.start()
	if err != nil {
		return life{err: err}
	}
	n.current.Store(e)
	n.conn.ResetConnectBackoff()
	return n.watch(ctx, e)
}

// Pauses and limits of the health watch.
const (
	startEvery = 100 * time.Millisecond // between checks until it is ready
	callLimit  = 5 * time.Second        // of one health call
	// unsyncedLimit is how long a ready node may report that it lags behind
	// the chain before it counts as syncing again; lnd says so for a moment
	// at each block.
	unsyncedLimit = 3 * time.Minute
	// busyFactor lengthens StuckAfter while the process answers but its wallet
	// does not: killing it in the middle of a rescan would begin it again.
	busyFactor = 10
)

// watch checks the engine's health until it ends, hangs, or is to be stopped.
func (n *Node) watch(ctx context.Context, e engine) life {
	var (
		check    = newHealthCheck(n)
		l        life
		answered = time.Now()
		every    = startEvery
	)
	backupCtx, stopBackups := context.WithCancel(ctx)
	var backups sync.WaitGroup
	defer backups.Wait()
	defer stopBackups()

	for {
		switch state, err := check.run(ctx); {
		case errors.Is(err, ErrWrongNetwork):
			e.stop(stopGrace)
			return life{err: err, ready: l.ready}
		case err == nil:
			answered = time.Now()
			n.applyHealth(state)
			if state.phase == chain.EngineReady && !l.ready {
				l.ready, every = true, n.cfg.HealthEvery
				backups.Go(func() { n.keepBackups(backupCtx) })
			}
			if state.noWallet {
				n.offerWallet(ctx)
			}
			if l.ready && state.lag > n.cfg.StuckAfter {
				n.log.Warn("node wallet takes no blocks in, restarting it", "for", state.lag.Round(time.Millisecond))
				n.Restart("The node's wallet had lost the chain and is being started again.")
			}
		case n.cfg.Driver == Remote:
			n.setPhase(chain.EngineDown, fmt.Sprintf("The node at %s does not answer.", n.cfg.Remote.Host))
			check = newHealthCheck(n)
		case time.Since(answered) > n.patience(err):
			if ended(e) {
				break // dead rather than stuck; told apart below
			}
			n.log.Warn("node engine does not answer, killing it", "error", err, "for", time.Since(answered).Round(time.Millisecond))
			e.kill()
			return life{err: &Refusal{
				Kind: ErrCrash, Err: err,
				Sentence: "The node stopped answering and is being started again.",
			}, ready: l.ready}
		}

		select {
		case <-ctx.Done():
			e.stop(stopGrace)
			return l
		case reason := <-n.restart:
			n.log.Info("node restart", "reason", reason)
			n.setPhase(chain.EngineDown, reason)
			e.stop(stopGrace)
			return life{ready: l.ready, restart: true}
		case <-e.ended():
			l.err = e.err()
			if l.err == nil {
				l.err = &Refusal{Kind: ErrCrash, Sentence: sentence(ErrCrash, n.cfg)}
			}
			return l
		case <-time.After(every):
		}
	}
}

// patience is how long the engine may go on answering like that.
func (n *Node) patience(err error) time.Duration {
	if errors.Is(err, errBusy) {
		return busyFactor * n.cfg.StuckAfter
	}
	return n.cfg.StuckAfter
}

func ended(e engine) bool {
	select {
	case <-e.ended():
		return true
	default:
		return false
	}
}

package node

import (
	"context"
	"log/slog"

	"cairn/chain"
)

// Status is how the node stands now.
func (n *Node) Status() chain.EngineStatus {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.status
}

// Subscribe returns a channel that always holds the newest status not yet
// read, and a function that ends the subscription. The status at the time of
// the call comes first.
func (n *Node) Subscribe() (<-chan chain.EngineStatus, func()) {
	ch := make(chan chain.EngineStatus, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.subscribers[ch] = struct{}{}
	ch <- n.status
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.subscribers, ch)
	}
}

// standing is the status with the refusal behind it.
func (n *Node) standing() (chain.EngineStatus, *Refusal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.status, n.refusal
}

// setPhase moves the node to a phase without a fault. A change of phase is
// logged.
func (n *Node) setPhase(phase chain.EnginePhase, reason string) {
	n.update(func(s *chain.EngineStatus) {
		s.Phase, s.Reason = phase, reason
	})
}

// setFault moves the node to EngineDown or EngineRefused, for a reason.
func (n *Node) setFault(phase chain.EnginePhase, refusal *Refusal) {
	n.update(func(s *chain.EngineStatus) {
		s.Phase, s.Reason = phase, refusal.Sentence
		n.refusal = refusal // update holds the lock
	})
}

// update changes the status and tells the subscribers if anything moved.
func (n *Node) update(change func(*chain.EngineStatus)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	before := n.status
	change(&n.status)
	if n.status == before {
		return
	}
	if n.status.Phase != before.Phase {
		n.status.Since = n.cfg.Now().UTC()
		n.logPhase(n.status)
	}
	for ch := range n.subscribers {
		select {
		case <-ch: // make room: only the newest matters
		default:
		}
		ch <- n.status
	}
}

func (n *Node) logPhase(s chain.EngineStatus) {
	level := slog.LevelInfo
	if s.Phase == chain.EngineDown || s.Phase == chain.EngineRefused {
		level = slog.LevelWarn
	}
	n.log.Log(context.Background(), level, "node phase", "phase", s.Phase, "reason", s.Reason, "height", s.Height, "restarts", s.Restarts)
}

package chain

import "time"

// EnginePhase says how far the node (the embedded Lightning engine or a
// remote one) is from being usable.
type EnginePhase string

// The phases, in the order a healthy start passes through them.
const (
	// EngineStarting: the process or connection is being set up.
	EngineStarting EnginePhase = "starting"
	// EngineSyncing: it answers, but has not caught up with the chain.
	EngineSyncing EnginePhase = "syncing"
	// EngineReady: it can fund, sign and pay.
	EngineReady EnginePhase = "ready"
	// EngineDown: it died or hangs, and is being restarted.
	EngineDown EnginePhase = "down"
	// EngineRefused: it will not start until somebody changes something;
	// Reason says what.
	EngineRefused EnginePhase = "refused"
)

// EngineStatus is what pages, metrics and readiness checks say of the node.
type EngineStatus struct {
	Phase EnginePhase
	// Reason is one sentence for people; set for EngineDown and EngineRefused.
	Reason string
	// Since is when the phase began, UTC.
	Since time.Time
	// Height is the best block the node knows; 0 before it answers.
	Height int32
	// Version and PubKey are the node's own words; empty before it answers.
	Version, PubKey string
	// Restarts counts how often the supervisor had to start it again.
	Restarts int
}

// Ready reports whether the node can be used now.
func (s EngineStatus) Ready() bool { return s.Phase == EngineReady }

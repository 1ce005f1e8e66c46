package node

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cairn/chain"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// health is what one check of the engine found.
type health struct {
	phase    chain.EnginePhase
	noWallet bool
	info     *lnrpc.GetInfoResponse // nil before it answers calls
	// lag is for how long the wallet has been behind without moving.
	lag time.Duration
}

// healthCheck asks the engine how it is; it remembers what is needed to tell a
// moment's lag from a real one.
type healthCheck struct {
	n         *Node
	state     lnrpc.StateClient
	lightning lnrpc.LightningClient
	// wasReady and syncedAt carry a ready node over the moment after each
	// block in which lnd says it is not in sync.
	wasReady bool
	syncedAt time.Time
	hearing  hearing
}

func newHealthCheck(n *Node) *healthCheck {
	return &healthCheck{
		n:         n,
		state:     lnrpc.NewStateClient(n.conn),
		lightning: lnrpc.NewLightningClient(n.conn),
	}
}

// errBusy: the process answers, but lnd behind it does not.
const errBusy = ErrorKind("the node is busy")

// run makes one check. Errors: ErrWrongNetwork, errBusy, or that nothing
// answered.
func (c *healthCheck) run(ctx context.Context) (health, error) {
	ctx, cancel := context.WithTimeout(ctx, min(callLimit, c.n.cfg.StuckAfter))
	defer cancel()
	state, err := c.state.GetState(ctx, &lnrpc.GetStateRequest{})
	if err != nil {
		return health{}, err
	}
	switch state.State {
	case lnrpc.WalletState_NON_EXISTING:
		return health{phase: chain.EngineStarting, noWallet: true}, nil
	case lnrpc.WalletState_RPC_ACTIVE, lnrpc.WalletState_SERVER_ACTIVE:
	default:
		return health{phase: chain.EngineStarting}, nil
	}

	info, err := c.lightning.GetInfo(ctx, &lnrpc.GetInfoRequest{})
	if err != nil {
		if state.State == lnrpc.WalletState_RPC_ACTIVE && ctx.Err() == nil {
			return health{phase: chain.EngineSyncing}, nil // it answers that it is starting up
		}
		return health{}, fmt.Errorf("%w: %w", errBusy, err)
	}
	if err := c.checkNetwork(info); err != nil {
		return health{}, err
	}
	h := health{phase: chain.EngineSyncing, info: info, lag: c.hearing.lag(info, time.Now())}
	if state.State == lnrpc.WalletState_SERVER_ACTIVE && c.synced(info) {
		h.phase, c.wasReady = chain.EngineReady, true
	}
	return h, nil
}

// synced reports whether the node has caught up. lnd calls itself unsynced when
// the newest block is two hours old, which on the devnet only means that nobody
// asked for one; there, and for a moment after each block, having been ready
// counts.
func (c *healthCheck) synced(info *lnrpc.GetInfoResponse) bool {
	now := time.Now()
	if info.SyncedToChain {
		c.syncedAt = now
		return true
	}
	if c.n.cfg.Network == chain.Devnet {
		return true // SERVER_ACTIVE came after the first sync
	}
	return c.wasReady && now.Sub(c.syncedAt) < unsyncedLimit
}

func (c *healthCheck) checkNetwork(info *lnrpc.GetInfoResponse) error {
	want := lndNetwork(c.n.cfg.Network)
	for _, on := range info.Chains {
		if on.Network == want {
			return nil
		}
	}
	return &Refusal{
		Kind:     ErrWrongNetwork,
		Sentence: sentence(ErrWrongNetwork, c.n.cfg),
		Err:      fmt.Errorf("it reports %v", info.Chains),
	}
}

// applyHealth makes a check's findings the node's status.
func (n *Node) applyHealth(h health) {
	if h.noWallet && n.cfg.Network != chain.Devnet {
		n.setFault(chain.EngineRefused, &Refusal{Kind: ErrNoWallet, Sentence: sentence(ErrNoWallet, n.cfg)})
		return
	}
	n.update(func(s *chain.EngineStatus) {
		s.Phase, s.Reason = h.phase, ""
		if h.info != nil {
			s.Height = int32(h.info.BlockHeight)
			// lnd says "0.21.3-beta commit=…", empty where it is a library.
			s.Version, _, _ = strings.Cut(h.info.Version, " ")
			s.PubKey = h.info.IdentityPubkey
		}
	})
}

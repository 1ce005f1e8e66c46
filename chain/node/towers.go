package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"cairn/app/db/durable"
)

// ErrRemoteSetting: what is asked for is set where the remote node runs.
var ErrRemoteSetting = errors.New("this is set in the configuration of the remote node")

// WantsTowers reports whether the engine is started with its watchtower client.
func (n *Node) WantsTowers() bool { return exists(n.paths.towers()) }

// UseTowers switches the engine's watchtower client on or off, for good. Both
// need another start of the engine: on is waited for, until ctx ends, and off
// takes effect at the next one. It may be said twice. Errors: ErrRemoteSetting,
// and those of WaitReady.
func (n *Node) UseTowers(ctx context.Context, on bool) error {
	if n.cfg.Driver == Remote {
		return ErrRemoteSetting
	}
	if !on {
		if err := os.Remove(n.paths.towers()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("switch the watchtower client off: %w", err)
		}
		return nil
	}
	if n.WantsTowers() {
		return nil
	}
	if err := durable.WriteFile(n.paths.towers(), []byte("on\n")); err != nil {
		return fmt.Errorf("switch the watchtower client on: %w", err)
	}
	before := n.Status().Restarts
	updates, cancel := n.Subscribe()
	defer cancel()
	n.Restart("The watchtower client is being switched on.")
	for n.Status().Restarts == before {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the node has not started again: %w", ctx.Err())
		case <-updates:
		}
	}
	return n.WaitReady(ctx)
}

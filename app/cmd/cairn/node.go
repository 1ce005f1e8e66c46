package main

import (
	"os"

	"cairn/chain/node"
)

// NodeCmd is the engine's own process. `cairn serve` starts and watches it;
// nobody types it.
type NodeCmd struct{}

// Run implements the command.
func (NodeCmd) Run() error {
	if code := node.RunChild(os.Stdin, os.Stderr); code != exitOK {
		return silentExit(code)
	}
	return nil
}

package app_test

import (
	"os"
	"testing"

	"cairn/chain/node"
)

// TestMain is also the engine: the supervisor starts this test binary as
// `… node`, as it starts cairn itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "node" {
		os.Exit(node.RunChild(os.Stdin, os.Stderr))
	}
	os.Exit(m.Run())
}

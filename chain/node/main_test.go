package node

import (
	"context"
	"encoding/hex"
	"log/slog"
	"os"
	"testing"
	"time"

	"cairn/chain"
)

// childEnvVar turns the test binary into the child that the supervisor starts.
const childEnvVar = "CAIRN_NODE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnvVar) == "1" {
		os.Exit(RunChild(os.Stdin, os.Stderr))
	}
	os.Exit(m.Run())
}

// childConfig runs the engine as a child made of this test binary.
func childConfig(t *testing.T) Config {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Network: chain.Devnet, Driver: Child, Dir: t.TempDir(), Alias: "test",
		Command: []string{exe}, Env: []string{childEnvVar + "=1"},
		Chain:       ChainConfig{Connect: []string{"127.0.0.1:1"}},
		HealthEvery: 200 * time.Millisecond,
		StuckAfter:  5 * time.Second,
		RetryEvery:  time.Minute,
		Log:         testLog(t),
	}
}

// testLog shows the node's log lines in verbose runs and of failed tests.
func testLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func open(t *testing.T, cfg Config) *Node {
	t.Helper()
	n, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return n
}

// await waits for a status that satisfies ok.
func await(t *testing.T, n *Node, what string, limit time.Duration, ok func(chain.EngineStatus) bool) chain.EngineStatus {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	updates, unsubscribe := n.Subscribe()
	defer unsubscribe()
	for {
		select {
		case s := <-updates:
			if ok(s) {
				return s
			}
		case <-ctx.Done():
			t.Fatalf("no status %q within %v; it is %+v", what, limit, n.Status())
		}
	}
}

func mustHex(t *testing.T, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

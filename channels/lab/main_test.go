package lab

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cairn/chain/node"
)

// childEnvVar turns the test binary into a node's process.
const childEnvVar = "CAIRN_LAB_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnvVar) == "1" {
		os.Exit(node.RunChild(os.Stdin, os.Stderr))
	}
	os.Exit(m.Run())
}

// testConfig is a lab whose nodes are processes of the test binary.
func testConfig(t testing.TB) Config {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// Unix sockets have short names, so the folder has one too.
	dir, err := os.MkdirTemp("", "lab")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	level := slog.LevelWarn
	if testing.Verbose() {
		level = slog.LevelInfo
	}
	return Config{
		Dir: filepath.Join(dir, "l"), Command: []string{exe}, Env: []string{childEnvVar + "=1"},
		LogLevel: os.Getenv("CAIRN_TEST_LND_LOG"),
		Log:      slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: level})),
	}
}

func deadline(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

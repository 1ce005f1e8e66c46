package devnet

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// openTest opens a devnet in a fresh folder and closes it after the test.
func openTest(t *testing.T) *Chain {
	t.Helper()
	return openAt(t, Config{Dir: t.TempDir()})
}

// openAt opens a devnet and closes it after the test.
func openAt(t *testing.T, cfg Config) *Chain {
	t.Helper()
	if os.Getenv("DEVNET_LOG") != "" {
		cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	c, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	start := time.Now()
	c := openAt(t, Config{Dir: dir})
	t.Log("first open", time.Since(start))
	ref, _ := c.Tip(t.Context())
	if ref.Height != 151 {
		t.Fatal(ref)
	}
	start = time.Now()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	t.Log("close", time.Since(start))
	start = time.Now()
	c = openAt(t, Config{Dir: dir})
	t.Log("second open", time.Since(start))
}

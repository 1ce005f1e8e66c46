package control_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cairn/app/control"
)

// fakeRunning answers Mine with what it was asked, and nothing else.
type fakeRunning struct {
	control.Running
	asked int
}

func (f *fakeRunning) Mine(_ context.Context, n int) (control.Mined, error) {
	if n > 1000 {
		return control.Mined{}, errors.New("at most 1000 blocks at a time")
	}
	f.asked = n
	return control.Mined{Height: int32(n), Hash: "00"}, nil
}

func TestCommandsReachTheRunningProcess(t *testing.T) {
	for name, data := range map[string]string{
		"short path": t.TempDir(),
		"long path":  filepath.Join(t.TempDir(), strings.Repeat("a", 120)),
	} {
		t.Run(name, func(t *testing.T) {
			client := control.Dial(data)
			if _, err := client.Mine(t.Context(), 1); !errors.Is(err, control.ErrNotRunning) {
				t.Fatalf("before it runs: %v", err)
			}
			ln, err := control.Listen(data)
			if err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(control.SocketPath(data))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("socket is open to others: %v %v", info, err)
			}
			running := &fakeRunning{}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- control.Serve(ctx, ln, running, slog.New(slog.DiscardHandler)) }()

			got, err := client.Mine(t.Context(), 3)
			if err != nil || got.Height != 3 || running.asked != 3 {
				t.Errorf("mine: %+v %v", got, err)
			}
			if _, err := client.Mine(t.Context(), 1001); err == nil || err.Error() != "at most 1000 blocks at a time" {
				t.Errorf("an error should arrive as its sentence: %v", err)
			}
			cancel()
			if err := <-done; err != nil {
				t.Errorf("stop: %v", err)
			}
			if _, err := client.Mine(t.Context(), 1); !errors.Is(err, control.ErrNotRunning) {
				t.Errorf("after it stopped: %v", err)
			}
		})
	}
}

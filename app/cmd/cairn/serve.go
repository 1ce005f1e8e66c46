package main

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"

	"cairn/app"
	"cairn/app/config"
)

// ServeCmd runs Cairn until it is told to stop.
type ServeCmd struct{ config.Config }

// The heap of the web process is small and its garbage short-lived: collecting
// it less often costs memory nobody misses and saves a tenth of the processor
// time of a digest. The limit keeps the process below 150 MB resident. GOGC
// and GOMEMLIMIT, where set, decide instead.
const (
	gcPercent   = 400
	memoryLimit = 90 << 20
)

func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// Run implements the command.
func (c *ServeCmd) Run(ctx context.Context, out *Output) error {
	tuneMemory()
	log := app.NewLog(c.Log, out.Stderr)
	slog.SetDefault(log)
	a, err := app.New(ctx, c.Config, app.Options{Version: version, Log: log, Out: out.Stdout})
	if err != nil {
		return err
	}
	err = a.Run(ctx)
	if closeErr := a.Close(); err == nil {
		err = closeErr
	}
	return err
}

package main

import (
	"context"
	"log/slog"

	"cairn/app"
	"cairn/app/config"
)

// ServeCmd runs Cairn until it is told to stop.
type ServeCmd struct{ config.Config }

// Run implements the command.
func (c *ServeCmd) Run(ctx context.Context, out *Output) error {
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

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"cairn/channels/lab"
	"cairn/channels/lab/line"
)

// SandboxCmd groups what can be looked at without a running Cairn.
type SandboxCmd struct {
	Five SandboxFiveCmd `cmd:"" help:"Five real Lightning nodes in a line: Alice pays Eric 1 BTC through Bob, Carol and Diana."`
}

// SandboxFiveCmd plays the routed payment of the chapter (Mastering Bitcoin,
// 12.7.1) on five nodes and a chain of its own, and compares the figures.
type SandboxFiveCmd struct {
	Keep bool `help:"Leave the nodes standing afterwards, to play with: pay, stop a node, let time run out."`
	Fast bool `help:"No pauses for the eye."`
}

// fiveHold is how long each node keeps the onion, for the eye.
const fiveHold = 700 * time.Millisecond

// Run implements the command.
func (c *SandboxFiveCmd) Run(ctx context.Context, out *Output) (err error) {
	parent, err := os.MkdirTemp("", "cairn-five-")
	if err != nil {
		return fmt.Errorf("make a folder for the five nodes: %w", err)
	}
	defer os.RemoveAll(parent)
	cfg := lab.FiveConfig{
		Config: lab.Config{
			Dir: filepath.Join(parent, "five"),
			Log: slog.New(slog.NewTextHandler(out.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		},
		Hold: fiveHold,
	}
	if c.Fast {
		cfg.Hold = 0
	}
	five, err := lab.NewFive(cfg)
	if err != nil {
		return err
	}
	teller := &teller{five: five, out: out.Stdout}
	stopTelling := teller.start()
	defer func() {
		stopTelling()
		if closing := five.Close(); err == nil {
			err = closing
		}
	}()
	fmt.Fprintln(out.Stdout, "Five Lightning nodes start on a chain of their own. It takes some twenty seconds.")
	if err := five.Build(ctx); err != nil {
		return err
	}
	if err := five.Pay(ctx); err != nil {
		return err
	}
	if err := five.Take(ctx); err != nil {
		return err
	}
	teller.wait(ctx)
	fmt.Fprintf(out.Stdout, "\n%s\n", line.Table(five.State()))
	if !five.State().Matches() {
		return fmt.Errorf("the balances are not the chapter's")
	}
	fmt.Fprintln(out.Stdout, "The balances are the chapter's, to the satoshi. Nothing of the payment is on the chain.")
	if c.Keep {
		return (&game{five: five, out: out.Stdout, tell: teller}).play(ctx, os.Stdin)
	}
	return nil
}

// teller prints what happens, and the picture when it has changed.
type teller struct {
	five *lab.Five
	out  io.Writer
	seen atomic.Int64
}

// start tells until the function it returns is called.
func (t *teller) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var telling sync.WaitGroup
	telling.Go(func() { t.run(ctx) })
	return func() {
		cancel()
		telling.Wait()
	}
}

func (t *teller) run(ctx context.Context) {
	drawn := ""
	for {
		frames, more := t.five.Frames(int(t.seen.Load()))
		for _, f := range frames {
			if words := line.Tell(f.Event); words != "" {
				fmt.Fprintf(t.out, "%6.2f s  %s\n", f.Event.At.Seconds(), words)
			}
			if picture := line.Draw(f.State); picture != drawn && pictured(f.Event.Kind) {
				drawn = picture
				fmt.Fprint(t.out, picture)
			}
			t.seen.Store(int64(f.Seq))
		}
		select {
		case <-more:
		case <-ctx.Done():
			return
		}
	}
}

// wait returns when everything up to now was told.
func (t *teller) wait(ctx context.Context) {
	for ctx.Err() == nil {
		if untold, _ := t.five.Frames(int(t.seen.Load())); len(untold) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// pictured are the events worth a new picture.
func pictured(k line.Kind) bool {
	switch k {
	case line.Ready, line.Offered, line.Settled, line.Returned, line.Down, line.Closed:
		return true
	}
	return false
}

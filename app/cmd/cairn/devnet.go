package main

import (
	"context"
	"fmt"

	"cairn/app/control"
)

// DataFlag finds the running Cairn that a command talks to.
type DataFlag struct {
	Data string `help:"Data folder of the running Cairn." default:"${data}" type:"path"`
}

func (d DataFlag) running() *control.Client { return control.Dial(d.Data) }

// DevnetCmd groups what only the embedded chain can do.
type DevnetCmd struct {
	Mine DevnetMineCmd `cmd:"" help:"Mine blocks now."`
}

// DevnetMineCmd mines blocks on the running Cairn's devnet.
type DevnetMineCmd struct {
	DataFlag
	Blocks int `arg:"" optional:"" default:"1" help:"How many, 1 to 1000."`
}

// Run implements the command.
func (c *DevnetMineCmd) Run(ctx context.Context, out *Output) error {
	mined, err := c.running().Mine(ctx, c.Blocks)
	if err != nil {
		return err
	}
	fmt.Fprintf(out.Stdout, "block %d  %s\n", mined.Height, mined.Hash)
	return nil
}

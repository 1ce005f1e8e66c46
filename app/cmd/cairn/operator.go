package main

import (
	"context"
	"fmt"
	"time"
)

// OperatorCmd groups what lets the operator in.
type OperatorCmd struct {
	Link OperatorLinkCmd `cmd:"" help:"Make a new one-time link to the operator pages."`
}

// OperatorLinkCmd prints a new one-time link.
type OperatorLinkCmd struct{ DataFlag }

// Run implements the command.
func (c *OperatorLinkCmd) Run(ctx context.Context, out *Output) error {
	link, err := c.running().OperatorLink(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out.Stdout, "%s\nworks once, until %s\n", link.URL, link.Expires.Local().Format(time.TimeOnly))
	return nil
}

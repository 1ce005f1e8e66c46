package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"cairn/app/audit"
	"cairn/app/config"
	"cairn/app/control"
	"cairn/app/db"
)

// AuditCmd groups what concerns the audit log.
type AuditCmd struct {
	Verify AuditVerifyCmd `cmd:"" help:"Check that nothing in the audit log was changed, dropped or put in between."`
	Export AuditExportCmd `cmd:"" help:"Print the audit log, one line of JSON for each entry."`
}

// AuditVerifyCmd checks the log in the database, or a copy.
type AuditVerifyCmd struct {
	Export string `arg:"" optional:"" type:"existingfile" help:"A copy made by export, to check that instead of the database."`
	config.Config
}

// Run implements the command.
func (c *AuditVerifyCmd) Run(ctx context.Context, out *Output) error {
	if c.Export != "" {
		return c.verifyExport(out)
	}
	return withDatabase(ctx, c.Config, func(d *db.DB) error {
		standing, err := audit.New(d, time.Now).Verify(ctx)
		if err != nil {
			return err
		}
		printStanding(out, standing)
		return c.printWitness(ctx, out)
	})
}

func (c *AuditVerifyCmd) verifyExport(out *Output) error {
	f, err := os.Open(c.Export)
	if err != nil {
		return err
	}
	defer f.Close()
	standing, err := audit.VerifyExport(f)
	if err != nil {
		return err
	}
	printStanding(out, standing)
	return nil
}

func printStanding(out *Output, s audit.Standing) {
	if s.Entries == 0 {
		fmt.Fprintln(out.Stdout, "the log is empty")
		return
	}
	fmt.Fprintf(out.Stdout, "%d entries in one chain\nhead     %s\n", s.Entries, s.Head)
	if s.Stamp.Seq > 0 {
		fmt.Fprintf(out.Stdout, "stamped  entry %d on %s, digest %s\n", s.Stamp.Seq, s.Stamp.StampedAt.Format(time.RFC3339), s.Stamp.Digest)
	}
}

// printWitness asks the running Cairn, which follows the chain, for a block.
func (c *AuditVerifyCmd) printWitness(ctx context.Context, out *Output) error {
	cfg, err := c.Config.Resolve()
	if err != nil {
		return err
	}
	w, err := control.Dial(cfg.Data).AuditWitness(ctx)
	switch {
	case errors.Is(err, control.ErrNotRunning):
		fmt.Fprintln(out.Stdout, "block    unknown: Cairn does not run")
	case err != nil:
		return err
	case w.Seq == 0:
		fmt.Fprintln(out.Stdout, "block    none yet")
	default:
		fmt.Fprintf(out.Stdout, "block    %d of %s: nothing up to entry %d can have been changed since\n", w.Height, w.Time.UTC().Format(time.RFC3339), w.Seq)
	}
	return nil
}

// AuditExportCmd prints the log.
type AuditExportCmd struct{ config.Config }

// Run implements the command.
func (c *AuditExportCmd) Run(ctx context.Context, out *Output) error {
	return withDatabase(ctx, c.Config, func(d *db.DB) error { return audit.New(d, time.Now).Export(ctx, out.Stdout) })
}

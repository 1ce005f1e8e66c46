package main

import (
	"context"
	"encoding/json"
	"fmt"

	"cairn/app/config"
	"cairn/app/doctor"
)

// DoctorCmd checks the machine and the running Cairn. Exit code 1 when
// something is broken; warnings alone are 0.
type DoctorCmd struct {
	config.Config
	JSON bool `help:"Print the findings as JSON."`
}

// Run implements the command.
func (c *DoctorCmd) Run(ctx context.Context, out *Output) error {
	resolved, err := c.Config.Resolve()
	if err != nil {
		return err
	}
	findings := doctor.Examine(ctx, resolved)
	if c.JSON {
		encoder := json.NewEncoder(out.Stdout)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(findings); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			fmt.Fprintf(out.Stdout, "%-5s %-12s %s\n", f.Verdict, f.Check, f.Says)
		}
	}
	if doctor.Sick(findings) {
		return silentExit(exitFail)
	}
	return nil
}

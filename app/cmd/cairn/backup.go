package main

import (
	"context"
	"fmt"
	"path/filepath"

	"cairn/app/control"
)

// BackupCmd copies what must not be lost from a running Cairn.
type BackupCmd struct {
	DataFlag
	To string `arg:"" help:"New folder to write into." type:"path"`
}

// Run implements the command.
func (c *BackupCmd) Run(ctx context.Context, out *Output) error {
	to, err := filepath.Abs(c.To)
	if err != nil {
		return err
	}
	copied, err := c.running().Backup(ctx, control.Folder{Path: to})
	if err != nil {
		return err
	}
	for _, name := range copied.Files {
		fmt.Fprintln(out.Stdout, filepath.Join(to, name))
	}
	return nil
}

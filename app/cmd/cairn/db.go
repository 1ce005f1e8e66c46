package main

import (
	"context"
	"fmt"

	"cairn/app/config"
	"cairn/app/db"
)

// DBCmd groups what concerns the database alone.
type DBCmd struct {
	Version DBVersionCmd `cmd:"" help:"Show the schema's version."`
	Migrate DBMigrateCmd `cmd:"" help:"Bring the schema to this program's version; serve does it by itself."`
}

// DBVersionCmd shows the schema's version.
type DBVersionCmd struct{ config.Config }

// Run implements the command.
func (c *DBVersionCmd) Run(ctx context.Context, out *Output) error {
	return withDatabase(ctx, c.Config, func(d *db.DB) error {
		version, err := d.Version(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out.Stdout, "%s, schema %d\n", d.Dialect(), version)
		return nil
	})
}

// DBMigrateCmd migrates the schema.
type DBMigrateCmd struct{ config.Config }

// Run implements the command.
func (c *DBMigrateCmd) Run(ctx context.Context, out *Output) error {
	return withDatabase(ctx, c.Config, func(d *db.DB) error {
		version, err := d.Migrate(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out.Stdout, "%s, schema %d\n", d.Dialect(), version)
		return nil
	})
}

// withDatabase opens the configured database for one command.
func withDatabase(ctx context.Context, c config.Config, use func(*db.DB) error) error {
	resolved, err := c.Resolve()
	if err != nil {
		return err
	}
	d, err := db.Open(ctx, resolved.Database)
	if err != nil {
		return err
	}
	defer d.Close()
	return use(d)
}

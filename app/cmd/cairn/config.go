package main

import (
	"cairn/app/config"

	"github.com/BurntSushi/toml"
)

// ConfigCmd prints the configuration in force as a file that --config reads.
type ConfigCmd struct{ config.Config }

// Run implements the command.
func (c *ConfigCmd) Run(out *Output) error {
	resolved, err := c.Config.Resolve()
	if err != nil {
		return err
	}
	return toml.NewEncoder(out.Stdout).Encode(resolved.Masked().Settings())
}

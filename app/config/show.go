package config

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/alecthomas/kong"
)

// DatabaseInData reports whether the database is the SQLite file of the data
// folder, rather than somewhere of the operator's choice.
func (c Config) DatabaseInData() bool {
	return c.Database == "" || strings.HasPrefix(c.Database, "sqlite:"+c.Data)
}

// Masked is the configuration with secrets hidden, fit to be shown.
func (c Config) Masked() Config {
	if u, err := url.Parse(c.Database); err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			u.User = url.UserPassword(u.User.Username(), "xxxxx")
			c.Database = u.String()
		}
	} else if err != nil || strings.Contains(c.Database, "password=") {
		c.Database = "(hidden)"
	}
	return c
}

// Settings is the configuration as a configuration file would have it: flag
// names and their values.
func (c Config) Settings() map[string]any {
	holder := struct{ Config }{c}
	parser, err := kong.New(&holder, Vars())
	if err != nil {
		panic("config: the Config type is no command line: " + err.Error()) // a test parses it
	}
	settings := map[string]any{}
	for _, flag := range parser.Model.Flags {
		if flag.Name == "help" {
			continue
		}
		switch v := flag.Target.Interface().(type) {
		case fmt.Stringer: // durations
			settings[flag.Name] = v.String()
		default:
			settings[flag.Name] = v
		}
	}
	return settings
}

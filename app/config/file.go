package config

import (
	"fmt"
	"io"
	"os"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// TOML reads a configuration file for kong. A key is a flag's name
// (`web-listen = "…"`), or its last part inside a section named by the first
// (`[web]`, `listen = "…"`). A key that is no flag's name is an error.
func TOML(r io.Reader) (kong.Resolver, error) {
	var tree map[string]any
	if _, err := toml.NewDecoder(r).Decode(&tree); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	f := file{}
	f.flatten("", tree)
	return f, nil
}

// file maps flag names to the values a configuration file gives them.
type file map[string]any

func (f file) flatten(prefix string, tree map[string]any) {
	for key, value := range tree {
		if section, ok := value.(map[string]any); ok {
			f.flatten(prefix+key+"-", section)
			continue
		}
		f[prefix+key] = value
	}
}

// Validate refuses keys that no command knows, so that a misspelt setting is
// not silently the default.
func (f file) Validate(app *kong.Application) error {
	known := map[string]bool{}
	var visit func(n *kong.Node)
	visit = func(n *kong.Node) {
		for _, flag := range n.Flags {
			known[flag.Name] = true
		}
		for _, child := range n.Children {
			visit(child)
		}
	}
	visit(app.Node)
	var strange []string
	for key := range f {
		if !known[key] {
			strange = append(strange, key)
		}
	}
	if len(strange) > 0 {
		sort.Strings(strange)
		return fmt.Errorf("configuration file: unknown setting %s", strings.Join(strange, ", "))
	}
	return nil
}

// Resolve gives kong the file's value of a flag, or nil when the environment
// has one: kong itself would let the file win.
func (f file) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return nil, nil
		}
	}
	value, ok := f[flag.Name]
	if !ok || value == "" { // kong reads an empty path as the working folder
		return nil, nil
	}
	if list, ok := value.([]any); ok {
		parts := make([]string, len(list))
		for i, v := range list {
			parts[i] = fmt.Sprint(v)
		}
		return strings.Join(parts, ","), nil
	}
	return fmt.Sprint(value), nil
}

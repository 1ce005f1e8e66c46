// Package pledge is the commands on the files of crowdfunding: ask a wallet
// for a pledge, check pledges, put a claim together, all without a server.
package pledge

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/lighthouse/document"
)

// Cmd is `cairn pledge`.
type Cmd struct {
	Request  RequestCmd  `cmd:"" help:"Make the PSBT with which a wallet signs a pledge."`
	Check    CheckCmd    `cmd:"" help:"Check pledges, receipts and openings against their campaign."`
	Assemble AssembleCmd `cmd:"" help:"Put the claim of a campaign together from its pledges' files."`
}

// CoinFlags say whom to ask about coins.
type CoinFlags struct {
	Esplora string        `help:"Ask a server of the Esplora kind whether the coins exist and are unspent, by the address before /tx." placeholder:"URL"`
	Timeout time.Duration `help:"How long to wait for an answer." default:"10s"`
}

// maxFile bounds a file that is read, in bytes: the largest are openings.
const maxFile = 16 << 20

// maxFiles bounds how many files are read: a claim has no room for more.
const maxFiles = 10_000

// read is a file's bytes; "-" is standard input.
func read(out *terminal.Output, name string) ([]byte, error) {
	from := out.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("%w: more than %d bytes", document.ErrSize, maxFile)
	}
	return raw, nil
}

// expand takes the files out of folders, in the order of their names.
func expand(names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		info, err := os.Stat(name)
		if name == "-" || err == nil && !info.IsDir() {
			files = append(files, name)
			continue
		}
		if err != nil {
			return nil, err
		}
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() {
				files = append(files, filepath.Join(name, e.Name()))
			}
		}
	}
	if len(files) == 0 {
		return nil, terminal.UsageError("there are no files in it")
	}
	if len(files) > maxFiles {
		return nil, terminal.UsageError(fmt.Sprintf("%d files; at most %d", len(files), maxFiles))
	}
	return files, nil
}

// readCampaign reads the campaign's file.
func readCampaign(out *terminal.Output, name string) (document.Campaign, error) {
	raw, err := read(out, name)
	if err != nil {
		return document.Campaign{}, err
	}
	c, err := document.ReadCampaign(raw)
	if err != nil {
		return document.Campaign{}, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// levelName is how people call a level.
func levelName(level int) string {
	if level == 0 {
		return "the goal"
	}
	return fmt.Sprintf("level %d", level)
}

// unreadable says that a file itself could not be had, which says nothing of what
// is in it.
func unreadable(err error) bool {
	var path *os.PathError
	return errors.As(err, &path)
}

// sorted is a map's keys in order.
func sorted[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

package publiclog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/ots"
	"cairn/notary/tlog/audit"
	"cairn/notary/tlog/format"
)

// ReceiptCmd is `cairn log receipt`.
type ReceiptCmd struct {
	URL     string        `arg:"" help:"Address of the calendar's site, or of its log."`
	Proofs  []string      `arg:"" name:"file.ots" help:"Proofs from that calendar, pending or complete." type:"existingfile"`
	Timeout time.Duration `help:"How long to wait for an answer." default:"15s"`
}

// Help tells kong what stands below the flags.
func (ReceiptCmd) Help() string {
	return `The receipt of FILE.ots is FILE.receipt.txt: the log's signed promise that it has what the calendar promised, and from the
next checkpoint on, within a second, the proof. "cairn log verify URL --receipt FILE.receipt.txt" checks it.

Exit codes: 0 written; 1 the log does not have it, or what it says is not its receipt; 2 wrong use; 4 the log does not answer.`
}

// Run implements the command.
func (c *ReceiptCmd) Run(ctx context.Context, out *terminal.Output) error {
	server, err := audit.NewServer(c.URL, c.Timeout, 1)
	if err != nil {
		return terminal.UsageError(err.Error())
	}
	for _, name := range c.Proofs {
		written, err := c.fetch(ctx, server, name)
		if err != nil {
			return judge(out, false, err)
		}
		out.Say("%s", written)
	}
	return nil
}

// fetch asks for the receipt of one proof and writes it beside it.
func (c *ReceiptCmd) fetch(ctx context.Context, log *audit.Server, name string) (string, error) {
	entries, err := entriesOf(name)
	if err != nil {
		return "", err
	}
	target := strings.TrimSuffix(name, ".ots") + ".receipt.txt"
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is there already: remove it first", target)
	}
	for _, entry := range entries {
		text, err := audit.FetchReceipt(ctx, log, entry)
		if errors.Is(err, audit.ErrMissing) {
			continue
		} else if err != nil {
			return "", err
		}
		return target, os.WriteFile(target, text, 0o644)
	}
	return "", fmt.Errorf("%s has no receipt for %s: it is of another calendar", log, name)
}

// maxEntries is how many calendars of one proof are asked about.
const maxEntries = 16

// entriesOf lists what a proof promises to be in a log: its messages of the
// length of a commitment.
func entriesOf(name string) ([]format.Entry, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	file, err := ots.ParseFile(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var entries []format.Entry
	file.Timestamp.Walk(func(way []ots.Branch, _ *ots.Timestamp, _ ots.Attestation) bool {
		for _, branch := range way {
			if msg := branch.Result.Message(); len(msg) == format.EntrySize {
				if e := format.Entry(msg); !slices.Contains(entries, e) {
					entries = append(entries, e)
				}
			}
		}
		return len(entries) < maxEntries
	})
	return entries, nil
}

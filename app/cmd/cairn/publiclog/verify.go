package publiclog

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/tlog/audit"
	"cairn/notary/tlog/format"
)

// VerifyCmd is `cairn log verify`.
type VerifyCmd struct {
	Place   string   `arg:"" name:"url" help:"Address of the calendar's site, or of its log, or the folder of a copy."`
	State   string   `help:"File that keeps what was seen, so that the next check finds what is missing, and reads only what is new." placeholder:"FILE" type:"path"`
	Receipt []string `help:"A receipt that the log must honour; give it several times for several." placeholder:"FILE" type:"existingfile" sep:"none"`
	Flags
}

// Help tells kong what stands below the flags.
func (VerifyCmd) Help() string {
	return `It is checked that
  · the newest checkpoint is signed by the log's key; the first look takes the key from the log, shows it and, with
    --state, accepts no other ever after; with --key it need not be believed the first time either
  · everything seen at the last look is there, in the same order
  · all entries add up to what is signed, and so do the tiles
  · no entry claims an earlier time than the one before it, a time that has not come, or, if it was not in the log at the
    last look, a time before that look; clocks may differ by ten minutes
  · the anchors leave out no entry, are over the entries they name, and are in the blocks they name, whose times agree
  · the receipts are honoured

Exit codes: 0 proven; 1 refuted (one sentence says what was dropped, reordered or back-dated) or failed; 2 wrong use;
3 proven, but a receipt is too young to be in the log; 4 undecided: the log, the headers or the state cannot be read.`
}

// Run implements the command.
func (c *VerifyCmd) Run(ctx context.Context, out *terminal.Output) error {
	cfg, headers, err := c.config(c.Place)
	if err != nil {
		return err
	}
	if c.State != "" {
		cfg.State, err = audit.ReadState(c.State)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return judge(out, c.JSON, err)
		}
	}
	for _, name := range c.Receipt {
		text, err := readReceipt(name)
		if err != nil {
			return judge(out, c.JSON, err)
		}
		cfg.Receipts = append(cfg.Receipts, audit.Receipt{Name: name, Text: text})
	}
	end := watch(out, &cfg)
	result, err := audit.Verify(ctx, cfg)
	end()
	if err != nil {
		return judge(out, c.JSON, err)
	}
	if c.State != "" {
		if err := audit.WriteState(c.State, result.State); err != nil {
			return err
		}
	}
	if err := tell(out, c.JSON, result, headers); err != nil {
		return err
	}
	if c.State == "" && !c.JSON {
		out.Remark("with --state FILE the next check finds what is missing since this one")
	}
	return verdictOf(result)
}

// readReceipt reads a file of at most format.MaxReceipt bytes.
func readReceipt(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > format.MaxReceipt {
		return nil, &audit.Error{Kind: audit.ErrNoReceipt, Text: name + " is too large to be one"}
	}
	return os.ReadFile(name)
}

// verdictOf is the exit of a log that was not refuted.
func verdictOf(r *audit.Result) error {
	for _, receipt := range r.Receipts {
		if !receipt.Found {
			return terminal.SilentExit(terminal.ExitPending)
		}
	}
	if r.Anchors > 0 && !r.Blocks {
		return terminal.SilentExit(terminal.ExitUndecided)
	}
	return nil
}

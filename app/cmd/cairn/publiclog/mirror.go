package publiclog

import (
	"context"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/tlog/audit"
)

// MirrorCmd is `cairn log mirror`.
type MirrorCmd struct {
	URL    string `arg:"" help:"Address of the calendar's site, or of its log."`
	Folder string `arg:"" help:"Folder of the copy; made when it is missing." type:"path"`
	Flags
}

// Help tells kong what stands below the flags.
func (MirrorCmd) Help() string {
	return `The copy is files in the layout of c2sp.org/tlog-tiles, so any web server can serve it as a log, and
"cairn log verify FOLDER" checks it without the calendar. Everything is checked as "cairn log verify" does, against the
last update, and nothing in the copy changes when something is wrong; what was received then stays in FOLDER/.incoming.

Exit codes: 0 copied and proven; 1 refuted or failed; 2 wrong use; 4 undecided: the log or the headers cannot be read.`
}

// Run implements the command.
func (c *MirrorCmd) Run(ctx context.Context, out *terminal.Output) error {
	cfg, headers, err := c.config(c.URL)
	if err != nil {
		return err
	}
	end := watch(out, &cfg)
	result, err := audit.Mirror(ctx, cfg, c.Folder)
	end()
	if err != nil {
		return judge(out, c.JSON, err)
	}
	if err := tell(out, c.JSON, result, headers); err != nil {
		return err
	}
	return verdictOf(result)
}

package app

import (
	"time"

	"cairn/chain/node"
	"cairn/channels/lab"
)

// fiveHold is how long each node of the line keeps the onion, for the eye.
const fiveHold = 600 * time.Millisecond

// openFive makes the line of five nodes that visitors of the devnet may start.
// It has a chain of its own, so that the blocks it needs are nobody else's; nil
// where nodes cannot be processes of their own.
func (a *App) openFive() *lab.Show {
	if a.devnet == nil || a.opts.NodeDriver == node.InProcess || a.cfg.Node.Remote != "" {
		return nil
	}
	show := lab.NewShow(lab.ShowConfig{FiveConfig: lab.FiveConfig{
		Config: lab.Config{Dir: a.folder.file("five"), Now: a.now, Log: a.log.With("part", "five")},
		Hold:   fiveHold,
	}})
	a.closing(show.Close)
	return show
}

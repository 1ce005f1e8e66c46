package web

import "cairn/channels/lab/line"

// Five is the line of five nodes that visitors of the sandbox share; lab.Show is
// one.
type Five interface {
	// Film is what there is to see after a frame of a run, and all of the present
	// run for another.
	Film(run, after int) line.Film
	// Do begins an act and returns at once. Errors: line.ErrNotNow, line.ErrNoAct.
	Do(act line.Act) error
}

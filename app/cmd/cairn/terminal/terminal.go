// Package terminal is what the commands of cairn share: where they write, how
// they tell how far they are, and what their exit codes mean.
package terminal

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Output is where a command writes: results to Stdout, for people or as JSON,
// and remarks to Stderr, so that results can be piped.
type Output struct {
	Stdout, Stderr io.Writer
	// Stdin is what "-" stands for.
	Stdin io.Reader
	// Quiet drops remarks and progress, not results and not errors.
	Quiet bool
}

// New is the process's own output.
func New() *Output { return &Output{Stdout: os.Stdout, Stderr: os.Stderr, Stdin: os.Stdin} }

// Say writes one line of the result.
func (o *Output) Say(format string, args ...any) { fmt.Fprintf(o.Stdout, format+"\n", args...) }

// Remark writes one line that is not part of the result.
func (o *Output) Remark(format string, args ...any) {
	if !o.Quiet {
		o.Complain(format, args...)
	}
}

// Complain writes one line about something that went wrong while the command
// goes on.
func (o *Output) Complain(format string, args ...any) {
	fmt.Fprintf(o.Stderr, "cairn: "+format+"\n", args...)
}

// JSON writes the result as one indented JSON value.
func (o *Output) JSON(value any) error {
	encoder := json.NewEncoder(o.Stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// Line writes one JSON value on one line, for results that come one by one.
func (o *Output) Line(value any) error {
	encoder := json.NewEncoder(o.Stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// Exit codes. The first three mean the same for every command; the others
// belong to the commands that work with proofs, whose help tells them.
const (
	ExitOK    = 0
	ExitFail  = 1 // it failed, or was refuted
	ExitUsage = 2
	// ExitPending: nothing is wrong, but the proof is not complete yet.
	ExitPending = 3
	// ExitUndecided: it could not be checked, so nothing is known.
	ExitUndecided = 4
	// ExitPartly: some of what was named could not be read; the rest is done.
	ExitPartly = 5
)

// SilentExit is an exit code whose reason was printed already.
type SilentExit int

// Error implements error, with nothing to add.
func (SilentExit) Error() string { return "" }

// ExitCode is the process's exit code.
func (e SilentExit) ExitCode() int { return int(e) }

// UsageError is a command line that parses and still makes no sense.
type UsageError string

// Error implements error.
func (e UsageError) Error() string { return string(e) }

// ExitCode is the process's exit code.
func (UsageError) ExitCode() int { return ExitUsage }

package main

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
}

func newOutput() *Output { return &Output{Stdout: os.Stdout, Stderr: os.Stderr} }

// Say writes one line of the result.
func (o *Output) Say(format string, args ...any) { fmt.Fprintf(o.Stdout, format+"\n", args...) }

// Remark writes one line that is not part of the result.
func (o *Output) Remark(format string, args ...any) {
	fmt.Fprintf(o.Stderr, "cairn: "+format+"\n", args...)
}

// JSON writes the result as one indented JSON value.
func (o *Output) JSON(value any) error {
	encoder := json.NewEncoder(o.Stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// Exit codes. The first three mean the same for every command; the other two
// belong to the commands that work with proofs, whose help tells them.
const (
	exitOK    = 0
	exitFail  = 1 // it failed, or was refuted
	exitUsage = 2
	// exitPending: nothing is wrong, but the proof is not complete yet.
	exitPending = 3
	// exitUndecided: it could not be checked, so nothing is known.
	exitUndecided = 4
)

// silentExit is an exit code whose reason was printed already.
type silentExit int

// Error implements error, with nothing to add.
func (silentExit) Error() string { return "" }

// ExitCode is the process's exit code.
func (e silentExit) ExitCode() int { return int(e) }

// usageError is a command line that parses and still makes no sense.
type usageError string

// Error implements error.
func (e usageError) Error() string { return string(e) }

// ExitCode is the process's exit code.
func (usageError) ExitCode() int { return exitUsage }

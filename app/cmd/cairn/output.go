package main

import "cairn/app/cmd/cairn/terminal"

// Output is where a command writes; see package terminal.
type Output = terminal.Output

// The exit codes that every command shares, and an exit that was explained
// already.
const (
	exitOK    = terminal.ExitOK
	exitFail  = terminal.ExitFail
	exitUsage = terminal.ExitUsage
)

type silentExit = terminal.SilentExit

func newOutput() *Output { return terminal.New() }

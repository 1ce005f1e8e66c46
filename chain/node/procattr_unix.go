//go:build unix && !linux

package node

import "syscall"

// procAttr puts the child into its own process group, so that Ctrl-C in a
// terminal reaches the supervisor alone.
func procAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

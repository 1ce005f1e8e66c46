package node

import "syscall"

// procAttr puts the child into its own process group, so that Ctrl-C in a
// terminal reaches the supervisor alone, and has the kernel kill it when the
// thread that started it dies.
func procAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

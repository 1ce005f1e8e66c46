//go:build !unix

package node

import "syscall"

// procAttr has nothing to add here; the child ends with its standard input.
func procAttr() *syscall.SysProcAttr { return nil }

package calendartest

import (
	"syscall"
	"time"
)

// CPU is the processor time this process has used. Unlike the time that
// passes it does not grow with what else the machine does, so it says how a
// figure was come by.
func CPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

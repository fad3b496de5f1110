package bench

import (
	"syscall"
	"time"
)

// pause sleeps in the kernel, which is late by some 50 µs only. It may return
// early.
func pause(d time.Duration) {
	wait := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&wait, nil) // interrupted: the caller looks at the clock
}

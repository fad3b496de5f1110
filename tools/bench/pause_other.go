//go:build !linux

package bench

import "time"

// pause sleeps about as long.
func pause(d time.Duration) { time.Sleep(d) }

//go:build !unix

package bench

import "time"

// ownCPU returns 0: the processor time of the clients is not known here.
func ownCPU() time.Duration { return 0 }

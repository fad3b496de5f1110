//go:build !linux

package bench

// kernelMemory returns 0: it is known on Linux only.
func kernelMemory() uint64 { return 0 }

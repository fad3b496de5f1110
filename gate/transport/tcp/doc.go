// Package tcp carries connections over TCP.
//
// It owns the sockets and nothing else: no record, frame or user is known
// here, and no goroutine is started. An idle connection costs its socket and
// the goroutine that reads it, but no read buffer: the reader waits for
// readiness and takes a buffer only when there are bytes. That needs direct
// system calls, which exist on every Unix (raw_unix.go); elsewhere a correct
// but less frugal form is compiled (raw_other.go).
//
// It may import gate/transport and the standard library. It must never log,
// retry, or decide how long to wait: callers do, with deadlines.
package tcp

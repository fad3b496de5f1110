package tcp

import (
	"errors"
	"slices"
	"syscall"
)

// AcceptError is why a connection could not be accepted.
type AcceptError struct {
	Err error // of the operating system
}

// Error implements error.
func (e *AcceptError) Error() string {
	return "tcp: accept: " + e.Err.Error()
}

// Unwrap returns the error of the operating system.
func (e *AcceptError) Unwrap() error {
	return e.Err
}

// Temporary reports whether the listener is still good, so that an accept loop
// should pause a moment and go on: the process or the machine is out of
// descriptors (EMFILE, ENFILE) or memory (ENOBUFS, ENOMEM), or the peer left
// the queue before it was accepted (ECONNABORTED, ECONNRESET). Everything else
// means the listener is of no more use.
func (e *AcceptError) Temporary() bool {
	return slices.ContainsFunc(temporary(), func(errno syscall.Errno) bool {
		return errors.Is(e.Err, errno)
	})
}

// temporary lists what passes by itself.
func temporary() []syscall.Errno {
	return []syscall.Errno{
		syscall.EMFILE, syscall.ENFILE,
		syscall.ENOBUFS, syscall.ENOMEM,
		syscall.ECONNABORTED, syscall.ECONNRESET,
		syscall.EINTR,
	}
}

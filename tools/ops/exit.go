package ops

import (
	"context"
	"errors"
)

// The exit codes of every command.
const (
	ExitOK              = 0
	ExitFailed          = 1
	ExitUsage           = 2 // wrong flags or configuration
	ExitUnreachable     = 3 // nobody answers at the address
	ExitRefused         = 4 // the other side said no, or is not who it should be
	ExitNotAcknowledged = 5 // sent, and not known to be stored
	ExitInterrupted     = 130
)

// ErrInterrupted is the cause of a context that a signal ended.
var ErrInterrupted = errors.New("interrupted")

// ExitError gives an error an exit code.
type ExitError struct {
	Code int
	Err  error
}

// Error implements error.
func (e *ExitError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ExitError) Unwrap() error { return e.Err }

// Exit returns err with an exit code, nil for nil.
func Exit(code int, err error) error {
	if err == nil {
		return nil
	}
	return &ExitError{Code: code, Err: err}
}

// ExitCode returns the code a command ends with after err.
func ExitCode(err error) int {
	var coded *ExitError
	var usage *UsageError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &usage):
		return ExitUsage
	case errors.As(err, &coded):
		return coded.Code
	case errors.Is(err, ErrInterrupted), errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	return ExitFailed
}

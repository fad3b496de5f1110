package rpc

import (
	"errors"
	"fmt"

	"github.com/sim-im/sim/msgdef"
)

// Error is the only kind of error that crosses a contract.
type Error struct {
	Code   msgdef.ErrorCode
	Detail string // for people and logs; never parsed
	Retry  uint32 // milliseconds until it is worth repeating, with a 4xx code; 0 leaves it to the caller
	Undone bool   // nothing of the call was done, for certain: it may be made elsewhere
}

// Errorf returns an *Error with a formatted detail.
func Errorf(code msgdef.ErrorCode, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Error implements error.
func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Code.String()
	}
	return e.Code.String() + ": " + e.Detail
}

// CodeOf returns the code that err carries: CodeOK for nil and CodeUnavailable
// for an error that did not come through a contract.
func CodeOf(err error) msgdef.ErrorCode {
	if err == nil {
		return msgdef.CodeOK
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return msgdef.CodeUnavailable
}

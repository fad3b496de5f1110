package client

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/sim-im/sim/msgdef"
)

// Errors of a connection. Status.Err and the errors of Connect wrap one of
// them, or an *Error of the server.
var (
	ErrUnreachable = errors.New("client: server cannot be reached")
	ErrUntrusted   = errors.New("client: server is not certified by the roots given")
	ErrProtocol    = errors.New("client: server broke the protocol")
	ErrSilent      = errors.New("client: server stopped answering")
	ErrRefused     = errors.New("client: refused by the server") // handshake or login; wraps an *Error
	ErrKicked      = errors.New("client: ended by the server")   // wraps an *Error
	ErrClosed      = errors.New("client: closed")
	ErrToken       = errors.New("client: TokenSource gave no token")

	// ErrUnconfirmed stands beside ErrUntrusted, and beside a refusal that was not
	// said under a gate's keys: anybody on the way may have said it, a captive portal
	// too. Nothing is given up because of it.
	ErrUnconfirmed = errors.New("unconfirmed, anybody on the way may say so")
)

// Errors of a send or a request.
var (
	// ErrQueueFull: as much is under way as Options allow. Nothing was queued.
	ErrQueueFull = errors.New("client: queue is full")

	// ErrStopped: reconnecting has stopped, so nothing will be sent. It wraps
	// the reason.
	ErrStopped = errors.New("client: stopped")

	// ErrOutcomeUnknown stands beside the reason when a message was given up
	// after it had been on a wire: the server may have stored it.
	ErrOutcomeUnknown = errors.New("client: may have been sent")

	// ErrKept stands beside the reason when the client has ended and a message of
	// Queue has not: the next client with the state goes on with it.
	ErrKept = errors.New("client: kept for the next start")

	// ErrExpired: a message waited longer than Options.SendExpiry, or than its own
	// time in QueueUntil.
	ErrExpired = errors.New("client: send expired")

	// ErrDisconnected: a request lost its connection twice, or there is none for
	// a frame of an application.
	ErrDisconnected = errors.New("client: disconnected")

	// ErrCodec: a message of an application has no encoding that its connection
	// speaks.
	ErrCodec = errors.New("client: not in the codec of the connection")

	// ErrArgument: an argument that no server takes.
	ErrArgument = errors.New("client: bad argument")
)

// Errors of a State.
var (
	// ErrStateLocked: another client, of this or another process, has it open.
	ErrStateLocked = errors.New("client: state is in use")

	// ErrStateDamaged: what was saved cannot be understood.
	ErrStateDamaged = errors.New("client: state is damaged")

	// ErrStateMismatch: the state belongs to another account or device than
	// Options name.
	ErrStateMismatch = errors.New("client: state belongs to another account or device")
)

// errMoved ends a session that GoAway asked to end.
var errMoved = errors.New("client: moving to another gate")

// mostExpiry is how long a message may wait to be sent. After a week servers may
// have forgotten the name under which it is stored once.
const mostExpiry = 6 * 24 * time.Hour

// maxRetry bounds how long a server may tell a client to wait.
const maxRetry = 10 * time.Minute

// Error is what the server answers when it does not do what was asked.
type Error struct {
	Code   msgdef.ErrorCode
	Retry  time.Duration // with a 4xx code, how long to wait; 0 when the server does not say
	Detail string        // for people; never parsed
}

// Error implements error.
func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Code.String()
	}
	return e.Code.String() + ": " + e.Detail
}

// newError takes retry in milliseconds, as frames carry it. Detail is copied,
// and loses what could play tricks on a terminal.
func newError(code msgdef.ErrorCode, retry uint32, detail string) *Error {
	wait := min(time.Duration(retry)*time.Millisecond, maxRetry)
	return &Error{Code: code, Retry: wait, Detail: strings.Map(printable, strings.Clone(detail))}
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}

// class returns the hundred of a code: 1 to 4, see msgdef.
func class(code msgdef.ErrorCode) int { return int(code) / 100 }

// protocolError says what the server did wrong.
func protocolError(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrProtocol, fmt.Errorf(format, args...))
}

package chat

import (
	"context"
	"errors"
	"fmt"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// Kind tells failures apart, for exit codes and error events.
type Kind uint8

// The kinds of failures.
const (
	Failed          Kind = iota // anything else
	Usage                       // a line or an option that makes no sense
	Unreachable                 // no sim server answers at the address
	Refused                     // the server said no, or is not who it should be
	NotAcknowledged             // sent, and not known to be stored
)

// String returns the code that error events carry when the server gave none.
func (k Kind) String() string {
	switch k {
	case Usage:
		return "usage"
	case Unreachable:
		return "unreachable"
	case Refused:
		return "refused"
	case NotAcknowledged:
		return "not_acknowledged"
	}
	return "failed"
}

// KindOf returns the kind of an error of this package.
func KindOf(err error) Kind {
	var line *LineError
	var options *client.OptionsError
	var server *client.Error
	switch {
	case errors.As(err, &line), errors.As(err, &options), errors.Is(err, client.ErrArgument):
		return Usage
	case errors.Is(err, errNotAcknowledged):
		return NotAcknowledged
	case errors.Is(err, client.ErrUntrusted), errors.As(err, &server), errors.Is(err, client.ErrMedia) && !errors.Is(err, context.DeadlineExceeded):
		return Refused
	case errors.Is(err, client.ErrUnreachable), errors.Is(err, client.ErrSilent), errors.Is(err, client.ErrProtocol),
		errors.Is(err, client.ErrDisconnected), errors.Is(err, context.DeadlineExceeded):
		return Unreachable
	}
	return Failed
}

// codeOf returns the server's name for an error, or that of its kind.
func codeOf(err error) string {
	var server *client.Error
	kind := KindOf(err)
	switch {
	case errors.Is(err, client.ErrUntrusted):
		return "untrusted"
	case kind == Refused && errors.As(err, &server):
		return server.Code.String()
	}
	return kind.String()
}

// errNotAcknowledged marks a send whose message may or may not be stored.
var errNotAcknowledged = errors.New("not acknowledged")

// unsent is the error of a send: what the server refused for good is refused,
// everything else is not known to be stored.
func unsent(to string, err error) error {
	var server *client.Error
	if errors.As(err, &server) && server.Code < msgdef.CodeBusy {
		return fmt.Errorf("to %s: %w", to, err)
	}
	return fmt.Errorf("to %s: %w: %w", to, errNotAcknowledged, err)
}

// unanswered is the error of a question to the server.
func unanswered(question string, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: the server does not answer: %w", question, err)
	}
	return fmt.Errorf("%s: %w", question, err)
}

// explain says what a failed login means for the user. The cause stays inside.
func (o Options) explain(err error) error {
	var server *client.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, client.ErrUntrusted):
		return fmt.Errorf("%s is not the server that the roots certify: give the right --roots, or somebody is in between: %w", o.servers(), err)
	case errors.As(err, &server) && server.Code == msgdef.CodeBadCredentials:
		return fmt.Errorf("wrong password for %s: %w", o.User, err)
	case errors.Is(err, client.ErrProtocol):
		return fmt.Errorf("what answers at %s is no sim gate: %w", o.servers(), err)
	case KindOf(err) == Unreachable:
		return fmt.Errorf("nobody answers at %s; `sim dev` starts a server: %w", o.servers(), err)
	}
	return err
}

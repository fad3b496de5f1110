package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// MaxText is how many bytes of a message a notification shows.
const MaxText = 256

// Provider brings notifications to devices. Push may be called from any
// goroutine.
type Provider interface {
	// Push returns nil when the provider has taken the notification for good. A
	// *Error says what else is to be done; any other error, a context's too, means
	// Retry. It returns soon after ctx has ended. n is the caller's and is only read
	// until Push returns.
	Push(ctx context.Context, n *Notification) error
}

// Notification is one push to one device.
type Notification struct {
	// ID is the same for every attempt at this push, and no other push has it: 36
	// bytes of letters, digits and "_". Receivers drop repeats by it.
	ID string

	UID    uint64
	Device uint64
	Token  []byte // as the provider handed it to the device; secret

	From         string // account of the sender
	Conversation msgdef.Conversation
	CSeq         uint64 // of the message in the conversation
	USeq         uint64 // of the message for the user
	Kind         msgdef.ContentKind
	Text         string // UTF-8, at most MaxText bytes, cut at a character; "" unless Kind is text
	At           time.Time
}

// Verdict is what a provider says of a notification it did not take.
type Verdict uint8

// The verdicts. A value of none of these means Retry.
const (
	Retry     Verdict = 1 // later, the same again
	TokenDead Verdict = 2 // never again to this token
	Refused   Verdict = 3 // not this one, whatever is done
)

// String returns the name used as a metric's label.
func (v Verdict) String() string {
	switch v {
	case TokenDead:
		return "token_dead"
	case Refused:
		return "refused"
	}
	return "retry"
}

// Error is why a notification was not taken.
type Error struct {
	Verdict Verdict
	After   time.Duration // with Retry: nothing is taken before that; 0 leaves it to the caller
	Cause   error
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%v: %v", e.Verdict, e.Cause) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Judge returns what an error of Push asks for.
func Judge(err error) (v Verdict, after time.Duration) {
	var e *Error
	if errors.As(err, &e) && (e.Verdict == TokenDead || e.Verdict == Refused) {
		return e.Verdict, 0
	}
	if e != nil {
		return Retry, e.After
	}
	return Retry, 0
}

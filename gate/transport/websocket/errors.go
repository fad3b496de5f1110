package websocket

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/coder/websocket"
)

// Reason says why a connection did not come to be, or had to end. It is the
// label of a counter.
type Reason string

// Reasons not to let a connection in.
const (
	ReasonCrowded     Reason = "crowded"     // too many were on their way already
	ReasonLimited     Reason = "limited"     // Options.Admits said no
	ReasonRequest     Reason = "request"     // no request in time, or none that can be read
	ReasonPath        Reason = "path"        // another path than that of the listener
	ReasonQuery       Reason = "query"       // a query string, where a token might be
	ReasonOrigin      Reason = "origin"      // a page of a site that is not allowed
	ReasonSubprotocol Reason = "subprotocol" // Subprotocol is not among those offered
	ReasonHandshake   Reason = "handshake"   // not an upgrade of RFC 6455
	ReasonUnaccepted  Reason = "unaccepted"  // nobody called Accept in time, or the listener closed
)

// Reasons to end one.
const (
	ReasonText      Reason = "text"      // a text message
	ReasonOversized Reason = "oversized" // a message of more than MessageSize bytes
)

// MessageError ends a connection whose peer sent what has no place in it. The
// peer gets a close code: 1003 for text, 1009 for size.
type MessageError struct {
	Reason Reason
}

// Error implements error.
func (e *MessageError) Error() string {
	if e.Reason == ReasonText {
		return "websocket: the peer sent a text message, where only binary ones are"
	}
	return fmt.Sprintf("websocket: the peer sent a message of more than %d bytes", MessageSize)
}

// PeerError ends a connection that the peer closed for a reason.
type PeerError struct {
	Code   int    // of RFC 6455, 7.4
	Reason string // what the peer wrote, at most 123 bytes
}

// Error implements error.
func (e *PeerError) Error() string {
	return fmt.Sprintf("websocket: the peer closed with %d %q", e.Code, e.Reason)
}

// Unwrap returns syscall.ECONNRESET: the end was not an orderly one.
func (e *PeerError) Unwrap() error { return syscall.ECONNRESET }

// RefusedError is why a dial failed: there is a server and it did not upgrade.
type RefusedError struct {
	Addr   string // that was dialled
	Status int    // of HTTP
	Answer string // the beginning of what the server wrote
}

// Error implements error.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("websocket: dial %s: HTTP status %d: %q", e.Addr, e.Status, e.Answer)
}

// PlaintextError is why Listen refuses an address that others reach when there
// is no TLS.
type PlaintextError struct {
	Addr string // that was to be listened at
}

// Error implements error.
func (e *PlaintextError) Error() string {
	return fmt.Sprintf("websocket: %s is reached from other machines, and ws without TLS is for this one: "+
		"give a certificate and a key, or listen at an address like 127.0.0.1:7104 and have a proxy there end TLS", e.Addr)
}

// translate turns an error of the library into one that callers know from TCP.
func translate(what string, err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("websocket: %s: %w", what, os.ErrDeadlineExceeded)
	case errors.Is(err, syscall.ETIMEDOUT):
		return fmt.Errorf("websocket: %s: %w", what, syscall.ETIMEDOUT)
	}
	// The library's errors wrap io.EOF and net.ErrClosed, which would say that
	// the end was orderly, or that this side closed.
	return fmt.Errorf("websocket: %s: %w: %v", what, syscall.ECONNRESET, err) //nolint:errorlint // see above
}

func readError(err error) error { return translate("read", err) }

func writeError(err error) error { return translate("write", err) }

// orderly reports whether the peer ended the connection as one does. A page that
// calls close() without a code sends none.
func orderly(err error) bool {
	switch websocket.CloseStatus(err) {
	case websocket.StatusNormalClosure, websocket.StatusGoingAway, websocket.StatusNoStatusRcvd:
		return true
	}
	return false
}

package quic

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	quicgo "github.com/quic-go/quic-go"

	"github.com/sim-im/sim/gate/transport"
)

// Reason says why a connection did not come to be. It is the label of a counter.
type Reason string

// Reasons of both ends.
const (
	ReasonProtocol    Reason = "protocol"    // no common protocol name (ALPN)
	ReasonCertificate Reason = "certificate" // the client refuses what the gate presents
	ReasonVersion     Reason = "version"     // no common version of QUIC
	ReasonTimeout     Reason = "timeout"     // the handshake took too long
	ReasonRefused     Reason = "refused"     // nobody listens, or the gate takes no more
	ReasonOther       Reason = "other"
)

// Reasons of listeners only.
const (
	ReasonCrowded    Reason = "crowded"    // too many were on their way already
	ReasonLimited    Reason = "limited"    // Options.Admits said no
	ReasonNoStream   Reason = "no-stream"  // no main stream in time
	ReasonBadStream  Reason = "bad-stream" // the main stream began wrongly
	ReasonUnaccepted Reason = "unaccepted" // nobody called Accept in time, or the listener closed
)

// HandshakeError is why a dial failed.
type HandshakeError struct {
	Addr   string // that was dialled
	Reason Reason
	Err    error
}

// Error implements error.
func (e *HandshakeError) Error() string {
	return fmt.Sprintf("quic: dial %s: %s: %v", e.Addr, e.Reason, e.Err)
}

// Unwrap returns what quic-go, crypto/tls or the system said.
func (e *HandshakeError) Unwrap() error {
	return e.Err
}

// Alerts of TLS (RFC 8446, 6).
const (
	alertBadCertificate        = 42
	alertCertificateUnknown    = 46
	alertUnknownCA             = 48
	alertDecryptError          = 51
	alertCertificateRequired   = 116
	alertNoApplicationProtocol = 120

	cryptoError = 0x100 // of QUIC, plus the alert
)

// classify tells the reason of a failed handshake.
func classify(err error) Reason {
	var (
		timeout *quicgo.HandshakeTimeoutError
		idle    *quicgo.IdleTimeoutError
		version *quicgo.VersionNegotiationError
		failed  *quicgo.TransportError
	)
	switch {
	case errors.As(err, &timeout), errors.As(err, &idle), errors.Is(err, context.DeadlineExceeded):
		return ReasonTimeout
	case errors.As(err, &version):
		return ReasonVersion
	case errors.Is(err, syscall.ECONNREFUSED):
		return ReasonRefused
	case errors.As(err, &failed):
		return classifyCode(failed.ErrorCode)
	}
	return ReasonOther
}

// classifyCode tells the reason behind a code of QUIC.
func classifyCode(code quicgo.TransportErrorCode) Reason {
	switch alert := int64(code) - cryptoError; {
	case code == quicgo.ConnectionRefused:
		return ReasonRefused
	case alert == alertNoApplicationProtocol:
		return ReasonProtocol
	case alert >= alertBadCertificate && alert <= alertCertificateUnknown,
		alert == alertUnknownCA, alert == alertDecryptError, alert == alertCertificateRequired:
		return ReasonCertificate
	}
	return ReasonOther
}

// translate turns an error of an established connection into one that callers
// know from TCP: os.ErrDeadlineExceeded, the error of a context, ETIMEDOUT for
// a peer that was silent too long, and ECONNRESET for every other end that was
// not orderly.
func translate(what string, err error) error {
	var idle *quicgo.IdleTimeoutError
	var ended *quicgo.ApplicationError
	switch {
	case errors.As(err, &ended) && !ended.Remote && ended.ErrorCode == codeIgnored:
		return fmt.Errorf("quic: %s: %w: the gate has not accepted", what, syscall.ETIMEDOUT)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("quic: %s: %w", what, os.ErrDeadlineExceeded)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("quic: %s: %w", what, err)
	case errors.Is(err, transport.ErrClosed):
		return err
	case errors.As(err, &idle):
		return fmt.Errorf("quic: %s: %w: %v", what, syscall.ETIMEDOUT, err) //nolint:errorlint // see below
	}
	// quic-go's errors wrap net.ErrClosed, which would say that this side closed.
	return fmt.Errorf("quic: %s: %w: %v", what, syscall.ECONNRESET, err) //nolint:errorlint // see above
}

// writeError translates why a stream takes no more bytes. A connection that the
// peer ended in an orderly way is EPIPE, as with TCP.
func writeError(err error) error {
	var done *quicgo.ApplicationError
	if errors.As(err, &done) && done.ErrorCode == codeDone {
		return fmt.Errorf("quic: write: %w", syscall.EPIPE)
	}
	return translate("write", err)
}

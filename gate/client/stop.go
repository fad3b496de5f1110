package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// stops reports whether an error ends reconnecting. That takes the word of a
// gate under keys that only a certified gate can have:
//
//	the server sent Kicked                               whatever its code
//	version, suite, codec, downgrade       103 to 106    in answer to Login; inside TLS to Hello too
//	a certificate for newer versions       103           by the handshake, where its owner has shown the key
//	credentials, account, device, banned,
//	replaced, revoked, upgrade             2xx           in login or later; doc.go has the kinds
//	login refused for good                 3xx
//
// Everything else is worth another try: an unreachable or silent server, broken
// bytes, 4xx; and whatever is ErrUnconfirmed, though slowly.
func stops(err error) bool {
	if errors.Is(err, ErrUnconfirmed) {
		return false
	}
	if errors.Is(err, ErrKicked) || errors.Is(err, ErrClosed) {
		return true
	}
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	if e.Code >= msgdef.CodeVersion && e.Code <= msgdef.CodeDowngrade {
		return true
	}
	return class(e.Code) == 2 || class(e.Code) == 3
}

// Where nobody has shown a gate's key, what is said counts for this much: so long
// may it have a client wait, and so far apart are tries where it would end them if
// it were true.
const (
	mostUnconfirmedRetry = time.Minute
	mostUnconfirmed      = 5 * time.Minute
)

// hopeless reports whether an error would stop reconnecting, if it were confirmed.
func hopeless(err error) bool {
	return errors.Is(err, ErrUnconfirmed) && !errors.Is(err, ErrBusy)
}

// handshakeError gives an error of secure its place among ours.
func handshakeError(err error) error {
	var refused *secure.RefusedError
	switch {
	case errors.As(err, &refused):
		e := refusedError(refused)
		e.Retry = min(e.Retry, mostUnconfirmedRetry)
		return unconfirmed(ErrRefused, e)
	case errors.Is(err, secure.ErrMinVersion): // of who has shown the key
		return fmt.Errorf("%w: %w", ErrRefused, newError(msgdef.CodeVersion, 0, err.Error()))
	case untrusted(err):
		return unconfirmed(ErrUntrusted, err)
	}
	return fmt.Errorf("%w: %w", ErrProtocol, err)
}

// insideError is handshakeError for what came inside TLS, whose gate is certified.
func insideError(err error) error {
	var refused *secure.RefusedError
	if errors.As(err, &refused) {
		return fmt.Errorf("%w: %w", ErrRefused, refusedError(refused))
	}
	return handshakeError(err)
}

func refusedError(refused *secure.RefusedError) *Error {
	return newError(refused.Refusal.Code, refused.Refusal.RetryAfter, "handshake")
}

// unconfirmed marks what anybody may have said.
func unconfirmed(kind, err error) error {
	return fmt.Errorf("%w (%w): %w", kind, ErrUnconfirmed, err)
}

// dialError gives an error of a Dialer its place among ours. Inside TLS that is
// where a certificate is judged, before its owner has shown the key.
func dialError(address string, err error) error {
	switch at := fmt.Errorf("%s: %w", address, err); {
	case errors.Is(err, secure.ErrMinVersion):
		return unconfirmed(ErrRefused, newError(msgdef.CodeVersion, 0, at.Error()))
	case untrusted(err), errors.Is(err, secure.ErrALPN),
		errors.Is(err, secure.ErrExpired), errors.Is(err, secure.ErrNotYetValid):
		return handshakeError(at)
	}
	return fmt.Errorf("%w: %s: %w", ErrUnreachable, address, err)
}

// untrusted tells certificates of strangers, and of gates whose certificate holds
// no more. One outside its time may only wait for a gate's next key, or for this
// clock.
func untrusted(err error) bool {
	return errors.Is(err, secure.ErrUnknownRoot) || errors.Is(err, secure.ErrSignature) ||
		errors.Is(err, secure.ErrOtherKey) || errors.Is(err, secure.ErrRevoked)
}

package client

import (
	"errors"
	"fmt"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// stops reports whether an error ends reconnecting:
//
//	the server sent Kicked                               whatever its code
//	no root signed the gate's certificate                ErrUntrusted
//	version, suite, codec, downgrade       103 to 106    in handshake or login
//	credentials, account, device, banned,
//	replaced, upgrade                      2xx           in login or later; doc.go has the kinds
//	login refused for good                 3xx
//
// Everything else is worth another try: an unreachable or silent server, broken
// bytes, 4xx.
func stops(err error) bool {
	if errors.Is(err, ErrKicked) || errors.Is(err, ErrUntrusted) || errors.Is(err, ErrClosed) {
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

// handshakeError gives an error of secure its place among ours.
func handshakeError(err error) error {
	var refused *secure.RefusedError
	switch {
	case errors.As(err, &refused):
		r := refused.Refusal
		return fmt.Errorf("%w: %w", ErrRefused, newError(r.Code, r.RetryAfter, "handshake"))
	case errors.Is(err, secure.ErrMinVersion):
		return fmt.Errorf("%w: %w", ErrRefused, newError(msgdef.CodeVersion, 0, err.Error()))
	case errors.Is(err, secure.ErrDowngrade):
		return fmt.Errorf("%w: %w", ErrRefused, newError(msgdef.CodeDowngrade, 0, err.Error()))
	case untrusted(err):
		return fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	return fmt.Errorf("%w: %w", ErrProtocol, err)
}

// dialError gives an error of a Dialer its place among ours. Inside TLS that is
// where a certificate is judged.
func dialError(address string, err error) error {
	switch {
	case untrusted(err), errors.Is(err, secure.ErrMinVersion), errors.Is(err, secure.ErrALPN),
		errors.Is(err, secure.ErrExpired), errors.Is(err, secure.ErrNotYetValid):
		return handshakeError(fmt.Errorf("%s: %w", address, err))
	}
	return fmt.Errorf("%w: %s: %w", ErrUnreachable, address, err)
}

// untrusted tells certificates that another try will not make better. One
// outside its time may only wait for a gate's next key, or for this clock.
func untrusted(err error) bool {
	return errors.Is(err, secure.ErrUnknownRoot) || errors.Is(err, secure.ErrSignature) ||
		errors.Is(err, secure.ErrOtherKey) || errors.Is(err, secure.ErrRevoked)
}

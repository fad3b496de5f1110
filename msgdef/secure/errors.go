package secure

import (
	"errors"

	"github.com/sim-im/sim/msgdef"
)

// Errors of the handshake and of records. Each ends the connection; the peer
// is not told which it was.
var (
	ErrMalformed = errors.New("secure: malformed bytes")
	ErrAuth      = errors.New("secure: authentication failed")
	ErrKeyLimit  = errors.New("secure: key used beyond its limit")
	ErrDowngrade = errors.New("secure: both sides could have done better")
	ErrNoTicket  = errors.New("secure: the ticket is worth nothing here")
)

// Errors of a gate's certificate, as a client sees them.
var (
	ErrUnknownRoot = errors.New("secure: certificate of a root that is not trusted")
	ErrSignature   = errors.New("secure: certificate not signed by its root")
	ErrNotYetValid = errors.New("secure: certificate not yet valid")
	ErrExpired     = errors.New("secure: certificate expired")
	ErrRevoked     = errors.New("secure: certificate revoked")
	ErrOtherKey    = errors.New("secure: certificate is for another key")
	ErrMinVersion  = errors.New("secure: gate demands a newer protocol version")
	ErrALPN        = errors.New("secure: the peer speaks another protocol inside TLS")
)

// ErrOldGateKey is about a file that cannot be used any more.
var ErrOldGateKey = errors.New("no tls_key: the file is from before QUIC; remove it and have a new gate key made and certified")

// Errors of a caller that uses a value out of order.
var (
	ErrUnread  = errors.New("secure: the last record has frames that were not read")
	ErrSpent   = errors.New("secure: handshake already used")
	ErrBound   = errors.New("secure: session already bound")
	ErrUnbound = errors.New("secure: a resumed session has no keys before Bind")
	ErrNoBulk  = errors.New("secure: session has no bulk stream for this side, or it was taken")
)

// RefusedError is a handshake that could not start for a reason the client may
// be told. A gate gets it beside the packet to send; a client gets it from
// that packet, which is not authenticated: it is a hint only.
type RefusedError struct {
	Refusal msgdef.Refusal
}

// Error implements error.
func (e *RefusedError) Error() string {
	return "secure: handshake refused: " + e.Refusal.Code.String()
}

// Reason returns a short stable name of err for a metric: "auth" for ErrAuth,
// the code's name for a *RefusedError, "other" for an error of nobody here.
func Reason(err error) string {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return refused.Refusal.Code.String()
	}
	for _, r := range reasons() {
		if errors.Is(err, r.err) {
			return r.name
		}
	}
	return "other"
}

type reason struct {
	err  error
	name string
}

func reasons() []reason {
	return []reason{
		{ErrMalformed, "malformed"},
		{ErrAuth, "auth"},
		{ErrKeyLimit, "key_limit"},
		{ErrDowngrade, "downgrade"},
		{ErrNoTicket, "no_ticket"},
		{ErrUnknownRoot, "unknown_root"},
		{ErrSignature, "signature"},
		{ErrNotYetValid, "not_yet_valid"},
		{ErrExpired, "expired"},
		{ErrRevoked, "revoked"},
		{ErrOtherKey, "other_key"},
		{ErrMinVersion, "min_version"},
		{ErrALPN, "alpn"},
		{ErrUnread, "unread"},
		{ErrSpent, "spent"},
		{ErrBound, "bound"},
		{ErrNoBulk, "no_bulk"},
	}
}

package gate

import (
	"errors"
	"io"
	"time"
	"unicode/utf8"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
)

// refusal answers one frame with Error; the session goes on.
type refusal struct {
	of     msgdef.Type
	req    uint64 // the frame's Req, or Counter of a Send
	code   msgdef.ErrorCode
	retry  time.Duration
	detail string
}

// Error implements error.
func (r *refusal) Error() string { return "gate: " + r.of.String() + " refused: " + r.code.String() }

// frame returns what the client is told.
func (r *refusal) frame() *msgdef.Error {
	return &msgdef.Error{
		Of: uint16(r.of), Req: r.req, Code: r.code,
		RetryAfter: milliseconds(r.retry), Detail: clip(r.detail),
	}
}

// violation ends the connection. With a code, and where the state allows it,
// the client is told in an Error first.
type violation struct {
	reason Reason
	of     msgdef.Type
	code   msgdef.ErrorCode // CodeOK: the peer is not told
	retry  time.Duration
	detail string
}

// Error implements error.
func (v *violation) Error() string { return "gate: closing: " + v.reason.String() }

// frame returns what the client is told.
func (v *violation) frame() *msgdef.Error {
	return &msgdef.Error{
		Of: uint16(v.of), Code: v.code,
		RetryAfter: milliseconds(v.retry), Detail: clip(v.detail),
	}
}

// reasonOf names the reason behind an error of a connection.
func reasonOf(err error) Reason {
	var v *violation
	switch {
	case errors.As(err, &v):
		return v.reason
	case errors.Is(err, io.EOF):
		return ReasonPeer
	case errors.Is(err, transport.ErrClosed):
		return ReasonInternal // whoever closes gives a reason first
	case errors.Is(err, secure.ErrAuth):
		return ReasonAuth
	case errors.Is(err, secure.ErrKeyLimit):
		return ReasonKeyLimit
	case errors.Is(err, secure.ErrMalformed):
		return ReasonMalformed
	}
	return ReasonBroken
}

// failed turns an error of the route into the answer to a frame.
func (s *Server) failed(of msgdef.Type, req uint64, err error) *refusal {
	r := &refusal{of: of, req: req, code: rpc.CodeOf(err)}
	if r.code == msgdef.CodeOK { // an *rpc.Error that says nothing is none
		r.code = msgdef.CodeUnavailable
	}
	r.retry = s.retry(r.code)
	var e *rpc.Error
	if errors.As(err, &e) {
		r.detail = e.Detail
		if e.Retry > 0 {
			r.retry = time.Duration(e.Retry) * time.Millisecond
		}
	}
	return r
}

// retry is when to come back after code; 0 when that does not help.
func (s *Server) retry(code msgdef.ErrorCode) time.Duration {
	if code < msgdef.CodeBusy {
		return 0
	}
	return s.times.Retry
}

// milliseconds rounds up, so that a wait never reads as none.
func milliseconds(d time.Duration) uint32 {
	return uint32((d + time.Millisecond - 1) / time.Millisecond)
}

// clip cuts a detail to what Error and Kicked hold, at a rune.
func clip(detail string) string {
	const most = 256
	if len(detail) <= most && utf8.ValidString(detail) {
		return detail
	}
	end := 0
	for i, r := range detail {
		if r == utf8.RuneError || i+utf8.RuneLen(r) > most {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	return detail[:end]
}

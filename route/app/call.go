package app

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/wire"
)

// Call is a frame of a client and the way back. It is for the handler that got
// it; Body may be kept.
type Call struct {
	UID    uint64 // the user, as the gate knows by the login
	Device uint64 // of the user
	Gate   string // where the device is connected
	Conn   uint64 // the gate's number of the connection
	Type   uint16
	Codec  codec.ID // of Body, and of the answers
	Body   []byte

	service *Service
	batch   *batch

	mu      sync.Mutex
	replies []rpc.AppReply
	over    bool // nothing is taken any more
	done    bool // the handler has returned
}

// Context ends when nobody waits for answers any more.
func (c *Call) Context() context.Context { return c.batch.ctx }

// Service returns the service that got the frame, for Tell.
func (c *Call) Service() *Service { return c.service }

// Errors of Reply.
var (
	ErrLate     = errors.New("app: the answer is late: nobody waits for it any more")
	ErrTooMany  = errors.New("app: too many answers, or too large ones")
	ErrTooLarge = errors.New("app: the message does not fit a frame")
	ErrType     = errors.New("app: the message's type is not one that the service has claimed")
	ErrNoJSON   = errors.New("app: the message has no JSON: ask for it with //msgdef:emit json")
)

// What handlers come to nothing of.
var (
	errPanic     = errors.New("app: the handler panicked")
	errOutOfTime = Refuse(msgdef.CodeTimeout, "the service did not answer in time")
)

// maxBatchBytes bounds the answers of a batch, which go back together.
const maxBatchBytes = 16 << 20

// Refuse is an error of a handler that the client is told: a code of 300 or
// above, and a text for people.
func Refuse(code msgdef.ErrorCode, format string, args ...any) error {
	return rpc.Errorf(code, format, args...)
}

// put queues an answer.
func (c *Call) put(r rpc.AppReply) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return ErrLate
	case len(c.replies) == rpc.MaxReplies-1: // the last one is for an error
		return ErrTooMany
	case c.batch.bytes.Add(int64(len(r.Body))) > maxBatchBytes:
		return ErrTooMany
	}
	c.replies = append(c.replies, r)
	return nil
}

// finish ends a call with what its handler returned.
func (c *Call) finish(err error) {
	c.mu.Lock()
	if !c.over && err != nil {
		c.replies = append(c.replies, replyOf(err))
	}
	c.over, c.done = true, true
	c.mu.Unlock()
	if c.batch.left.Add(-1) == 0 {
		close(c.batch.done)
	}
}

// seal takes the answers. A call that is not done is answered with a timeout,
// and takes none any more.
func (c *Call) seal() (replies []rpc.AppReply, done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.done {
		c.replies = append(c.replies, replyOf(errOutOfTime))
	}
	c.over = true
	return c.replies, c.done
}

// late tells whether the route has its answers, and the handler still runs.
func (c *Call) late() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over && !c.done
}

// leastCode is the lowest code that a client may be told.
const leastCode = msgdef.CodeUnknownUser

// known tells errors that the client is told as they are.
func known(err error) bool {
	var e *rpc.Error
	if errors.As(err, &e) {
		return e.Code >= leastCode
	}
	return codeOf(err) != msgdef.CodeUnavailable
}

// codeOf returns the code for an error that is not of Refuse.
func codeOf(err error) msgdef.ErrorCode {
	switch {
	case errors.Is(err, wire.ErrUnknownType), errors.Is(err, wire.ErrDirection):
		return msgdef.CodeUnknownType
	case errors.Is(err, wire.ErrShort), errors.Is(err, wire.ErrLimit), errors.Is(err, wire.ErrMalformed), errors.Is(err, ErrNoJSON):
		return msgdef.CodeBadArgument
	}
	return msgdef.CodeUnavailable
}

// maxDetail is how long the text for people may be, in bytes.
const maxDetail = 256

// replyOf turns an error into an answer.
func replyOf(err error) rpc.AppReply {
	var e *rpc.Error
	switch {
	case errors.As(err, &e) && e.Code >= leastCode:
		return rpc.AppReply{Code: e.Code, Retry: e.Retry, Detail: short(e.Detail)}
	case known(err):
		return rpc.AppReply{Code: codeOf(err), Detail: short(err.Error())}
	}
	return rpc.AppReply{Code: msgdef.CodeUnavailable, Detail: "the service failed"}
}

// short cuts a text to what an answer can carry.
func short(detail string) string {
	return strings.ToValidUTF8(detail[:min(len(detail), maxDetail)], "")
}

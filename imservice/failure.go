package imservice

import (
	"errors"
	"sync/atomic"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// condition is whether messages are taken:
//
//	taking ──Apply says store.ErrFull──▶ full ──store healthy again──▶ taking
//	   └──────────any other failed commit──────────▶ broken
//
// Broken is final: whether the failed commit will be there after the next start
// is not known, so a sequence after it could be given to two messages. Of a shared
// store nothing is remembered, so there it is never broken, but full until it is
// healthy again.
type condition struct {
	store store.Store
	now   atomic.Pointer[trouble] // nil: taking
}

// trouble is why messages are not taken.
type trouble struct {
	cause error
	final bool
	call  *rpc.Error // what callers get
}

// check returns nil when messages are taken. A full store is asked again.
func (c *condition) check() *rpc.Error {
	t := c.now.Load()
	if t == nil {
		return nil
	}
	if !t.final && c.store.Health() == nil {
		c.now.CompareAndSwap(t, nil)
		return nil
	}
	return t.call
}

// fail records a failed commit and returns the code its items get. The first
// final reason stays.
func (c *condition) fail(cause error, final bool) msgdef.ErrorCode {
	t := &trouble{cause: cause, final: final, call: storeError(cause)}
	for {
		old := c.now.Load()
		if old != nil && old.final {
			return t.call.Code
		}
		if c.now.CompareAndSwap(old, t) {
			return t.call.Code
		}
	}
}

// health returns why no messages are taken, or nil.
func (c *condition) health() error {
	if t := c.now.Load(); t != nil && t.final {
		return t.cause
	}
	return c.store.Health()
}

// storeError is what a caller learns of an error of the store: its code, and
// nothing of the machine's inside.
func storeError(err error) *rpc.Error {
	switch {
	case errors.Is(err, store.ErrFull):
		return &rpc.Error{Code: msgdef.CodeStoreFull, Detail: "the store is full"}
	case errors.Is(err, store.ErrMoved):
		return &rpc.Error{Code: msgdef.CodeBusy, Detail: "others write the same conversations"}
	case errors.Is(err, store.ErrReadOnly):
		return &rpc.Error{Code: msgdef.CodeUnavailable, Detail: "the store cannot be written"}
	}
	return &rpc.Error{Code: msgdef.CodeUnavailable, Detail: "the store failed"}
}

// retryAfter returns when to repeat what was refused with code, in
// milliseconds; 0 when that does not help.
func retryAfter(code msgdef.ErrorCode) uint32 {
	switch code {
	case msgdef.CodeBusy, msgdef.CodeTimeout, msgdef.CodeShuttingDown:
		return 1000
	case msgdef.CodeUnavailable:
		return 2000
	case msgdef.CodeStoreFull:
		return 10000
	}
	return 0
}

package imservice

import (
	"context"
	"time"
)

// patience bounds calls that follow one another. One context serves all calls
// that begin within a timeout: one for each would be all that a batch
// allocates on its way. A call may take the timeout, or up to twice that.
//
// It belongs to one goroutine; the zero value but for timeout is ready.
type patience struct {
	timeout time.Duration
	ctx     context.Context
	cancel  context.CancelFunc
	renew   time.Time // when calls need another context
}

// bound returns the context for a call that begins now.
func (p *patience) bound(parent context.Context) context.Context {
	if now := time.Now(); p.ctx == nil || now.After(p.renew) {
		p.end()
		p.ctx, p.cancel = context.WithTimeout(parent, 2*p.timeout)
		p.renew = now.Add(p.timeout)
	}
	return p.ctx
}

// end gives the last context up. No call may be under way.
func (p *patience) end() {
	if p.cancel != nil {
		p.cancel()
	}
}

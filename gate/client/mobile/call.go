package mobile

import (
	"context"
	"time"
)

// Call bounds what waits, and can end it. It is for one call, or for several that
// end together.
type Call struct {
	life   context.Context
	cancel context.CancelFunc
}

// NewCall returns a Call that ends after a time from now; 0 is none.
func NewCall(timeoutMillis int64) *Call {
	c := new(Call)
	if timeoutMillis > 0 {
		c.life, c.cancel = context.WithTimeout(context.Background(), time.Duration(timeoutMillis)*time.Millisecond)
	} else {
		c.life, c.cancel = context.WithCancel(context.Background())
	}
	return c
}

// Cancel ends what waits with it.
func (c *Call) Cancel() { c.cancel() }

// context returns that of a call; nil has no bound.
func (c *Call) context() (context.Context, context.CancelFunc) {
	if c == nil {
		return context.WithCancel(context.Background())
	}
	return context.WithCancel(c.life)
}

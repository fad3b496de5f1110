package kitex

import (
	"context"
	"sync"

	"github.com/cloudwego/kitex/pkg/stats"
)

// inflight counts the calls of a server from their first byte to the last byte
// of their answer.
type inflight struct {
	mu   sync.Mutex
	n    int
	zero chan struct{} // closed when there are none; nil: nobody waits
}

var _ stats.Tracer = (*inflight)(nil)

// Start implements stats.Tracer.
func (f *inflight) Start(ctx context.Context) context.Context {
	f.mu.Lock()
	f.n++
	f.mu.Unlock()
	return ctx
}

// Finish implements stats.Tracer.
func (f *inflight) Finish(context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n--; f.n == 0 && f.zero != nil {
		close(f.zero)
		f.zero = nil
	}
}

// wait waits until there are no calls.
func (f *inflight) wait(ctx context.Context) error {
	f.mu.Lock()
	if f.n == 0 {
		f.mu.Unlock()
		return nil
	}
	if f.zero == nil {
		f.zero = make(chan struct{})
	}
	zero := f.zero
	f.mu.Unlock()
	select {
	case <-zero:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

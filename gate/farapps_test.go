package gate_test

import (
	"context"
	"slices"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// farApps are the business services behind a farEnd. Nobody claims a type
// until a test does.
type farApps struct {
	apps  sync.Mutex
	serve handler        // nil: nobody
	came  []rpc.AppFrame // in the order of the calls; bodies are copies
	calls []int          // frames of each
}

// handler answers a batch. It may wait until ctx ends.
type handler func(ctx context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error)

// claim has a handler serve all types.
func (e *farEnd) claim(h handler) {
	e.apps.Lock()
	defer e.apps.Unlock()
	e.serve = h
}

// Forward implements rpc.Forwarder.
func (e *farEnd) Forward(ctx context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
	if err := e.enter("Forward"); err != nil {
		return nil, err
	}
	e.apps.Lock()
	serve := e.serve
	e.calls = append(e.calls, len(batch.Items))
	for _, f := range batch.Items {
		f.Body = slices.Clone(f.Body)
		e.came = append(e.came, f)
	}
	e.apps.Unlock()
	if serve == nil {
		serve = unclaimed
	}
	return serve(ctx, batch)
}

// framesCame returns what arrived so far.
func (e *farEnd) framesCame() []rpc.AppFrame {
	e.apps.Lock()
	defer e.apps.Unlock()
	return slices.Clone(e.came)
}

// unclaimed refuses everything.
func unclaimed(_ context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
	replies := &rpc.AppReplies{}
	for i := range batch.Items {
		replies.Items = append(replies.Items, rpc.AppReply{Item: uint32(i), Code: msgdef.CodeUnknownType})
	}
	return replies, nil
}

// echo answers every frame with itself, of the next type.
func echo(_ context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
	replies := &rpc.AppReplies{}
	for i, f := range batch.Items {
		replies.Items = append(replies.Items, rpc.AppReply{Item: uint32(i), Type: f.Type + 1, Body: slices.Clone(f.Body)})
	}
	return replies, nil
}

// answering answers every frame with the same replies.
func answering(replies ...rpc.AppReply) handler {
	return func(_ context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
		all := &rpc.AppReplies{}
		for i := range batch.Items {
			for _, r := range replies {
				r.Item += uint32(i)
				all.Items = append(all.Items, r)
			}
		}
		return all, nil
	}
}

package route

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Forward implements rpc.Forwarder. Frames go to the instance that serves their
// type and user, in one call for each instance, all at once. An instance that
// was not reached, for certain, is replaced by another one once; what may have
// arrived is not sent again. Errors: CodeBadArgument, CodeTimeout.
func (s *Server) Forward(ctx context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	if err := batch.Validate(); err != nil {
		return nil, rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	s.claims.sweep(s.clock())
	ctx, cancel := context.WithTimeout(ctx, s.options.Handle)
	defer cancel()
	f := &forwarding{server: s, batch: batch, answers: make([]answer, len(batch.Items))}
	again := f.round(ctx, f.all())
	f.round(ctx, again)
	return f.merge(), nil
}

// forwarding is one call of Forward.
type forwarding struct {
	server  *Server
	batch   *rpc.AppFrames
	answers []answer // by item; each is written by whoever has the item
}

// answer is what a frame got.
type answer struct {
	replies []rpc.AppReply
	tried   *instance // that did not get it
}

// part is the frames of a batch that go to one instance.
type part struct {
	to     *instance
	claim  rpc.Claim
	items  []int // indices into the batch, ascending
	undone bool  // the instance did not get them
}

// all returns the index of every frame.
func (f *forwarding) all() []int {
	items := make([]int, len(f.batch.Items))
	for i := range items {
		items[i] = i
	}
	return items
}

// round brings frames to their instances, waits for the answers, and returns
// the frames that did not arrive.
func (f *forwarding) round(ctx context.Context, items []int) (undone []int) {
	parts := f.split(items)
	if len(parts) == 1 {
		f.call(ctx, parts[0])
	} else {
		var calls sync.WaitGroup
		for _, p := range parts {
			calls.Go(func() { f.call(ctx, p) })
		}
		calls.Wait()
	}
	for _, p := range parts {
		if p.undone {
			undone = append(undone, p.items...)
		}
	}
	slices.Sort(undone)
	return undone
}

// split gives each frame to an instance that it was not given to yet. Where
// there is none, it is answered: that nobody serves it, unless somebody failed
// before.
func (f *forwarding) split(items []int) (parts []*part) {
	cs, now := &f.server.claims, f.server.clock()
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	var last *part
	for _, i := range items {
		frame, a := &f.batch.Items[i], &f.answers[i]
		to := cs.pick(frame.Type, frame.UID, now, a.tried)
		switch {
		case to == nil && a.tried == nil:
			a.replies = []rpc.AppReply{f.unclaimed(i, now)}
		case to == nil:
		default:
			if last == nil || last.to != to {
				parts, last = partOf(parts, to)
			}
			last.items = append(last.items, i)
			a.replies = nil // that it was not reached is not its answer any more
		}
	}
	return parts
}

// unclaimed answers a frame of a type that nobody claims. A route that has just
// started does not know who would.
func (f *forwarding) unclaimed(item int, now time.Duration) rpc.AppReply {
	f.server.refused(AppUnclaimed, 1)
	if now < f.server.options.Learn {
		return rpc.AppReply{
			Item: uint32(item), Code: msgdef.CodeUnavailable, Retry: learnRetry,
			Detail: "the route has just started, and services have yet to find it",
		}
	}
	return rpc.AppReply{Item: uint32(item), Code: msgdef.CodeUnknownType}
}

// learnRetry is when a client may come again to a route that has just started,
// in milliseconds.
const learnRetry = 500

// partOf returns the part of an instance, which it may add.
func partOf(parts []*part, to *instance) ([]*part, *part) {
	for _, p := range parts {
		if p.to == to {
			return parts, p
		}
	}
	p := &part{to: to, claim: to.claim}
	return append(parts, p), p
}

// call has an instance serve its part.
func (f *forwarding) call(ctx context.Context, p *part) {
	if err := p.to.enter(); err != nil {
		f.fail(p, err)
		return
	}
	replies, err := p.to.app.Handle(ctx, f.frames(p))
	p.to.leave()
	if err != nil {
		f.fail(p, err)
		return
	}
	f.server.counts.forwarded.Add(uint64(len(p.items)))
	f.accept(p, replies.Items)
}

// frames returns the batch of a part. Items ascend, so as many as there are in
// the whole batch are the whole batch.
func (f *forwarding) frames(p *part) *rpc.AppFrames {
	if len(p.items) == len(f.batch.Items) {
		return f.batch
	}
	frames := &rpc.AppFrames{Gate: f.batch.Gate, Items: make([]rpc.AppFrame, len(p.items))}
	for i, item := range p.items {
		frames.Items[i] = f.batch.Items[item]
	}
	return frames
}

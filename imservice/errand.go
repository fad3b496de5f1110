package imservice

import (
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// errand is work of the service's own that becomes part of a commit, behind what
// users have sent. The pipeline owns it until it has ended.
type errand interface {
	// about adds to g the users and conversations that the errand changes.
	about(g *store.Ground)

	// join adds its rows to the commit of b. Where others were in the way it is
	// called again.
	join(q *sequencer, b *batch) error

	// end is called once: with CodeOK when the rows are durable.
	end(code msgdef.ErrorCode)
}

// offerErrand queues an errand that weighs as much as so many messages.
func (in *intake) offerErrand(e errand, weight int) *rpc.Error {
	return in.offer(weight, func(b *batch) { b.errands = append(b.errands, e) })
}

// awaited is the end of an errand that somebody waits for. It has room for one.
type awaited chan msgdef.ErrorCode

// end implements errand.
func (a awaited) end(code msgdef.ErrorCode) { a <- code }

// carryOut queues an errand, and returns when its rows are durable, or why they are
// not. The pipeline ends all that it has taken.
func (in *intake) carryOut(e errand, weight int, ends awaited) error {
	if err := in.offerErrand(e, weight); err != nil {
		return err
	}
	if code := <-ends; code != msgdef.CodeOK {
		return rpc.Errorf(code, "an errand of the service did not become part of a commit")
	}
	return nil
}

// runErrands has the errands of b join its commit. One that cannot fails the batch of
// nobody else: what it has added by then does no harm alone.
func (q *sequencer) runErrands(b *batch) {
	b.unable = b.unable[:0]
	for _, e := range b.errands {
		code := msgdef.CodeOK
		if err := e.join(q, b); err != nil {
			code = q.codeOf(err)
		}
		b.unable = append(b.unable, code)
	}
}

// endErrands tells the errands of b what became of them; code is that of the whole
// commit.
func (b *batch) endErrands(code msgdef.ErrorCode) {
	for i, e := range b.errands {
		if code == msgdef.CodeOK && i < len(b.unable) {
			e.end(b.unable[i])
		} else {
			e.end(code)
		}
	}
}

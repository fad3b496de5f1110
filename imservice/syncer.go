package imservice

import (
	"context"
	"iter"
	"log/slog"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// syncer waits for commits in their order and tells everybody: first the
// heads, so that whoever is told can read what was told, then the senders,
// then the members.
type syncer struct {
	log       *slog.Logger
	condition *condition
	counters  *counters
	outbox    *outbox
	notifier  rpc.Notifier
	patience  patience // with the notifier

	in    *intake
	slots chan struct{}
	work  chan *batch

	lost msgdef.ErrorCode // after a failed sync: what everything later is answered with
}

// run works until the sequencer closes its end.
func (y *syncer) run(ctx context.Context) {
	defer y.patience.end()
	for b := range y.work {
		y.settle(b)
		<-y.slots
		y.deliver(ctx, b)
		y.in.recycle(b)
	}
}

// settle learns the fate of b.
func (y *syncer) settle(b *batch) {
	if b.pending != nil {
		if err := b.pending.Wait(); err != nil {
			y.log.Error("a commit did not become durable; no more messages are taken", "error", err)
			code := y.condition.fail(err, true)
			if y.lost == msgdef.CodeOK {
				y.lost = code
			}
		}
	}
	switch {
	case b.failed:
	case y.lost != msgdef.CodeOK:
		// Also a batch that wrote nothing: what it repeats may be lost.
		b.claims.forget()
		b.fail(y.lost)
	default:
		b.claims.settle()
		y.outbox.committed(b.commit.Outbox)
		y.counters.committed(b)
	}
}

// deliver hands out the outcomes and the notices of b.
func (y *syncer) deliver(ctx context.Context, b *batch) {
	y.trace(b)
	rest := b.results
	for _, r := range b.runs {
		b.sent.Items = rest[:r.n:r.n]
		rest = rest[r.n:]
		r.sink.Sent(&b.sent)
	}
	for _, call := range b.reads {
		close(call.done)
	}
	b.endErrands(b.code)
	if y.notifier == nil {
		return
	}
	for part := range parts(&b.notices) {
		if err := y.notifier.Notify(y.patience.bound(ctx), &part); err != nil {
			y.counters.lostNotices.Add(uint64(len(part.To) + len(part.Topics)))
			y.log.Warn("notices were lost; heads heal it", "recipients", len(part.To), "topics", len(part.Topics), "error", err)
		}
	}
}

// maxTopics is the most topics of rpc.Notices.
const maxTopics = 256

// parts shares notices out, so that none has too many topics: the first has all
// recipients too. Of those after it each has the messages that it is about.
func parts(n *rpc.Notices) iter.Seq[rpc.Notices] {
	return func(yield func(rpc.Notices) bool) {
		first := rpc.Notices{Messages: n.Messages, To: n.To, Topics: n.Topics[:min(len(n.Topics), maxTopics)]}
		if len(first.To)+len(first.Topics) == 0 || !yield(first) {
			return
		}
		for topics := range slices.Chunk(n.Topics[len(first.Topics):], maxTopics) {
			from, to := topics[0].Message, topics[len(topics)-1].Message
			for i := range topics {
				topics[i].Message -= from
			}
			if !yield(rpc.Notices{Messages: n.Messages[from : to+1], Topics: topics}) {
				return
			}
		}
	}
}

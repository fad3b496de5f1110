package imservice

import (
	"context"
	"log/slog"

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
	if len(b.notices.To) == 0 || y.notifier == nil {
		return
	}
	if err := y.notifier.Notify(y.patience.bound(ctx), &b.notices); err != nil {
		y.counters.lostNotices.Add(uint64(len(b.notices.To)))
		y.log.Warn("notices were lost; heads heal it", "recipients", len(b.notices.To), "error", err)
	}
}

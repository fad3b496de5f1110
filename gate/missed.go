package gate

import (
	"slices"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// headsLoop finds lost messages of big groups now and then.
func (t *audiences) headsLoop() {
	tick := time.NewTicker(t.gate.times.Topics)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.compare()
		case <-t.gate.quit:
			return
		}
	}
}

// compare asks where groups end, and tells those who watch what has not come. What
// has arrived a little later was only on its way, and while messages come, what is
// missing between them is no secret.
func (t *audiences) compare() {
	for part := range slices.Chunk(t.all(), callItems) {
		told := make([]uint64, len(part))
		query := &rpc.ConvHeadsQuery{}
		for i, a := range part {
			told[i] = a.told.Load()
			query.Convs = append(query.Convs, a.conv)
		}
		reply := t.headsOf(query)
		if reply == nil || !t.gate.pause(recheckSettle) {
			return
		}
		t.heal(part, told, reply)
	}
}

// headsOf asks until there is an answer; nil when the gate ends before.
func (t *audiences) headsOf(query *rpc.ConvHeadsQuery) *rpc.ConvHeadsReply {
	for {
		ctx, cancel := t.gate.call(t.gate.times.Call)
		reply, err := t.gate.options.Route.ConvHeads(ctx, query)
		cancel()
		if err == nil && len(reply.Items) == len(query.Convs) {
			t.inStore(reply.StoreEpoch)
			return reply
		}
		if !t.gate.pause(t.gate.times.Retry) {
			return nil
		}
	}
}

// heal tells who watches groups that have not moved from what was told to where
// they end.
func (t *audiences) heal(list []*audience, told []uint64, reply *rpc.ConvHeadsReply) {
	sp := t.gate.spread()
	defer sp.done()
	for i, a := range list {
		a.mu.Lock()
		a.heal(sp, told[i], reply.Items[i])
		a.mu.Unlock()
	}
}

// heal compares with where the group ends. a.mu is held.
func (a *audience) heal(sp *spread, told uint64, head rpc.TopicHead) {
	switch {
	case a.over || a.doubt != nil || a.told.Load() != told:
	case head.Gone > a.gone || head.CSeq == 0: // there may be no such group any more, who is in it tells
		sp.gate.audiences.question(a).cseq = head.CSeq
	default:
		a.announce(sp, head.CSeq)
	}
}

// deserted tells whether nobody has been there for a while, and ends it then.
func (a *audience) deserted(now, pause time.Duration) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.over:
		return true
	case len(a.conns) > 0:
		a.idle = 0
		return false
	case a.idle == 0:
		a.idle = now
	}
	a.over = now-a.idle >= pause
	return a.over
}

package gate

import (
	"encoding/binary"
	"math"
	"sync"
	"sync/atomic"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// audiences finds who watches a big group.
//
//	Watch ──▶ wanting ──▶ rpc.Watch, Register ──▶ audience, watches ──▶ Watching
//	Deliver ─────────────────────────────────────▶ audience ──▶ outboxes
//	               heads, a missing change ──▶ audience ──▶ ConvHead
//
// The table is read on the way of every message, and changes with the first who
// watches a group and some time after the last.
type audiences struct {
	gate    *Server
	shards  [shards]audienceShard
	watches watches
	epoch   atomic.Uint64 // of the store that the numbers of all audiences are of; 0: none was seen

	wanting  *batcher[wanting]
	doubtful *batcher[*audience]
}

type audienceShard struct {
	mu     sync.RWMutex
	byConv map[msgdef.Conversation]*audience
}

func (t *audiences) open(s *Server) {
	t.gate = s
	t.watches.open()
	for i := range t.shards {
		t.shards[i].byConv = make(map[msgdef.Conversation]*audience)
	}
	t.wanting = newBatcher(waitingWatches, t.serveWanting)
	t.doubtful = newBatcher(math.MaxInt, t.serveDoubts)
}

func (t *audiences) run(group *sync.WaitGroup) {
	group.Go(t.wanting.run)
	group.Go(t.doubtful.run)
	group.Go(t.headsLoop)
}

// close works off what waits. Nothing is added any more: no connection is left.
func (t *audiences) close() {
	t.wanting.close()
	t.doubtful.close()
}

func (t *audiences) of(conv *msgdef.Conversation) *audienceShard {
	const odd = 0x9e3779b97f4a7c15 // 2^64 by the golden ratio
	return &t.shards[binary.LittleEndian.Uint64(conv[8:])*odd>>32%shards]
}

// find returns the audience of a conversation, or nil.
func (t *audiences) find(conv *msgdef.Conversation) *audience {
	shard := t.of(conv)
	shard.mu.RLock()
	defer shard.mu.RUnlock()
	return shard.byConv[*conv]
}

// add makes the audience of a conversation, in the place of one that is over.
func (t *audiences) add(conv msgdef.Conversation) *audience {
	a := &audience{conv: conv}
	shard := t.of(&conv)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	shard.byConv[conv] = a
	return a
}

// all returns all audiences.
func (t *audiences) all() (list []*audience) {
	for i := range t.shards {
		shard := &t.shards[i]
		shard.mu.RLock()
		for _, a := range shard.byConv {
			list = append(list, a)
		}
		shard.mu.RUnlock()
	}
	return list
}

// deliver hands the messages of big groups to their audiences.
func (t *audiences) deliver(sp *spread, batch *rpc.Deliveries) {
	for run := batch.Topics; len(run) > 0; {
		n := 1
		for n < len(run) && run[n].Conv == run[0].Conv {
			n++
		}
		if a := t.find(&run[0].Conv); a != nil {
			a.deliver(sp, batch.Messages, run[:n])
		} else {
			t.gate.counts.drop(DropLate, n)
		}
		run = run[n:]
	}
}

// leave takes c, which has ended, out of everything that it watches.
func (t *audiences) leave(c *conn) {
	for _, a := range t.watches.take(c) {
		a.departs()
	}
}

// ask asks the message service about members.
func (t *audiences) ask(batch *rpc.Watches) (*rpc.WatchReplies, error) {
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	replies, err := t.gate.options.Route.Watch(ctx, batch)
	if err == nil && len(replies.Items) != len(batch.Items) {
		err = rpc.Errorf(msgdef.CodeUnavailable, "%d answers about %d members", len(replies.Items), len(batch.Items))
	}
	if err == nil {
		t.inStore(replies.StoreEpoch)
	}
	return replies, err
}

// inStore notes which store the message service has. In another one than before
// numbers mean something else: everybody is checked, and told where they begin.
func (t *audiences) inStore(epoch uint64) {
	before := t.epoch.Swap(epoch)
	if before == epoch || before == 0 {
		return
	}
	t.gate.logger.Warn("the store is another one: all who watch big groups are checked", "before", before, "now", epoch)
	for _, a := range t.all() {
		a.mu.Lock()
		a.gone = 0
		a.told.Store(0)
		if a.doubt == nil && !a.over {
			t.question(a)
		}
		a.mu.Unlock()
	}
}

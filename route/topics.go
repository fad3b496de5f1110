package route

import (
	"context"
	"slices"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxTopics is a limit of the schema, see rpc.Notices and rpc.Deliveries.
const maxTopics = 256

// topics holds the gates with sessions that watch a big group.
type topics struct {
	mu     sync.RWMutex
	byConv map[msgdef.Conversation][]watching // never an empty list
}

// watching is a gate, and the snapshot that named it last.
type watching struct {
	gate *gate
	mark uint64
}

// watch notes that sessions of a gate watch groups. Nothing is noted of a gate that
// is gone.
func (t *topics) watch(g *gate, convs [][16]byte, mark uint64) {
	if len(convs) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if g.gone.Load() {
		return
	}
	if t.byConv == nil {
		t.byConv = make(map[msgdef.Conversation][]watching)
	}
	for _, conv := range convs {
		list := t.byConv[conv]
		if i := slices.IndexFunc(list, func(w watching) bool { return w.gate == g }); i >= 0 {
			list[i].mark = mark
			continue
		}
		t.byConv[conv] = append(list, watching{gate: g, mark: mark})
	}
}

// unwatch notes that no session of a gate watches groups any more.
func (t *topics) unwatch(g *gate, convs [][16]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, conv := range convs {
		t.remove(conv, func(w watching) bool { return w.gate == g })
	}
}

// sweep forgets what sessions of a gate watch, all or what a snapshot did not name.
func (t *topics) sweep(g *gate, named uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for conv := range t.byConv {
		t.remove(conv, func(w watching) bool { return w.gate == g && (named == 0 || w.mark != named) })
	}
}

// remove takes gates out. The lock is held.
func (t *topics) remove(conv msgdef.Conversation, gone func(watching) bool) {
	list, ok := t.byConv[conv]
	if !ok {
		return
	}
	if list = slices.DeleteFunc(list, gone); len(list) == 0 {
		delete(t.byConv, conv)
		return
	}
	t.byConv[conv] = list
}

// find appends to dst the gates with sessions that watch a group.
func (t *topics) find(dst []*gate, conv msgdef.Conversation) []*gate {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, w := range t.byConv[conv] {
		dst = append(dst, w.gate)
	}
	return dst
}

// size counts groups that are watched.
func (t *topics) size() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.byConv)
}

// enqueueTopics appends messages of big groups to the batches of the gates that
// watch them, once each. The notify lock is held.
func (s *Server) enqueueTopics(ctx context.Context, batch *rpc.Notices) {
	n := &s.notify
	for i := range batch.Topics {
		t := &batch.Topics[i]
		n.watching = s.topics.find(n.watching[:0], t.Conv)
		for _, g := range n.watching {
			out := n.out.to(g)
			if len(out.Topics) == maxTopics {
				s.deliver(ctx, g, out)
			}
			own := *t
			own.Message = s.listed(ctx, g, out, batch.Messages[t.Message])
			out.Topics = append(out.Topics, own)
		}
	}
}

package gate_test

import (
	"context"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// farTopics is the part of a far end that has big groups.
type farTopics struct {
	groups  map[msgdef.Conversation]*bigGroup
	watched map[msgdef.Conversation]bool // by the gate, as it says
	turns   int                          // of watched
	store   uint64                       // more than storeEpoch
	settled func()                       // called when Watch has its answer; nil: none
}

// bigGroup is one.
type bigGroup struct {
	members    map[uint64]bool
	head, gone uint64
}

// big founds a group, all of whose messages until head were before.
func (e *farEnd) big(n, head uint64, members ...uint64) msgdef.Conversation {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.groups == nil {
		e.groups = map[msgdef.Conversation]*bigGroup{}
	}
	conv := msgdef.GroupConv(n)
	g := &bigGroup{members: map[uint64]bool{}, head: head}
	for _, uid := range members {
		g.members[uid] = true
	}
	e.groups[conv] = g
	return conv
}

// watch notes what the gate says. e.mu is held.
func (e *farEnd) watch(topics [][16]byte, on bool) {
	if e.watched == nil {
		e.watched = map[msgdef.Conversation]bool{}
	}
	for _, conv := range topics {
		e.watched[conv] = on
		e.turns++
	}
}

func (e *farEnd) watches(conv msgdef.Conversation) (on bool, changes int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.watched[conv], e.turns
}

// post commits a message of a group, by which users leave, and returns what a route
// would get.
func (e *farEnd) post(conv msgdef.Conversation, from, device uint64, left ...uint64) rpc.Notices {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.groups[conv]
	g.head++
	t := rpc.Topic{Conv: conv, CSeq: g.head, UID: from, Except: device, Was: g.gone, Left: left}
	if len(left) > 0 {
		g.gone = g.head
	}
	for _, uid := range left {
		delete(g.members, uid)
	}
	t.Gone = g.gone
	m := msgdef.Message{Conv: conv, CSeq: g.head, From: from, Body: []byte("big")}
	return rpc.Notices{Messages: [][]byte{m.Append(nil)}, Topics: []rpc.Topic{t}}
}

// dissolve ends a group.
func (e *farEnd) dissolve(conv msgdef.Conversation) rpc.Notices {
	n := e.post(conv, 0, 0)
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.groups[conv]
	n.Topics[0].Over = true
	g.members, g.gone, g.head = nil, 0, 0
	return n
}

// join makes users members.
func (e *farEnd) join(conv msgdef.Conversation, uids ...uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, uid := range uids {
		e.groups[conv].members[uid] = true
	}
}

// together makes one batch of several.
func together(list ...rpc.Notices) rpc.Notices {
	var all rpc.Notices
	for _, n := range list {
		first := uint32(len(all.Messages))
		all.Messages = append(all.Messages, n.Messages...)
		for _, t := range n.Topics {
			t.Message += first
			all.Topics = append(all.Topics, t)
		}
	}
	return all
}

// bring hands a batch to the gate.
func (w *world) bring(list ...rpc.Notices) {
	w.t.Helper()
	n := together(list...)
	must(w.t, w.gate.Deliver(context.Background(), &rpc.Deliveries{
		Epoch: w.gate.Epoch(), Messages: n.Messages, Topics: n.Topics,
	}))
}

func (e *farEnd) Watch(_ context.Context, batch *rpc.Watches) (*rpc.WatchReplies, error) {
	if err := e.enter("Watch"); err != nil {
		return nil, err
	}
	e.mu.Lock()
	replies := &rpc.WatchReplies{StoreEpoch: storeEpoch + e.store}
	for _, w := range batch.Items {
		g := e.groups[w.Conv]
		switch {
		case g == nil || g.members == nil:
			replies.Items = append(replies.Items, rpc.WatchReply{Code: msgdef.CodeUnknownConversation})
		case !g.members[w.UID]:
			replies.Items = append(replies.Items, rpc.WatchReply{Code: msgdef.CodeForbidden})
		default:
			replies.Items = append(replies.Items, rpc.WatchReply{Head: g.head, Gone: g.gone})
		}
	}
	settled := e.settled
	e.mu.Unlock()
	if settled != nil {
		settled()
	}
	return replies, nil
}

func (e *farEnd) ConvHeads(_ context.Context, query *rpc.ConvHeadsQuery) (*rpc.ConvHeadsReply, error) {
	if err := e.enter("ConvHeads"); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	reply := &rpc.ConvHeadsReply{StoreEpoch: storeEpoch + e.store, Items: make([]rpc.TopicHead, len(query.Convs))}
	for i, conv := range query.Convs {
		if g := e.groups[conv]; g != nil {
			reply.Items[i] = rpc.TopicHead{CSeq: g.head, Gone: g.gone}
		}
	}
	return reply, nil
}

// watch asks for groups and returns the answers.
func (c *client) watch(convs ...msgdef.Conversation) []msgdef.Watched {
	c.t.Helper()
	m := &msgdef.Watch{Req: 9, Convs: convs}
	c.send(m)
	var answer msgdef.Watching
	c.expect(&answer)
	return slices.Clone(answer.List)
}

// expectConv receives messages of a group.
func (c *client) expectConv(conv msgdef.Conversation, cseqs ...uint64) {
	c.t.Helper()
	for _, cseq := range cseqs {
		var n msgdef.NotifyConv
		c.expect(&n)
		var m msgdef.Message
		must(c.t, m.Decode(n.Message))
		if m.Conv != conv || m.CSeq != cseq {
			c.t.Fatalf("message %d of %x, want %d of %x", m.CSeq, m.Conv, cseq, conv)
		}
	}
}

// expectHead receives a ConvHead.
func (c *client) expectHead(conv msgdef.Conversation, code msgdef.ErrorCode, cseq uint64) {
	c.t.Helper()
	var h msgdef.ConvHead
	if c.expect(&h); h.Conv != conv || h.Code != code || h.CSeq != cseq {
		c.t.Fatalf("%+v, want %v and %d of %x", h, code, cseq, conv)
	}
}

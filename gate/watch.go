package gate

import (
	"errors"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// waitingWatches bounds the requests of all sessions that wait to be served.
const waitingWatches = 16 << 10

// watchTries is how often a session is checked that changes of the group overtake.
const watchTries = 5

// wanting is what a session asks of audiences; without one, it is time for a sweep.
type wanting struct {
	conn  *conn
	req   uint64
	convs []msgdef.Conversation
	end   bool // of watching
}

// HandleWatch implements msgdef.UpHandler. The answer comes when the group's
// messages do.
func (t *turn) HandleWatch(m *msgdef.Watch) error {
	if err := t.beginPull(msgdef.TypeWatch, m.Req); err != nil {
		return err
	}
	if !t.gate.audiences.wanting.add(wanting{conn: t.conn, req: m.Req, convs: slices.Clone(m.Convs)}) {
		return t.refused(msgdef.TypeWatch, m.Req, msgdef.CodeBusy)
	}
	return nil
}

// HandleUnwatch implements msgdef.UpHandler. It takes effect after every Watch
// before it.
func (t *turn) HandleUnwatch(m *msgdef.Unwatch) error {
	if err := t.admit(msgdef.TypeUnwatch, 0); err != nil {
		return err
	}
	if !t.gate.audiences.wanting.add(wanting{conn: t.conn, convs: slices.Clone(m.Convs), end: true}) {
		return t.refused(msgdef.TypeUnwatch, 0, msgdef.CodeBusy)
	}
	return nil
}

// serveWanting serves what sessions ask, in their order.
func (t *audiences) serveWanting(batch []wanting) {
	var watching []wanting
	items := 0
	flush := func() {
		if len(watching) > 0 {
			t.watch(watching)
		}
		watching, items = nil, 0
	}
	for _, w := range batch {
		switch {
		case w.conn == nil:
			flush()
			t.sweep()
		case w.end:
			flush()
			t.unwatch(w)
		default:
			if items+len(w.convs) > callItems {
				flush()
			}
			watching, items = append(watching, w), items+len(w.convs)
		}
	}
	flush()
}

// unwatch ends what a session watches.
func (t *audiences) unwatch(w wanting) {
	for i := range w.convs {
		if a := t.find(&w.convs[i]); a != nil && t.watches.remove(w.conn, a) {
			a.mu.Lock()
			a.drop(func(c *conn) bool { return c == w.conn })
			a.mu.Unlock()
		}
	}
}

// candidate is a session that asks to watch a group.
type candidate struct {
	conn   *conn
	answer *msgdef.Watched
}

// watch enters sessions, and answers them.
func (t *audiences) watch(list []wanting) {
	answers := make([]msgdef.Watching, len(list))
	var asking []candidate
	for i, w := range list {
		answers[i] = msgdef.Watching{Req: w.req, List: make([]msgdef.Watched, len(w.convs))}
		for j, conv := range w.convs {
			answers[i].List[j].Conv = conv
			asking = append(asking, candidate{w.conn, &answers[i].List[j]})
		}
	}
	err := t.enter(asking)
	for i, w := range list {
		t.answer(w, &answers[i], err)
	}
}

// answer answers a Watch, or says why it failed.
func (t *audiences) answer(w wanting, answer *msgdef.Watching, err error) {
	var r *refusal
	switch {
	case err != nil:
		w.conn.refuse(t.gate.failed(msgdef.TypeWatch, w.req, err))
	case errors.As(w.conn.replyFitting(msgdef.TypeWatch, w.req, answer), &r):
		w.conn.refuse(r)
	}
}

// enter has those watch who may, and says of each what came of it. Before any is
// entered the routes know that the group is watched here, and after that it is
// asked where the group ends: what follows, they deliver.
func (t *audiences) enter(asking []candidate) error {
	for try := 0; len(asking) > 0 && try < watchTries; try++ {
		again, unknown, err := t.tryEnter(asking)
		if err == nil {
			err = t.begin(unknown)
		}
		if err != nil {
			return err
		}
		asking = again
	}
	return nil
}

// tryEnter asks once about all. again are those to whom the answer does not apply,
// unknown the groups among theirs that routes do not know of.
func (t *audiences) tryEnter(asking []candidate) (again []candidate, unknown []msgdef.Conversation, err error) {
	batch := &rpc.Watches{Items: make([]rpc.Watch, len(asking))}
	for i, c := range asking {
		batch.Items[i] = rpc.Watch{UID: c.conn.uid, Conv: c.answer.Conv}
	}
	known := t.known(asking)
	replies, err := t.ask(batch)
	if err != nil {
		return nil, nil, err
	}
	for i, c := range asking {
		r := &replies.Items[i]
		c.answer.Code, c.answer.Head = r.Code, r.Head
		if r.Code != msgdef.CodeOK {
			continue
		}
		overtaken := known[i] == nil
		if overtaken {
			unknown = append(unknown, c.answer.Conv)
		} else {
			c.answer.Code, c.answer.Head, overtaken = known[i].enter(t, c.conn, checked{head: r.Head, gone: r.Gone})
		}
		if overtaken {
			c.answer.Code = msgdef.CodeBusy
			again = append(again, c)
		}
	}
	return again, unknown, nil
}

// known returns the audiences that routes know of.
func (t *audiences) known(asking []candidate) []*audience {
	list := make([]*audience, len(asking))
	for i, c := range asking {
		if a := t.find(&c.answer.Conv); a != nil && !a.isOver() {
			list[i] = a
		}
	}
	return list
}

func (a *audience) isOver() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.over
}

// begin tells the routes that groups are watched here. It returns when those in sync
// know it.
func (t *audiences) begin(convs []msgdef.Conversation) error {
	slices.SortFunc(convs, func(a, b msgdef.Conversation) int { return slices.Compare(a[:], b[:]) })
	convs = slices.Compact(convs)
	if len(convs) == 0 {
		return nil
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	if err := t.gate.options.Route.Register(ctx, t.topics(convs)); err != nil {
		t.cease(convs) // some routes may know it
		return err
	}
	for _, conv := range convs {
		t.add(conv)
	}
	return nil
}

func (t *audiences) topics(convs []msgdef.Conversation) *rpc.SessionBatch {
	return &rpc.SessionBatch{Gate: t.gate.options.ID, Epoch: t.gate.options.Epoch, Topics: convs}
}

// sweep ends the audiences in which nobody has been for a while.
func (t *audiences) sweep() {
	now := t.gate.clock()
	var ended []msgdef.Conversation
	for i := range t.shards {
		shard := &t.shards[i]
		shard.mu.Lock()
		for conv, a := range shard.byConv {
			if a.deserted(now, t.gate.times.Deserted) {
				delete(shard.byConv, conv)
				ended = append(ended, conv)
			}
		}
		shard.mu.Unlock()
	}
	for part := range slices.Chunk(ended, callSessions) {
		t.cease(part)
	}
}

// cease tells the routes that groups are watched here no more. One that is not told
// sends messages that nobody gets.
func (t *audiences) cease(convs []msgdef.Conversation) {
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	if err := t.gate.options.Route.Unregister(ctx, t.topics(convs)); err != nil {
		t.gate.logger.Warn("route does not take what is watched no more", "groups", len(convs), "error", err)
	}
}

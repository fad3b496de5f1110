package relay

import (
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// group is a conversation that connections watch. Anybody may write to it.
type group struct {
	conversation
	watchers []*conn // held to mu
	frames   []byte  // scratch
}

// watch has c told of what is written from now on, after the head that it returns.
func (g *group) watch(c *conn) (head uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !slices.Contains(g.watchers, c) {
		g.watchers = append(g.watchers, c)
	}
	return g.cseq
}

// leave ends what watch began.
func (g *group) leave(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.watchers = slices.DeleteFunc(g.watchers, func(w *conn) bool { return w == c })
}

// post numbers the messages of one read, and puts them into the outboxes of all who
// watch: one copy for each, however many messages there are.
func (d *delivery) post(g *group, sends []send, now int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.frames = g.frames[:0]
	for i := range sends {
		s := &sends[i]
		ack, fresh := g.number(s, now)
		if !fresh {
			continue
		}
		d.ack = ack
		d.message = s.stored(g.name, &d.ack)
		d.encoded = d.message.Append(d.encoded[:0])
		g.frames = frame.Append(g.frames, &msgdef.NotifyConv{Message: d.encoded})
		if s.from.ack(&d.ack) {
			d.add(s.from)
		}
	}
	if len(g.frames) == 0 {
		return
	}
	for _, c := range g.watchers {
		if c.notifyAll(g.frames) {
			d.add(c)
		}
	}
}

// unwatch ends all that t has watched.
func (t *turn) unwatch() {
	for _, g := range t.watched {
		g.leave(t.conn)
	}
}

// watch answers Watch.
func (t *turn) watch(body []byte) error {
	var m msgdef.Watch
	if err := m.Decode(body); err != nil {
		return err
	}
	answer := msgdef.Watching{Req: m.Req}
	for _, conv := range m.Convs {
		watched := msgdef.Watched{Conv: conv, Code: msgdef.CodeUnknownConversation}
		if g := t.server.users.group(conv); g != nil {
			watched.Code, watched.Head = msgdef.CodeOK, g.watch(t.conn)
			t.watched = append(t.watched, g)
		}
		answer.List = append(answer.List, watched)
	}
	t.reply(&answer)
	return nil
}

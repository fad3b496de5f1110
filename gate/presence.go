package gate

import (
	"slices"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const (
	mostPresence    = 1000     // users whom a session watches
	waitingPresence = 16 << 10 // requests that wait to be served
	presenceLook    = time.Second
	presenceHeal    = 60               // looks at presence after which everybody was asked about
	presenceGrace   = 10 * time.Second // after which somebody who went offline is told to be
	presencePage    = 100              // states in one frame, which fit it in any codec
	mostWindow      = 500              // members of a group that are watched together
)

// presences knows who watches whether whom is online.
//
//	WatchPresence ──▶ asking ──▶ Register (Stream of each), Whereabouts ──▶ WatchingPresence
//	Push: Moved ────▶ dirty ──┐
//	a sweep ──────────────────┴▶ Whereabouts of dirty ones, and a part of all ──▶ PresenceChanged
//
// A route says no more than that somebody moved: what has become of them, and whether
// the one who watches may still know, is asked each time. So what is lost, or comes
// twice or late, is right with the next look. There is one look a second, so that
// nobody is told more often, and whoever went offline has presenceGrace to come back.
type presences struct {
	gate   *Server
	asking *batcher[presenceAsk]
	counts allowance // of what is counted for users

	mu    sync.Mutex
	users [presenceHeal]map[uint64][]*presenceWatch // by the look that heals, and who is watched; an empty list until the routes know
	conns map[uint64]map[uint64]*presenceWatch      // by connection, and who is watched
	dirty map[uint64]struct{}                       // to look at: moved, or watched by nobody any more
	turn  uint64

	leaving map[*presenceWatch]struct{} // those with a due time, and some that had one; of presences' own goroutine
}

// presenceWatch is a session that watches a user. What is told is of presences' own
// goroutine.
type presenceWatch struct {
	conn *conn
	uid  uint64
	via  msgdef.Conversation
	seen bool // in a window of via, and not named
	told msgdef.PresenceState
	due  time.Duration // when they are told to be offline; 0: they are not about to be
}

// presenceAsk is what a session asks for; without one it is time for a look.
type presenceAsk struct {
	conn *conn
	req  uint64
	via  msgdef.Conversation
	uids []uint64
	end  bool

	after  uint64 // of a window: it begins with the first member above
	limit  uint16
	window bool // of via, which has no other after this
	part   bool // uids are members of via whom nobody named
	more   bool // others follow them
}

func (p *presences) open(s *Server) {
	p.gate = s
	p.asking = newBatcher(waitingPresence, p.serve)
	for turn := range p.users {
		p.users[turn] = make(map[uint64][]*presenceWatch)
	}
	p.conns = make(map[uint64]map[uint64]*presenceWatch)
	p.dirty = make(map[uint64]struct{})
	p.leaving = make(map[*presenceWatch]struct{})
}

// healedWith returns the users with whom one is looked at whether they have moved or
// not. p.mu is held.
func (p *presences) healedWith(uid uint64) map[uint64][]*presenceWatch {
	return p.users[uid%presenceHeal]
}

// HandleWatchPresence implements msgdef.UpHandler.
func (t *turn) HandleWatchPresence(m *msgdef.WatchPresence) error {
	if err := t.beginPull(msgdef.TypeWatchPresence, m.Req); err != nil {
		return err
	}
	if none := len(m.UIDs) == 0; none && m.Via == (msgdef.Conversation{}) || !none && m.Window {
		return t.refused(msgdef.TypeWatchPresence, m.Req, msgdef.CodeBadArgument)
	}
	ask := presenceAsk{
		conn: t.conn, req: m.Req, via: m.Via, uids: slices.Clone(m.UIDs),
		after: m.After, limit: m.Limit, window: m.Window, part: len(m.UIDs) == 0,
	}
	if !t.gate.presences.asking.add(ask) {
		return t.refused(msgdef.TypeWatchPresence, m.Req, msgdef.CodeBusy)
	}
	return nil
}

// HandleUnwatchPresence implements msgdef.UpHandler.
func (t *turn) HandleUnwatchPresence(m *msgdef.UnwatchPresence) error {
	if err := t.admit(msgdef.TypeUnwatchPresence, 0); err != nil {
		return err
	}
	if !t.gate.presences.asking.add(presenceAsk{conn: t.conn, uids: slices.Clone(m.UIDs), end: true}) {
		return t.refused(msgdef.TypeUnwatchPresence, 0, msgdef.CodeBusy)
	}
	return nil
}

// moved notes that users came, went or changed devices.
func (p *presences) moved(uids []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, uid := range uids {
		if len(p.healedWith(uid)[uid]) > 0 {
			p.dirty[uid] = struct{}{}
		}
	}
}

// doubt has everybody looked at: routes may have had something to tell.
func (p *presences) doubt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, users := range p.users {
		for uid := range users {
			p.dirty[uid] = struct{}{}
		}
	}
}

// leave takes out what a connection watches that has ended.
func (p *presences) leave(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.conns[c.id] {
		p.remove(w)
	}
}

// remove takes a watch out. p.mu is held.
func (p *presences) remove(w *presenceWatch) {
	users := p.healedWith(w.uid)
	users[w.uid] = slices.DeleteFunc(users[w.uid], func(o *presenceWatch) bool { return o == w })
	if len(users[w.uid]) == 0 {
		p.dirty[w.uid] = struct{}{}
	}
	own := p.conns[w.conn.id]
	if own[w.uid] == w {
		delete(own, w.uid)
	}
	if len(own) == 0 {
		delete(p.conns, w.conn.id)
	}
}

// serve serves what sessions ask, in their order.
func (p *presences) serve(batch []presenceAsk) {
	for i := range batch {
		switch a := &batch[i]; {
		case a.conn == nil:
			p.look()
		case a.end:
			p.unwatch(a)
		default:
			p.answer(a)
		}
	}
}

// unwatch ends some or all of what a session watches.
func (p *presences) unwatch(a *presenceAsk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := p.conns[a.conn.id]
	if len(a.uids) == 0 {
		for _, w := range own {
			p.remove(w)
		}
	}
	for _, uid := range a.uids {
		if w := own[uid]; w != nil {
			p.remove(w)
		}
	}
}

// whereabouts asks about watches; nil when there is no answer now.
func (p *presences) whereabouts(list []*presenceWatch) ([]msgdef.PresenceState, error) {
	items := make([]rpc.Whereabout, len(list))
	for i, w := range list {
		items[i] = rpc.Whereabout{Asker: w.conn.uid, UID: w.uid, Via: w.via}
	}
	reply, err := p.ask(items)
	if err == nil && len(reply.Items) != len(list) {
		err = miscounted(len(reply.Items), len(list))
	}
	if err != nil {
		return nil, err
	}
	return reply.Items, nil
}

// ask asks the message service about users.
func (p *presences) ask(items []rpc.Whereabout) (*rpc.WhereaboutsReply, error) {
	ctx, cancel := p.gate.call(p.gate.times.Call)
	defer cancel()
	return p.gate.options.Route.Whereabouts(ctx, &rpc.WhereaboutsQuery{Items: items})
}

// miscounted is what is wrong with an answer that is not about those who were asked
// about.
func miscounted(answers, users int) error {
	return rpc.Errorf(msgdef.CodeUnavailable, "%d answers about %d users", answers, users)
}

// topics names users as routes are told of them.
func (p *presences) topics(uids []uint64) *rpc.SessionBatch {
	convs := make([][16]byte, len(uids))
	for i, uid := range uids {
		convs[i] = msgdef.Stream(uid)
	}
	return p.gate.audiences.topics(convs)
}

// visible returns of those who are online who lets others see it.
func (p *presences) visible(asker uint64, online []msgdef.Online) ([]msgdef.Online, error) {
	if len(online) == 0 {
		return online, nil
	}
	items := make([]rpc.Whereabout, len(online))
	for i := range online {
		items[i] = rpc.Whereabout{Asker: asker, UID: online[i].UID}
	}
	reply, err := p.ask(items)
	if err == nil && len(reply.Invisible) != len(online) {
		err = miscounted(len(reply.Invisible), len(online))
	}
	if err != nil {
		return nil, err
	}
	seen := make([]msgdef.Online, 0, len(online))
	for i := range online {
		if !reply.Invisible[i] {
			seen = append(seen, online[i])
		}
	}
	return seen, nil
}

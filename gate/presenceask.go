package gate

import (
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// answer has a session watch users, and tells how they are. The routes know who is
// watched here before that is asked.
func (p *presences) answer(a *presenceAsk) {
	err := p.windowOf(a)
	var list []*presenceWatch
	if err == nil {
		list, err = p.enter(a)
	}
	var states []msgdef.PresenceState
	if err == nil && len(list) > 0 {
		if states, err = p.whereabouts(list); err != nil {
			p.leaveAgain(list)
		}
	}
	if err != nil {
		a.conn.refuse(p.gate.failed(msgdef.TypeWatchPresence, a.req, err))
		return
	}
	for i, w := range list {
		w.told, w.due = states[i], 0
		if states[i].Code != msgdef.CodeOK {
			p.leaveAgain(list[i : i+1])
		}
	}
	for first := 0; first == 0 || first < len(states); first += presencePage {
		part := states[first:min(first+presencePage, len(states))]
		a.conn.reply(&msgdef.WatchingPresence{Req: a.req, Last: first+presencePage >= len(states), List: part, More: a.more})
	}
}

// windowOf names the members of the group who are in the window, where nobody is
// named.
func (p *presences) windowOf(a *presenceAsk) error {
	if !a.part {
		return nil
	}
	limit := uint16(mostWindow)
	if a.limit != 0 {
		limit = min(a.limit, limit)
	}
	ctx, cancel := p.gate.call(p.gate.times.Call)
	defer cancel()
	query := &rpc.MembersQuery{UID: a.conn.uid, Conv: a.via, After: a.after, Limit: limit, Bare: true}
	reply, err := p.gate.options.Route.Members(ctx, query)
	if err != nil {
		return err
	}
	a.uids, a.more = reply.UIDs, reply.More
	for i := range reply.List { // of a service from before it could be asked for no more than this
		if m := &reply.List[i]; m.Role >= msgdef.RoleMember {
			a.uids = append(a.uids, m.UID)
		}
	}
	return nil
}

// enter notes what a session watches from now on, unless it would be too much. What
// it watches already it does another way from now on.
func (p *presences) enter(a *presenceAsk) ([]*presenceWatch, error) {
	slices.Sort(a.uids)
	a.uids = slices.Compact(a.uids)
	news := p.unknown(a.uids)
	if len(news) > 0 {
		ctx, cancel := p.gate.call(p.gate.times.Call)
		defer cancel()
		if err := p.gate.options.Route.Register(ctx, p.topics(news)); err != nil {
			p.forget(news)
			return nil, err
		}
	}
	c := a.conn
	c.out.mu.Lock() // who leaves has ended the outbox before it takes its watches out
	defer c.out.mu.Unlock()
	if c.out.phase >= finishing {
		return nil, errEnding
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	own := p.conns[c.id]
	left := p.leftBehind(a, own)
	more := 0
	for _, uid := range a.uids {
		if own[uid] == nil {
			more++
		}
	}
	if len(own)-len(left)+more > mostPresence {
		return nil, rpc.Errorf(msgdef.CodeManyWatched, "at most %d users", mostPresence)
	}
	for _, w := range left {
		p.remove(w)
	}
	if own = p.conns[c.id]; own == nil && len(a.uids) > 0 {
		own = make(map[uint64]*presenceWatch)
		p.conns[c.id] = own
	}
	list := make([]*presenceWatch, 0, len(a.uids))
	for _, uid := range a.uids {
		w := own[uid]
		if w == nil {
			w = &presenceWatch{conn: c, uid: uid, seen: a.part}
			own[uid] = w
			users := p.healedWith(uid)
			users[uid] = append(users[uid], w)
		}
		w.via, w.seen = a.via, w.seen && a.part
		list = append(list, w)
	}
	return list, nil
}

// leftBehind returns the watches of a connection that a window moves away from. p.mu
// is held.
func (p *presences) leftBehind(a *presenceAsk, own map[uint64]*presenceWatch) (left []*presenceWatch) {
	if !a.window {
		return nil
	}
	for uid, w := range own {
		if _, in := slices.BinarySearch(a.uids, uid); w.seen && w.via == a.via && !in {
			left = append(left, w)
		}
	}
	return left
}

// unknown returns users whom nobody has watched here, who are in the table from now
// on.
func (p *presences) unknown(uids []uint64) (news []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, uid := range uids {
		users := p.healedWith(uid)
		if _, ok := users[uid]; !ok {
			users[uid] = nil
			news = append(news, uid)
		}
	}
	return news
}

// forget takes users out of the table whom the routes may not know of.
func (p *presences) forget(uids []uint64) {
	p.mu.Lock()
	for _, uid := range uids {
		if users := p.healedWith(uid); len(users[uid]) == 0 {
			delete(users, uid)
		}
	}
	p.mu.Unlock()
	p.cease(uids)
}

// leaveAgain takes watches out.
func (p *presences) leaveAgain(list []*presenceWatch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range list {
		p.remove(w)
	}
}

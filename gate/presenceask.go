package gate

import (
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// answer has a session watch users, and tells how they are. The routes know who is
// watched here before that is asked.
func (p *presences) answer(a *presenceAsk) {
	err := p.wholeGroup(a)
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
		a.conn.reply(&msgdef.WatchingPresence{Req: a.req, Last: first+presencePage >= len(states), List: part})
	}
}

// wholeGroup names the members of the group, where nobody is named.
func (p *presences) wholeGroup(a *presenceAsk) error {
	if len(a.uids) > 0 {
		return nil
	}
	ctx, cancel := p.gate.call(p.gate.times.Call)
	defer cancel()
	reply, err := p.gate.options.Route.Members(ctx, &rpc.MembersQuery{UID: a.conn.uid, Conv: a.via, Limit: wholeGroup})
	if err != nil {
		return err
	}
	for i := range reply.List {
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
	more := 0
	for _, uid := range a.uids {
		if own[uid] == nil {
			more++
		}
	}
	if len(own)+more > mostPresence {
		return nil, rpc.Errorf(msgdef.CodeManyWatched, "at most %d users", mostPresence)
	}
	if own == nil && len(a.uids) > 0 {
		own = make(map[uint64]*presenceWatch)
		p.conns[c.id] = own
	}
	list := make([]*presenceWatch, 0, len(a.uids))
	for _, uid := range a.uids {
		w := own[uid]
		if w == nil {
			w = &presenceWatch{conn: c, uid: uid}
			own[uid] = w
			users := p.healedWith(uid)
			users[uid] = append(users[uid], w)
		}
		w.via = a.via
		list = append(list, w)
	}
	return list, nil
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

package gate

import (
	"slices"

	"github.com/sim-im/sim/msgdef"
)

// look tells what has changed with those who moved, and with a part of all, and
// forgets whom nobody watches.
func (p *presences) look() {
	list, deserted := p.due()
	for part := range slices.Chunk(deserted, callSessions) {
		p.cease(part)
	}
	changed := make(map[*conn][]msgdef.PresenceState)
	for part := range slices.Chunk(list, callItems) {
		states, err := p.whereabouts(part)
		if err != nil { // the next look asks again
			p.again(part)
			continue
		}
		for i, w := range part {
			if p.news(w, &states[i]) {
				changed[w.conn] = append(changed[w.conn], states[i])
			}
		}
	}
	for c, states := range changed {
		for part := range slices.Chunk(states, presencePage) {
			c.reply(&msgdef.PresenceChanged{List: part})
		}
	}
}

// due returns the watches to look at now, and users whom nobody watches any more.
func (p *presences) due() (list []*presenceWatch, deserted []uint64) {
	now := p.gate.clock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++
	for w := range p.leaving {
		if now >= w.due {
			delete(p.leaving, w)
			p.dirty[w.uid] = struct{}{}
		}
	}
	for uid := range p.users[p.turn%presenceHeal] {
		p.dirty[uid] = struct{}{}
	}
	for uid := range p.dirty {
		switch watches, known := p.healedWith(uid)[uid]; {
		case len(watches) > 0:
			list = append(list, watches...)
		case known:
			delete(p.healedWith(uid), uid)
			deserted = append(deserted, uid)
		}
	}
	clear(p.dirty)
	return list, deserted
}

// again has the next look ask about these.
func (p *presences) again(list []*presenceWatch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range list {
		p.dirty[w.uid] = struct{}{}
	}
}

// cease tells the routes that users are watched here no more. One that is not told
// says of them what nobody hears.
func (p *presences) cease(uids []uint64) {
	ctx, cancel := p.gate.call(p.gate.times.Call)
	defer cancel()
	if err := p.gate.options.Route.Unregister(ctx, p.topics(uids)); err != nil {
		p.gate.logger.Warn("route does not take who is watched no more", "users", len(uids), "error", err)
	}
}

// news notes how a user is, and tells whether the one who watches is to be told. One
// that does not read hears of it when it does.
func (p *presences) news(w *presenceWatch, state *msgdef.PresenceState) bool {
	told := &w.told
	switch {
	case state.Code != msgdef.CodeOK:
	case told.Online && !state.Online:
		if now := p.gate.clock(); w.due == 0 {
			w.due = now + presenceGrace
			p.leaving[w] = struct{}{}
			return false
		} else if now < w.due {
			return false
		}
	default:
		w.due = 0
		if told.Online == state.Online && told.Devices == state.Devices && told.Platforms == state.Platforms {
			return false
		}
	}
	if room, err := w.conn.room(); room != nil || err != nil {
		p.again([]*presenceWatch{w})
		return false
	}
	w.told, w.due = *state, 0
	if state.Code != msgdef.CodeOK {
		p.leaveAgain([]*presenceWatch{w})
	}
	return true
}

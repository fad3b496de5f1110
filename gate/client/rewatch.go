package client

import (
	"slices"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// rewatch is a question about who is watched already: of a new connection, as the one
// before did, or after a change of a group. Its answer is news.
type rewatch struct {
	question msgdef.WatchPresence
	seen     []uint64 // who came in the answer so far
	at       time.Time
	fails    int
}

// relink has a new link asked for all that is watched. Client.mu is held.
func (p *contacts) relink(most int, now time.Time) {
	p.again, p.asked = nil, make(map[uint64]*rewatch)
	for _, m := range p.windows {
		p.again = append(p.again, &rewatch{question: m, at: now})
	}
	by := make(map[msgdef.Conversation][]uint64)
	for uid, who := range p.users {
		if !who.window {
			by[who.via] = append(by[who.via], uid)
		}
	}
	for via, uids := range by {
		slices.Sort(uids)
		for part := range slices.Chunk(uids, most) {
			p.again = append(p.again, &rewatch{question: msgdef.WatchPresence{Via: via, UIDs: part}, at: now})
		}
	}
}

// windowPause is how long after a change of a group its window is asked for again.
// Changes that come meanwhile are in the answer.
const windowPause = 2 * time.Second

// stale has the window of a group whose members may have changed asked for again at a
// time. Client.mu is held.
func (p *contacts) stale(group msgdef.Conversation, at time.Time) {
	q, ok := p.windows[group]
	if ok && !slices.ContainsFunc(p.again, func(r *rewatch) bool { return p.shows(&r.question) && r.question.Via == group }) {
		p.again = append(p.again, &rewatch{question: q, at: at})
	}
}

// regrouped takes note of a message of some kind: one that changes a group may change
// who is in its window.
func (s *session) regrouped(kind msgdef.ContentKind, conv msgdef.Conversation) {
	if kind != msgdef.ContentGroup {
		return
	}
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	c.contacts.stale(conv, c.clock.Add(windowPause))
}

// next returns when there is something to ask.
func (p *contacts) next() (next time.Time) {
	for _, r := range p.again {
		sooner(&next, r.at)
	}
	return next
}

// rewatchDue asks what is to be asked, as far as it is still wanted. mu is held.
func (c *Client) rewatchDue(l *link, now time.Time) {
	p := &c.contacts
	p.again = slices.DeleteFunc(p.again, func(r *rewatch) bool {
		if !reached(r.at, now) {
			return false
		}
		if p.wanted(r) {
			r.question.Req, r.seen = c.calls.request(), nil
			p.asked[r.question.Req] = r
			l.add(&r.question)
		}
		return true
	})
}

// wanted tells whether a question is still one, and takes out of it whom nobody
// watches by it any more.
func (p *contacts) wanted(r *rewatch) bool {
	q := &r.question
	if q.Window {
		return p.shows(q)
	}
	q.UIDs = slices.DeleteFunc(q.UIDs, func(uid uint64) bool {
		who := p.users[uid]
		return who == nil || who.sight != sight{via: q.Via}
	})
	return len(q.UIDs) > 0
}

// shows tells whether a question is about a window that was not moved since.
func (p *contacts) shows(q *msgdef.WatchPresence) bool {
	as, ok := p.windows[q.Via]
	return q.Window && ok && as.After == q.After && as.Limit == q.Limit
}

// take takes a frame of an answer, and returns who is watched no more: who is in the
// window no longer. Client.mu is held.
func (p *contacts) take(r *rewatch, m *msgdef.WatchingPresence) (gone []uint64) {
	if p.shows(&r.question) {
		p.watch(sight{r.question.Via, true}, m.List)
	}
	for i := range m.List {
		r.seen = append(r.seen, m.List[i].UID)
	}
	if !m.Last {
		return nil
	}
	delete(p.asked, m.Req)
	return p.without(r)
}

// without returns whom a question is about and its answer has not.
func (p *contacts) without(r *rewatch) (gone []uint64) {
	if !r.question.Window {
		gone = slices.Clone(r.question.UIDs)
	} else if p.shows(&r.question) {
		for uid, who := range p.users {
			if who.sight == (sight{r.question.Via, true}) {
				gone = append(gone, uid)
			}
		}
		slices.Sort(gone)
	}
	return slices.DeleteFunc(gone, func(uid uint64) bool { return slices.Contains(r.seen, uid) })
}

// rewatched tells the application of an answer to a rewatch, and reports whether it is
// one.
func (s *session) rewatched(m *msgdef.WatchingPresence) (bool, error) {
	c := s.c
	c.mu.Lock()
	r, ok := c.contacts.asked[m.Req]
	var gone []uint64
	if ok {
		gone = c.contacts.take(r, m)
	}
	c.mu.Unlock()
	if !ok {
		return false, nil
	}
	if err := bounded("WatchingPresence", len(r.seen), maxPresence); err != nil {
		return true, err
	}
	s.presenceIs(m.List)
	s.notForUs(gone)
	return true, nil
}

// failRewatch takes the server's refusal of a rewatch, and reports whether it is one.
// One that is for now is asked again; after another nobody of it is watched.
func (s *session) failRewatch(req uint64, refusal *Error) bool {
	c := s.c
	c.mu.Lock()
	p := &c.contacts
	r, ok := p.asked[req]
	delete(p.asked, req)
	var gone []uint64
	switch {
	case !ok:
	case class(refusal.Code) == 3:
		r.seen = nil
		gone = p.without(r)
		if p.shows(&r.question) {
			delete(p.windows, r.question.Via)
		}
	default:
		r.fails++
		r.at = c.clock.Add(c.opts.Backoff.delay(r.fails, refusal.Retry))
		p.again = append(p.again, r)
	}
	c.mu.Unlock()
	s.notForUs(gone)
	return ok
}

// notForUs tells the application that nothing more comes of users.
func (s *session) notForUs(uids []uint64) {
	states := make([]msgdef.PresenceState, 0, len(uids))
	for _, uid := range uids {
		states = append(states, msgdef.PresenceState{UID: uid, Code: msgdef.CodeForbidden})
	}
	s.presenceIs(states)
}

package client

import (
	"context"
	"maps"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// contacts is whose presence is watched, and how it was told.
type contacts struct {
	users   map[uint64]*contact
	windows map[msgdef.Conversation]msgdef.WatchPresence // of groups, as they were asked for

	again []*rewatch          // to be asked
	asked map[uint64]*rewatch // under way, by Req
}

// contact is a user who is watched.
type contact struct {
	sight
	told msgdef.PresenceState // to the application; zero for nothing yet
}

// sight is how the presence of a user is watched.
type sight struct {
	via    msgdef.Conversation
	window bool // in that of via, and not by name
}

// PresenceWindow is a part of the members of a group, by ascending user id.
type PresenceWindow struct {
	States []msgdef.PresenceState
	More   bool // members follow the last one, with whose user id as after the next window begins
}

// WatchPresence tells who of uids is online, and has Options.OnPresence hear of each
// change until UnwatchPresence or Close, also over connections that are lost. Via is
// a group of the user and theirs; zero for those with whom there is a conversation.
// Without uids it is WatchMembers from the first member on. A state with a Code is not
// for the user to know, or no longer: who is not in the window any more when a new
// connection asks for it has CodeForbidden too. At most 1,000 users are watched:
// CodeManyWatched. Errors are those of History.
func (c *Client) WatchPresence(ctx context.Context, via msgdef.Conversation, uids ...uint64) ([]msgdef.PresenceState, error) {
	w, err := c.watchPresence(ctx, msgdef.WatchPresence{Via: via, UIDs: uids, Window: len(uids) == 0})
	return w.States, err
}

// WatchMembers is WatchPresence for a window of the members of a group: those above the
// user id after, at most limit of them, and at most 500, which 0 means. A group has one
// window: who was in the one before and is not in this one is watched no more, unless by
// name. Options.OnPresence hears of who comes into the window, and with CodeForbidden of
// who falls out of it, some seconds after the change of the group.
func (c *Client) WatchMembers(ctx context.Context, group msgdef.Conversation, after uint64, limit int) (PresenceWindow, error) {
	return c.watchPresence(ctx, msgdef.WatchPresence{
		Via: group, After: after, Limit: uint16(max(0, min(limit, maxPresence))), Window: true,
	})
}

func (c *Client) watchPresence(ctx context.Context, question msgdef.WatchPresence) (w PresenceWindow, err error) {
	if err := checkArgument(question.Validate()); err != nil {
		return w, err
	}
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			w.States = nil
			asked := question
			asked.Req = req
			return &asked
		},
		take: func(answer any) (bool, error) {
			m, ok := answer.(*msgdef.WatchingPresence)
			if !ok {
				return false, protocolError("%T in answer to WatchPresence", answer)
			}
			w.States, w.More = append(w.States, m.List...), m.More
			if err := bounded("WatchingPresence", len(w.States), maxPresence); err != nil || !m.Last {
				return false, err
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.contacts.begin(&question, w.States)
			return true, nil
		},
	})
	return w, err
}

// begin keeps who is watched, also for the next connection. Client.mu is held.
func (p *contacts) begin(question *msgdef.WatchPresence, states []msgdef.PresenceState) {
	if p.users == nil {
		p.users, p.windows = make(map[uint64]*contact), make(map[msgdef.Conversation]msgdef.WatchPresence)
	}
	if question.Window {
		p.leave(question.Via)
		p.windows[question.Via] = *question
	}
	p.watch(sight{question.Via, question.Window}, states)
	p.news(states) // whoever asked is told
}

// watch keeps who is watched, and how. Client.mu is held.
func (p *contacts) watch(as sight, states []msgdef.PresenceState) {
	for i := range states {
		if states[i].Code != msgdef.CodeOK {
			continue
		}
		if who := p.users[states[i].UID]; who == nil {
			p.users[states[i].UID] = &contact{sight: as}
		} else {
			who.sight = sight{as.via, as.window && who.window}
		}
	}
}

// news returns what the application was not told yet of those who are watched, and
// forgets who may be watched no longer. Client.mu is held.
func (p *contacts) news(states []msgdef.PresenceState) (news []msgdef.PresenceState) {
	for i := range states {
		who := p.users[states[i].UID]
		if who == nil || who.told == states[i] {
			continue
		}
		who.told = states[i]
		news = append(news, states[i])
		if states[i].Code != msgdef.CodeOK {
			delete(p.users, states[i].UID)
		}
	}
	return news
}

// leave forgets who is in the window of a group. Client.mu is held.
func (p *contacts) leave(group msgdef.Conversation) {
	maps.DeleteFunc(p.users, func(_ uint64, who *contact) bool { return who.sight == sight{group, true} })
}

// UnwatchPresence ends hearing of users; of all without uids. It does not wait. The
// error wraps ErrStopped or ErrClosed.
func (c *Client) UnwatchPresence(uids ...uint64) error {
	if err := checkArgument((&msgdef.UnwatchPresence{UIDs: uids}).Validate()); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.alive(); err != nil {
		return err
	}
	if len(uids) == 0 {
		c.contacts = contacts{}
	}
	for _, uid := range uids {
		who := c.contacts.users[uid]
		delete(c.contacts.users, uid)
		if who != nil && who.window && !c.contacts.has(who.sight) {
			delete(c.contacts.windows, who.via)
		}
	}
	if l := c.link; l != nil {
		l.add(&msgdef.UnwatchPresence{UIDs: uids})
		l.flush(&c.mu, c.opts.Now())
	}
	return nil
}

// has tells whether somebody is watched like that. Client.mu is held.
func (p *contacts) has(as sight) bool {
	for _, other := range p.users {
		if other.sight == as {
			return true
		}
	}
	return false
}

// SetInvisible has others see the user offline, whatever devices are online, or no
// more. See SetArchived for how it is done.
func (c *Client) SetInvisible(on bool) *Handle {
	return c.QueueSetting(&msgdef.Setting{Conv: msgdef.Stream(c.UID()), Act: msgdef.SettingInvisible, Off: !on})
}

// HandleWatchingPresence implements msgdef.DownHandler.
func (s *session) HandleWatchingPresence(m *msgdef.WatchingPresence) error {
	if again, err := s.rewatched(m); again {
		return err
	}
	return s.answer(m.Req, m)
}

// HandlePresenceChanged implements msgdef.DownHandler.
func (s *session) HandlePresenceChanged(m *msgdef.PresenceChanged) error {
	s.presenceIs(m.List)
	return nil
}

// presenceIs tells the application of users that it watches, as far as it is news.
func (s *session) presenceIs(list []msgdef.PresenceState) {
	s.c.mu.Lock()
	news := s.c.contacts.news(list)
	s.c.mu.Unlock()
	if s.c.opts.OnPresence != nil && len(news) > 0 {
		s.c.opts.OnPresence(news)
	}
}

// Watched returns the users whose presence is watched, ascending.
func (c *Client) Watched() []uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.contacts.users))
}

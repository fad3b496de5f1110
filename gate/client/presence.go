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
	via    map[uint64]msgdef.Conversation
	groups map[msgdef.Conversation]bool // of which all members are
	asked  map[uint64]bool              // requests after a connection was lost, whose answers are news
}

// WatchPresence tells who of uids is online, and has Options.OnPresence hear of each
// change until UnwatchPresence or Close, also over connections that are lost. Via is
// a group of the user and theirs; zero for those with whom there is a conversation.
// Without uids it is the first 500 members of via, as they are when it is asked. A
// state with a Code is not for the user to know. At most 1,000 users are watched:
// CodeManyWatched. Errors are those of History.
func (c *Client) WatchPresence(ctx context.Context, via msgdef.Conversation, uids ...uint64) (states []msgdef.PresenceState, err error) {
	question := msgdef.WatchPresence{Via: via, UIDs: uids}
	if err := checkArgument(question.Validate()); err != nil {
		return nil, err
	}
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			states = nil
			return &msgdef.WatchPresence{Req: req, Via: via, UIDs: uids}
		},
		take: func(answer any) (bool, error) {
			m, ok := answer.(*msgdef.WatchingPresence)
			if !ok {
				return false, protocolError("%T in answer to WatchPresence", answer)
			}
			states = append(states, m.List...)
			return m.Last, bounded("WatchingPresence", len(states), maxPresence)
		},
	})
	if err == nil {
		c.watchesPresence(via, len(uids) == 0, states)
	}
	return states, err
}

// watchesPresence remembers who is watched, for the next connection.
func (c *Client) watchesPresence(via msgdef.Conversation, whole bool, states []msgdef.PresenceState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &c.contacts
	if p.via == nil {
		p.via, p.groups = make(map[uint64]msgdef.Conversation), make(map[msgdef.Conversation]bool)
	}
	if whole {
		p.groups[via] = true
	}
	for i := range states {
		if states[i].Code == msgdef.CodeOK {
			p.via[states[i].UID] = via
		}
	}
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
		delete(c.contacts.via, uid)
	}
	if l := c.link; l != nil {
		l.add(&msgdef.UnwatchPresence{UIDs: uids})
		l.flush(&c.mu, c.opts.Now())
	}
	return nil
}

// SetInvisible has others see the user offline, whatever devices are online, or no
// more. See SetArchived for how it is done.
func (c *Client) SetInvisible(on bool) *Handle {
	return c.QueueSetting(&msgdef.Setting{Conv: msgdef.Stream(c.UID()), Act: msgdef.SettingInvisible, Off: !on})
}

// rewatchPresence asks on a new connection for what was watched on the one before.
// mu is held.
func (c *Client) rewatchPresence(l *link) {
	p := &c.contacts
	p.asked = nil
	if len(p.via) == 0 {
		return
	}
	p.asked = make(map[uint64]bool)
	ask := func(via msgdef.Conversation, uids []uint64) {
		req := c.calls.request()
		p.asked[req] = true
		l.add(&msgdef.WatchPresence{Req: req, Via: via, UIDs: uids})
	}
	for via := range p.groups {
		ask(via, nil)
	}
	by := make(map[msgdef.Conversation][]uint64)
	for uid, via := range p.via {
		if !p.groups[via] {
			by[via] = append(by[via], uid)
		}
	}
	for via, uids := range by {
		slices.Sort(uids)
		for part := range slices.Chunk(uids, c.edge.most(maxPresence)) {
			ask(via, part)
		}
	}
}

// HandleWatchingPresence implements msgdef.DownHandler.
func (s *session) HandleWatchingPresence(m *msgdef.WatchingPresence) error {
	s.c.mu.Lock()
	again := s.c.contacts.asked[m.Req]
	s.c.mu.Unlock()
	if again {
		return s.presenceIs(m.List)
	}
	return s.answer(m.Req, m)
}

// HandlePresenceChanged implements msgdef.DownHandler.
func (s *session) HandlePresenceChanged(m *msgdef.PresenceChanged) error { return s.presenceIs(m.List) }

// presenceIs tells the application of users that it watches.
func (s *session) presenceIs(list []msgdef.PresenceState) error {
	s.c.mu.Lock()
	watched := make([]msgdef.PresenceState, 0, len(list))
	for i := range list {
		if _, ok := s.c.contacts.via[list[i].UID]; ok {
			watched = append(watched, list[i])
		}
		if list[i].Code != msgdef.CodeOK {
			delete(s.c.contacts.via, list[i].UID)
		}
	}
	s.c.mu.Unlock()
	if s.c.opts.OnPresence != nil && len(watched) > 0 {
		s.c.opts.OnPresence(watched)
	}
	return nil
}

// Watched returns the users whose presence is watched, ascending.
func (c *Client) Watched() []uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.contacts.via))
}

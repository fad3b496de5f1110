package mobile

import (
	"context"
	"sync"

	"github.com/sim-im/sim/msgdef"
)

// Presence is whether a user is online.
type Presence struct {
	UID       int64
	Known     bool // else it is not for the user to know, and nothing more comes
	Online    bool
	Devices   int
	Platforms int   // of those: the bit 1 << Platform of each; 0 where that is not known
	Since     int64 // login of the oldest session, Unix milliseconds; 0 when offline
	Seen      int64 // when an offline user was online last, Unix milliseconds; 0 when that is not known
}

// PresenceListener hears of users of WatchPresence and WatchMembers; its method must
// return soon, and must not call what waits.
type PresenceListener interface {
	OnPresence(p *Presence) // a user came, went or changed devices
}

// presences is who hears of users.
type presences struct {
	mu       sync.Mutex
	listener PresenceListener // nil: nobody
}

// tell tells of users.
func (p *presences) tell(list []msgdef.PresenceState) {
	p.mu.Lock()
	l := p.listener
	p.mu.Unlock()
	for i := range list {
		if l != nil {
			l.OnPresence(presenceOf(&list[i]))
		}
	}
}

// SetPresenceListener says who hears of users from now on; nil is nobody.
func (c *Client) SetPresenceListener(l PresenceListener) {
	c.presences.mu.Lock()
	defer c.presences.mu.Unlock()
	c.presences.listener = l
}

func presenceOf(s *msgdef.PresenceState) *Presence {
	return &Presence{
		UID: int64(s.UID), Known: s.Code == msgdef.CodeOK, Online: s.Online,
		Devices: int(s.Devices), Platforms: int(s.Platforms), Since: s.Since, Seen: s.Seen,
	}
}

// PresenceList is how users are.
type PresenceList struct {
	list []msgdef.PresenceState
	more bool
}

// More tells, of WatchWindow, whether members follow the last one, with whose UID as
// after the next window begins.
func (l *PresenceList) More() bool { return l.more }

// Len returns how many there are.
func (l *PresenceList) Len() int { return len(l.list) }

// At returns one of them, from 0; nil where there is none.
func (l *PresenceList) At(i int) *Presence {
	if i < 0 || i >= l.Len() {
		return nil
	}
	return presenceOf(&l.list[i])
}

// WatchPresence tells whether a user is online with whom there is a conversation, and
// has the PresenceListener hear of each change until UnwatchPresence.
func (c *Client) WatchPresence(uid int64, call *Call) (*PresenceList, error) {
	return c.watch(call, func(ctx context.Context) ([]msgdef.PresenceState, error) {
		return c.c.WatchPresence(ctx, msgdef.Conversation{}, uint64(uid))
	})
}

// WatchMembers does so for the members of a group of the user, the first 500.
func (c *Client) WatchMembers(group []byte, call *Call) (*PresenceList, error) {
	conv, err := conversation(group)
	if err != nil {
		return nil, err
	}
	return c.watch(call, func(ctx context.Context) ([]msgdef.PresenceState, error) { return c.c.WatchPresence(ctx, conv) })
}

func (c *Client) watch(call *Call, ask func(context.Context) ([]msgdef.PresenceState, error)) (*PresenceList, error) {
	ctx, cancel := call.context()
	defer cancel()
	list, err := ask(ctx)
	if err != nil {
		return nil, err
	}
	return &PresenceList{list: list}, nil
}

// WatchWindow is WatchMembers for those above the user id after, 0 at first, at most
// limit of them, and at most 500, which 0 means. A group has one window: who was in the
// one before and is not in this one is watched no more.
func (c *Client) WatchWindow(group []byte, after int64, limit int, call *Call) (*PresenceList, error) {
	conv, err := conversation(group)
	if err != nil {
		return nil, err
	}
	ctx, cancel := call.context()
	defer cancel()
	w, err := c.c.WatchMembers(ctx, conv, uint64(after), limit)
	if err != nil {
		return nil, err
	}
	return &PresenceList{list: w.States, more: w.More}, nil
}

// GroupPresence is how many members of a group are online.
type GroupPresence struct {
	Members int
	Online  int   // of those, as far as the user may know
	At      int64 // when they were counted, Unix milliseconds
}

// OnlineMembers tells how many members of a group of the user are online, as of some 10
// seconds ago, or longer for a group of many thousands.
func (c *Client) OnlineMembers(group []byte, call *Call) (*GroupPresence, error) {
	conv, err := conversation(group)
	if err != nil {
		return nil, err
	}
	ctx, cancel := call.context()
	defer cancel()
	p, err := c.c.OnlineMembers(ctx, conv)
	if err != nil {
		return nil, err
	}
	return &GroupPresence{Members: p.Members, Online: p.Online, At: p.At.UnixMilli()}, nil
}

// UnwatchPresence ends hearing of a user; of everybody for 0.
func (c *Client) UnwatchPresence(uid int64) error {
	if uid == 0 {
		return c.c.UnwatchPresence()
	}
	return c.c.UnwatchPresence(uint64(uid))
}

// SetInvisible has others see the user offline, or no more; see SetMuted.
func (c *Client) SetInvisible(on bool) *Pending { return &Pending{c.c.SetInvisible(on)} }

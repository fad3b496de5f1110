package mobile

import (
	"fmt"
	"math"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// Relation is what the user has with another.
type Relation struct {
	UserID        int64
	State         int // as msgdef.RelationState numbers them: 1 asked, 2 asks the user, 3 a friend
	SinceMillis   int64
	Greeting      string // of a request that is open
	BlockedMillis int64  // since when the user blocks the other; 0: they do not
}

func relationOf(r *msgdef.Relation) *Relation {
	return &Relation{
		UserID: int64(r.UID), State: int(r.State), SinceMillis: r.Since, Greeting: r.Greeting, BlockedMillis: r.Blocked,
	}
}

// RelationList is some of those whom the user is friends with, has asked, is asked
// by, or blocks.
type RelationList struct{ page client.RelationPage }

// Len returns how many there are, which may be none although there is more.
func (l *RelationList) Len() int { return len(l.page.List) }

// At returns one of them, from 0; nil where there is none.
func (l *RelationList) At(i int) *Relation {
	if i < 0 || i >= len(l.page.List) {
		return nil
	}
	return relationOf(&l.page.List[i])
}

// Next returns what to ask for those after; 0: there are none.
func (l *RelationList) Next() int64 { return int64(l.page.Next) }

// Relations returns at most limit of them after a user; 0 from the beginning, limit 0
// leaves it to the server.
func (c *Client) Relations(after int64, limit int, call *Call) (*RelationList, error) {
	ctx, cancel := call.context()
	defer cancel()
	page, err := c.c.Relations(ctx, uint64(after), limit)
	if err != nil {
		return nil, err
	}
	return &RelationList{page}, nil
}

// Befriend asks another user to be friends, with a greeting that may be empty.
func (c *Client) Befriend(user int64, greeting string, call *Call) error {
	return c.befriend(user, &msgdef.FriendChange{Act: msgdef.FriendAsk, Greeting: greeting}, call)
}

// AcceptFriend is friends with who has asked.
func (c *Client) AcceptFriend(user int64, call *Call) error {
	return c.befriend(user, &msgdef.FriendChange{Act: msgdef.FriendAccept}, call)
}

func (c *Client) befriend(user int64, change *msgdef.FriendChange, call *Call) error {
	ctx, cancel := call.context()
	defer cancel()
	_, err := c.c.ChangeFriend(ctx, uint64(user), change)
	return err
}

// Unfriend ends what there is: a friendship, or a request of either.
func (c *Client) Unfriend(user int64, call *Call) error {
	ctx, cancel := call.context()
	defer cancel()
	_, err := c.c.Unfriend(ctx, uint64(user))
	return err
}

// Keep says for how many days messages live that either of the two sends from now on
// (Message.ExpiresMillis, Pending.ExpiresMillis), 0 for as long as their senders say. What
// was said last by either holds.
func (c *Client) Keep(user int64, days int, call *Call) error {
	if days < 0 || days > math.MaxUint16 {
		return fmt.Errorf("%w: %d days", client.ErrArgument, days)
	}
	ctx, cancel := call.context()
	defer cancel()
	_, err := c.c.Keep(ctx, uint64(user), uint16(days))
	return err
}

// KeepDays returns for how many days messages of the two of its conversation live that
// come after this one, 0 for as long as their senders say; -1 when it does not say that.
func (m *Message) KeepDays() int {
	if m.m != nil {
		if says, _ := m.m.Event(); says != nil {
			if k, ok := says.(*msgdef.Keep); ok {
				return int(k.Days)
			}
		}
	}
	return -1
}

// SetBlocked has another user not reach this one any more, or again. Like settings it
// is queued.
func (c *Client) SetBlocked(user int64, blocked bool) *Pending {
	return &Pending{c.c.SetBlocked(uint64(user), blocked)}
}

// FriendAct returns what the message does to a friendship of the two of its
// conversation, as msgdef.FriendAct numbers it; 0 when it does nothing to one.
func (m *Message) FriendAct() int {
	if c := m.friendChange(); c != nil {
		return int(c.Act)
	}
	return 0
}

// Greeting returns what a request says.
func (m *Message) Greeting() string {
	if c := m.friendChange(); c != nil {
		return c.Greeting
	}
	return ""
}

func (m *Message) friendChange() *msgdef.FriendChange {
	if m.m == nil {
		return nil
	}
	says, _ := m.m.Event() // what cannot be read changes nothing that can be shown
	c, _ := says.(*msgdef.FriendChange)
	return c
}

package mobile

import (
	"context"
	"fmt"
	"math"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// Change is what is done to a group, see msgdef.GroupChange. The numbers are those
// of msgdef.GroupAct, GroupRole and GroupEntry.
type Change struct {
	Act         int
	Role        int   // of act 10
	UntilMillis int64 // of act 11
	Info        *Info // of acts 1 and 2
	Reason      string

	uids []uint64
}

// User adds one whom the change is about.
func (c *Change) User(uid int64) { c.uids = append(c.uids, uint64(uid)) }

// Users returns how many the change is about.
func (c *Change) Users() int { return len(c.uids) }

// UserAt returns one of them, from 0; 0 where there is none.
func (c *Change) UserAt(i int) int64 {
	if i < 0 || i >= len(c.uids) {
		return 0
	}
	return int64(c.uids[i])
}

// Info is what admins say of a group.
type Info struct {
	Name         string
	Avatar       string
	Announcement string
	Entry        int // 0 admins add people, 1 people ask, 2 people join
	Listed       bool
	Quiet        bool // only admins write
	KeepDays     int  // after which messages are dropped, 65535 at most; 0 leaves it to the service
}

func (i *Info) info() msgdef.GroupInfo {
	return msgdef.GroupInfo{
		Name: i.Name, Avatar: i.Avatar, Announcement: i.Announcement,
		Entry: msgdef.GroupEntry(i.Entry), Listed: i.Listed, Quiet: i.Quiet, Keep: uint16(i.KeepDays),
	}
}

func infoOf(i msgdef.GroupInfo) *Info {
	return &Info{
		Name: i.Name, Avatar: i.Avatar, Announcement: i.Announcement,
		Entry: int(i.Entry), Listed: i.Listed, Quiet: i.Quiet, KeepDays: int(i.Keep),
	}
}

// change returns what is asked for.
func (c *Change) change() (*msgdef.GroupChange, error) {
	made := &msgdef.GroupChange{UIDs: append([]uint64(nil), c.uids...), Until: c.UntilMillis, Reason: c.Reason}
	if c.Info != nil {
		if c.Info.Entry < 0 || c.Info.Entry > math.MaxUint8 || c.Info.KeepDays < 0 || c.Info.KeepDays > math.MaxUint16 {
			return nil, fmt.Errorf("mobile: entry %d, 0 to 255, and %d days, 0 to 65535", c.Info.Entry, c.Info.KeepDays)
		}
		made.Info = c.Info.info()
	}
	if c.Act < 0 || c.Act > math.MaxUint8 || c.Role < 0 || c.Role > math.MaxUint8 {
		return nil, fmt.Errorf("mobile: act %d, role %d; 0 to 255", c.Act, c.Role)
	}
	made.Act, made.Role = msgdef.GroupAct(c.Act), msgdef.GroupRole(c.Role)
	return made, nil
}

// FoundGroup makes a group that this user owns, and returns its conversation. Of
// a change Info and users count; there may be none.
func (c *Client) FoundGroup(with *Change, call *Call) ([]byte, error) {
	if with == nil || with.Info == nil {
		return nil, fmt.Errorf("mobile: a group without a name")
	}
	made, err := with.change()
	if err != nil {
		return nil, err
	}
	ctx, cancel := call.context()
	defer cancel()
	conv, err := c.c.FoundGroup(ctx, made.Info, made.UIDs...)
	if err != nil {
		return nil, err
	}
	return conv[:], nil
}

// ChangeGroup does something to a group, and returns the place of the news of
// that.
func (c *Client) ChangeGroup(conv []byte, change *Change, call *Call) (int64, error) {
	if change == nil {
		return 0, fmt.Errorf("mobile: no change")
	}
	made, err := change.change()
	if err != nil {
		return 0, err
	}
	return c.event(conv, call, func(e *event) (client.Sent, error) { return c.c.ChangeGroup(e.ctx, e.conv, made) })
}

// event is where one goes.
type event struct {
	ctx  context.Context
	conv msgdef.Conversation
}

// event sends one and returns its place.
func (c *Client) event(conv []byte, call *Call, send func(*event) (client.Sent, error)) (int64, error) {
	id, err := conversation(conv)
	if err != nil {
		return 0, err
	}
	ctx, cancel := call.context()
	defer cancel()
	sent, err := send(&event{ctx, id})
	return int64(sent.CSeq), err
}

// Group is a group as this user sees it.
type Group struct {
	Conv          []byte
	Info          *Info
	Owner         int64
	Members       int
	FoundedMillis int64
	Dissolved     bool
	Role          int   // of this user, see msgdef.GroupRole
	Since         int64 // place from which on they may read; 0 when they may not
	MutedMillis   int64 // Unix time until which they may not write; 0 when they may
}

func groupOf(g *msgdef.Group) *Group {
	return &Group{
		Conv: append([]byte(nil), g.Conv[:]...), Info: infoOf(g.Info), Owner: int64(g.Owner), Members: int(g.Members),
		FoundedMillis: g.Founded, Dissolved: g.Dissolved, Role: int(g.Role), Since: int64(g.Since), MutedMillis: g.Muted,
	}
}

// GroupList is a page of groups.
type GroupList struct{ page client.GroupPage }

// Len returns how many there are.
func (l *GroupList) Len() int { return len(l.page.Groups) }

// At returns one of them, from 0; nil where there is none.
func (l *GroupList) At(i int) *Group {
	if i < 0 || i >= len(l.page.Groups) {
		return nil
	}
	return groupOf(&l.page.Groups[i])
}

// Next begins the next page; empty when there is none.
func (l *GroupList) Next() string { return l.page.Next }

// Group returns a group, nil where there is none that this user may know of.
func (c *Client) Group(conv []byte, call *Call) (*Group, error) {
	id, err := conversation(conv)
	if err != nil {
		return nil, err
	}
	ctx, cancel := call.context()
	defer cancel()
	list, err := c.c.Groups(ctx, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return groupOf(&list[0]), nil
}

// FindGroups returns listed groups by the beginning of their name; after is Next
// of the page before, or empty.
func (c *Client) FindGroups(prefix, after string, call *Call) (*GroupList, error) {
	ctx, cancel := call.context()
	defer cancel()
	page, err := c.c.FindGroups(ctx, prefix, after)
	if err != nil {
		return nil, err
	}
	return &GroupList{page}, nil
}

// GroupConv returns the conversation of the group with an id.
func GroupConv(id int64) []byte {
	conv := msgdef.GroupConv(uint64(id))
	return conv[:]
}

// GroupID returns the id of a group, 0 for a conversation of two.
func GroupID(conv []byte) int64 {
	c, err := conversation(conv)
	if err != nil {
		return 0
	}
	if id, ok := msgdef.GroupID(c); ok {
		return int64(id)
	}
	return 0
}

package gate

import (
	"strings"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// HandleGetGroups implements msgdef.UpHandler.
func (t *turn) HandleGetGroups(m *msgdef.GetGroups) error {
	if err := t.beginPull(msgdef.TypeGetGroups, m.Req); err != nil {
		return err
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	found, err := t.gate.options.Route.Groups(ctx, &rpc.GroupsQuery{UID: t.uid, Convs: m.Convs})
	return t.sendGroups(msgdef.TypeGetGroups, m.Req, found, err)
}

// HandleFindGroups implements msgdef.UpHandler.
func (t *turn) HandleFindGroups(m *msgdef.FindGroups) error {
	if err := t.beginPull(msgdef.TypeFindGroups, m.Req); err != nil {
		return err
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	found, err := t.gate.options.Route.FindGroups(ctx, &rpc.GroupSearch{
		UID: t.uid, Prefix: strings.Clone(m.Prefix), After: strings.Clone(m.After), Limit: m.Limit, // strings that change would surprise a route
	})
	return t.sendGroups(msgdef.TypeFindGroups, m.Req, found, err)
}

// sendGroups answers a question about groups.
func (t *turn) sendGroups(of msgdef.Type, req uint64, found *rpc.GroupsReply, err error) error {
	if err != nil {
		return t.gate.failed(of, req, err)
	}
	return sendList(t.conn, t.page, of, req, found.List, func(list []msgdef.Group, last bool) sized {
		return &msgdef.Groups{Req: req, Last: last, Next: found.Next, List: list}
	})
}

// HandleGetMembers implements msgdef.UpHandler.
func (t *turn) HandleGetMembers(m *msgdef.GetMembers) error {
	if err := t.beginPull(msgdef.TypeGetMembers, m.Req); err != nil {
		return err
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	found, err := t.gate.options.Route.Members(ctx, &rpc.MembersQuery{UID: t.uid, Conv: m.Conv, After: m.After, Limit: m.Limit})
	if err != nil {
		return t.gate.failed(msgdef.TypeGetMembers, m.Req, err)
	}
	return sendList(t.conn, t.page, msgdef.TypeGetMembers, m.Req, found.List, func(list []msgdef.GroupMember, last bool) sized {
		return &msgdef.Members{Req: m.Req, Conv: m.Conv, Last: last, More: found.More, List: list}
	})
}

// HandleGetConversations implements msgdef.UpHandler.
func (t *turn) HandleGetConversations(m *msgdef.GetConversations) error {
	question, c := *m, t.conn // both outlive the turn
	return t.pull(msgdef.TypeGetConversations, m.Req, func(to pager) error { return c.getTalks(to, &question) })
}

func (c *conn) getTalks(to pager, m *msgdef.GetConversations) error {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	found, err := c.gate.options.Route.Talks(ctx, &rpc.TalksQuery{UID: c.uid, After: m.After, Limit: m.Limit})
	if err != nil {
		return c.gate.failed(msgdef.TypeGetConversations, m.Req, err)
	}
	size := 0
	for i := range found.List {
		c.shorten(&found.List[i])
		size += len(found.List[i].Newest) + len(found.List[i].State)
	}
	defer c.gate.pressure.hold(size)()
	return sendList(c, to, msgdef.TypeGetConversations, m.Req, found.List, func(list []msgdef.Talk, last bool) sized {
		return &msgdef.Conversations{Req: m.Req, Last: last, More: found.More, Head: found.Head, List: list}
	})
}

// shorten leaves the newest message out where a codec makes too much of it for a
// frame, which in binary has room for both of the greatest length.
func (c *conn) shorten(t *msgdef.Talk) {
	r := ruler{edge: c.edge()}
	if c.edge() != nil && r.size(&msgdef.Conversations{List: []msgdef.Talk{*t}}) > frame.MaxBody-maxPageHead {
		t.Newest = nil
	}
}

// maxPageHead is the greatest length of what stands beside the list in a page, in
// any codec.
const maxPageHead = 128

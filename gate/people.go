package gate

import (
	"slices"
	"strings"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// HandleGetRelations implements msgdef.UpHandler.
func (t *turn) HandleGetRelations(m *msgdef.GetRelations) error {
	question, c := *m, t.conn // both outlive the turn
	return t.pull(msgdef.TypeGetRelations, m.Req, func(to pager) error { return c.getRelations(to, &question) })
}

func (c *conn) getRelations(to pager, m *msgdef.GetRelations) error {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	found, err := c.gate.options.Route.Relations(ctx, &rpc.RelationsQuery{UID: c.uid, After: m.After, Limit: m.Limit})
	if err != nil {
		return c.gate.failed(msgdef.TypeGetRelations, m.Req, err)
	}
	size := 0
	for i := range found.List {
		size += len(found.List[i].Greeting)
	}
	defer c.gate.pressure.hold(size)()
	return sendList(c, to, msgdef.TypeGetRelations, m.Req, found.List, func(list []msgdef.Relation, last bool) sized {
		return &msgdef.Relations{Req: m.Req, Last: last, Next: found.Next, List: list}
	})
}

// HandleGetProfiles implements msgdef.UpHandler.
func (t *turn) HandleGetProfiles(m *msgdef.GetProfiles) error {
	question, c := *m, t.conn // both outlive the turn
	question.UIDs, question.Known = slices.Clone(m.UIDs), slices.Clone(m.Known)
	return t.pull(msgdef.TypeGetProfiles, m.Req, func(to pager) error { return c.getProfiles(to, &question) })
}

func (c *conn) getProfiles(to pager, m *msgdef.GetProfiles) error {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	found, err := c.gate.options.Route.Profiles(ctx, &rpc.ProfilesQuery{UID: c.uid, UIDs: m.UIDs, Known: m.Known})
	if err != nil {
		return c.gate.failed(msgdef.TypeGetProfiles, m.Req, err)
	}
	defer c.gate.pressure.hold(sizeOfProfiles(found.List))()
	return sendList(c, to, msgdef.TypeGetProfiles, m.Req, found.List, func(list []msgdef.UserProfile, last bool) sized {
		return &msgdef.Profiles{Req: m.Req, Last: last, List: list}
	})
}

// HandleFindPeople implements msgdef.UpHandler.
func (t *turn) HandleFindPeople(m *msgdef.FindPeople) error {
	question, c := *m, t.conn // both outlive the turn
	question.Prefix = strings.Clone(m.Prefix)
	return t.pull(msgdef.TypeFindPeople, m.Req, func(to pager) error { return c.findPeople(to, &question) })
}

func (c *conn) findPeople(to pager, m *msgdef.FindPeople) error {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	found, err := c.gate.options.Route.FindPeople(ctx, &rpc.PeopleSearch{UID: c.uid, Prefix: m.Prefix, Limit: m.Limit})
	if err != nil {
		return c.gate.failed(msgdef.TypeFindPeople, m.Req, err)
	}
	defer c.gate.pressure.hold(sizeOfProfiles(found.List))()
	return sendList(c, to, msgdef.TypeFindPeople, m.Req, found.List, func(list []msgdef.UserProfile, last bool) sized {
		return &msgdef.FoundPeople{Req: m.Req, Last: last, List: list}
	})
}

// sizeOfProfiles returns the bytes of their texts.
func sizeOfProfiles(list []msgdef.UserProfile) (size int) {
	for i := range list {
		size += len(list[i].Account) + len(list[i].Profile.Name) + len(list[i].Profile.About)
	}
	return size
}

package imservice

import (
	"errors"
	"slices"
	"sync"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const (
	// mostInboxes is how many members a group has at most whose messages go into the
	// inbox of each. With one more it is big, and stays so.
	mostInboxes = 200

	// mostOthers is how many may wait to be members, and be banned, together.
	mostOthers = 1000

	// mostKnown is of how many people in a big group is kept what they are in it.
	mostKnown = mostInboxes + mostOthers
)

// group is a group as of the newest commit that was applied or is being built:
// what it is, and what people are in it. Of a small one that is everybody. A big
// one is never in memory as a whole: know looks for those it is about.
type group struct {
	msgdef.Group // Founded is 0 when there is none
	people       map[uint64]msgdef.GroupMember
	members      []uint64 // those from RoleMember on, ascending; of a small group
	fresh        bool     // changed by the batch that is being built: the store does not know

	asked func(conv msgdef.Conversation, uid uint64) bool // of a ground: of whom people is right, if they are not in it too
}

// is returns what somebody is in the group. Of a big one they have to be known.
func (g *group) is(uid uint64) msgdef.GroupRole { return g.people[uid].Role }

// alive tells whether there is such a group.
func (g *group) alive() bool { return g.Founded != 0 && !g.Dissolved }

// big tells whether its messages have no place in inboxes.
func (g *group) big() bool { return g.Big != 0 }

// know has a big group know of users. What the store says of those whom nothing
// was built about is true: nobody else writes, or the conversation is locked.
func (g *group) know(s store.Store, uids ...uint64) error {
	if !g.big() {
		return nil
	}
	for _, uid := range uids {
		if _, ok := g.people[uid]; ok || g.asked != nil && g.asked(g.Conv, uid) {
			continue
		}
		m, err := s.Member(g.Conv, uid)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		m.UID = uid
		g.people[uid] = m
	}
	return nil
}

// apply makes a change that was judged part of the group.
func (g *group) apply(c *groupChange) {
	g.Group = c.group
	for _, m := range c.people {
		if m.Role == msgdef.RoleNone && !g.big() {
			delete(g.people, m.UID)
		} else {
			g.people[m.UID] = m
		}
	}
	g.list()
}

// list brings the members of a small group in order.
func (g *group) list() {
	g.members = g.members[:0]
	if g.big() {
		g.members = nil
		return
	}
	for uid, m := range g.people {
		if m.Role >= msgdef.RoleMember {
			g.members = append(g.members, uid)
		}
	}
	slices.Sort(g.members)
}

// groups are those that the sequencer has to do with. What it changes before a
// commit is taken it has to forget when that is refused.
type groups struct {
	store   store.Store
	changed []*group // by the batch that is being built

	mu    sync.Mutex // guards cache, whose groups are the sequencer's
	cache *clockCache[msgdef.Conversation, groupEntry]
}

// groupEntry is a group, and what others than the sequencer may know of it.
type groupEntry struct {
	group   *group // nil for one of a shared store
	inboxes int    // that a message goes into
}

func newGroups(s store.Store, limit int) *groups {
	keep := func(e *groupEntry) bool { return e.group != nil && e.group.fresh }
	return &groups{store: s, cache: newClockCache[msgdef.Conversation](limit, keep)}
}

// begin begins a batch: what was built before is in the store, or forgotten.
func (q *groups) begin() {
	for _, g := range q.changed {
		g.fresh = false
	}
	clear(q.changed)
	q.changed = q.changed[:0]
}

// get returns a group, which may not be alive.
func (q *groups) get(conv msgdef.Conversation) (*group, error) {
	q.mu.Lock()
	e := q.cache.get(conv)
	q.mu.Unlock()
	if e != nil {
		g := e.group
		if g.big() && len(g.people) > mostKnown && !g.fresh {
			clear(g.people)
		}
		return g, nil
	}
	g, err := q.load(conv)
	if err != nil || g.Founded == 0 { // names of nothing take no memory
		return g, err
	}
	q.keep(g)
	return g, nil
}

// change notes that a group is another now.
func (q *groups) change(g *group) {
	g.fresh = true
	q.changed = append(q.changed, g)
	q.keep(g)
}

// keep has a group stay in memory, as large as it is now.
func (q *groups) keep(g *group) {
	q.enter(g.Conv, groupEntry{group: g, inboxes: len(g.members)})
}

// measure remembers how large a group of a shared store is. Others may change it
// meanwhile: then it is weighed wrongly, until its next message was placed.
func (q *groups) measure(g *group) {
	if g.Founded != 0 {
		q.enter(g.Conv, groupEntry{inboxes: len(g.members)})
	}
}

func (q *groups) enter(conv msgdef.Conversation, is groupEntry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.cache.get(conv)
	if e == nil {
		e = q.cache.add(conv, groupEntry{})
	}
	*e = is
}

// forget has a group read anew when it is asked for.
func (q *groups) forget(conv msgdef.Conversation) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cache.drop(conv)
}

// weight returns how many rows in inboxes a message costs, against the two of a
// pair, for anybody to ask. Each user that a change names is 8 bytes of its body.
func (q *groups) weight(it *rpc.Send) int {
	if _, ok := msgdef.GroupID(it.Conv); !ok {
		return 1
	}
	inboxes := mostInboxes
	q.mu.Lock()
	if e := q.cache.get(it.Conv); e != nil {
		inboxes = e.inboxes
	}
	q.mu.Unlock()
	if it.Kind == msgdef.ContentGroup {
		inboxes += len(it.Body) / 8
	}
	return max(inboxes/2, 1)
}

func (q *groups) load(conv msgdef.Conversation) (*group, error) {
	row, err := q.store.Group(conv)
	if errors.Is(err, store.ErrNotFound) {
		return newGroup(conv, store.GroupGround{}), nil
	}
	if err != nil || row.Big != 0 {
		return newGroup(conv, store.GroupGround{Group: row}), err
	}
	people, err := q.store.Members(nil, conv, 0, mostKnown)
	return newGroup(conv, store.GroupGround{Group: row, People: people}), err
}

// newGroup returns a group as a store knows it.
func newGroup(conv msgdef.Conversation, from store.GroupGround) *group {
	g := &group{Group: from.Group, people: make(map[uint64]msgdef.GroupMember, len(from.People))}
	g.Conv = conv
	for _, m := range from.People {
		g.people[m.UID] = m
	}
	if g.list(); !g.big() {
		g.Members, g.Others = uint32(len(g.members)), uint32(len(g.people)-len(g.members))
	}
	return g
}

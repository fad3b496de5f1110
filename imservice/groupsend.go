package imservice

import (
	"cmp"
	"errors"
	"slices"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// placeInGroup gives an item to all members of a group, and does to the group
// what it says. After an error nothing of it is left.
func (q *sequencer) placeInGroup(b *batch, i int, now int64) error {
	it := &b.items[i]
	g, err := q.group(it.Conv)
	if err != nil {
		return err
	}
	asked, err := changeIn(it)
	if err == nil {
		err = q.know(g, it.UID, asked)
	}
	var revised *revision
	if err == nil && asked == nil {
		if err = g.lets(it.UID, now); err == nil {
			revised, err = q.revise(b, q.author(g, it, now))
		}
		if err == nil {
			err = revised.regard(q, b, g.members)
		}
	}
	if err != nil {
		return err
	}
	first, newest := len(b.claims.list), store.ConversationHead{}
	if q.ground != nil {
		newest = q.ground.Newest[it.Conv]
	}
	if err = q.claimInGroup(b, i, g, asked, revised, now); err == nil {
		if revised != nil {
			b.coverNotice(&q.message, revised)
			b.rewrite(revised, b.results[i].CSeq, now)
		}
		return nil
	}
	b.claims.undo(first)
	if q.ground != nil {
		q.ground.Newest[it.Conv] = newest
	}
	return err
}

// group returns a group as of what was built before.
func (q *sequencer) group(conv msgdef.Conversation) (*group, error) {
	if q.ground == nil {
		return q.groups.get(conv)
	}
	g := q.ground.group(conv)
	q.groups.measure(g)
	return g, nil
}

// know has a group know of those whom a message is about.
func (q *sequencer) know(g *group, by uint64, asked *msgdef.GroupChange) error {
	if asked != nil {
		if err := g.know(q.store, asked.UIDs...); err != nil {
			return err
		}
	}
	return g.know(q.store, by)
}

// changeIn returns what an item is to make of a group; nil for a message, which
// makes nothing of it.
func changeIn(it *rpc.Send) (*msgdef.GroupChange, error) {
	if it.Kind != msgdef.ContentGroup {
		return nil, nil
	}
	asked := new(msgdef.GroupChange)
	if asked.Decode(it.Body) != nil || asked.Validate() != nil {
		return nil, errBadChange
	}
	return asked, nil
}

// lets returns nil when somebody may write now.
func (g *group) lets(uid uint64, now int64) error {
	m := g.people[uid]
	switch {
	case !g.alive():
		return errNoGroup
	case m.Role < msgdef.RoleMember:
		return errNotAllowed
	case m.Muted > now, g.Info.Quiet && m.Role < msgdef.RoleAdmin:
		return errMutedInGroup
	}
	return nil
}

// claimInGroup takes a position in the conversation, and one in each inbox that it
// goes into.
func (q *sequencer) claimInGroup(b *batch, i int, g *group, asked *msgdef.GroupChange, revised *revision, now int64) error {
	it := &b.items[i]
	var s sequences
	if err := q.claimMessage(b, it, now, &s); err != nil {
		return err
	}
	if it.Device != 0 && (q.ground != nil || g.big()) { // else their own inbox tells
		if err := q.present(it.UID); err != nil {
			return err
		}
	}
	s.extra = revised.lifetime(s.at)
	to := g.members // nobody of a big group
	var change *groupChange
	if asked != nil {
		var err error
		a := &act{GroupChange: asked, by: it.UID, cseq: s.cseq, at: s.at, small: q.limits.GroupInboxes, most: q.limits.GroupMembers}
		if change, err = g.judge(a); err != nil {
			return err
		}
		if err := q.known(it, change.people); err != nil {
			return err
		}
		if err := q.invites(b, it.UID, g, change.people); err != nil {
			return err
		}
		if to = change.told; change.group.Big != 0 {
			s.state = (&msgdef.MessageState{Big: true}).Append(nil)
		}
	}
	rows := len(b.commit.Inbox)
	if err := q.claimInboxes(b, it, to, &s); err != nil {
		b.commit.Inbox = b.commit.Inbox[:rows]
		return err
	}
	q.writeInGroup(b, i, b.commit.Inbox[rows:], s)
	if g.big() {
		b.topic(it, g, change, s.cseq)
		q.mention(b, it, g, s)
	}
	if change != nil {
		q.change(b, g, change)
	}
	return nil
}

// known returns an error if one of the people has no account. Those who are nothing
// any more were known when they came, and for whom the service sends is leaving.
func (q *sequencer) known(it *rpc.Send, people []msgdef.GroupMember) error {
	for _, m := range people {
		if m.Role == msgdef.RoleNone || m.UID == it.UID && it.Device == 0 {
			continue
		}
		if err := q.present(m.UID); err != nil {
			return err
		}
	}
	return nil
}

// claimInboxes adds a row to each inbox. Of a shared store members have one, which
// is locked. Members who were removed have none until they have left.
func (q *sequencer) claimInboxes(b *batch, it *rpc.Send, to []uint64, s *sequences) error {
	for _, uid := range to {
		useq, err := q.claimInbox(b, uid)
		if errors.Is(err, errUserDeleted) && (uid != it.UID || it.Device == 0) {
			continue
		}
		if err != nil {
			return err
		}
		if uid == it.UID {
			s.sender = useq
		}
		b.commit.Inbox = append(b.commit.Inbox, store.InboxRow{UID: uid, USeq: useq, Conv: it.Conv, CSeq: s.cseq})
	}
	return nil
}

// writeInGroup adds the message and tells whoever has a row in their inbox.
func (q *sequencer) writeInGroup(b *batch, i int, rows []store.InboxRow, s sequences) {
	it, r := &b.items[i], &b.results[i]
	r.CSeq, r.USeq, r.At = s.cseq, s.sender, s.at
	q.accept(it)
	b.writeMessage(it, s, &q.message)
	for _, row := range rows {
		to := rpc.Recipient{Message: uint32(len(b.notices.Messages) - 1), UID: row.UID, USeq: row.USeq}
		if row.UID == it.UID {
			to.Except = it.Device
		} else if it.Kind < msgdef.FirstEvent || it.Kind == msgdef.ContentGroup {
			q.push(b, store.OutboxRow{UID: row.UID, USeq: row.USeq, At: s.at})
		}
		b.notices.To = append(b.notices.To, to)
	}
}

// topic tells the sessions that watch a big group of the message that was written
// last. The group is as it was before.
func (b *batch) topic(it *rpc.Send, g *group, made *groupChange, cseq uint64) {
	n := &b.notices
	t := rpc.Topic{
		Message: uint32(len(n.Messages) - 1), Conv: it.Conv, CSeq: cseq, UID: it.UID, Except: it.Device, Gone: g.Gone, Was: g.Gone,
	}
	if made != nil {
		t.Gone, t.Left, t.Over = made.group.Gone, made.left, made.group.Dissolved
	}
	n.Topics = append(n.Topics, t)
}

// mention adds what is to be pushed to those members of a big group whom a message
// addresses by name. Nobody else of so many is woken, also not when it addresses
// all: one message would put a row into the outbox for each device of all members,
// which is what a big group is there not to do.
func (q *sequencer) mention(b *batch, it *rpc.Send, g *group, s sequences) {
	if it.Kind >= msgdef.FirstEvent {
		return
	}
	for _, uid := range mentions(it) {
		if err := g.know(q.store, uid); err != nil {
			q.log.Error("cannot read a member: a message is not pushed", "error", err)
			q.outbox.skipped.Add(1)
			continue
		}
		if uid != it.UID && g.is(uid) >= msgdef.RoleMember {
			q.push(b, store.OutboxRow{UID: uid, At: s.at, Conv: it.Conv, CSeq: s.cseq})
		}
	}
}

// mentions returns whom a message addresses by name, each once.
func mentions(it *rpc.Send) []uint64 {
	var x msgdef.Extra
	if len(it.Extra) == 0 || x.Decode(it.Extra) != nil {
		return nil
	}
	return slices.DeleteFunc(distinct(x.Mentions, cmp.Compare), func(uid uint64) bool { return uid == 0 })
}

// change adds the rows of a changed group.
func (q *sequencer) change(b *batch, g *group, made *groupChange) {
	before := store.GroupRow{Group: g.Group}
	g.apply(made)
	if q.ground == nil {
		q.groups.change(g)
	}
	c := &b.commit
	c.Groups = append(c.Groups, store.GroupRow{Group: g.Group, Was: before.Folded()})
	for _, m := range made.people {
		c.Members = append(c.Members, store.MemberRow{Conv: g.Conv, GroupMember: m})
		c.Talks = append(c.Talks, store.TalkRow{UID: m.UID, Conv: g.Conv, Gone: m.Role < msgdef.RoleMember})
	}
}

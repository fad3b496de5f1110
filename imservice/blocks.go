package imservice

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

var errBadBlock = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "not somebody whom a user can block"}

// barring is what a Block makes of what two users are to each other.
type barring struct {
	*bond
	parts  *rpc.Send // what tells both that what there was has ended; nil when nothing was
	at     sequences // of that
	now    int64
	change msgdef.FriendChange
}

// bar tells what the Block in an item makes of what its user has with somebody, or
// why it may not.
func (q *sequencer) bar(b *batch, it *rpc.Send, now int64) (*barring, error) {
	asked, ok := blockIn(it)
	if !ok {
		return nil, errBadBlock
	}
	if err := q.known(it, []msgdef.GroupMember{{UID: asked.UID, Role: msgdef.RoleMember}}); err != nil {
		return nil, err
	}
	two, err := q.bondOf(b, it.UID, asked.UID)
	if err != nil {
		return nil, err
	}
	made := &barring{bond: two, now: now}
	switch {
	case asked.Off:
		two.own.Blocked = 0
	case two.own.Blocked == 0:
		two.own.Blocked = now
		made.end(it, now+q.limits.AskAgain.Milliseconds())
	}
	return made, two.within(&q.limits)
}

// blockIn returns the Block in an item of a stream.
func blockIn(it *rpc.Send) (asked msgdef.Block, ok bool) {
	ok = it.Kind == msgdef.ContentBlock && asked.Decode(it.Body) == nil && asked.UID != 0 && asked.UID != it.UID
	return asked, ok
}

// end makes nothing of what the two were, with a message that says no more than if
// that had been all.
func (m *barring) end(it *rpc.Send, again int64) {
	m.change.Act = m.parting()
	if m.change.Act == 0 {
		return
	}
	m.part(again)
	m.parts = &rpc.Send{
		UID: it.UID, Conv: msgdef.Pair(it.UID, m.theirs.RelationRow.UID), Kind: msgdef.ContentFriend, Body: m.change.Append(nil),
	}
}

// claim implements ownAct.
func (m *barring) claim(q *sequencer, b *batch) (err error) {
	if m.parts != nil {
		m.at, err = q.claim(b, m.parts, m.theirs.RelationRow.UID, m.now)
	}
	return err
}

// write implements ownAct.
func (m *barring) write(q *sequencer, b *batch, s sequences) {
	m.own.Changed = s.cseq
	if m.parts == nil {
		b.bind(m.bond, 0, 0)
		return
	}
	b.write(m.parts, m.theirs.RelationRow.UID, m.at, &q.message)
	b.bind(m.bond, m.at.cseq, m.at.at)
}

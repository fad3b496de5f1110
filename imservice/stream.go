package imservice

import (
	"errors"
	"slices"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// errNotStream refuses what has no place in a user's own stream.
var errNotStream = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "not for a user's own stream"}

// checkStream tells what is wrong with an item for the stream of a user.
func checkStream(owner uint64, it *rpc.Send) msgdef.ErrorCode {
	switch {
	case owner != it.UID:
		return msgdef.CodeForbidden
	case !ofStream(it.Kind) || len(it.Extra) > 0:
		return errNotStream.Code
	}
	return msgdef.CodeOK
}

// ownAct is what a message in a user's own stream does beside being there.
type ownAct interface {
	// claim takes positions of its own. After an error it is not written.
	claim(q *sequencer, b *batch) error

	// write adds its rows, given the positions of the message.
	write(q *sequencer, b *batch, s sequences)
}

// ofStream tells whether messages of a kind have their place in a stream.
func ofStream(kind msgdef.ContentKind) bool {
	return kind == msgdef.ContentSetting || kind == msgdef.ContentBlock || kind == msgdef.ContentProfile ||
		kind == msgdef.ContentLater || kind == msgdef.ContentLaterOff
}

// decide tells what an item of a stream does, or why it may not.
func (q *sequencer) decide(b *batch, it *rpc.Send, now int64) (ownAct, error) {
	switch it.Kind {
	case msgdef.ContentBlock:
		return q.bar(b, it, now)
	case msgdef.ContentProfile:
		return q.show(b, it, now)
	}
	does, err := q.entry(b, it, now)
	return deed(does), err
}

// deed is an ownAct that takes no positions.
type deed func(cseq uint64)

func (d deed) claim(*sequencer, *batch) error { return nil }

func (d deed) write(_ *sequencer, _ *batch, s sequences) { d(s.cseq) }

// placeInStream gives an item to all devices of its user, and does what it says.
// After an error nothing of it is left.
func (q *sequencer) placeInStream(b *batch, i int, now int64) error {
	it := &b.items[i]
	if err := q.present(it.UID); err != nil {
		return err
	}
	made, err := q.decide(b, it, now)
	if err != nil {
		return err
	}
	first, rows := len(b.claims.list), len(b.commit.Inbox)
	var s sequences
	if err = q.claimMessage(b, it, now, &s); err == nil {
		err = q.claimInboxes(b, it, []uint64{it.UID}, &s)
	}
	if err == nil {
		err = made.claim(q, b)
	}
	if err != nil { // of a shared store nothing fails here
		b.claims.undo(first)
		b.commit.Inbox = b.commit.Inbox[:rows]
		return err
	}
	q.writeInGroup(b, i, b.commit.Inbox[rows:], s)
	made.write(q, b, s)
	return nil
}

// entry returns what adds the rows of an item in the stream of its user once its cseq
// is known, or why it may not be there.
func (q *sequencer) entry(b *batch, it *rpc.Send, now int64) (does func(cseq uint64), err error) {
	var d *delay
	switch it.Kind {
	case msgdef.ContentLater:
		d, err = q.later(b, it, now)
	case msgdef.ContentLaterOff:
		d, err = q.laterOff(b, it)
	case msgdef.ContentLaterDone: // the caller knows
		return func(uint64) {}, nil
	default:
		made, err := q.settle(b, it)
		return func(cseq uint64) { b.set(made, cseq) }, err
	}
	return func(cseq uint64) { b.delay(it, d, cseq, now) }, err
}

// newest returns the position of the newest message of a conversation as of what
// was built before; 0 when there is none.
func (q *sequencer) newest(conv msgdef.Conversation) (uint64, error) {
	if q.ground == nil {
		return q.heads.conversations.newest(conv)
	}
	if head, ok := q.ground.Newest[conv]; ok {
		return head.CSeq, nil
	}
	return q.store.ConversationHead(conv)
}

// since returns from which message on somebody may read a conversation, as of what
// was built before, or why they may not.
func (q *sequencer) since(conv msgdef.Conversation, uid uint64) (uint64, error) {
	if _, ok := msgdef.GroupID(conv); !ok {
		if code := checkMember(conv, uid); code != msgdef.CodeOK {
			return 0, &rpc.Error{Code: code, Detail: "not a conversation of this user"}
		}
		return 1, nil
	}
	g, err := q.groupOf(conv, uid)
	switch {
	case err != nil:
		return 0, err
	case !g.alive():
		return 0, errNoGroup
	case g.is(uid) < msgdef.RoleMember:
		return 0, errNotAllowed
	}
	return g.people[uid].Since, nil
}

// groupOf returns a group with what one user is in it. The lock of a shared store
// is on groups that somebody writes to; others it knows as they were committed.
func (q *sequencer) groupOf(conv msgdef.Conversation, uid uint64) (*group, error) {
	if q.ground == nil {
		return q.groups.get(conv)
	}
	if q.ground.has(conv) {
		return q.ground.group(conv), nil
	}
	var known store.GroupGround
	var err error
	if known.Group, err = q.store.Group(conv); err == nil {
		known.People = make([]msgdef.GroupMember, 1)
		known.People[0], err = q.store.Member(conv, uid)
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return newGroup(conv, known), err
}

// has tells whether a conversation is one that a commit is about.
func (g *ground) has(conv msgdef.Conversation) bool {
	_, ok := slices.BinarySearchFunc(g.Conversations, conv, compareConvs)
	return ok
}

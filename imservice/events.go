package imservice

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// mostEmoji is how many kinds of reactions a message has at most, see
// msgdef.MessageState.
const mostEmoji = 16

var (
	errBadEvent      = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "not an event about a message of this conversation"}
	errOthersMessage = &rpc.Error{Code: msgdef.CodeForbidden, Detail: "the message is not this user's to change"}
	errTooLate       = &rpc.Error{Code: msgdef.CodeTooLate, Detail: "the message can no longer be changed"}
	errManyEmoji     = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "the message has as many kinds of reactions as it may"}
)

// revision is what an event makes of an earlier message.
type revision struct {
	msgdef.Message                     // as it will be, but for State
	state          msgdef.MessageState // as it will be, but for Changed
	content        bool                // it has other content, or none
	superseded     *msgdef.Message     // the edit whose content counts no more, without it; nil for none
	reaction       store.ReactionRow   // with Emoji or Gone, if it is about one
	pinned         bool                // it was
	superseding    int64               // of an edit: from when on nobody may read the message; 0 for never
	taken          []byte              // the body that was taken back
	edit           *msgdef.Edit        // that it is, or nil
	unseen         []uint64            // who is told of it without its body, see coverNotice
}

// author is who sends an event, and what they are in the conversation.
type author struct {
	*rpc.Send
	role  msgdef.GroupRole                           // of a pair both are RoleMember
	since uint64                                     // they see messages from there on
	ranks func(uid uint64) (msgdef.GroupRole, error) // of others
	now   int64
}

// ofPair is the sender of an event of a pair, in which nobody is above the other.
func ofPair(it *rpc.Send, now int64) author {
	return author{it, msgdef.RoleMember, 1, func(uint64) (msgdef.GroupRole, error) { return msgdef.RoleMember, nil }, now}
}

// author is a member who sends an event.
func (q *sequencer) author(g *group, it *rpc.Send, now int64) author {
	m := g.people[it.UID]
	ranks := func(uid uint64) (msgdef.GroupRole, error) {
		err := g.know(q.store, uid)
		return g.is(uid), err
	}
	return author{it, m.Role, m.Since, ranks, now}
}

// above tells whether the sender is an admin and above somebody.
func (a *author) above(uid uint64) (bool, error) {
	if a.role < msgdef.RoleAdmin {
		return false, nil
	}
	rank, err := a.ranks(uid)
	return a.role > rank, err
}

// revise tells what an event makes of an earlier message, or why it may not; nil
// for what is no such event.
func (q *sequencer) revise(b *batch, by author) (*revision, error) {
	switch by.Kind {
	case msgdef.ContentEdit:
		return q.edit(b, by)
	case msgdef.ContentRecall:
		return q.recall(b, by)
	case msgdef.ContentReaction:
		return q.react(b, by)
	case msgdef.ContentPin:
		return q.pin(b, by)
	}
	return nil, nil
}

// eventBody is what an event's body holds.
type eventBody interface {
	Decode([]byte) error
	Validate() error
}

// target decodes the body of an event and returns the message that it is about.
func (q *sequencer) target(b *batch, by author, body eventBody, cseq *uint64) (*revision, error) {
	if body.Decode(by.Body) != nil || body.Validate() != nil || len(by.Extra) > 0 || *cseq < by.since {
		return nil, errBadEvent
	}
	encoded, err := q.stored(b, by.Conv, *cseq)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errBadEvent
	}
	if err != nil {
		return nil, err
	}
	r := new(revision)
	if err := r.Decode(encoded); err != nil {
		return nil, fmt.Errorf("message %d: %w", *cseq, err)
	}
	if len(r.State) > 0 {
		if err := r.state.Decode(r.State); err != nil {
			return nil, fmt.Errorf("state of message %d: %w", *cseq, err)
		}
	}
	switch ends := expiry(&r.Message); {
	case r.Kind >= msgdef.FirstEvent, r.state.Recalled:
		return nil, errBadEvent
	case r.state.Expired, ends != 0 && ends-by.now < leastLifetime.Milliseconds():
		return nil, errTooLate
	}
	r.pinned = r.state.Pinned
	return r, nil
}

// stored returns a message as of what was built before, encoded.
func (q *sequencer) stored(b *batch, conv msgdef.Conversation, cseq uint64) ([]byte, error) {
	for _, row := range slices.Backward(b.commit.Messages) {
		if row.CSeq == cseq && row.Conv == conv {
			return row.Bytes, nil
		}
	}
	return q.store.Message(conv, cseq)
}

func (q *sequencer) edit(b *batch, by author) (*revision, error) {
	var e msgdef.Edit
	r, err := q.target(b, by, &e, &e.CSeq)
	switch {
	case err != nil:
		return nil, err
	case r.From != by.UID:
		return nil, errOthersMessage
	case by.now-r.At > q.limits.EditWithin.Milliseconds():
		return nil, errTooLate
	case e.Kind != r.Kind:
		return nil, errBadEvent
	}
	if err := q.editsMedia(&r.Message, &e); err != nil {
		return nil, err
	}
	r.Body, r.content, r.superseding, r.edit = e.Body, true, expiry(&r.Message), &e
	r.superseded, err = q.emptied(b, by.Conv, r.state.Changed)
	return r, err
}

// recall takes the sender's own message back for some time, and any time one of
// somebody below them.
func (q *sequencer) recall(b *batch, by author) (*revision, error) {
	var e msgdef.Recall
	r, err := q.target(b, by, &e, &e.CSeq)
	if err != nil {
		return nil, err
	}
	above, err := by.above(r.From)
	switch {
	case err != nil:
		return nil, err
	case r.From != by.UID && !above:
		return nil, errOthersMessage
	case r.From == by.UID && by.now-r.At > q.limits.RecallWithin.Milliseconds():
		return nil, errTooLate
	}
	if hasMedia(r.Kind) {
		q.carrying.hold()
	}
	r.taken, r.Body, r.Extra, r.content = r.Body, nil, nil, true
	r.superseded, err = q.emptied(b, by.Conv, r.state.Changed)
	r.state = msgdef.MessageState{Recalled: true}
	return r, err
}

// emptied returns an edit without its content: what was taken back is to be
// nowhere.
func (q *sequencer) emptied(b *batch, conv msgdef.Conversation, cseq uint64) (*msgdef.Message, error) {
	if cseq == 0 {
		return nil, nil
	}
	encoded, err := q.stored(b, conv, cseq)
	if err != nil {
		return nil, fmt.Errorf("edit %d: %w", cseq, err)
	}
	m, e := new(msgdef.Message), msgdef.Edit{}
	if err := decodeEdit(m, &e, encoded); err != nil {
		return nil, fmt.Errorf("%w: edit %d: %w", errDamaged, cseq, err)
	}
	e.Body = nil
	m.Body = e.Append(nil)
	return m, nil
}

// decodeEdit decodes a message and the edit in it.
func decodeEdit(m *msgdef.Message, e *msgdef.Edit, encoded []byte) error {
	if err := m.Decode(encoded); err != nil {
		return err
	}
	return e.Decode(m.Body)
}

// react puts the sender's emoji in the place of the one before.
func (q *sequencer) react(b *batch, by author) (*revision, error) {
	var e msgdef.Reaction
	r, err := q.target(b, by, &e, &e.CSeq)
	if err != nil {
		return nil, err
	}
	before, err := q.reaction(b, by.Conv, e.CSeq, by.UID)
	if err != nil {
		return nil, err
	}
	if !printable(e.Emoji) || e.Off != (before == e.Emoji) {
		return nil, errBadEvent
	}
	r.reaction = store.ReactionRow{Conv: by.Conv, CSeq: e.CSeq, UID: by.UID, Emoji: e.Emoji, Gone: e.Off}
	r.count(before, -1)
	if !e.Off {
		r.count(e.Emoji, 1)
	}
	if len(r.state.Reactions) > mostEmoji {
		return nil, errManyEmoji
	}
	return r, nil
}

// reaction returns how somebody has reacted so far, or nothing.
func (q *sequencer) reaction(b *batch, conv msgdef.Conversation, cseq, uid uint64) (string, error) {
	for _, row := range slices.Backward(b.commit.Reactions) {
		if row.CSeq == cseq && row.UID == uid && row.Conv == conv {
			if row.Gone {
				return "", nil
			}
			return row.Emoji, nil
		}
	}
	return q.store.Reaction(conv, cseq, uid)
}

// count changes how many have reacted with an emoji.
func (r *revision) count(emoji string, by int) {
	list := r.state.Reactions
	i := slices.IndexFunc(list, func(c msgdef.ReactionCount) bool { return c.Emoji == emoji })
	switch {
	case emoji == "":
	case i < 0:
		r.state.Reactions = append(list, msgdef.ReactionCount{Emoji: emoji, Count: uint32(by)})
	case list[i].Count == 1 && by < 0:
		r.state.Reactions = slices.Delete(list, i, i+1)
	default:
		list[i].Count += uint32(by)
	}
}

// pin is for both of a pair, and for admins of a group.
func (q *sequencer) pin(b *batch, by author) (*revision, error) {
	var e msgdef.Pin
	r, err := q.target(b, by, &e, &e.CSeq)
	_, group := msgdef.GroupID(by.Conv)
	switch {
	case err != nil:
		return nil, err
	case group && by.role < msgdef.RoleAdmin:
		return nil, errNotAllowed
	case r.state.Pinned != e.Off:
		return nil, errBadEvent
	}
	r.state.Pinned = !e.Off
	return r, nil
}

// rewrite adds what an event at cseq makes of earlier messages.
func (b *batch) rewrite(r *revision, cseq uint64, now int64) {
	if r.content {
		r.state.Changed = cseq
	}
	r.State = r.state.Append(nil)
	b.replace(&r.Message)
	b.uncarry(&r.Message, r.taken, now)
	if r.superseded != nil {
		r.superseded.State = (&msgdef.MessageState{Changed: cseq}).Append(nil)
		b.replace(r.superseded)
	}
	if r.reaction.UID != 0 {
		b.commit.Reactions = append(b.commit.Reactions, r.reaction)
	}
	if r.pinned != r.state.Pinned {
		b.commit.Pins = append(b.commit.Pins, store.PinRow{Conv: r.Conv, CSeq: r.CSeq, Gone: r.pinned})
	}
}

// replace adds a row in the place of a message that is there already.
func (b *batch) replace(m *msgdef.Message) {
	b.commit.Messages = append(b.commit.Messages, store.MessageRow{Conv: m.Conv, CSeq: m.CSeq, At: m.At, Count: m.Count, Bytes: m.Append(nil), Replaces: true})
}

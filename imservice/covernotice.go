package imservice

import (
	"slices"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// An edit says again what its message says, so who has deleted or cleared that message
// for themself is told of the edit without its body, as every read of it is:
//
//	notices.Messages   …, edit, edit without its body
//	notices.To              ↑ others   ↑ who does not want to see it
//
// Watchers of a big group get one frame for all of a gate, so there the device that
// holds the message knows that it is deleted.

// unseenBy returns which of the users do not want to see a message of a conversation,
// as of what was built before.
func (q *sequencer) unseenBy(b *batch, conv msgdef.Conversation, cseq uint64, users []uint64) (list []uint64, err error) {
	of := make([]store.TalkName, len(users))
	for i, uid := range users {
		of[i] = store.TalkName{UID: uid, Conv: conv}
	}
	states, err := q.store.TalkStates(nil, of)
	for i := 0; i < len(states) && err == nil; i++ {
		for _, row := range b.commit.Settings {
			if row.TalkName == of[i] {
				states[i] = row.TalkState
			}
		}
		unseen := cseq <= states[i].Cleared
		if !unseen && states[i].Deleted > 0 {
			var found []uint64
			found, err = q.hidden(b, of[i], cseq, cseq)
			unseen = len(found) > 0
		}
		if unseen {
			list = append(list, of[i].UID)
		}
	}
	return list, err
}

// regard notes which of those who will be told of an edit do not want to see what it
// is about.
func (r *revision) regard(q *sequencer, b *batch, users []uint64) (err error) {
	if r != nil && r.edit != nil {
		r.unseen, err = q.unseenBy(b, r.Conv, r.CSeq, users)
	}
	return err
}

// coverNotice has those be told of the edit that was written last without its body
// who do not want to see what it is about. Where there is no room for that they are
// not told, and pull it.
func (b *batch) coverNotice(m *msgdef.Message, r *revision) {
	n := &b.notices
	last := uint32(len(n.Messages) - 1)
	concerns := func(to rpc.Recipient) bool { return to.Message == last && slices.Contains(r.unseen, to.UID) }
	if !slices.ContainsFunc(n.To, concerns) {
		return
	}
	if len(n.Messages) >= maxCommit {
		n.To = slices.DeleteFunc(n.To, concerns)
		return
	}
	n.Messages = append(n.Messages, covered(m, r.edit))
	for i := range n.To {
		if concerns(n.To[i]) {
			n.To[i].Message = last + 1
		}
	}
}

// covered returns an encoded message as who does not want to see it is served it; e is
// what it says if it is an edit.
func covered(m *msgdef.Message, e *msgdef.Edit) []byte {
	bare := *m
	bare.Body, bare.Extra, bare.State = nil, nil, (&msgdef.MessageState{Hidden: true}).Append(nil)
	if m.Kind == msgdef.ContentEdit {
		bare.Body = (&msgdef.Edit{CSeq: e.CSeq, Kind: e.Kind}).Append(nil)
	}
	return bare.Append(nil)
}

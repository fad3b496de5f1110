package mobile

import (
	"fmt"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// Message is a message of a conversation.
type Message struct {
	USeq    int64 // place in the user's inbox; 0 in History
	Conv    []byte
	CSeq    int64 // place in the conversation
	From    int64 // uid
	Device  int64 // with Counter, the client message id
	Counter int64
	Millis  int64 // when the server took it, Unix milliseconds
	Kind    int   // 1 text
	Body    []byte

	Reply         int64 // place of the message that is answered; 0 for none
	ExpiresMillis int64 // Unix time from which on nobody can read it; 0 for never
	Changed       int64 // place of the newest edit or recall of it; 0 for none
	Recalled      bool
	Expired       bool // its lifetime is over
	Hidden        bool // the user has deleted it for themself
	Pinned        bool

	m *client.Message
}

func messageOf(m *client.Message) *Message {
	made := m.Made()
	out := &Message{
		USeq: int64(m.USeq), Conv: m.Conv[:], CSeq: int64(m.CSeq), From: int64(m.From),
		Device: int64(m.Device), Counter: int64(m.Counter), Millis: m.At, Kind: int(m.Kind), Body: m.Body,
		Reply: int64(m.Reply()), Changed: int64(made.Changed), Recalled: made.Recalled, Expired: made.Expired, Hidden: made.Hidden, Pinned: made.Pinned, m: m,
	}
	if expires := m.Expires(); !expires.IsZero() {
		out.ExpiresMillis = expires.UnixMilli()
	}
	return out
}

// Mentions reports whether the message addresses a user, or all.
func (m *Message) Mentions(uid int64) bool { return m.m != nil && m.m.Mentions(uint64(uid)) }

// Reactions returns what people put to the message.
func (m *Message) Reactions() *ReactionList {
	if m.m == nil {
		return new(ReactionList)
	}
	return &ReactionList{m.m.Made().Reactions}
}

// Change returns what the message does to a group; nil when it does nothing.
func (m *Message) Change() *Change {
	if m.m == nil {
		return nil
	}
	says, _ := m.m.Event() // what cannot be read does nothing that can be shown
	c, ok := says.(*msgdef.GroupChange)
	if !ok {
		return nil
	}
	return &Change{
		Act: int(c.Act), Role: int(c.Role), UntilMillis: c.Until, Info: infoOf(c.Info), Reason: c.Reason, uids: c.UIDs,
	}
}

// ReactionList is how many people have reacted how.
type ReactionList struct{ list []msgdef.ReactionCount }

// Len returns how many emoji there are.
func (l *ReactionList) Len() int { return len(l.list) }

// Emoji returns one of them, from 0; "" where there is none.
func (l *ReactionList) Emoji(i int) string {
	if i < 0 || i >= len(l.list) {
		return ""
	}
	return l.list[i].Emoji
}

// Count returns how many have put one of them, from 0.
func (l *ReactionList) Count(i int) int {
	if i < 0 || i >= len(l.list) {
		return 0
	}
	return int(l.list[i].Count)
}

// MessageList is a list of messages.
type MessageList struct {
	list      []*client.Message
	delivered uint64 // of History
}

// Len returns how many there are.
func (l *MessageList) Len() int { return len(l.list) }

// At returns one of them, from 0; nil where there is none.
func (l *MessageList) At(i int) *Message {
	if i < 0 || i >= len(l.list) {
		return nil
	}
	return messageOf(l.list[i])
}

// Delivered returns, of the newest messages of History with one other user, up to which
// place a device of theirs has the conversation; 0 where that is not known.
func (l *MessageList) Delivered() int64 { return int64(l.delivered) }

// Pair returns the conversation of two users.
func Pair(a, b int64) []byte {
	conv := msgdef.Pair(uint64(a), uint64(b))
	return conv[:]
}

// Peer returns the other member of a conversation of two, 0 where there is none.
func Peer(conv []byte, uid int64) int64 {
	c, err := conversation(conv)
	if err != nil {
		return 0
	}
	peer, _ := msgdef.Peer(c, uint64(uid))
	return int64(peer)
}

func conversation(b []byte) (conv msgdef.Conversation, err error) {
	if len(b) != len(conv) {
		return conv, fmt.Errorf("mobile: a conversation of %d bytes instead of %d", len(b), len(conv))
	}
	return msgdef.Conversation(b), nil
}

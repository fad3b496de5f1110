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
}

func messageOf(m *client.Message) *Message {
	return &Message{
		USeq: int64(m.USeq), Conv: m.Conv[:], CSeq: int64(m.CSeq), From: int64(m.From),
		Device: int64(m.Device), Counter: int64(m.Counter), Millis: m.At, Kind: int(m.Kind), Body: m.Body,
	}
}

// MessageList is a list of messages.
type MessageList struct{ list []*client.Message }

// Len returns how many there are.
func (l *MessageList) Len() int { return len(l.list) }

// At returns one of them, from 0; nil where there is none.
func (l *MessageList) At(i int) *Message {
	if i < 0 || i >= len(l.list) {
		return nil
	}
	return messageOf(l.list[i])
}

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

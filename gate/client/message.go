package client

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Message is a message of the user's inbox.
//
// In OnMessage the message and its Body are lent: both are valid until the
// callback returns, and Clone makes a copy to keep. Messages from a channel or
// from History belong to the receiver.
type Message struct {
	USeq uint64 // place in the user's inbox; 0 in History, and of big groups
	msgdef.Message
}

// Clone returns a copy that shares nothing with m.
func (m *Message) Clone() *Message {
	c := *m
	c.Message = *m.Message.Clone()
	return &c
}

// Time returns when the server took the message.
func (m *Message) Time() time.Time { return time.UnixMilli(m.At) }

// Sent is a durable message, as its sender learns of it.
type Sent struct {
	Conv    msgdef.Conversation
	Counter uint64 // with the device, the client message id
	CSeq    uint64 // place in the conversation
	USeq    uint64 // place in the sender's own inbox
	At      int64  // server clock, Unix milliseconds

	Lifetime uint32 // seconds, its own or what a Keep of its pair makes of it; 0 for ever
}

// Time returns when the server took the message.
func (s Sent) Time() time.Time { return time.UnixMilli(s.At) }

// Expires returns from when on nobody can read the message; zero for never.
func (s Sent) Expires() time.Time { return ends(s.Time(), s.Lifetime) }

// Resync says that the device's place in the inbox was lost and taken anew:
// messages may be missing, and some already seen may come again. Show the
// conversations from History.
type Resync struct {
	Status msgdef.SyncStatus // SyncReset: another store; SyncTooLong: away for too long
	Floor  uint64            // messages above this useq follow
	Head   uint64            // useq of the newest
}

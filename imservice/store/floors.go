package store

import "github.com/sim-im/sim/msgdef"

// InboxFloor says that the entries of an inbox up to USeq are kept no more.
type InboxFloor struct {
	UID  uint64
	USeq uint64
}

// ConversationFloor says that the messages of a conversation up to CSeq are kept
// no more, nor what belongs to them. Entries of inboxes that point to them stay,
// without a message.
type ConversationFloor struct {
	Conv  msgdef.Conversation
	CSeq  uint64
	At    int64  // MessageRow.At at CSeq
	Count uint64 // MessageRow.Count at CSeq
}

// SentFloor says that the sent rows of a device up to Counter are kept no more.
type SentFloor struct {
	Sender
	Counter uint64
}

// Sender is a device of a user.
type Sender struct{ UID, Device uint64 }

// Floors reads where inboxes, conversations and sent rows begin, and finds those
// that have any. A floor never goes back, and a head is never below it: who has
// nothing left but a floor goes on from there.
type Floors interface {
	// InboxFloor returns 0 when nothing was dropped; so do the others.
	InboxFloor(uid uint64) (uint64, error)
	ConversationFloor(conv msgdef.Conversation) (ConversationFloor, error)
	SentFloor(of Sender) (uint64, error)

	// Inboxes appends users above after who have entries, ascending, at most limit.
	Inboxes(dst []uint64, after uint64, limit int) ([]uint64, error)

	// Conversations appends conversations above after that have messages, ascending,
	// at most limit.
	Conversations(dst []msgdef.Conversation, after msgdef.Conversation, limit int) ([]msgdef.Conversation, error)

	// Senders appends devices above after that have sent rows, ascending, at most
	// limit.
	Senders(dst []Sender, after Sender, limit int) ([]Sender, error)

	// SentAfter appends the sent rows of a device above a counter, ascending, at most
	// limit.
	SentAfter(dst []SentRow, of Sender, counter uint64, limit int) ([]SentRow, error)
}

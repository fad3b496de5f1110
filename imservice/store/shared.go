package store

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Shared is a store that several message services have open at once. What one of
// them remembers of it another may have changed, so:
//
//   - A commit is built on what Lock has returned, and on nothing remembered.
//   - What reads show is durable: nothing bounds them.
//   - A failed call breaks nothing for good, and a commit whose answer was lost
//     is found by the next Lock, or is not there and never will be.
type Shared interface {
	Store
	SharedLog
	SharedOutbox

	// LockUser is held by one at a time, of all who have the store open, until
	// the unlock that it returns is called. Whoever holds it longer than the
	// store has patience, or loses the database, loses it.
	LockUser(uid uint64) (unlock func(), err error)

	// Lease gives the mastership of a region to a holder, by the clock of the
	// store: see Grant.
	Lease(region, holder string, length time.Duration) (Grant, error)

	// Instance is a number that no other process that ever opened the store has.
	Instance() uint64
}

// SharedLog makes commits of several services one order.
type SharedLog interface {
	// Lock begins a commit: it waits until nobody else has one about the same
	// users and conversations, fills in the ground, and keeps others away until
	// Apply, or Unlock. Apply then is about nobody else. The goroutine that
	// applies calls it. ErrMoved says that others were in the way too often.
	Lock(*Ground) error

	// Unlock ends what Lock began without a commit. Without one it does nothing.
	Unlock()

	// InboxHeads appends the heads of users to dst in their order, 0 for those
	// who have none.
	InboxHeads(dst, uids []uint64) ([]uint64, error)

	// ReadMarks appends how far users have read a conversation, in the same way.
	ReadMarks(dst []uint64, conv msgdef.Conversation, uids []uint64) ([]uint64, error)
}

// Ground is what a commit is built on. The maps belong to the store until Lock is
// called again.
type Ground struct {
	// Asked by the caller, each in ascending order and once.
	Users         []uint64
	Named         []uint64     // of whom only Push is to tell: others may write into their inboxes meanwhile
	People        []MemberName // of whom Groups is to tell, by Conv and then UID
	Conversations []msgdef.Conversation
	Authors       []uint64 // of whom Here is to tell: others may write into their inboxes meanwhile
	Sends         []SendName
	Senders       []Sender // of whom Used is to tell

	// Answered by Lock.
	Heads    map[uint64]uint64                        // useq, of those Users who have an account
	Here     map[uint64]bool                          // those Authors who have one
	Newest   map[msgdef.Conversation]ConversationHead // of those that have messages, bars or Keep
	Repeated map[SendName]SentRow                     // those Sends that became messages before
	Groups   map[msgdef.Conversation]GroupGround      // those Conversations that are groups; who is a member of one that is not big, or asks to be, counts as one of Users
	Oldest   map[Sender]uint64                        // floors of the senders of Sends, those above 0
	Used     map[Sender]uint64                        // the highest counter of each of Senders that has rows of Sends
	Push     map[uint64][]uint64                      // the devices of Users and Named that have a push token, ascending
}

// MemberName names somebody in a group.
type MemberName struct {
	Conv msgdef.Conversation
	UID  uint64
}

// GroupGround is a group and everybody who is something in it; of a big one those
// of Ground.People who are.
type GroupGround struct {
	Group  msgdef.Group
	People []msgdef.GroupMember
}

// SendName names a message before it has a sequence.
type SendName struct{ UID, Device, Counter uint64 }

// ConversationHead is the newest message of a conversation.
type ConversationHead struct {
	CSeq  uint64
	At    int64  // MessageRow.At
	Count uint64 // MessageRow.Count
	Bars  Bars   // of a pair; of Ground only
	Keep  uint16 // of a pair, that of the newest SettingRow that Agrees; of Ground only
}

// SharedOutbox hands rows of the outbox out, each to one of the services.
type SharedOutbox interface {
	// TakeOutbox appends to dst up to limit rows that nobody holds now, those
	// that were never held first, and holds them until a moment. Moments are
	// those of the caller.
	TakeOutbox(dst []OutboxRow, limit int, now, until time.Time) ([]OutboxRow, error)
}

// Grant is who has the mastership of a region:
//
//	free ──anybody asks: term + 1──▶ held ──not renewed in time──▶ free
//	                                  ▲ │
//	                                  └─┘ its holder asks
type Grant struct {
	Holder string
	Term   uint64
	Left   time.Duration // how long it is held
}

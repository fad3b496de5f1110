// Package store is what the message service needs of a database, as one
// interface made of small ones. The embedded engine is in pebble; the suite
// that every engine passes is in storetest.
//
// A store keeps rows and commits batches of them atomically and in order. It
// knows nothing of sequences, membership or limits: imservice decides, the
// store remembers. Only imservice opens one.
package store

import (
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// The errors an engine returns, wrapped with what it knows.
var (
	ErrNotFound = errors.New("store: not found")
	ErrExists   = errors.New("store: already exists")
	ErrInUse    = errors.New("store: data folder is in use by another process")
	ErrReadOnly = errors.New("store: data folder cannot be written")
	ErrFull     = errors.New("store: disk is full")
	ErrCorrupt  = errors.New("store: data is damaged")
	ErrFormat   = errors.New("store: data has a format this version does not know")
	ErrClosed   = errors.New("store: closed")

	// ErrMoved says that nothing of a commit is there, because others were in its
	// way: it may be built anew. Only a Shared store returns it.
	ErrMoved = errors.New("store: others were in the way of the commit")
)

// Store is a database of one message service.
type Store interface {
	Log
	Inboxes
	Conversations
	Expiries
	Laters
	Groups
	Settings
	Relations
	Profiles
	Devices
	Accounts
	Families
	Verdicts
	Outbox
	PushTokens
	Terms
	Floors
	MediaRows
	SignIns
	Deletions

	// Epoch is a random number made with the store; it changes when the store
	// is restored or replaced, and tells clients that their cursors are void.
	Epoch() uint64

	// Health returns nil, or why the store takes no writes: ErrFull, ErrClosed
	// or the error that broke it. It is cheap enough to ask before every batch.
	// ErrFull for lack of free space passes when there is room again; a write
	// that failed breaks the store for good, and opening it again recovers.
	Health() error

	// Close waits for commits under way. Pendings not yet waited for stay valid.
	Close() error
}

// Log commits batches.
type Log interface {
	// Apply makes the rows of a commit visible to reads and starts making them
	// durable. Commits become durable in the order of Apply; it is called by one
	// goroutine at a time. The commit and what it points to may be reused when
	// Apply returns. After an error the caller must not build on the commit: it
	// was not taken, or the store is broken and Health says so for good.
	Apply(*Commit) (Pending, error)
}

// Pending is a commit that is visible but maybe not yet durable.
type Pending interface {
	// Wait returns when the commit is durable. It is called once. After an error
	// the commit may be found or not when the store is opened again; no later
	// commit is durable either.
	Wait() error
}

// Commit is a batch of rows that become durable together or not at all.
type Commit struct {
	Messages []MessageRow
	Inbox    []InboxRow
	Sent     []SentRow
	Reads    []ReadRow
	Outbox   []OutboxRow
	Groups   []GroupRow
	Members  []MemberRow
	Talks    []TalkRow

	Reactions []ReactionRow
	Pins      []PinRow
	Expiries  []ExpiryRow
	Settings  []SettingRow
	Hidden    []HiddenRow
	Carried   []CarriedRow
	Laters    []LaterRow
	Relations []RelationRow
	Tallies   []TallyRow
	Bars      []BarsRow
	Profiles  []ProfileRow

	// What is dropped, after all of the above; nobody's twice. Of a floor that is
	// there already and this one, the greater counts.
	InboxFloors        []InboxFloor
	ConversationFloors []ConversationFloor
	SentFloors         []SentFloor
}

// Empty tells whether a commit has nothing to say. Whatever else it may have comes
// with a row of these.
func (c *Commit) Empty() bool {
	return len(c.Messages)+len(c.Reads)+len(c.Talks)+len(c.Expiries)+len(c.Settings)+
		len(c.Laters)+len(c.Relations)+len(c.Members)+len(c.Profiles)+
		len(c.InboxFloors)+len(c.ConversationFloors)+len(c.SentFloors) == 0
}

// Reset empties the commit and keeps its memory.
func (c *Commit) Reset() {
	c.Messages = c.Messages[:0]
	c.Inbox = c.Inbox[:0]
	c.Sent = c.Sent[:0]
	c.Reads = c.Reads[:0]
	c.Outbox = c.Outbox[:0]
	c.Groups = c.Groups[:0]
	c.Members = c.Members[:0]
	c.Talks = c.Talks[:0]
	c.Reactions = c.Reactions[:0]
	c.Pins = c.Pins[:0]
	c.Expiries = c.Expiries[:0]
	c.Settings = c.Settings[:0]
	c.Hidden = c.Hidden[:0]
	c.InboxFloors = c.InboxFloors[:0]
	c.ConversationFloors = c.ConversationFloors[:0]
	c.SentFloors = c.SentFloors[:0]
	c.Carried = c.Carried[:0]
	c.Laters = c.Laters[:0]
	c.Relations = c.Relations[:0]
	c.Tallies = c.Tallies[:0]
	c.Bars = c.Bars[:0]
	c.Profiles = c.Profiles[:0]
}

// MessageRow is a message under (Conv, CSeq).
type MessageRow struct {
	Conv     msgdef.Conversation
	CSeq     uint64
	At       int64  // of the message, Unix milliseconds
	Count    uint64 // of the message, see msgdef.Message
	Bytes    []byte // encoded msgdef.Message
	Replaces bool   // the message is there already, and is another from now on; At and Count are its own
}

// InboxRow points from (UID, USeq) to a message.
type InboxRow struct {
	UID  uint64
	USeq uint64
	Conv msgdef.Conversation
	CSeq uint64
}

// SentRow remembers what (UID, Device, Counter) became, to recognise a
// repeated send.
type SentRow struct {
	UID, Device, Counter uint64
	Conv                 msgdef.Conversation
	CSeq                 uint64
	USeq                 uint64 // the sender's
}

// ReadRow is how far a user has read a conversation. It replaces the row before
// it; of two in a commit the later one counts. No position goes back: of a Shared
// store, which others may have told of a greater one, the greater counts.
type ReadRow struct {
	UID  uint64
	Conv msgdef.Conversation
	CSeq uint64
}

// ReactionRow is how a user has reacted to a message, or does no more. It
// replaces the row before it.
type ReactionRow struct {
	Conv  msgdef.Conversation
	CSeq  uint64
	UID   uint64
	Emoji string
	Gone  bool
}

// PinRow says that a message is pinned, or is no more. It replaces the row before
// it.
type PinRow struct {
	Conv msgdef.Conversation
	CSeq uint64
	Gone bool
}

// ExpiryRow says from when on nobody may read a message, or that this was seen to.
type ExpiryRow struct {
	At   int64 // Unix milliseconds, not negative
	Conv msgdef.Conversation
	CSeq uint64
	Gone bool
}

// OutboxRow is a message that a device with a push token is perhaps to be told
// of, under ID. It is named by its place in the user's inbox, or in its
// conversation if it has none there.
type OutboxRow struct {
	ID     uint64
	UID    uint64
	Device uint64
	USeq   uint64 // the user's, of the message; 0 when Conv and CSeq name it
	At     int64  // of the message, Unix milliseconds
	Conv   msgdef.Conversation
	CSeq   uint64
}

// InboxEntry is a row of an inbox with its message.
type InboxEntry struct {
	USeq  uint64
	Conv  msgdef.Conversation
	CSeq  uint64
	Bytes []byte // encoded msgdef.Message, owned by the caller; nil of one that is kept no more
}

// Inboxes reads what users were sent. Reads see applied rows that are not yet
// durable; the caller bounds them by the durable head.
type Inboxes interface {
	// InboxHead returns the greatest useq of a user, 0 when there is none.
	InboxHead(uid uint64) (uint64, error)

	// Inbox appends to dst the entries with after < useq ≤ upTo in ascending
	// order, at most limit of them and maxBytes of messages, but the first one
	// whatever its size. A gap between two entries and an entry whose message is
	// missing, and not below the floor of its conversation, are ErrCorrupt.
	Inbox(dst []InboxEntry, uid, after, upTo uint64, limit, maxBytes int) ([]InboxEntry, error)

	// InboxNext returns the first entry with after < useq ≤ upTo that points into a
	// conversation, without its message, or ErrNotFound. It goes through all that are
	// before it.
	InboxNext(uid uint64, conv msgdef.Conversation, after, upTo uint64) (InboxEntry, error)
}

// Conversations reads conversations.
type Conversations interface {
	// ConversationHead returns the greatest cseq, 0 when there is none.
	ConversationHead(conv msgdef.Conversation) (uint64, error)

	// Message returns the encoded message, owned by the caller, or ErrNotFound.
	Message(conv msgdef.Conversation, cseq uint64) ([]byte, error)

	// Range appends the messages with from ≤ cseq ≤ to in ascending order, with
	// limits and ErrCorrupt like Inbox. With newest set it keeps the last ones
	// of the range instead of the first, still in ascending order.
	Range(dst [][]byte, conv msgdef.Conversation, from, to uint64, newest bool, limit, maxBytes int) ([][]byte, error)

	// Reaction returns the emoji that uid has put to a message, "" for none.
	Reaction(conv msgdef.Conversation, cseq, uid uint64) (string, error)

	// Pins appends the cseqs of the pinned messages with from ≤ cseq ≤ to in
	// descending order, at most limit.
	Pins(dst []uint64, conv msgdef.Conversation, from, to uint64, limit int) ([]uint64, error)

	// ReadMark returns how far uid has read conv, 0 when never.
	ReadMark(uid uint64, conv msgdef.Conversation) (uint64, error)
}

// Expiries reads from when on nobody may read messages.
type Expiries interface {
	// Expiring appends the rows with At ≤ upTo in the order of (At, Conv, CSeq), at
	// most limit.
	Expiring(dst []ExpiryRow, upTo int64, limit int) ([]ExpiryRow, error)
}

// Devices reads and keeps what is known of a user's devices.
type Devices interface {
	// SentHead returns the greatest counter of a device, 0 when there is none.
	SentHead(uid, device uint64) (uint64, error)

	// Sent returns what a counter became, or ErrNotFound.
	Sent(uid, device, counter uint64) (SentRow, error)

	// Cursor returns the saved cursor of a device, or ErrNotFound.
	Cursor(uid, device uint64) (DeviceRow, error)

	// DevicesOf lists the devices of a user in ascending order, at most limit.
	DevicesOf(uid uint64, limit int) ([]DeviceRow, error)

	// SaveDevices keeps rows, the greater cursor and the later date winning,
	// without waiting for durability. See Deletions of whom it keeps none.
	SaveDevices([]DeviceRow) error

	// DropDevice forgets a device's row; its sent rows stay.
	DropDevice(uid, device uint64) error
}

// DeviceRow is a device of a user.
type DeviceRow struct {
	UID    uint64
	Device uint64
	Cursor uint64 // useq acknowledged
	Seen   int64  // Unix milliseconds of the last save
}

// MaxKey is how many bytes every engine takes as a name or a region.
const MaxKey = 1024

// Account is a user who can log in.
type Account struct {
	UID      uint64 // from 1, never reused
	Name     string
	Password string // encoded hash with its parameters
	Created  int64  // Unix milliseconds
}

// Accounts keeps who may log in. Changes are durable when the call returns.
type Accounts interface {
	// CreateAccount stores an account under the next free UID, or ErrExists when
	// the name is taken. A name has 1 to 65535 bytes; engines need not take more
	// than MaxKey.
	CreateAccount(name, password string, at time.Time) (Account, error)

	// AccountByName and AccountByUID return ErrNotFound when there is none.
	AccountByName(name string) (Account, error)
	AccountByUID(uid uint64) (Account, error)

	// PutPassword replaces the hash of an account, or returns ErrNotFound. Calls
	// that change one account come one after another.
	PutPassword(uid uint64, password string) error
}

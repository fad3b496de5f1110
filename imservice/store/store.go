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
)

// Store is a database of one message service.
type Store interface {
	Log
	Inboxes
	Conversations
	Devices
	Accounts
	Families
	Verdicts
	Outbox
	PushTokens
	Terms

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
}

// Reset empties the commit and keeps its memory.
func (c *Commit) Reset() {
	c.Messages = c.Messages[:0]
	c.Inbox = c.Inbox[:0]
	c.Sent = c.Sent[:0]
	c.Reads = c.Reads[:0]
	c.Outbox = c.Outbox[:0]
}

// MessageRow is a message under (Conv, CSeq).
type MessageRow struct {
	Conv  msgdef.Conversation
	CSeq  uint64
	Bytes []byte // encoded msgdef.Message
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
// it; of two in a commit the later one counts.
type ReadRow struct {
	UID  uint64
	Conv msgdef.Conversation
	CSeq uint64
}

// OutboxRow is a message that a device with a push token is perhaps to be told
// of, under ID.
type OutboxRow struct {
	ID     uint64
	UID    uint64
	Device uint64
	USeq   uint64 // the user's, of the message
	At     int64  // of the message, Unix milliseconds
}

// InboxEntry is a row of an inbox with its message.
type InboxEntry struct {
	USeq  uint64
	Bytes []byte // encoded msgdef.Message, owned by the caller
}

// Inboxes reads what users were sent. Reads see applied rows that are not yet
// durable; the caller bounds them by the durable head.
type Inboxes interface {
	// InboxHead returns the greatest useq of a user, 0 when there is none.
	InboxHead(uid uint64) (uint64, error)

	// Inbox appends to dst the entries with after < useq ≤ upTo in ascending
	// order, at most limit of them and maxBytes of messages, but the first one
	// whatever its size. A gap between two entries and an entry whose message is
	// missing are ErrCorrupt.
	Inbox(dst []InboxEntry, uid, after, upTo uint64, limit, maxBytes int) ([]InboxEntry, error)
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

	// ReadMark returns how far uid has read conv, 0 when never.
	ReadMark(uid uint64, conv msgdef.Conversation) (uint64, error)
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
	// without waiting for durability.
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
	// the name is taken. A name has 1 to 65535 bytes.
	CreateAccount(name, password string, at time.Time) (Account, error)

	// AccountByName and AccountByUID return ErrNotFound when there is none.
	AccountByName(name string) (Account, error)
	AccountByUID(uid uint64) (Account, error)

	// PutPassword replaces the hash of an account, or returns ErrNotFound. Calls
	// that change one account come one after another.
	PutPassword(uid uint64, password string) error
}

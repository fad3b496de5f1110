package rpc

import "github.com/sim-im/sim/msgdef"

// Session is a live connection of a user's device. A gate uses the number of a
// connection once in an epoch, and its epochs grow.
//
//msgdef:struct
type Session struct {
	UID    uint64
	Device uint64
	Conn   uint64
	Since  int64 // Unix milliseconds

	Platform   msgdef.Platform `gen:"2"` // for the login policy
	Generation uint64          `gen:"3"` // of the account as of the login, see LoginReply; for Eviction
}

// SessionBatch is a change of the sessions of one gate, and of what they watch.
//
//msgdef:struct
type SessionBatch struct {
	Gate  string    `max:"64"`
	Epoch uint64    // of the gate's process; a session of another epoch is dead
	Items []Session `max:"10000"`

	Topics [][16]byte `max:"10000" gen:"2"` // big groups that sessions of the gate watch from now on, or none does any more
}

// RosterUpdate is a change of the sessions of one gate, for an image of them,
// see Roster. One without items that repeats the last number only says that
// the gate lives and is not behind.
//
//msgdef:struct
type RosterUpdate struct {
	Gate     string    `max:"64"`
	Epoch    uint64    // of the gate's process
	Seq      uint64    // from 1, without gaps in an epoch
	Snapshot bool      // Began is a part of all sessions there are as of Seq; Ended is empty
	First    bool      // of a snapshot: what the image has is forgotten when the last part is there
	Last     bool      // of a snapshot
	Began    []Session `max:"10000"`
	Ended    []Session `max:"10000"`

	Watched   [][16]byte `max:"10000" gen:"2"` // big groups that a session of the gate watches now; of a snapshot a part of all
	Unwatched [][16]byte `max:"10000" gen:"2"` // such that none does any more; none in a snapshot
}

// RosterReply says which update an image wants next.
//
//msgdef:struct
type RosterReply struct {
	Want uint64 // one more than the last it has; 0 asks for a snapshot
}

// PresenceRequest names users; none means everyone, or with Via the members of a
// group, who are counted as far as Asker may know of them.
//
//msgdef:struct
type PresenceRequest struct {
	UIDs  []uint64 `max:"500"`
	Limit uint16   // most users returned, at most 500; 0 means 500
	Via   [16]byte `gen:"2"`
	Asker uint64   `gen:"2"` // a member of Via
}

// PresenceReply lists those online.
//
//msgdef:struct
type PresenceReply struct {
	Total uint32
	Users []msgdef.Online `max:"500"`

	Members uint32 `gen:"2"` // of Via; nobody of them is in Users
	At      int64  `gen:"2"` // when those of Via were counted, Unix milliseconds; 0 without Via, and of a route that cannot
}

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
}

// SessionBatch is a change of the sessions of one gate.
//
//msgdef:struct
type SessionBatch struct {
	Gate  string    `max:"64"`
	Epoch uint64    // of the gate's process; a session of another epoch is dead
	Items []Session `max:"10000"`
}

// PresenceRequest names users; none means everyone.
//
//msgdef:struct
type PresenceRequest struct {
	UIDs  []uint64 `max:"500"`
	Limit uint16   // most users returned, at most 500; 0 means 500
}

// PresenceReply lists those online.
//
//msgdef:struct
type PresenceReply struct {
	Total uint32
	Users []msgdef.Online `max:"500"`
}

package rpc

import "github.com/sim-im/sim/msgdef"

// SignedIn is a session of a user, which has begun, or has also ended. It says all
// there is to say each time, so that one that comes twice, or without the one
// before, is as good.
//
//msgdef:struct
type SignedIn struct {
	UID, Device uint64
	Conn        uint64 // the gate's number of the connection
	Life        uint64 // of the gate's log when it was told, see SignInBatch
	Began       int64  // Unix milliseconds
	Ended       int64  // 0 while it lasts
	End         msgdef.SessionEnd
	Platform    msgdef.Platform
	Address     string `max:"64"`
}

// SignInBatch is sessions of one gate that have begun or ended. A gate begins a new
// life of its log when its process starts, and when it could not tell of all; it
// tells then of those that last once more. A session that was told of in an
// earlier life only, and that has not ended, is lost. One without items says that
// the gate lives.
//
//msgdef:struct
type SignInBatch struct {
	Gate  string     `max:"64"`
	Life  uint64     // the newest one; they grow
	Items []SignedIn `max:"4096"`
}

// SignInsQuery asks for the sessions of a user, newest first, see msgdef.GetSignIns.
// UID counts when it is not 0, otherwise Account, which only operators may give.
//
//msgdef:struct
type SignInsQuery struct {
	UID     uint64
	Account string `max:"64"`
	Before  int64
	Conn    uint64
	Limit   uint16

	Gate string `max:"64" gen:"2"`
}

// SignInsReply answers SignInsQuery.
//
//msgdef:struct
type SignInsReply struct {
	UID  uint64
	More bool
	List []msgdef.SignIn `max:"100"`
}

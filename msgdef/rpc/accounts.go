package rpc

import "github.com/sim-im/sim/msgdef"

// LoginRequest is what a gate knows of somebody who wants in.
//
//msgdef:struct
type LoginRequest struct {
	Method   msgdef.AuthMethod
	Account  string `max:"64"`
	Secret   []byte `max:"2048" secret:"true"`
	Device   uint64
	Platform msgdef.Platform
	Address  string `max:"64"` // of the client, for limits and the log
}

// LoginReply is an account and the state of the device that logged in. The
// head is read by a Heads call after the session is registered, so that no
// message can fall between.
//
//msgdef:struct
type LoginReply struct {
	UID          uint64
	Account      string `max:"64"`
	Token        []byte `max:"64" secret:"true"`
	TokenExpires int64  // Unix milliseconds
	Cursor       uint64
	Exempt       bool   // from the send rate
	Generation   uint64 `gen:"2"` // of the account: it grows with every decision about it, of which most end some of what was proven before
}

// ResumeRequest is what a gate knows of a session that comes back with a
// ticket. Nothing in it was said by the client: the ticket's own body did.
//
//msgdef:struct
type ResumeRequest struct {
	UID        uint64
	Device     uint64
	Platform   msgdef.Platform
	Generation uint64 // of a session of the device, as LoginReply said
	Address    string `max:"64"`
}

// PasswordChange is the request of a session, see msgdef.ChangePassword.
//
//msgdef:struct
type PasswordChange struct {
	UID        uint64
	Device     uint64
	Generation uint64 // of the session, see Session
	Gate       string `max:"64"` // where the session is, which stays
	Conn       uint64
	Address    string `max:"64"` // of the client, for limits and the log
	Old        []byte `max:"2048" secret:"true"`
	New        []byte `max:"2048" secret:"true"`
}

// AccountDeletion is the request of a session, see msgdef.DeleteAccount.
//
//msgdef:struct
type AccountDeletion struct {
	UID        uint64
	Device     uint64
	Generation uint64 // of the session, see Session
	Address    string `max:"64"` // of the client, for limits and the log
	Method     msgdef.AuthMethod
	Secret     []byte `max:"2048" secret:"true"`
}

// PasswordReply is the device's token from then on.
//
//msgdef:struct
type PasswordReply struct {
	Token        []byte `max:"64" secret:"true"`
	TokenExpires int64  // Unix milliseconds
}

// LookupRequest names users, see msgdef.Lookup.
//
//msgdef:struct
type LookupRequest struct {
	Names []string `max:"100" elem:"64"`
	UIDs  []uint64 `max:"100"`
}

// LookupReply holds those that exist.
//
//msgdef:struct
type LookupReply struct {
	Users []msgdef.User `max:"200"`
}

package msgdef

// SessionEnd says how a session came to its end. Values that a client does not
// know are ends like any other.
type SessionEnd uint8

// How sessions end.
const (
	EndNone        SessionEnd = 0  // it lasts
	EndClient      SessionEnd = 1  // the client closed
	EndNetwork     SessionEnd = 2  // the network said so
	EndIdle        SessionEnd = 3  // nothing was heard of the client
	EndStuck       SessionEnd = 4  // the client did not read
	EndProtocol    SessionEnd = 5  // the client broke the protocol
	EndReplaced    SessionEnd = 6  // the same device logged in anew
	EndOtherDevice SessionEnd = 7  // another device took the place
	EndBanned      SessionEnd = 8  // the account was banned
	EndRevoked     SessionEnd = 9  // the account's sessions and tokens were ended
	EndKicked      SessionEnd = 10 // the system ended it for another reason
	EndIsolated    SessionEnd = 11 // its gate was cut off for too long
	EndShutdown    SessionEnd = 12 // its gate was going away
	EndFault       SessionEnd = 13 // a fault of its gate
	EndGateLost    SessionEnd = 14 // its gate died, or was cut off and never told
)

// GetSignIns asks for the user's own sessions, newest first.
//
//msgdef:type 0x0350 up reply=SignIns
type GetSignIns struct {
	Req    uint64
	Before int64  // Began of the last one of the page before, Unix milliseconds; 0 at first
	Conn   uint64 // and its Conn
	Limit  uint16 // most sessions wanted, 0 leaves it to the server

	Gate string `max:"64" gen:"2"` // and its Gate
}

// SignIn is a session of the user's, as the gate that has or had it told.
//
//msgdef:struct
type SignIn struct {
	Device   uint64
	Platform Platform
	Address  string `max:"64"` // where the client came from; empty when that is not known
	Gate     string `max:"64"`
	Conn     uint64 // number of the connection at its gate
	Began    int64  // Unix milliseconds
	Ended    int64  // 0 while it lasts; of EndGateLost when the gate was heard of last
	End      SessionEnd
}

// SignIns answers GetSignIns, in one frame or several with the same Req.
//
//msgdef:type 0x0351 down
type SignIns struct {
	Req  uint64
	Last bool     // the last frame of this answer
	More bool     // there are older ones
	List []SignIn `max:"100"`
}

// DeleteAccount deletes the account of the session, for good. The proof is asked for
// because whoever has the session, or the device for a moment, does not have it.
//
//msgdef:type 0x0356 up reply=AccountDeleted
type DeleteAccount struct {
	Req    uint64
	Method AuthMethod // AuthPassword, or AuthIssuer where an issuer has the password
	Secret []byte     `max:"2048" secret:"true"` // as Login.Secret, of the same account
}

// AccountDeleted says that the account is deleted, or was before. All sessions end,
// this one too, with CodeDeleted.
//
//msgdef:type 0x0357 down
type AccountDeleted struct {
	Req uint64
}

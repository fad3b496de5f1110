package rpc

import "github.com/sim-im/sim/msgdef"

// Claim is how an instance of a business service says that it serves a range of
// types. It holds for 6 s at the route that was told; instances repeat it every
// 2 s. The next one of an instance takes the place of the one before.
//
//msgdef:struct
type Claim struct {
	Service  string `max:"64"`  // no two have a type in common; its instances may
	Instance string `max:"64"`  // the process; another one has another name
	Addr     string `max:"256"` // host:port where it offers Application
	First    uint16 // 0x8000 or above
	Last     uint16
	Release  bool // it ends: take it out at once
}

// ClaimReply says how long a claim holds.
//
//msgdef:struct
type ClaimReply struct {
	TTL    uint32 // milliseconds
	Region string `max:"64"` // of the route; notices go to one route of each
}

// AppFrame is a frame of an application's type, with the identity the gate
// vouches for.
//
//msgdef:struct
type AppFrame struct {
	Conn   uint64 // the gate's connection
	UID    uint64
	Device uint64
	Type   uint16
	Codec  uint8  // how Body is encoded: a codec.ID
	Body   []byte `max:"16384"`
}

// AppFrames is a batch of frames of one gate, in the order each connection sent
// them.
//
//msgdef:struct
type AppFrames struct {
	Gate  string     `max:"64"`
	Items []AppFrame `max:"4096"`
}

// AppReply answers a frame. A frame may have several answers, or none; at most
// MaxReplies.
//
//msgdef:struct
type AppReply struct {
	Item   uint32           // index into AppFrames.Items; never decreasing
	Code   msgdef.ErrorCode // CodeOK: Type and Body are a frame for the connection; else it gets Error; 300 or above
	Retry  uint32           // milliseconds, with a 4xx code
	Detail string           `max:"256"`
	Type   uint16           // one that the service has claimed
	Body   []byte           `max:"16384"` // in the codec of the frame that is answered
}

// AppReplies answers AppFrames.
//
//msgdef:struct
type AppReplies struct {
	Items []AppReply `max:"4096"`
}

// AppNotice is a frame for users, wherever they are connected. It is not kept
// for who is not.
//
//msgdef:struct
type AppNotice struct {
	UIDs   []uint64 `max:"512"`
	Device uint64   // only this one; 0 for all
	Type   uint16
	Body   []byte `max:"16384"` // binary
	JSON   []byte `max:"16384"` // the same for connections that speak JSON; empty: they do not get it
}

// AppNotices is a batch of AppNotice of one service.
//
//msgdef:struct
type AppNotices struct {
	Service string      `max:"64"` // that claimed the types
	Items   []AppNotice `max:"256"`
	Partial bool        // tell the sessions that the route knows, even when those are not all
}

// AppTold says how many frames the gates of the route's region took, one for
// each notice and session.
//
//msgdef:struct
type AppTold struct {
	Sessions uint32
	Partial  bool // the route did not know all sessions
}

// MaxReplies is how many answers a frame of an application may have.
const MaxReplies = 16

package rpc

import "github.com/sim-im/sim/msgdef"

// Claim is how a business service says that it serves a range of types. It
// holds for 6 s at the route that was told; services repeat it every 2 s.
//
//msgdef:struct
type Claim struct {
	Service  string `max:"64"`  // several processes of one service share its range
	Instance string `max:"64"`  // the process
	Addr     string `max:"256"` // host:port where it offers Application
	First    uint16 // 0x8000 or above
	Last     uint16
	Release  bool // it ends: take it out at once
}

// ClaimReply says how long a claim holds.
//
//msgdef:struct
type ClaimReply struct {
	TTL uint32 // milliseconds
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

// AppReply answers a frame. A frame may have several answers, or none.
//
//msgdef:struct
type AppReply struct {
	Item   uint32           // index into AppFrames.Items; never decreasing
	Code   msgdef.ErrorCode // CodeOK: Type and Body are a frame for the connection; else it gets Error
	Retry  uint32           // milliseconds, with a 4xx code
	Detail string           `max:"256"`
	Type   uint16
	Body   []byte `max:"16384"` // in the codec of the frame that is answered
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
}

// AppTold says how many sessions of the route's region got the notices.
//
//msgdef:struct
type AppTold struct {
	Sessions uint32
}

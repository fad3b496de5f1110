package msgdef

// A message that is to be sent later waits with the server, as an entry of its
// author's own stream:
//
//	Later ──at its time──▶ LaterDone, and the message in its conversation
//	  │                └──▶ LaterDone with the reason why there is none
//	  └──LaterOff, or another Later in its stead──▶ nothing
//
// The entry is named by its cseq in the stream, and has no content any more once it
// waits no longer.

// Later is the body of a message of ContentLater in a user's own stream: what it says
// is to be sent in a conversation at a time.
//
//msgdef:struct
type Later struct {
	At      int64    // Unix milliseconds; what is past by then is sent at once, and at most 365 days are ahead
	Conv    [16]byte // a pair or a group that the user may read
	Kind    ContentKind
	Body    []byte `max:"7000"`
	Extra   []byte `max:"1024" holds:"Extra"` // an encoded Extra; empty means none
	Instead uint64 // cseq of the Later that this one replaces; 0 for none
}

// LaterOff is the body of a message of ContentLaterOff in a user's own stream: what
// waits is not to be sent.
//
//msgdef:struct
type LaterOff struct {
	CSeq uint64 // of the Later
}

// LaterDone is the body of a message of ContentLaterDone in a user's own stream, which
// the message service writes: what has become of a Later.
//
//msgdef:struct
type LaterDone struct {
	CSeq uint64    // of the Later
	Code ErrorCode // CodeOK, or why it was not sent
	Conv [16]byte
	Sent uint64 // cseq of the message in Conv; 0 when it was not sent
}

// GetLaters asks for what of the user waits to be sent.
//
//msgdef:type 0x0334 up reply=Laters
type GetLaters struct {
	Req uint64
}

// Laters answers GetLaters, in one frame or several with the same Req.
//
//msgdef:type 0x0335 down
type Laters struct {
	Req  uint64
	Last bool           // the last frame of this answer
	List []PendingLater `max:"100"` // ascending by CSeq
}

// PendingLater is a message that waits to be sent.
//
//msgdef:struct
type PendingLater struct {
	CSeq  uint64 // in the user's stream
	Later Later
}

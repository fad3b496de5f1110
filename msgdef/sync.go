package msgdef

// SyncStatus tells a device how its cursor relates to the store.
type SyncStatus uint8

// What a device does with its cursor.
const (
	SyncOK      SyncStatus = 0 // entries follow the cursor
	SyncReset   SyncStatus = 1 // the cursor is not of this store: forget it and what it counted, start at Floor
	SyncTooLong SyncStatus = 2 // older than what is kept: start at Floor, and page conversations for the rest
)

// GetMsg asks for the inbox after a cursor, and acknowledges up to it.
//
//msgdef:type 0x0201 up reply=MsgPage
type GetMsg struct {
	Req         uint64 // chosen by the client, returned in the answer
	After       uint64 // useq
	StoreEpoch  uint64 // of the LoginOK the cursor came from; 0 with After 0
	Fingerprint uint64 // of the row at After, see Fingerprint; 0 when not known
	Limit       uint16 // most entries wanted, 0 leaves it to the server
}

// Entry is a row of an inbox.
//
//msgdef:struct
type Entry struct {
	USeq    uint64
	Message []byte `max:"12288" holds:"Message"` // an encoded Message
}

// MsgPage answers GetMsg, in one frame or several with the same Req.
//
//msgdef:type 0x0202 down
type MsgPage struct {
	Req        uint64
	Status     SyncStatus
	StoreEpoch uint64
	Floor      uint64  // with a Status that is not OK: the cursor before the oldest row kept
	Head       uint64  // useq of the newest durable row
	Last       bool    // the last frame of this answer
	Entries    []Entry `max:"512"`
}

// GetConv asks for messages of a conversation: the newest ones below Before
// (0: from the end) or, when After is set, the oldest ones above it.
//
//msgdef:type 0x0203 up reply=ConvPage
type GetConv struct {
	Req    uint64
	Conv   [16]byte
	Before uint64 // cseq, exclusive
	After  uint64 // cseq, exclusive; 0 means Before counts
	Limit  uint16 // most messages wanted, 0 leaves it to the server
}

// ReadMark is how far a member has read.
//
//msgdef:struct
type ReadMark struct {
	UID  uint64
	CSeq uint64
}

// ConvPage answers GetConv, in one frame or several with the same Req.
// Messages stand in ascending cseq.
//
//msgdef:type 0x0204 down
type ConvPage struct {
	Req       uint64
	Conv      [16]byte
	Head      uint64 // cseq of the newest durable message
	Last      bool
	Reads     []ReadMark `max:"256"`
	Messages  [][]byte   `max:"512" elem:"12288" holds:"Message"` // encoded Messages
	Floor     uint64     `gen:"2"`                                // cseq up to which messages are kept no longer, when what follows After is among them; else 0
	Delivered uint64     `gen:"3"`                                // of a pair, when Before is 0: a device of the other one has all up to this cseq; 0 when none has, or it is not known
}

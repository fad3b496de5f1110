package rpc

import "github.com/sim-im/sim/msgdef"

// Send is a message to store, with the identity the gate vouches for.
//
//msgdef:struct
type Send struct {
	Conn    uint64 // the gate's connection, returned in the result
	UID     uint64
	Device  uint64
	Counter uint64
	After   uint64 // refused for now along with this counter, see msgdef.Send; 0 for none
	Conv    [16]byte
	Kind    msgdef.ContentKind
	Body    []byte `max:"8192"`
	Extra   []byte `gen:"2" max:"1024"` // an encoded msgdef.Extra; empty means none
}

// Sends is a batch of messages of one gate.
//
//msgdef:struct
type Sends struct {
	Items []Send `max:"4096"`
}

// SendResult is the outcome of one Send.
//
//msgdef:struct
type SendResult struct {
	Conn    uint64
	Counter uint64
	Code    msgdef.ErrorCode
	CSeq    uint64
	USeq    uint64 // the sender's
	At      int64  // Unix milliseconds
	Retry   uint32 // milliseconds, with a 4xx code

	Lifetime uint32 `gen:"2"` // see msgdef.SendAck
}

// SendResults is a batch of outcomes.
//
//msgdef:struct
type SendResults struct {
	Items []SendResult `max:"4096"`
}

// Pull asks for the inbox of a user after a cursor, see msgdef.GetMsg.
//
//msgdef:struct
type Pull struct {
	UID         uint64
	Device      uint64
	After       uint64
	StoreEpoch  uint64
	Fingerprint uint64
	Limit       uint16
}

// Pulls is a batch of Pull.
//
//msgdef:struct
type Pulls struct {
	Items []Pull `max:"256"`
}

// Page is an answer to a Pull. A page with fewer entries than the head
// promises is not the end: pull again from its last entry.
//
//msgdef:struct
type Page struct {
	Code       msgdef.ErrorCode
	Status     msgdef.SyncStatus
	StoreEpoch uint64
	Floor      uint64
	Head       uint64
	Entries    []msgdef.Entry `max:"512"`
}

// Pages answers Pulls.
//
//msgdef:struct
type Pages struct {
	Items []Page `max:"256"`
}

// ConvPull asks for messages of a conversation, see msgdef.GetConv.
//
//msgdef:struct
type ConvPull struct {
	UID    uint64
	Conv   [16]byte
	Before uint64
	After  uint64
	Limit  uint16
}

// ConvPulls is a batch of ConvPull.
//
//msgdef:struct
type ConvPulls struct {
	Items []ConvPull `max:"256"`
}

// ConvPage is an answer to a ConvPull.
//
//msgdef:struct
type ConvPage struct {
	Code      msgdef.ErrorCode
	Head      uint64
	Reads     []msgdef.ReadMark `max:"256"`
	Messages  [][]byte          `max:"512" elem:"12288"` // encoded msgdef.Message
	Floor     uint64            `gen:"2"`                // see msgdef.ConvPage
	Delivered uint64            `gen:"3"`                // see msgdef.ConvPage
}

// ConvPages answers ConvPulls.
//
//msgdef:struct
type ConvPages struct {
	Items []ConvPage `max:"256"`
}

// HeadsQuery names users.
//
//msgdef:struct
type HeadsQuery struct {
	UIDs []uint64 `max:"4096"`
}

// HeadsReply holds a durable useq for each user of the query.
//
//msgdef:struct
type HeadsReply struct {
	StoreEpoch uint64
	USeqs      []uint64 `max:"4096"`
}

// Read is a read position of a user in a conversation.
//
//msgdef:struct
type Read struct {
	UID    uint64
	Conv   [16]byte
	CSeq   uint64
	Device uint64 // that read it and need not be told; 0 for none
}

// Reads is a batch of Read.
//
//msgdef:struct
type Reads struct {
	Items []Read `max:"4096"`
}

// ReadResult is the outcome of one Read.
//
//msgdef:struct
type ReadResult struct {
	Code msgdef.ErrorCode
	CSeq uint64 // the position taken: the one asked for, or the head when that is lower
}

// Hearer is a member of a group who is to hear of a position that is new. Who is
// in a pair follows from its name.
//
//msgdef:struct
type Hearer struct {
	Item uint32 // index into ReadResults.Items
	UID  uint64
}

// ReadResults answers Reads.
//
//msgdef:struct
type ReadResults struct {
	Items []ReadResult `max:"4096"`
	Tell  []Hearer     `max:"65536" gen:"2"` // in the order of Item; may be cut, as ReadBy may be lost
	Quiet []uint32     `max:"4096" gen:"3"`  // items of pairs of which the other one is not to hear, ascending
}

// Cursor is how far a device has acknowledged its user's inbox.
//
//msgdef:struct
type Cursor struct {
	UID    uint64
	Device uint64
	USeq   uint64
}

// Cursors is a batch of Cursor.
//
//msgdef:struct
type Cursors struct {
	Items []Cursor `max:"4096"`
}

// Arrival is what a device of UID has for sure of a pair: everything up to CSeq.
//
//msgdef:struct
type Arrival struct {
	Conv [16]byte
	UID  uint64
	CSeq uint64
}

// Arrivals answers Cursors.
//
//msgdef:struct
type Arrivals struct {
	Items []Arrival `max:"65536"` // may be cut, as DeliveredTo may be lost
}

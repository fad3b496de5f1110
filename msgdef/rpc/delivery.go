package rpc

import "github.com/sim-im/sim/msgdef"

// Recipient is a user who gets one of the messages of a Notices batch.
//
//msgdef:struct
type Recipient struct {
	Message uint32 // index into Notices.Messages
	UID     uint64
	USeq    uint64
	Except  uint64 // device that sent it and gets an acknowledgement instead; 0 for none
}

// Topic is a message of a big group, for all sessions that watch it: a gate knows
// which, and a route which gates have some. The messages of a conversation stand
// in the order of their cseq, but some may be missing: heads heal that.
//
// Nobody who ceased to be a member may get it. Left names who did by this very
// message; a gate that has not heard of the change at Was asks about everybody
// before it delivers.
//
//msgdef:struct
type Topic struct {
	Message uint32 // index into the messages of the batch
	Conv    [16]byte
	CSeq    uint64
	UID     uint64   // who sent it
	Except  uint64   // device of UID that sent it and gets an acknowledgement instead; 0 for none
	Gone    uint64   // cseq of the newest change, up to this message, by which somebody ceased to be a member; 0 for none
	Was     uint64   // what Gone was before this message
	Left    []uint64 `max:"500"`
	Over    bool     // nobody is a member any more
}

// Notices is a batch of committed messages and who gets them, in the order of
// each user's useq.
//
//msgdef:struct
type Notices struct {
	Messages [][]byte    `max:"4096" elem:"12288"` // encoded msgdef.Message
	To       []Recipient `max:"65536"`
	Topics   []Topic     `max:"256" gen:"2"` // in the order of their commits
}

// Delivery is a connection that gets one of the messages of a batch.
//
//msgdef:struct
type Delivery struct {
	Message uint32 // index into Deliveries.Messages
	Conn    uint64
	USeq    uint64
}

// Deliveries is a batch of notifies for one gate.
//
//msgdef:struct
type Deliveries struct {
	Epoch    uint64     // of the gate; another epoch's batch is dropped
	Messages [][]byte   `max:"4096" elem:"12288"` // encoded msgdef.Message
	To       []Delivery `max:"65536"`
	Topics   []Topic    `max:"256" gen:"2"` // that the gate has said to watch, see RosterUpdate
}

// Frame is an encoded message for a connection.
//
//msgdef:struct
type Frame struct {
	Conn uint64
	Type uint16
	Body []byte `max:"16384"`
	JSON []byte `max:"16384" gen:"2"` // the same for a connection that speaks JSON, if the gate does not know the type
}

// Frames is a batch of ready frames for one gate.
//
//msgdef:struct
type Frames struct {
	Epoch uint64
	Items []Frame  `max:"4096"`
	Moved []uint64 `max:"4096" gen:"2"` // users watched as msgdef.Stream, see RosterUpdate, who came, went, or changed devices
}

// Kick ends a connection.
//
//msgdef:struct
type Kick struct {
	Conn   uint64
	Code   msgdef.ErrorCode
	Detail string `max:"256"`
}

// Kicks is a batch of Kick for one gate.
//
//msgdef:struct
type Kicks struct {
	Epoch uint64
	Term  uint64 // of the master that decided it; below the highest seen it is refused; 0 for none
	Items []Kick `max:"4096"`
}

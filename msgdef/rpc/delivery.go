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

// Notices is a batch of committed messages and who gets them, in the order of
// each user's useq.
//
//msgdef:struct
type Notices struct {
	Messages [][]byte    `max:"4096" elem:"12288"` // encoded msgdef.Message
	To       []Recipient `max:"65536"`
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
	Items []Frame `max:"4096"`
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

package rpc

import "github.com/sim-im/sim/msgdef"

// PinsQuery asks for pinned messages, see msgdef.GetPins.
//
//msgdef:struct
type PinsQuery struct {
	UID    uint64
	Conv   [16]byte
	Before uint64
	Limit  uint16
}

// PinsReply answers PinsQuery.
//
//msgdef:struct
type PinsReply struct {
	More     bool     // there are more to ask for
	Messages [][]byte `max:"100" elem:"12288"` // encoded msgdef.Message
}

// MessageSearch looks for messages, see msgdef.FindMessages.
//
//msgdef:struct
type MessageSearch struct {
	UID    uint64
	Text   string `max:"128"`
	Conv   [16]byte
	At     [16]byte
	Before uint64
	Limit  uint16
}

// FoundMessages answers MessageSearch.
//
//msgdef:struct
type FoundMessages struct {
	More     bool
	At       [16]byte
	Before   uint64
	Messages [][]byte `max:"100" elem:"12288"` // encoded msgdef.Message
}

// LatersQuery asks for what of a user waits to be sent, see msgdef.GetLaters.
//
//msgdef:struct
type LatersQuery struct {
	UID uint64
}

// LatersReply answers LatersQuery.
//
//msgdef:struct
type LatersReply struct {
	List []msgdef.PendingLater `max:"100"` // ascending by CSeq
}

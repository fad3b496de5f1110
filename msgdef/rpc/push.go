package rpc

import "github.com/sim-im/sim/msgdef"

// PushToken says where notifications for a device go. An empty token ends them.
//
//msgdef:struct
type PushToken struct {
	UID      uint64
	Device   uint64
	Provider msgdef.PushProvider
	Token    []byte `max:"1024" secret:"true"` // as the provider handed it out
}

// PushRow is a message that a device with a push token has perhaps not seen.
//
//msgdef:struct
type PushRow struct {
	ID     uint64 // of the row, growing with the time it was committed
	UID    uint64
	Device uint64
	USeq   uint64 // the user's, of the message; 0 of one that has no place in an inbox
	At     int64  // of the message, Unix milliseconds
}

// DueRequest asks for rows to publish.
//
//msgdef:struct
type DueRequest struct {
	Limit uint16 // at most 1000; 0 means that
	Wait  uint32 // milliseconds to wait for the first row, at most a minute
	Hold  uint32 // milliseconds until unconfirmed rows are due again, at most an hour; 0 means a minute
}

// PushRows is a batch of PushRow.
//
//msgdef:struct
type PushRows struct {
	Items []PushRow `max:"1000"`
}

// DueReply holds rows, each once per hold.
//
//msgdef:struct
type DueReply struct {
	Items []PushRow `max:"1000"`
}

// PushTarget is what a push says, and to whom.
//
//msgdef:struct
type PushTarget struct {
	Obsolete bool // nothing is to be pushed; the rest is empty
	Provider msgdef.PushProvider
	Token    []byte `max:"1024" secret:"true"`
	From     string `max:"64"`    // account of the sender
	Message  []byte `max:"12288"` // encoded msgdef.Message
}

// PushTargets answers PushRows, in their order.
//
//msgdef:struct
type PushTargets struct {
	Items []PushTarget `max:"1000"`
}

// PushOutcome ends a row.
//
//msgdef:struct
type PushOutcome struct {
	ID     uint64
	UID    uint64
	Device uint64
	Token  []byte `max:"1024" secret:"true"` // that the provider says is dead, and is dropped; empty otherwise
}

// PushOutcomes is a batch of PushOutcome.
//
//msgdef:struct
type PushOutcomes struct {
	Items []PushOutcome `max:"1000"`
}

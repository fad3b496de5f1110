package rpc

// Typing is a user who is writing, see msgdef.Typing.
//
//msgdef:struct
type Typing struct {
	UID    uint64
	Conv   [16]byte
	Device uint64
	Off    bool
}

// Typings is a batch of Typing.
//
//msgdef:struct
type Typings struct {
	Items []Typing `max:"4096"`
}

// TypingReply answers Typings: which members of groups are to hear of them. Of a
// pair the other one is, unless the item is a quiet one.
//
//msgdef:struct
type TypingReply struct {
	Tell  []Hearer `max:"65536"`        // in the order of Item; may be cut
	Quiet []uint32 `max:"4096" gen:"2"` // items of pairs of which nobody is to hear, ascending
}

package msgdef

// GetPins asks for the pinned messages of a conversation that the user may read,
// newest first.
//
//msgdef:type 0x0330 up reply=Pins
type GetPins struct {
	Req    uint64
	Conv   [16]byte
	Before uint64 // cseq, exclusive: the last one of the page before; 0 at first
	Limit  uint16 // most messages wanted, 0 leaves it to the server
}

// Pins answers GetPins, in one frame or several with the same Req.
//
//msgdef:type 0x0331 down
type Pins struct {
	Req      uint64
	Conv     [16]byte
	Last     bool     // the last frame of this answer
	More     bool     // there are more to ask for
	Messages [][]byte `max:"100" elem:"12288" holds:"Message"` // encoded Messages, descending by cseq
}

// FindMessages looks for a text in what the user may read, without regard to case:
// conversation by conversation in the order of their names, and in each the newest
// message first. An answer ends when it has enough, or when it has cost enough: it
// may be empty and say that there is more.
//
//msgdef:type 0x0332 up reply=FoundMessages
type FindMessages struct {
	Req    uint64
	Text   string   `max:"128"` // 1 to 128 bytes of UTF-8
	Conv   [16]byte // where to look; zero looks everywhere
	At     [16]byte // with Before, as the answer before says; zero at first
	Before uint64
	Limit  uint16 // most messages wanted, 0 leaves it to the server
}

// FoundMessages answers FindMessages, in one frame or several with the same Req.
//
//msgdef:type 0x0333 down
type FoundMessages struct {
	Req      uint64
	Last     bool // the last frame of this answer
	More     bool // there may be more: At and Before say where the next one goes on
	At       [16]byte
	Before   uint64
	Messages [][]byte `max:"100" elem:"12288" holds:"Message"` // encoded Messages
}

package rpc

// Ticket is a session that may be resumed, as the registry keeps it.
//
//msgdef:struct
type Ticket struct {
	ID      [16]byte // random
	Box     []byte   `max:"256" secret:"true"` // a msgdef.TicketBody sealed by a gate; nobody else can read or make one
	Expires int64    // Unix milliseconds; not given out afterwards
}

// TicketBatch is tickets to keep.
//
//msgdef:struct
type TicketBatch struct {
	Items []Ticket `max:"1024"`
}

// TicketTake names a ticket.
//
//msgdef:struct
type TicketTake struct {
	ID [16]byte
}

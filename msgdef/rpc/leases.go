package rpc

// LeaseRequest asks for the mastership of a region.
//
//msgdef:struct
type LeaseRequest struct {
	Region string `max:"64"`
	Holder string `max:"64"` // the route that asks; one per process
	Term   uint64 // held by it; 0 when it holds none
}

// LeaseReply says who is master. The lease is the caller's when Holder is. After
// a start of the message service Holder is empty until the master of before,
// whom it does not remember, has renewed or cannot be one any more.
//
//msgdef:struct
type LeaseReply struct {
	Holder string `max:"64"`
	Term   uint64
	Left   uint32 // milliseconds until it ends unless it is renewed
}

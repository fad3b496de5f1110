package transport

// Batched is a Conn that can be written to together with others of its kind.
type Batched interface {
	Conn

	// NewBatch returns a batch for connections like this one, which the caller
	// closes. The error says why there is none here: write to each by itself.
	NewBatch() (Batch, error)
}

// Batch writes to several connections at once, which costs less than a call for
// each. One goroutine uses it:
//
//	Add ─▶ Add ─▶ … ─▶ Write ─▶ what came of each, in the order of Add
type Batch interface {
	// Add has the next Write do what c.TryWrite(p) does. It returns false, and
	// does nothing, when the batch is full, c is closed or of another kind, or p is
	// empty: that is for TryWrite. Until Write returns, c is written to by nobody
	// else and p does not change.
	Add(c Conn, p []byte) bool

	// Write writes what was added, without waiting. The result is the batch's, until
	// the next Add.
	Write() []Written

	// Close gives back what a batch has of the system.
	Close() error
}

// Written is what came of one TryWrite.
type Written struct {
	N   int
	Err error
}

package store

// LaterName names a message that waits to be sent, by its place in the stream of its
// author.
type LaterName struct{ UID, CSeq uint64 }

// LaterRow is a message that waits to be sent, or does no more. A commit has at most
// one that is not Gone for a name, and it comes first.
type LaterRow struct {
	LaterName
	At    int64  // Unix milliseconds, not negative; that of the row before, with Gone
	Bytes []byte // encoded msgdef.Later
	Gone  bool
}

// Laters reads what waits to be sent.
type Laters interface {
	// Later returns a row, owned by the caller, or ErrNotFound.
	Later(name LaterName) (LaterRow, error)

	// LatersOf appends the rows of a user in ascending order, at most limit.
	LatersOf(dst []LaterRow, uid uint64, limit int) ([]LaterRow, error)

	// LatersDue appends the rows with At ≤ upTo in the order of (At, UID, CSeq), at
	// most limit, without their Bytes.
	LatersDue(dst []LaterRow, upTo int64, limit int) ([]LaterRow, error)
}

package transport

// Eventful is a Conn that nobody has to wait at: it tells when there is
// something to read. A reader that has nothing half read ends its goroutine, and
// is begun again:
//
//	read until all was served ─▶ Await ─true──▶ (no goroutine) ──▶ Readable ─▶ read …
//	                              └────false──▶ read on
//
// Whoever prefers to wait calls Read and ReadPooled, as on every Conn.
type Eventful interface {
	Conn

	// Await has r.Readable called, once and in a goroutine of its own, as soon as
	// a read would not wait: there are bytes, or their end, the read deadline
	// passed, or the connection was closed. It returns false, and calls nothing,
	// when that is so already. Only the reader calls it, and leaves the
	// connection's reading side alone from then on until Readable.
	Await(r Awaiter) bool
}

// Awaiter is who reads an Eventful.
type Awaiter interface {
	// Readable goes on reading. That a read does not wait is likely, not certain.
	Readable()
}

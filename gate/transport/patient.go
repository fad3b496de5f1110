package transport

// Patient is a Conn whose reader can wait with nothing in hand, for long. What a
// reader keeps for its next read is given up, so one that has much to read calls
// ReadPooled at once.
type Patient interface {
	Conn

	// AwaitBytes returns nil when a read would not wait, for bytes or their end,
	// and otherwise what it would fail with, as after the read deadline. Only the
	// reader calls it.
	AwaitBytes() error
}

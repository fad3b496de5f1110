package wire

// Copies is memory that the strings and bytes of a decoded message move into,
// out of the input that they point into. It is used up from its start:
//
//	0         length of the first   + length of the second
//	| first   | second              | rest
type Copies struct {
	rest []byte
}

// NewCopies returns memory for n bytes.
func NewCopies(n int) Copies { return Copies{make([]byte, n)} }

// Bytes returns a copy of b, which is not longer than what is left. Appending to
// it does not write into what comes next.
func (c *Copies) Bytes(b []byte) []byte {
	n := copy(c.rest, b)
	own := c.rest[:n:n]
	c.rest = c.rest[n:]
	return own
}

// String is Bytes for a string.
func (c *Copies) String(s string) string {
	n := copy(c.rest, s)
	own := String(c.rest[:n])
	c.rest = c.rest[n:]
	return own
}

package gate

import (
	"github.com/sim-im/sim/gate/transport"
)

// intake is the receiving side of a connection. It holds a read buffer only
// while there are bytes that were not consumed:
//
//	0      from             to              len(buf)
//	| used | unconsumed     | room          |
//
// The largest thing that has to be seen whole, a record, is about half a
// buffer, so there is always room to complete it.
type intake struct {
	conn transport.Conn
	pool *transport.Pool

	buf      []byte // nil while nothing is kept
	from, to int
}

// fill waits for bytes. Unconsumed ones move to the front first: nothing may
// point into the buffer any more.
func (in *intake) fill() error {
	if in.from == in.to {
		in.release()
		buf, n, err := in.conn.ReadPooled(in.pool)
		if err != nil {
			return err
		}
		in.buf, in.to = buf, n
		return nil
	}
	in.to = copy(in.buf, in.buf[in.from:in.to])
	in.from = 0
	n, err := in.conn.Read(in.buf[in.to:])
	in.to += n
	return err
}

// bytes returns what was not consumed yet.
func (in *intake) bytes() []byte { return in.buf[in.from:in.to] }

// partial tells whether something was begun and not completed.
func (in *intake) partial() bool { return in.from < in.to }

// consume drops the first n bytes; the memory stays valid until fill or
// release.
func (in *intake) consume(n int) { in.from += n }

// release gives the buffer back, with whatever is in it.
func (in *intake) release() {
	if in.buf != nil {
		in.pool.Put(in.buf)
	}
	in.buf, in.from, in.to = nil, 0, 0
}

package relay

import (
	"github.com/sim-im/sim/gate/transport"
)

// serve is the reader goroutine of a connection. It returns why that ended.
func (c *conn) serve() error {
	s := c.server
	in := &intake{conn: c.raw, pool: &s.reads}
	defer in.release()
	defer c.shut()
	defer c.absent()
	if err := c.greet(in); err != nil {
		return err
	}
	s.counts.logins.Add(1)
	s.counts.sessions.Add(1)
	defer s.counts.sessions.Add(-1)
	t := &turn{conn: c}
	defer t.unwatch()
	for {
		if err := t.serve(in); err != nil {
			return err
		}
		if err := in.fill(); err != nil {
			return err
		}
	}
}

// absent has nobody reached on c.
func (c *conn) absent() {
	if c.user != nil {
		c.user.session.CompareAndSwap(c, nil)
	}
}

// intake is the receiving side of a connection: a pooled buffer, while there
// are bytes that were not used.
type intake struct {
	conn transport.Conn
	pool *transport.Pool

	buf      []byte
	from, to int
}

func (in *intake) bytes() []byte { return in.buf[in.from:in.to] }

// fill waits for bytes. Nothing may point into the buffer any more.
func (in *intake) fill() error {
	if in.from == in.to {
		in.release()
		buf, n, err := in.conn.ReadPooled(in.pool)
		in.buf, in.to = buf, n
		return err
	}
	in.to = copy(in.buf, in.bytes())
	in.from = 0
	n, err := in.conn.Read(in.buf[in.to:])
	in.to += n
	return err
}

// await fills until size finds something whole at the start, and returns its
// length.
func (in *intake) await(size func([]byte) (int, error)) (int, error) {
	for {
		n, err := size(in.bytes())
		if n > 0 || err != nil {
			return n, err
		}
		if err := in.fill(); err != nil {
			return 0, err
		}
	}
}

func (in *intake) release() {
	if in.buf != nil {
		in.pool.Put(in.buf)
	}
	in.buf, in.from, in.to = nil, 0, 0
}

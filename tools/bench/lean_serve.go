package bench

import (
	"errors"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// leanReader is told what a lean connection receives.
type leanReader interface {
	// took takes a frame, which is gone when it returns.
	took(f frame.Frame) error
	// over says that all of one read was taken.
	over() error
}

// endingReader is told besides that a connection has ended before it should.
type endingReader interface {
	leanReader
	broke(error)
}

// serve reads until the connection ends. A connection at rest has no buffer; one
// that was given a part of a record keeps it until the rest is there.
func (l *lean) serve(pool *transport.Pool, r leanReader) error {
	if err := l.begin(r); err != nil {
		return err
	}
	buf := pool.Get()
	have := copy(buf, l.unread)
	l.unread = nil
	for {
		rest, err := l.open(buf[:have], r)
		if err == nil {
			err = r.over()
		}
		if err == nil {
			buf, have, err = l.read(pool, buf, rest)
		}
		if err != nil {
			return err
		}
	}
}

// begin takes the frames of the record that next has left.
func (l *lean) begin(r leanReader) error {
	for l.opened {
		f, ok, err := l.keys.In.Next()
		if err != nil {
			return err
		}
		if l.opened = ok; !ok {
			return nil
		}
		if err := r.took(f); err != nil {
			return err
		}
	}
	return nil
}

// open takes the records that b begins with, and returns what follows them.
func (l *lean) open(b []byte, r leanReader) (rest []byte, err error) {
	for {
		n, err := l.keys.In.Open(b)
		if err != nil || n == 0 {
			return b, err
		}
		b = b[n:]
		for {
			f, ok, err := l.keys.In.Next()
			if err != nil {
				return nil, err
			}
			if !ok {
				break
			}
			if err := r.took(f); err != nil {
				return nil, err
			}
		}
	}
}

// read reads behind rest, which is the end of what buf had.
func (l *lean) read(pool *transport.Pool, buf, rest []byte) ([]byte, int, error) {
	if len(rest) == 0 {
		pool.Put(buf)
		return l.conn.ReadPooled(pool)
	}
	have := copy(buf, rest)
	n, err := l.conn.Read(buf[have:])
	return buf, have + n, err
}

// leanRefusal is a refusal in the clear as the SDK tells it.
func leanRefusal(err error) error {
	var refused *secure.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	r := refused.Refusal
	return &client.Error{Code: r.Code, Retry: time.Duration(r.RetryAfter) * time.Millisecond, Detail: "in the handshake"}
}

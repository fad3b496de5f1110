package client

import (
	"encoding/binary"
	"io"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/secure"
)

// Inside TLS pages come on a stream of their own, read by a second goroutine.
// Both hand what they read to the same handlers, one at a time:
//
//	main stream ─▶ serve ─────┐ handling
//	                          ├──────────▶ batch: cork, frames, settle
//	bulk stream ─▶ serveBulk ─┘
//
// A page and a notify are thus in no order. The inbox needs none: a row has its
// useq, a page its Req, and what is heard of twice is a duplicate.

// serveBulk reads the bulk stream until the connection ends. A stream that ends
// before takes the connection along, since no pull would be answered any more;
// what the gate said on the main one before it went away is still read.
func (s *session) serveBulk(conn transport.Secured) {
	err := s.readBulk(conn)
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.link.err == nil {
		c.opts.Logger.Debug("client bulk stream ended", "err", err)
		s.link.unheard(c.opts.Now())
	}
}

// readBulk never returns nil.
func (s *session) readBulk(conn transport.Secured) error {
	from, err := conn.AcceptBulk(s.c.life)
	if err != nil {
		return err
	}
	in, err := s.link.keys.BulkOpener()
	if err != nil {
		return err
	}
	for err == nil {
		err = s.readPage(from, in)
	}
	return err
}

// readPage waits for the length of a record without memory, and then reads and
// handles it.
func (s *session) readPage(from io.Reader, in *secure.Opener) error {
	var length [2]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return err
	}
	buf := s.c.opts.Buffers.Get()
	defer s.c.opts.Buffers.Put(buf)
	copy(buf, length[:])
	if _, err := in.Open(buf[:len(length)]); err != nil { // no record is so long, or so short
		return s.refuse(err)
	}
	n := len(length) + int(binary.LittleEndian.Uint16(length[:]))
	if _, err := io.ReadFull(from, buf[len(length):n]); err != nil {
		return err
	}
	_, err := s.batch(in, buf[:n])
	return err
}

// refuse ends the link for bytes that no gate sends.
func (s *session) refuse(err error) error {
	err = broken(err)
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.link.fail(err)
	return err
}

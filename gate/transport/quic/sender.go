package quic

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// SendBuffer is how many bytes wait in a connection before writes block. As
// many again may be on their way to the packets of QUIC.
const SendBuffer = transport.BufferSize

// stream is the writing end of a stream of QUIC. Its Write waits, and there is
// nothing in QUIC that takes a part without waiting.
type stream interface {
	Write(p []byte) (int, error)
	Close() error
}

// sender gives a stream a bounded buffer, so that writes need not wait:
//
//	tryWrite, write ─▶ waiting ─drain─▶ stream
//
// A goroutine drains while there is something; an idle sender has neither
// goroutine nor buffer.
type sender struct {
	stream  stream
	buffers *transport.Pool

	mu       sync.Mutex
	changed  sync.Cond // room, the end or the deadline: all that ends a wait
	waiting  []byte    // accepted and not yet given to the stream; nil when nothing
	draining bool
	closed   bool  // by this side: what waits still goes, then the end
	err      error // why the stream takes no more

	expired bool        // the deadline has passed
	timer   *time.Timer // of the deadline; nil when there is none
}

// open prepares s for a stream. It must not be copied afterwards.
func (s *sender) open(to stream, buffers *transport.Pool) {
	s.stream, s.buffers = to, buffers
	s.changed.L = &s.mu
}

// tryWrite takes as much of p as there is room for.
func (s *sender) tryWrite(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return 0, err
	}
	return s.put(p), nil
}

// write takes all of p, waiting for room. With an error it returns how much was
// taken before.
func (s *sender) write(p []byte) (total int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if err := s.writable(); err != nil {
			return total, err
		}
		n := s.put(p)
		total += n
		p = p[n:]
		if len(p) == 0 {
			return total, nil
		}
		s.changed.Wait()
	}
}

// writable returns why nothing can be written, or nil.
func (s *sender) writable() error {
	switch {
	case s.closed:
		return transport.ErrClosed
	case s.err != nil:
		return s.err
	case s.expired:
		return fmt.Errorf("quic: write: %w", os.ErrDeadlineExceeded)
	}
	return nil
}

// put appends what there is room for, and sees to it that it is drained.
func (s *sender) put(p []byte) int {
	if len(p) == 0 {
		return 0
	}
	if s.waiting == nil {
		s.waiting = s.buffers.Get()[:0]
	}
	n := min(len(p), cap(s.waiting)-len(s.waiting))
	s.waiting = append(s.waiting, p[:n]...)
	if !s.draining {
		s.draining = true
		go s.drain()
	}
	return n
}

// drain moves what waits to the stream until there is nothing any more.
func (s *sender) drain() {
	for {
		chunk := s.next()
		if chunk == nil {
			return
		}
		if _, err := s.stream.Write(chunk); err != nil {
			s.fail(writeError(err)) // the stream may keep chunk: it is not lent again
			continue
		}
		s.buffers.Put(chunk)
	}
}

// next takes what waits, or returns nil and ends the drain. The end of the
// stream follows its last byte.
func (s *sender) next() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	chunk := s.waiting
	s.waiting = nil
	if s.err != nil {
		chunk = nil
	}
	if chunk == nil {
		s.draining = false
		s.finish()
	}
	s.changed.Broadcast()
	return chunk
}

// finish tells the peer the end, when it has come and nothing is under way. The
// lock is held; ending a stream does not wait.
func (s *sender) finish() {
	if s.closed && s.err == nil && !s.draining {
		s.stream.Close() // fails only when the stream is no more
	}
}

// fail ends all writes with err, unless they have ended already.
func (s *sender) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	s.changed.Broadcast()
}

// close refuses further writes. What was accepted still goes.
func (s *sender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.stop()
	s.finish()
	s.changed.Broadcast()
}

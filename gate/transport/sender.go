package transport

import (
	"os"
	"sync"
	"time"
)

// Stream is the writing end of what a Sender writes to. Write waits, and may
// keep what it was given when it fails. Close tells the peer the end, and must
// not wait: it is called once, after the last Write has returned.
type Stream interface {
	Write(p []byte) (int, error)
	Close() error
}

// Sender is the writing half of a Conn over a Stream that has nothing which
// takes a part without waiting, as those of QUIC and WebSocket. A bounded buffer
// in between takes it:
//
//	TryWrite, Write ─▶ at most BufferSize bytes ─drain─▶ Stream
//
// As many bytes again may be in the Stream's Write. A goroutine drains while
// there is something; an idle Sender has neither goroutine nor buffer. What was
// accepted before Close still goes, and then the Stream is closed.
//
// Open comes first; a Sender must not be copied.
type Sender struct {
	stream  Stream
	buffers *Pool
	explain func(error) error

	mu       sync.Mutex
	changed  sync.Cond // room, the end or the deadline: all that ends a wait
	waiting  []byte    // accepted and not yet given to the stream; nil when nothing
	draining bool
	closed   bool  // by this side: what waits still goes, then the end
	err      error // why the stream takes no more
	until    deadline
}

// Open prepares s for a stream. Errors of the stream's Write, and
// os.ErrDeadlineExceeded, become what explain makes of them; explain must not
// call s.
func (s *Sender) Open(to Stream, buffers *Pool, explain func(error) error) {
	s.stream, s.buffers, s.explain = to, buffers, explain
	s.changed.L = &s.mu
}

// TryWrite takes as much of p as there is room for, see Conn.
func (s *Sender) TryWrite(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return 0, err
	}
	return s.put(p), nil
}

// Write takes all of p, waiting for room. With an error it returns how much was
// taken before.
func (s *Sender) Write(p []byte) (total int, err error) {
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

// SetDeadline replaces the deadline of writes, see Conn.SetWriteDeadline. It
// does not reach the Write of the Stream that may be under way.
func (s *Sender) SetDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.until.set(&s.changed, t)
	return nil
}

// Fail ends all writes with err, unless they have ended already.
func (s *Sender) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	s.changed.Broadcast()
}

// Close refuses further writes with ErrClosed. What was accepted still goes; to
// bound how long that takes is the caller's part.
func (s *Sender) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.until.stop()
	s.finish()
	s.changed.Broadcast()
}

// writable returns why nothing can be written, or nil.
func (s *Sender) writable() error {
	switch {
	case s.closed:
		return ErrClosed
	case s.err != nil:
		return s.err
	case s.until.expired:
		return s.explain(os.ErrDeadlineExceeded)
	}
	return nil
}

// put appends what there is room for, and sees to it that it is drained.
func (s *Sender) put(p []byte) int {
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
func (s *Sender) drain() {
	for {
		chunk := s.next()
		if chunk == nil {
			return
		}
		if _, err := s.stream.Write(chunk); err != nil {
			s.Fail(s.explain(err)) // the stream may keep chunk: it is not lent again
			continue
		}
		s.buffers.Put(chunk)
	}
}

// next takes what waits, or returns nil and ends the drain. The end of the
// stream follows its last byte.
func (s *Sender) next() []byte {
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
// lock is held.
func (s *Sender) finish() {
	if s.closed && s.err == nil && !s.draining {
		s.stream.Close() // fails only when the stream is no more
	}
}

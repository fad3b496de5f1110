package memory

import (
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// Capacity is how many bytes wait in one direction before writes block, unless a
// Network says otherwise.
const Capacity = 64 << 10

// stream is one direction of a pipe.
type stream struct {
	mu      sync.Mutex
	changed *sync.Cond // bytes, room, a close or a deadline: everything that ends a wait
	bytes   ring
	room    int // bytes that wait before writes block
	reader  side
	writer  side
}

// side is one end of a stream, guarded by the stream's lock.
type side struct {
	closed  bool
	expired bool        // the deadline has passed
	timer   *time.Timer // of the deadline; nil when there is none
}

// newStream returns an open, empty stream.
func newStream(room int) *stream {
	s := &stream{room: room}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// read waits for bytes and moves them to p.
func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(p) == 0 && !s.reader.closed {
		return 0, nil
	}
	if err := s.awaitBytes(); err != nil {
		return 0, err
	}
	return s.take(p), nil
}

// readPooled waits for bytes, and only then takes a buffer.
func (s *stream) readPooled(pool *transport.Pool) ([]byte, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.awaitBytes(); err != nil {
		return nil, 0, err
	}
	buf := pool.Get()
	return buf, s.take(buf), nil
}

// awaitBytes returns nil when there is something to read.
func (s *stream) awaitBytes() error {
	for {
		switch {
		case s.reader.closed:
			return transport.ErrClosed
		case s.reader.expired:
			return fmt.Errorf("memory: read: %w", os.ErrDeadlineExceeded)
		case s.bytes.size > 0:
			return nil
		case s.writer.closed:
			return io.EOF
		}
		s.changed.Wait()
	}
}

// take moves bytes to p and wakes a writer that waits for the room.
func (s *stream) take(p []byte) int {
	n := s.bytes.take(p)
	s.changed.Broadcast()
	return n
}

// tryWrite takes as much of p as there is room for.
func (s *stream) tryWrite(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return 0, err
	}
	return s.put(p), nil
}

// write takes all of p, waiting for room. With an error it returns how much
// was taken before.
func (s *stream) write(p []byte) (total int, err error) {
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
func (s *stream) writable() error {
	switch {
	case s.writer.closed:
		return transport.ErrClosed
	case s.writer.expired:
		return fmt.Errorf("memory: write: %w", os.ErrDeadlineExceeded)
	case s.reader.closed:
		return fmt.Errorf("memory: write: %w", syscall.EPIPE)
	}
	return nil
}

// put appends bytes and wakes a reader that waits for them.
func (s *stream) put(p []byte) int {
	n := s.bytes.put(p, s.room)
	s.changed.Broadcast()
	return n
}

// close ends one side for good and forgets its deadline.
func (s *stream) close(end *side) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end.closed = true
	end.stop()
	if end == &s.reader {
		s.bytes = ring{}
	}
	s.changed.Broadcast()
}

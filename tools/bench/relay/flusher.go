package relay

import (
	"bytes"
	"sync"
	"time"
)

// flusher writes for its share of the connections: everything that waits, as
// one record where it fits, in one write that does not wait.
type flusher struct {
	server *Server
	wake   chan struct{} // holds one token when the list became non-empty
	stop   chan struct{}

	mu   sync.Mutex
	list []*conn

	round  []*conn // of run
	record []byte  // of run
}

func newFlusher(s *Server) *flusher {
	return &flusher{server: s, wake: make(chan struct{}, 1), stop: make(chan struct{})}
}

// add lists connections that have something to write.
func (f *flusher) add(conns ...*conn) {
	f.mu.Lock()
	first := len(f.list) == 0
	f.list = append(f.list, conns...)
	f.mu.Unlock()
	if first {
		select {
		case f.wake <- struct{}{}:
		default: // a token is there already
		}
	}
}

// run serves the list until the relay stops.
func (f *flusher) run() {
	for {
		select {
		case <-f.wake:
			f.serve()
		case <-f.stop:
			return
		}
	}
}

// serve takes the list once. What was added meanwhile has left a token.
func (f *flusher) serve() {
	f.mu.Lock()
	f.round, f.list = f.list, f.round[:0]
	f.mu.Unlock()
	now := time.Now()
	var writes, sent uint64
	for i, c := range f.round {
		if n := f.flush(c, now); n > 0 {
			writes++
			sent += uint64(n)
		}
		f.round[i] = nil // closed connections must not stay reachable
	}
	f.server.counts.writes.Add(writes)
	f.server.counts.bytesOut.Add(sent)
}

// flush writes what waits for c and returns how many bytes that was.
func (f *flusher) flush(c *conn, now time.Time) int {
	frames := c.take()
	if frames == nil {
		return 0
	}
	record, err := c.secure.Out.Append(f.record[:0], frames, now)
	f.record = record
	c.done(frames)
	n := 0
	if err == nil {
		n, err = c.raw.TryWrite(record)
	}
	switch {
	case err != nil:
		c.shut()
	case n < len(record):
		c.mu.Lock()
		c.blocked = true
		c.mu.Unlock()
		go c.drain(bytes.Clone(record[n:]))
	}
	return len(record)
}

// drain is the writer of a connection that blocks, until everything is
// written.
func (c *conn) drain(rest []byte) {
	for {
		if _, err := c.raw.Write(rest); err != nil {
			c.shut()
			return
		}
		frames := c.takeMore()
		if frames == nil {
			return
		}
		var err error
		if rest, err = c.secure.Out.Append(rest[:0], frames, time.Now()); err != nil {
			c.shut()
			return
		}
		c.done(frames)
	}
}

// takeMore is take for drain, which ends when there is nothing.
func (c *conn) takeMore() []byte {
	c.mu.Lock()
	c.blocked = len(c.pending) > 0 && !c.closed
	more := c.blocked
	frames := c.pending
	if more {
		c.pending, c.spare = c.spare[:0], nil
	}
	c.mu.Unlock()
	if !more {
		return nil
	}
	return frames
}

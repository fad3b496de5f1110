package gate

import (
	"context"
	"errors"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
)

// Shutdown ends the gate in order: it stops accepting, asks clients to move
// away and gives them Times.GoAway to do so, writes what waits for the rest,
// closes them, and saves their cursors. When it returns, every goroutine of
// the gate has ended.
//
// When ctx ends first, what is left is cut short and the error is that of
// ctx. Otherwise it is the first of closing the listeners. Further calls wait
// for the first and return its error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.once.Do(func() {
		s.err = s.shutdown(ctx)
		close(s.done)
	})
	<-s.done
	return s.err
}

func (s *Server) shutdown(ctx context.Context) error {
	defer context.AfterFunc(ctx, s.cancel)()
	err := s.stopAccepting()
	gone := s.readersGone()
	s.goAway(ctx, gone)
	s.lastFrames()
	s.awaitReaders(ctx, gone)
	s.lanes.runs.Wait() // what clients have said still goes its way
	s.countings.runs.Wait()
	s.pulse.close()
	s.audiences.close()
	s.presences.asking.close()
	s.tickets.close()
	s.signIns.queue.close()
	s.stopUpkeep()
	s.cancel()
	return errors.Join(ctx.Err(), err)
}

// stopAccepting closes the listeners and waits for their loops.
func (s *Server) stopAccepting() error {
	s.mu.Lock()
	s.closed = true
	close(s.quit)
	listeners := make([]transport.Listener, 0, len(s.listeners))
	for l := range s.listeners {
		listeners = append(listeners, l)
	}
	s.mu.Unlock()
	var first error
	for _, l := range listeners {
		if err := l.Close(); first == nil {
			first = err
		}
	}
	s.loops.Wait()
	return first
}

// overhang is the least that a client gets beyond the window, because it heard of it
// late; it gets a quarter of a long one.
const overhang = time.Second

// goAway asks clients to move within the window, and waits until they have or
// it is over. Each moves at a random moment of it, counted from when it hears.
func (s *Server) goAway(ctx context.Context, gone <-chan struct{}) {
	window := s.times.GoAway
	if window < 0 || s.conns.len() == 0 {
		return
	}
	m := &msgdef.GoAway{Window: milliseconds(window)}
	s.conns.each(func(c *conn) {
		c.reply(m) // of one that logs in, the frames wait for the end of that
	})
	s.logger.Info("clients are asked to move", "connections", s.conns.len(), "within", window)
	end := time.NewTimer(window + max(window/4, overhang))
	defer end.Stop()
	select {
	case <-gone:
	case <-end.C:
	case <-ctx.Done():
	}
	s.logger.Info("clients have moved", "left", s.conns.len())
}

// lastFrames lets every session write what waits and close. Who is not logged
// in yet closes at once.
func (s *Server) lastFrames() {
	s.stopping.Store(true)
	s.conns.each(func(c *conn) {
		switch {
		case c.isOpen():
			c.finish(ReasonShutdown, nil)
		case c.hasSaid() || !c.out.closing():
			c.end(ReasonShutdown)
		}
	})
}

// awaitReaders waits for every connection to end. Those that do not read end
// by the rule for stuck ones, or with ctx.
func (s *Server) awaitReaders(ctx context.Context, gone <-chan struct{}) {
	select {
	case <-gone:
	case <-ctx.Done():
		s.conns.each(func(c *conn) { c.end(ReasonShutdown) })
		<-gone
	}
}

// readersGone returns a channel that is closed when no connection is left. New
// ones are not accepted any more.
func (s *Server) readersGone() <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		s.readers.Wait()
		close(gone)
	}()
	return gone
}

// stopUpkeep ends what runs as long as the gate does. No connection is left.
func (s *Server) stopUpkeep() {
	for _, f := range s.flushers {
		close(f.stop)
	}
	close(s.over)
	s.upkeep.Wait()
}

// isOpen tells whether frames flow to the client.
func (c *conn) isOpen() bool {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	return c.out.phase == open
}

// hasSaid tells whether the last frame was written.
func (c *conn) hasSaid() bool { return c.said.Load() != 0 }

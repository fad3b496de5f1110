package gate

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// Pauses after an accept that failed for now, for example because the process
// is out of file descriptors.
const (
	firstPause = 5 * time.Millisecond
	mostPause  = time.Second
)

// Serve accepts connections until Shutdown, which makes it return nil, or
// until the listener fails for good. It closes the listener. Several
// listeners may be served at once; Serve after Shutdown returns ErrShutdown.
func (s *Server) Serve(l transport.Listener) error {
	if !s.listen(l) {
		l.Close()
		return ErrShutdown
	}
	defer s.unlisten(l)
	for pause := firstPause; ; {
		raw, err := l.Accept()
		if err == nil {
			s.accept(raw)
			pause = firstPause
			continue
		}
		if s.closing() {
			return nil
		}
		if !temporary(err) {
			return fmt.Errorf("gate: accept at %s: %w", l.Addr(), err)
		}
		s.logger.Warn("cannot accept for now", "listener", l.Addr(), "error", err, "pause", pause)
		s.sleep(pause)
		pause = min(2*pause, mostPause)
	}
}

// accept starts serving a connection, or refuses it without a goroutine.
func (s *Server) accept(raw transport.Conn) {
	s.counts.accepted.Add(1)
	addr := raw.RemoteAddr().Addr()
	if reason := s.admission.enter(addr, s.clock()); reason != ReasonNone {
		s.turnAway(raw, reason, msgdef.CodeBusy)
		return
	}
	c := &conn{gate: s, raw: raw, addr: addr}
	if !s.track(c) {
		s.admission.shook(addr)
		s.admission.leave(addr)
		s.turnAway(raw, ReasonShutdown, msgdef.CodeShuttingDown)
		return
	}
	go c.serve()
}

// Admits tells whether a connection from addr would be accepted now, and counts
// nothing. Transports that have work to do before a connection can be accepted,
// as TLS has, ask before they begin; Accept judges for good.
func (s *Server) Admits(addr netip.Addr) bool {
	return s.admission.ask(addr, s.clock()) == ReasonNone
}

// turnAway tells a client to come back later. It does not wait: who floods
// pays for more than a packet.
func (s *Server) turnAway(raw transport.Conn, reason Reason, code msgdef.ErrorCode) {
	packet := secure.AppendRefusal(nil, &msgdef.Refusal{Code: code, RetryAfter: milliseconds(s.times.Retry)})
	_, _ = raw.TryWrite(packet) // a courtesy: the close says it too
	raw.Close()
	s.counts.close(reason)
}

// listen registers a listener for Shutdown to close.
func (s *Server) listen(l transport.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.listeners[l] = struct{}{}
	s.loops.Add(1)
	return true
}

func (s *Server) unlisten(l transport.Listener) {
	l.Close()
	s.mu.Lock()
	delete(s.listeners, l)
	s.mu.Unlock()
	s.loops.Done()
}

// track registers a connection for Shutdown to wait for.
func (s *Server) track(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns.add(c)
	s.readers.Add(1)
	return true
}

// closing tells whether Shutdown has begun.
func (s *Server) closing() bool {
	select {
	case <-s.quit:
		return true
	default:
		return false
	}
}

// sleep waits, but not beyond the beginning of Shutdown.
func (s *Server) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.quit:
	}
}

// temporary tells whether a listener is still good after err.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

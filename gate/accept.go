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
	host := hostOf(raw.RemoteAddr().Addr())
	if reason := s.admission.enter(host, s.clock()); reason != ReasonNone {
		s.turnAway(raw, reason, msgdef.CodeBusy)
		return
	}
	c := &conn{gate: s, raw: raw, host: host}
	if !s.track(c) {
		s.admission.shook(host)
		s.admission.leave(host)
		s.turnAway(raw, ReasonShutdown, msgdef.CodeShuttingDown)
		return
	}
	c.greet()
}

// greet waits for the first byte of an admitted connection: without a goroutine
// where the transport tells, since many connections come and say nothing.
func (c *conn) greet() {
	first := newcomer{c, c.gate.options.Now()}
	_ = c.firstByteBy(first.since) // fails on a closed connection, which is readable
	if raw, ok := c.raw.(transport.Eventful); !ok || !raw.Await(first) {
		go first.Readable()
	}
}

// newcomer is a connection that was accepted at a time and has said nothing. It
// implements transport.Awaiter.
type newcomer struct {
	conn  *conn
	since time.Time
}

// Readable implements transport.Awaiter.
func (n newcomer) Readable() { n.conn.serve(n.since) }

// Admits tells whether a connection from addr would be accepted now, and counts
// nothing. Transports that have work to do before a connection can be accepted,
// as TLS has, ask before they begin; Accept judges for good.
func (s *Server) Admits(addr netip.Addr) bool {
	return s.admission.ask(hostOf(addr), s.clock()) == ReasonNone
}

// Wasted hears from those transports that an attempt of addr was begun and came
// to nothing before Accept. It counts like a handshake: whoever has a gate begin
// with TLS over and over, and never goes on, is soon not admitted either.
func (s *Server) Wasted(addr netip.Addr) { s.admission.waste(hostOf(addr), s.clock()) }

// AddressRate returns how many handshakes an address may begin in a second, and
// at once, for transports that drop what is beyond before they ask; negative is
// no bound. See Limits, and SetLimits, which changes it.
func (s *Server) AddressRate() (perSecond float64, burst int) {
	l := s.limits.Load()
	return l.AddressRate, l.AddressBurst
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

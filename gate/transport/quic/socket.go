package quic

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/net/ipv4"
)

// socket is the UDP socket of one path, as quic-go sees it. It differs from a
// plain one in four ways.
//
// It hides its buffer sizes. quic-go asks the descriptor for them and writes to
// the standard logger when the system grants less than it wished, unless an
// environment variable says otherwise; told that the descriptor cannot be had,
// it sets what it can and is silent. See SyscallConn.
//
// It can be retired. quic-go ends a connection when reading from any of its
// sockets fails, also those of paths that it has left. A retired socket is
// closed and its reader waits until the connection is over.
//
// Sending on it does not fail for want of a route, when it is durable: the
// packet is lost, as packets may be, and a connection outlives the minutes that
// a phone spends without a network.
//
// That of a listener may have a sieve, which drops what quic-go should not spend
// time on.
type socket struct {
	*net.UDPConn
	batch   *ipv4.PacketConn
	sieve   *sieve      // nil for sockets of clients
	sized   atomic.Bool // the buffers have been set
	durable atomic.Bool
	retired atomic.Bool
	over    chan struct{} // closed by Close
	once    sync.Once
}

// errUnsized answers the question for the descriptor before the buffers are set.
var errUnsized = errors.New("quic: buffer sizes are not told")

// openSocket binds a socket to addr.
func openSocket(network string, addr *net.UDPAddr) (*socket, error) {
	udp, err := net.ListenUDP(network, addr)
	if err != nil {
		return nil, err
	}
	return &socket{UDPConn: udp, batch: ipv4.NewPacketConn(udp), over: make(chan struct{})}, nil
}

// SyscallConn gives the descriptor, but not before SetWriteBuffer, the last of
// what quic-go does about sizes, was called.
func (s *socket) SyscallConn() (syscall.RawConn, error) {
	if !s.sized.Load() {
		return nil, errUnsized
	}
	return s.UDPConn.SyscallConn()
}

// SetWriteBuffer sets the size of the send buffer in bytes, as far as the system
// allows.
func (s *socket) SetWriteBuffer(n int) error {
	s.sized.Store(true)
	return s.UDPConn.SetWriteBuffer(n)
}

// ReadBatch reads packets, at least one that the sieve leaves; quic-go prefers it
// where the system has it.
func (s *socket) ReadBatch(messages []ipv4.Message, flags int) (int, error) {
	for {
		n, err := s.batch.ReadBatch(messages, flags)
		if err != nil {
			s.park()
			return n, err
		}
		if n = s.sieve.sift(messages[:n]); n > 0 {
			return n, nil
		}
	}
}

// ReadFrom reads a packet; quic-go uses it elsewhere.
func (s *socket) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, addr, err := s.UDPConn.ReadFrom(p)
		if err != nil {
			s.park()
			return n, addr, err
		}
		if !s.sieve.drops(p[:n], addr) {
			return n, addr, nil
		}
	}
}

// park holds the reader of a retired socket until the connection is over.
func (s *socket) park() {
	if s.retired.Load() {
		<-s.over
	}
}

// WriteMsgUDP sends a packet; quic-go prefers it where the system has it.
func (s *socket) WriteMsgUDP(p, oob []byte, addr *net.UDPAddr) (int, int, error) {
	n, oobn, err := s.UDPConn.WriteMsgUDP(p, oob, addr)
	if err != nil && s.lost(err) {
		return len(p), len(oob), nil
	}
	return n, oobn, err
}

// WriteTo sends a packet; quic-go uses it elsewhere.
func (s *socket) WriteTo(p []byte, addr net.Addr) (int, error) {
	n, err := s.UDPConn.WriteTo(p, addr)
	if err != nil && s.lost(err) {
		return len(p), nil
	}
	return n, err
}

// lost reports whether a failure to send only loses the packet.
func (s *socket) lost(err error) bool {
	if s.retired.Load() {
		return true
	}
	if !s.durable.Load() {
		return false
	}
	for _, errno := range []syscall.Errno{
		syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.ENOBUFS,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// retire closes the descriptor and leaves the connection alone.
func (s *socket) retire() {
	s.retired.Store(true)
	s.UDPConn.Close()
}

// Close closes the descriptor and ends the reader.
func (s *socket) Close() error {
	s.once.Do(func() { close(s.over) })
	if err := s.UDPConn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

//go:build unix

package tcp

import (
	"sync/atomic"
	"syscall"

	"github.com/sim-im/sim/gate/transport"
)

// socket is one that several goroutines use and one closes. Its number
// must not be given back while a call uses it: the next connection would get it,
// and with it the bytes of this one. So who closes marks it, and the last user
// gives it back. No use waits, so that is soon.
type socket struct {
	fd   int32
	uses atomic.Uint32 // twice the calls under way, and 1 when it is to be closed; above, the port
}

// portShift is where the port of the peer begins in uses: a place of its own
// would make a connection half as large again. Calls stay far below it.
const portShift = 16

func (s *socket) open(fd int, port uint16) {
	s.fd = int32(fd)
	s.uses.Store(uint32(port) << portShift)
}

// port is that of the peer.
func (s *socket) port() uint16 { return uint16(s.uses.Load() >> portShift) }

// use begins a call; release ends it. It returns transport.ErrClosed after
// close.
func (s *socket) use() error {
	for {
		n := s.uses.Load()
		if n&1 != 0 {
			return transport.ErrClosed
		}
		if s.uses.CompareAndSwap(n, n+2) {
			return nil
		}
	}
}

// release reports whether the caller was the last user of a socket that is
// to be closed, and has to give it back.
func (s *socket) release() (last bool) { return uint16(s.uses.Add(^uint32(1))) == 1 }

// close marks the socket. first is false when that was done before; last
// means as with release.
func (s *socket) close() (first, last bool) {
	n := s.uses.Or(1)
	return n&1 == 0, uint16(n) == 0
}

// closed tells whether close was called.
func (s *socket) closed() bool { return s.uses.Load()&1 != 0 }

// giveBack closes the socket; nobody uses it.
func (s *socket) giveBack() error { return syscall.Close(int(s.fd)) }

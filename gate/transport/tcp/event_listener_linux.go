package tcp

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/sim-im/sim/gate/transport"
)

// ListenEvents is Listen for servers of many connections that are mostly idle:
// those that Accept returns are transport.Eventful on Linux, where epoll watches
// them. Elsewhere it is Listen.
func ListenEvents(addr string) (transport.Listener, error) {
	l, err := listenTCP(addr)
	if err != nil {
		return nil, err
	}
	defer l.Close() // its socket lives on in file
	file, err := l.File()
	if err != nil {
		return nil, fmt.Errorf("tcp: listen: %w", err)
	}
	e := &eventListener{file: file, addr: l.Addr().String()}
	if e.raw, err = file.SyscallConn(); err == nil {
		err = e.inherit()
	}
	if err == nil {
		e.loops, err = openLoops()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("tcp: listen: %w", err), file.Close())
	}
	return e, nil
}

// eventListener is a listening socket whose connections loops watch.
type eventListener struct {
	file   *os.File
	raw    syscall.RawConn
	addr   string
	loops  *loops
	closed atomic.Bool
}

// inherit sets what accepted sockets have from the one that listens, so that
// none needs calls of its own.
func (l *eventListener) inherit() (err error) {
	alive := transport.KeepAlive()
	const tcp = syscall.IPPROTO_TCP
	options := [][3]int{
		{tcp, syscall.TCP_NODELAY, 1},
		{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
		{tcp, syscall.TCP_KEEPIDLE, int(alive.Idle.Seconds())},
		{tcp, syscall.TCP_KEEPINTVL, int(alive.Interval.Seconds())},
		{tcp, syscall.TCP_KEEPCNT, alive.Count},
	}
	control := l.raw.Control(func(fd uintptr) {
		for _, o := range options {
			err = errors.Join(err, os.NewSyscallError("setsockopt", syscall.SetsockoptInt(int(fd), o[0], o[1], o[2])))
		}
	})
	return errors.Join(control, err)
}

// Accept returns the next connection. The error is transport.ErrClosed after
// Close, and otherwise an *AcceptError.
func (l *eventListener) Accept() (transport.Conn, error) {
	var fd int
	var peer syscall.Sockaddr
	var err error
	waited := l.raw.Read(func(listening uintptr) bool {
		fd, peer, err = syscall.Accept4(int(listening), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		return !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR)
	})
	switch {
	case l.closed.Load():
		if waited == nil && err == nil {
			_ = syscall.Close(fd)
		}
		return nil, transport.ErrClosed
	case waited != nil:
		return nil, &AcceptError{Err: waited}
	case err != nil:
		return nil, &AcceptError{Err: os.NewSyscallError("accept4", err)}
	}
	c, err := l.loops.adopt(fd, addrOf(peer))
	if err != nil {
		return nil, &AcceptError{Err: err}
	}
	return c, nil
}

// addrOf returns an address as package netip has it.
func addrOf(s syscall.Sockaddr) netip.AddrPort {
	switch s := s.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(s.Addr), uint16(s.Port))
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(s.Addr), uint16(s.Port))
	}
	return netip.AddrPort{}
}

// Addr is the address that clients dial, with the port that was chosen.
func (l *eventListener) Addr() string { return l.addr }

// Close frees the address and makes Accept return transport.ErrClosed.
// Connections that were accepted live on. A second Close does nothing.
func (l *eventListener) Close() error {
	if l.closed.Swap(true) {
		return nil
	}
	if err := errors.Join(l.file.Close(), l.loops.leave()); err != nil {
		return fmt.Errorf("tcp: close listener: %w", err)
	}
	return nil
}

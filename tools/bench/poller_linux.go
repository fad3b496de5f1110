package bench

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/sim-im/sim/gate/transport"
)

// poller reads lean connections that are only told things, all of them in one
// goroutine: a thousand receivers share the processors with the server that is
// measured, and one that waits in a goroutine of its own costs, for each message,
// that goroutine's scheduling and a second look of the runtime's poller.
//
//	lean ──take──▶ socket of its own ─▶ epoll ─▶ run: read what is there ─▶ open ─▶ leanReader
//
// What readers do must not wait.
type poller struct {
	epoll   int
	closing func() bool // an end is no news any more

	mu  sync.Mutex
	all []*polled // by the number in their events; constant once run
}

// polled is one of the connections. It is the poller's once taken.
type polled struct {
	link   *lean
	reader endingReader
	socket *socket
	rest   []byte // the begin of a record
}

// pollEvents is how many events are taken at once.
const pollEvents = 256

func newPoller(closing func() bool) (*poller, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", os.NewSyscallError("epoll_create1", err))
	}
	return &poller{epoll: epoll, closing: closing}, nil
}

// take has run, which begins when all were taken, read l, and hands r at once what was
// received before. ok is false, and nothing has happened, when l is no TCP connection.
func (p *poller) take(l *lean, r endingReader) (ok bool, err error) {
	s, err := detach(l.conn)
	if s == nil {
		return false, err
	}
	one := &polled{link: l, reader: r, socket: s}
	l.conn = s
	err = l.begin(r)
	if err == nil {
		err = one.takes(l.unread)
	}
	l.unread = nil
	if err != nil {
		return true, errors.Join(err, s.giveBack())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, one)
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(len(p.all) - 1)}
	return true, os.NewSyscallError("epoll_ctl", syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, s.fd, &event))
}

// run reads until all connections have ended.
func (p *poller) run() {
	events, buf := make([]syscall.EpollEvent, pollEvents), make([]byte, transport.BufferSize)
	for left := len(p.all); left > 0; {
		n, err := syscall.EpollWait(p.epoll, events, -1)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			break
		}
		for i := range max(n, 0) {
			if p.serve(p.all[events[i].Fd], buf) {
				left--
			}
		}
	}
	_ = syscall.Close(p.epoll) // of what that could fail with nobody has to know
}

// serve reads once, and tells whether the connection has ended. What is left is the
// next event.
func (p *poller) serve(one *polled, buf []byte) (ended bool) {
	have := copy(buf, one.rest)
	n, err := one.socket.read(buf[have:])
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return false
	case err == nil && n == 0:
		err = io.EOF
	case err == nil:
		err = one.takes(buf[:have+n])
	}
	if err == nil {
		return false
	}
	err = errors.Join(err, one.socket.giveBack()) // which takes it out of epoll
	if !p.closing() {
		one.reader.broke(err)
	}
	return true
}

// takes opens what is whole and keeps the rest.
func (one *polled) takes(b []byte) error {
	rest, err := one.link.open(b, one.reader)
	if err == nil {
		err = one.reader.over()
	}
	one.rest = append(one.rest[:0], rest...)
	return err
}

// socket is a TCP connection that the runtime does not poll. As a transport.Conn
// it can be written to and closed; reading is the poller's.
type socket struct {
	transport.Conn // closed: what else it is asked for fails
	lane           *lane

	mu sync.Mutex
	fd int // -1 when it was given back
}

// detach takes the socket out of a connection, which is closed without the peer
// noticing. It returns nil for one that is not over bare TCP.
func detach(conn transport.Conn) (*socket, error) {
	c, ok := conn.(*counted)
	if !ok {
		return nil, nil
	}
	inside, ok := c.Conn.(interface{ Detach() (fd int, err error) })
	if !ok {
		return nil, nil
	}
	fd, err := inside.Detach()
	if err != nil {
		return nil, err
	}
	return &socket{Conn: c.Conn, lane: c.lane, fd: fd}, nil
}

// read reads what is there, without waiting, so that the runtime need not be told.
// Only the poller calls it, and giveBack.
func (s *socket) read(p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(s.fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	s.lane.reads.Add(1)
	s.lane.in.Add(uint64(n))
	return int(n), nil
}

// socketPatience is how long Write waits for a server that does not read.
const socketPatience = 10 * time.Second

// Write implements transport.Conn.
func (s *socket) Write(p []byte) (total int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return 0, transport.ErrClosed
	}
	s.lane.writes.Add(1)
	for stop := time.Now().Add(socketPatience); len(p) > 0; {
		n, err := syscall.Write(s.fd, p)
		switch {
		case errors.Is(err, syscall.EAGAIN) && time.Now().Before(stop):
			time.Sleep(time.Millisecond)
			continue
		case err != nil:
			return total, fmt.Errorf("bench: %w", os.NewSyscallError("write", err))
		}
		total += n
		s.lane.out.Add(uint64(n))
		p = p[n:]
	}
	return total, nil
}

// Close implements transport.Conn: the poller hears that the connection has ended,
// and gives it back.
func (s *socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd >= 0 {
		_ = syscall.Shutdown(s.fd, syscall.SHUT_RDWR) // one that the peer has closed is not connected
	}
	return nil
}

func (s *socket) giveBack() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fd := s.fd
	s.fd = -1
	return os.NewSyscallError("close", syscall.Close(fd))
}

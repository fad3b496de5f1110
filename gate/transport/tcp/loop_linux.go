package tcp

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

const (
	// eventsAtOnce is how many events a loop takes from the kernel in one call.
	eventsAtOnce = 256
	// coresPerLoop: a loop only says who has something to do, and starts them.
	coresPerLoop = 4
	// mostLoops is of one listener.
	mostLoops = 8
)

// What a loop hears of a socket: everything, once for each change.
const (
	epollEdge   = 1 << 31 // EPOLLET, which package syscall has as a negative number
	heardOf     = syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | epollEdge
	heardRead   = syscall.EPOLLIN | heardEnd
	heardWrite  = syscall.EPOLLOUT | heardBroken
	heardEnd    = syscall.EPOLLRDHUP | heardBroken
	heardBroken = syscall.EPOLLHUP | syscall.EPOLLERR
)

// loops watch the sockets of one listener. They live as long as it, or one of
// its connections, does.
type loops struct {
	all   []*loop
	conns table
	waits sync.Pool     // of *waits
	last  atomic.Uint32 // number of a connection, see eventConn
	users atomic.Int64  // the listener, while open, and connections
}

// loop is an epoll instance and the goroutine that takes its events. It waits
// in the runtime's own poller, for its epoll instance to have events, so that
// no thread does.
type loop struct {
	of   *loops
	file *os.File // the epoll instance
	raw  syscall.RawConn
	fd   int

	events  [eventsAtOnce]syscall.EpollEvent // of run
	workers workers
}

// openLoops starts loops with one user, the caller.
func openLoops() (*loops, error) {
	l := new(loops)
	l.users.Store(1)
	for range min(max(runtime.GOMAXPROCS(0)/coresPerLoop, 1), mostLoops) {
		one, err := openLoop(l)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("tcp: epoll: %w", err), l.close())
		}
		l.all = append(l.all, one)
	}
	for _, one := range l.all {
		go one.run()
	}
	return l, nil
}

func openLoop(of *loops) (*loop, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // what makes os.NewFile use the poller
		return nil, errors.Join(os.NewSyscallError("fcntl", err), syscall.Close(fd))
	}
	l := &loop{of: of, fd: fd, file: os.NewFile(uintptr(fd), "epoll")}
	if l.raw, err = l.file.SyscallConn(); err != nil {
		return nil, errors.Join(err, l.file.Close())
	}
	return l, nil
}

// leave ends the caller's use. The last one ends the loops.
func (l *loops) leave() error {
	if l.users.Add(-1) > 0 {
		return nil
	}
	return l.close()
}

func (l *loops) close() error {
	var errs []error
	for _, one := range l.all {
		errs = append(errs, one.file.Close()) // which ends run
	}
	return errors.Join(errs...)
}

// run takes events until the loop is closed.
func (l *loop) run() {
	_ = l.raw.Read(func(uintptr) bool { // ends with the error of a closed file
		for l.take() {
		}
		return false // wait until there are events again
	})
	l.workers.close()
}

// take has one call's events heard, and tells whether there may be more.
func (l *loop) take() (more bool) {
	n, err := syscall.EpollWait(l.fd, l.events[:], 0)
	if err != nil { // EINTR
		return true
	}
	for i := range l.events[:n] {
		e := &l.events[i]
		// The socket may have been closed since, and its number be another's.
		if c := l.of.conns.find(e.Fd); c != nil && c.number == uint32(e.Pad) {
			if awaiter := c.hear(e.Events); awaiter != nil {
				l.workers.begin(awaiter)
			}
		}
	}
	return n == len(l.events)
}

// watch begins to hear of a connection.
func (l *loop) watch(c *eventConn) error {
	e := syscall.EpollEvent{Events: heardOf, Fd: c.socket.fd, Pad: int32(c.number)}
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(l.fd, syscall.EPOLL_CTL_ADD, int(c.socket.fd), &e))
}

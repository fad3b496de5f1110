//go:build unix

package tcp

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/sim-im/sim/gate/transport"
)

// raw makes the system calls that the net package has no method for. The
// functions given to syscall.RawConn are made once: a closure per call would be
// an allocation per read and write.
type raw struct {
	conn syscall.RawConn

	// of the goroutine that reads
	onReadable func(fd uintptr) bool
	pool       *transport.Pool
	buf        []byte
	in         result

	// of the goroutine that writes
	onWrite func(fd uintptr) bool
	rest    []byte
	out     result
}

// result is what a system call returned.
type result struct {
	n   int
	err error
}

// open prepares r for c.
func (r *raw) open(c *net.TCPConn) (err error) {
	r.conn, err = c.SyscallConn()
	r.onReadable = r.readNow
	r.onWrite = r.writeNow
	return err
}

// readPooled waits in the poller without a buffer.
func (r *raw) readPooled(pool *transport.Pool) ([]byte, int, error) {
	r.pool = pool
	err := r.conn.Read(r.onReadable)
	buf, in := r.buf, r.in
	r.pool, r.buf, r.in = nil, nil, result{}
	if err == nil {
		err = in.err
	}
	if err != nil && buf != nil {
		pool.Put(buf)
		buf = nil
	}
	return buf, in.n, err
}

// readNow reads what is there. It returns false, holding no buffer, when
// there is nothing: the runtime then waits for readiness and calls again.
func (r *raw) readNow(fd uintptr) bool {
	buf := r.pool.Get()
	n, err := retry(int(fd), buf, receive)
	switch {
	case errors.Is(err, syscall.EAGAIN):
		r.pool.Put(buf)
		return false
	case err != nil:
		err = os.NewSyscallError("read", err)
	case n == 0:
		err = io.EOF
	}
	r.buf, r.in = buf, result{max(n, 0), err}
	return true
}

// tryWrite makes one write that does not wait.
func (r *raw) tryWrite(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	r.rest = p
	err := r.conn.Write(r.onWrite)
	out := r.out
	r.rest, r.out = nil, result{}
	if err == nil {
		err = out.err
	}
	return out.n, err
}

// writeNow writes what the socket takes. It always returns true, so that the
// runtime never waits.
func (r *raw) writeNow(fd uintptr) bool {
	n, err := retry(int(fd), r.rest, send)
	if errors.Is(err, syscall.EAGAIN) {
		n, err = 0, nil
	}
	if err != nil {
		err = os.NewSyscallError("write", err)
	}
	r.out = result{max(n, 0), err}
	return true
}

// retry repeats a call that a signal interrupted.
func retry(fd int, p []byte, call func(int, []byte) (int, error)) (int, error) {
	for {
		n, err := call(fd, p)
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

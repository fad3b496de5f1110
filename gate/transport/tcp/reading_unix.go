//go:build unix

package tcp

import (
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/sim-im/sim/gate/transport"
)

// reading makes the system calls that a file has no method for. It serves one
// read after another, of any connection, and is lent like a buffer: the function
// given to syscall.RawConn, and what leads there, are made once.
type reading struct {
	conn       syscall.RawConn // of file, whichever it is
	onReadable func(fd uintptr) bool

	// of the read that is under way
	file os.File
	pool *transport.Pool
	buf  []byte
	n    int
	err  error
}

// lent returns one for a read of file.
func lent(pool *transport.Pool, file os.File) (r *reading, err error) {
	if r, ok := pool.Tool().(*reading); ok {
		r.file = file
		return r, nil
	}
	r = &reading{file: file}
	r.conn, err = r.file.SyscallConn()
	r.onReadable = r.now
	return r, err
}

// pooled waits in the poller without a buffer, and gives itself back.
func (r *reading) pooled(pool *transport.Pool) ([]byte, int, error) {
	r.pool = pool
	err := r.conn.Read(r.onReadable)
	buf, n := r.buf, r.n
	if err == nil {
		err = r.err
	}
	r.file, r.pool, r.buf, r.n, r.err = os.File{}, nil, nil, 0, nil
	pool.PutTool(r)
	if err != nil && buf != nil {
		pool.Put(buf)
		buf = nil
	}
	return buf, n, err
}

// now reads what is there. It returns false, holding no buffer, when
// there is nothing: the runtime then waits for readiness and calls again.
func (r *reading) now(fd uintptr) bool {
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
	r.buf, r.n, r.err = buf, max(n, 0), err
	return true
}

// readable tells whether a read would not wait: it looks at one byte and leaves
// it there. The socket is one that does not block.
func readable(fd uintptr) bool {
	var b [1]byte
	_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
	return !errors.Is(err, syscall.EAGAIN)
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

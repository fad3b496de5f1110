//go:build linux && (amd64 || arm64) && !race && !msan && !asan

package tcp

import (
	"bytes"
	"errors"
	"net"
	"syscall"
	"testing"
)

// descriptor gives f the descriptor of c.
func descriptor(t *testing.T, c *net.TCPConn, f func(fd int)) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { f(int(fd)) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// pair returns both ends of a connection.
func pair(t *testing.T) (a, b *net.TCPConn) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr)); err == nil {
		b, err = l.AcceptTCP()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// TestCallsNeverWait makes the calls on a socket that blocks: one that waited
// would hold its processor, and the garbage collector, until the peer moves.
func TestCallsNeverWait(t *testing.T) {
	a, b := pair(t)
	sent, chunk := 0, bytes.Repeat([]byte{7}, 64<<10)
	descriptor(t, a, func(fd int) {
		if err := syscall.SetNonblock(fd, false); err != nil {
			t.Fatal(err)
		}
		defer syscall.SetNonblock(fd, true)
		if n, err := receive(fd, chunk); n != 0 || !errors.Is(err, syscall.EAGAIN) {
			t.Errorf("nothing is there: %d, %v", n, err)
		}
		for {
			n, err := send(fd, chunk)
			if err != nil {
				if n != 0 || !errors.Is(err, syscall.EAGAIN) {
					t.Errorf("nothing goes: %d, %v", n, err)
				}
				return
			}
			sent += n // the last one in part
		}
	})
	if err := a.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got := drain(t, b); got != sent || sent == 0 {
		t.Errorf("%d bytes came of %d", got, sent)
	}
}

// drain reads with receive until the peer's end, and counts.
func drain(t *testing.T, c *net.TCPConn) (total int) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	for end := false; !end; {
		err = raw.Read(func(fd uintptr) bool {
			n, err := retry(int(fd), buf, receive)
			if errors.Is(err, syscall.EAGAIN) {
				return false
			}
			if err != nil || bytes.Count(buf[:n], []byte{7}) != n {
				t.Errorf("%d bytes, %v", n, err)
			}
			total += n
			end = n == 0 || err != nil
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return total
}

// TestSendToNobody gets an error and no signal.
func TestSendToNobody(t *testing.T) {
	a, _ := pair(t)
	if err := a.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	descriptor(t, a, func(fd int) {
		if n, err := send(fd, []byte{1}); n != 0 || !errors.Is(err, syscall.EPIPE) {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// TestCallsAllocateNothing: an error number is one that needs no memory.
func TestCallsAllocateNothing(t *testing.T) {
	a, _ := pair(t)
	buf := make([]byte, 512)
	descriptor(t, a, func(fd int) {
		if n := testing.AllocsPerRun(100, func() { _, _ = receive(fd, buf) }); n != 0 {
			t.Errorf("%v allocations for a read that finds nothing", n)
		}
	})
}

// TestRetry repeats what a signal interrupted, and nothing else.
func TestRetry(t *testing.T) {
	calls := 0
	call := func(int, []byte) (int, error) {
		if calls++; calls < 3 {
			return 0, syscall.EINTR
		}
		return 4, nil
	}
	if n, err := retry(0, nil, call); n != 4 || err != nil || calls != 3 {
		t.Errorf("%d, %v after %d calls", n, err, calls)
	}
}

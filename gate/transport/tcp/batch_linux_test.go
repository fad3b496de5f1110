//go:build linux && (amd64 || arm64)

package tcp

import (
	"errors"
	"io"
	"syscall"
	"testing"

	"github.com/sim-im/sim/gate/transport"
)

// TestRingFails has the kernel refuse everything: each is written to by itself.
func TestRingFails(t *testing.T) {
	r, err := openRing()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("there is no io_uring for us: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var fds [2]int
	if fds, err = syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0); err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fds[1])
	c := &eventConn{loops: new(loops), socket: socket{fd: int32(fds[0])}}
	b := &batch{ring: r}
	healthy := r.fd
	for round, fd := range []int{healthy, -1, -1, healthy} {
		r.fd = fd
		if !b.Add(c, []byte("through")) {
			t.Fatal("not taken")
		}
		if w := b.Write(); len(w) != 1 || w[0] != (transport.Written{N: 7}) {
			t.Fatalf("round %d: %+v", round, w)
		}
		got := make([]byte, 8)
		if n, err := syscall.Read(fds[1], got); err != nil || string(got[:n]) != "through" {
			t.Fatalf("round %d: %q, %v", round, got[:n], err)
		}
	}
	if err := syscall.Close(fds[0]); err != nil {
		t.Fatal(err)
	}
	r.fd = -1 // and the socket is bad, too
	if !b.Add(c, []byte("nowhere")) {
		t.Fatal("not taken")
	}
	if w := b.Write(); len(w) != 1 || w[0].N != 0 || !errors.Is(w[0].Err, syscall.EBADF) || errors.Is(w[0].Err, io.EOF) {
		t.Errorf("%+v", w)
	}
	r.fd = healthy
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// TestBatchAllocatesNothing, since every message goes through one.
func TestBatchAllocatesNothing(t *testing.T) {
	r, err := openRing()
	if err != nil {
		t.Skipf("there is no io_uring for us: %v", err)
	}
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fds[0])
	defer syscall.Close(fds[1])
	c := &eventConn{loops: new(loops), socket: socket{fd: int32(fds[0])}}
	b := &batch{ring: r}
	p, got := []byte("a message"), make([]byte, 16)
	n := testing.AllocsPerRun(1000, func() {
		if !b.Add(c, p) || b.Write()[0].N != len(p) {
			t.Error("not written")
		}
		if n, err := syscall.Read(fds[1], got); n != len(p) {
			t.Error(n, err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

//go:build unix

package tcp_test

import (
	"context"
	"errors"
	"syscall"
	"testing"

	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/gate/transport/transporttest"
)

func TestFrugal(t *testing.T) { transporttest.Frugal(t, listen) }

// TestOutOfDescriptors makes accept fail with EMFILE, and finds the listener
// good again when there are descriptors.
func TestOutOfDescriptors(t *testing.T) {
	l, d := listen(t)
	defer l.Close()
	client, err := d.Dial(context.Background(), l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	restore := exhaust(t)
	_, err = l.Accept()
	restore()
	var accept *tcp.AcceptError
	if !errors.As(err, &accept) || !accept.Temporary() || !errors.Is(err, syscall.EMFILE) {
		t.Fatalf("accept without descriptors: %v", err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatalf("accept afterwards: %v", err)
	}
	server.Close()
}

// exhaust lowers the process's limit of descriptors to those in use.
func exhaust(t *testing.T) (restore func()) {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	low := old
	low.Cur = 1
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
			t.Error(err)
		}
	}
}

func TestEventsFrugal(t *testing.T) { transporttest.Frugal(t, listenEvents) }
